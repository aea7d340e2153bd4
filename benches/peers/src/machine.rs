//! Where it was measured, in general terms.

use std::{fs, process::Command};

use serde::{Deserialize, Serialize};

use crate::{contender::Result, world::World};

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub system: String,
    pub rust: String,
    pub postgres: String,
    /// Settings of the server that matter, as `name = value`.
    pub settings: Vec<String>,
    /// How long `SELECT 1` takes on both links, in microseconds: what the proxy adds.
    pub select: (f64, f64),
}

impl Machine {
    pub async fn look(world: &mut World, select: (f64, f64)) -> Result<Self> {
        let mut settings = Vec::new();
        for name in ["shared_buffers", "fsync", "synchronous_commit", "jit", "autovacuum"] {
            settings.push(format!("{name} = {}", world.setting(name).await?));
        }
        Ok(Self {
            cpu: cpu().unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            system: std::env::consts::OS.to_owned(),
            rust: rust_version()?,
            postgres: world.setting("server_version").await?,
            settings,
            select,
        })
    }
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

pub fn rust_version() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

/// The version of a crate that the benchmark was built with.
pub fn version_of(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let place = lock.find(&format!("name = \"{name}\"\nversion = \"")).unwrap_or_default();
    lock[place..].split('"').nth(3).unwrap_or("unknown")
}

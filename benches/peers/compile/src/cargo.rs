//! Cargo, with a clock.

use std::{
    collections::BTreeSet,
    error::Error,
    path::PathBuf,
    process::{Command, Output},
    time::Instant,
};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A crate to compile, with a target folder of its own.
pub struct Project {
    pub folder: PathBuf,
}

impl Project {
    /// Runs cargo, and tells how many seconds it took. Not being able to compile is an error with cargo's words.
    pub fn cargo(&self, arguments: &[&str]) -> Result<f64> {
        let start = Instant::now();
        self.output(arguments, &[])?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// How many crates are compiled for it, build scripts and macros included.
    pub fn crates(&self) -> Result<usize> {
        let output = self.output(&["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"], &[])?;
        let text = String::from_utf8(output.stdout)?;
        let crates: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        Ok(crates.len() - 1)
    }

    /// How many lines it is when all macros are expanded.
    pub fn lines(&self) -> Result<usize> {
        let output =
            self.output(&["rustc", "--bin", "models", "--", "-Zunpretty=expanded"], &[("RUSTC_BOOTSTRAP", "1")])?;
        Ok(String::from_utf8(output.stdout)?.lines().filter(|line| !line.trim().is_empty()).count())
    }

    fn output(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Output> {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("target"));
        // The models are built as a project is: whatever was set for this program is not meant for them.
        cargo.env_remove("CARGO_INCREMENTAL").env_remove("RUSTFLAGS").envs(environment.iter().copied());
        let output = cargo.output()?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cargo {} in {}: {words}", arguments.join(" "), self.folder.display()).into());
        }
        Ok(output)
    }
}

//! What was found about compiling, as it is kept in a file. BENCHMARKS.md is written from it by the benchmark itself.

use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Results {
    /// The compiler, and how many cores it had.
    pub rust: String,
    pub cores: usize,
    pub rows: Vec<Row>,
}

/// One library with a number of models. Times are in seconds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub who: String,
    pub models: usize,
    /// A release build from nothing, dependencies and all.
    pub clean: Option<f64>,
    /// A release build of the models alone, their dependencies being there.
    pub models_only: f64,
    /// After a change to one model: release, dev, `cargo check`.
    pub release: f64,
    pub dev: f64,
    pub check: f64,
    /// How many crates are compiled.
    pub crates: usize,
    /// How many lines the models are when their macros are expanded.
    pub lines: usize,
}

impl Results {
    /// The file's content; none if it was not made yet.
    pub fn read() -> io::Result<Option<Self>> {
        match fs::read_to_string(path()) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn write(&self) -> io::Result<()> {
        fs::write(path(), serde_json::to_string_pretty(self)? + "\n")
    }

    /// Puts a row in the place of an older one.
    pub fn put(&mut self, row: Row) {
        match self.rows.iter_mut().find(|old| (&old.who, old.models) == (&row.who, row.models)) {
            Some(old) => *old = row,
            None => self.rows.push(row),
        }
    }
}

fn path() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../results/compile.json").into()
}

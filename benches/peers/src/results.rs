//! What was measured, as it is kept in files.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{contender::Result, machine::Machine, world::Link};

/// The run-time part of the benchmark.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
    pub cells: Vec<Cell>,
}

/// All contenders at one workload, one size, one distance: they were measured in turns, and can be compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cell {
    pub workload: String,
    pub size: usize,
    pub link: Link,
    /// What the rows that are written or read take as structs by themselves, in bytes.
    pub data: usize,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    pub who: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Outcome {
    Measured(Measured),
    /// Estimated from the size before to take so many seconds, which was too long to wait for.
    Skipped {
        seconds: f64,
    },
    /// The contender cannot do it.
    Failed {
        error: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// In microseconds, for one operation.
    pub median: f64,
    /// The lower and the upper quartile.
    pub quartiles: (f64, f64),
    pub rounds: usize,
    /// Counted in a run of its own, on the delayed link only, for one operation.
    pub statements: Option<f64>,
    pub round_trips: Option<f64>,
    /// The most memory in use over that at the start of a run, in bytes: in a run of its own, on loopback only.
    pub peak: Option<usize>,
}

impl Results {
    pub fn cell(&self, workload: &str, size: usize, link: Link) -> Option<&Cell> {
        self.cells.iter().find(|cell| (cell.workload.as_str(), cell.size, cell.link) == (workload, size, link))
    }

    /// Puts a cell in the place of an older one.
    pub fn put(&mut self, cell: Cell) {
        let same = |old: &Cell| (&old.workload, old.size, old.link) == (&cell.workload, cell.size, cell.link);
        match self.cells.iter_mut().find(|old| same(old)) {
            Some(old) => *old = cell,
            None => self.cells.push(cell),
        }
    }
}

impl Cell {
    pub fn measured(&self, who: &str) -> Option<&Measured> {
        match self.outcome(who)? {
            Outcome::Measured(measured) => Some(measured),
            _ => None,
        }
    }

    pub fn outcome(&self, who: &str) -> Option<&Outcome> {
        self.entries.iter().find(|entry| entry.who == who).map(|entry| &entry.outcome)
    }

    /// The median of a contender, as a multiple of the best hand-written one.
    pub fn ratio(&self, who: &str) -> Option<f64> {
        Some(self.measured(who)?.median / self.measured(crate::contenders::Who::ByHand.name())?.median)
    }
}

/// A file of results; none if it was not made yet.
pub fn read<T: DeserializeOwned>(name: &str) -> Result<Option<T>> {
    let path = path(name);
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&fs::read_to_string(path)?)?))
}

pub fn write<T: Serialize>(name: &str, results: &T) -> Result<()> {
    fs::create_dir_all(path(""))?;
    Ok(fs::write(path(name), serde_json::to_string(results)? + "\n")?)
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/results")).join(name)
}

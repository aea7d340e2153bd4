//! BENCHMARKS.md, from the files of results.

pub mod table;

use crate::contender::Result;

pub fn write() -> Result<()> {
    Ok(())
}

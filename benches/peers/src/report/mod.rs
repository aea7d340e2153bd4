//! BENCHMARKS.md and its plot, from the files of results.

mod compile;
mod details;
mod glance;
mod labels;
mod losses;
mod svg;
pub mod table;

use std::fs;

use crate::{
    contender::Result,
    machine::{Machine, version_of},
    results::{self, Results},
    run::FILE,
};

const PLOT: &str = "benches/peers/results/ratios.svg";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");

pub fn write() -> Result<()> {
    let run: Results = results::read(FILE)?.ok_or("nothing was measured yet: run without --report")?;
    fs::write(format!("{ROOT}{PLOT}"), svg::draw(&run))?;
    let text = [
        head(),
        glance::table(&run),
        losses::list(&run),
        include_str!("method.md").to_owned(),
        details::tables(&run),
        include_str!("limits.md").to_owned(),
        compile::section(compile_times::Results::read()?.as_ref()),
        place(&run.machine),
        include_str!("again.md").to_owned(),
    ];
    let text = text.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    fs::write(format!("{ROOT}BENCHMARKS.md"), text)?;
    println!("BENCHMARKS.md is written");
    Ok(())
}

fn head() -> String {
    format!(
        "# Benchmarks\n\n\
         assoc {} beside sqlx {} by hand, diesel-async {}, SeaORM {} and Toasty {}, on PostgreSQL. Everything here but \
         what is said of Ecto was written by one command, [`benches/peers/run`](benches/peers), which starts a PostgreSQL of its own; all \
         contenders do the same work in turns, and what they did is checked each time. 1× is the best that we know how to \
         write by hand.\n\n\
         ![Ratios to the best hand-written SQL, by size, on loopback and with a round trip of 1 ms]({PLOT})\n",
        version_of("assoc"),
        version_of("sqlx"),
        version_of("diesel-async"),
        version_of("sea-orm"),
        version_of("toasty"),
    )
}

fn place(machine: &Machine) -> String {
    let Machine { cpu, cores, system, rust, postgres, settings, select } = machine;
    let kinds = settings.iter().map(|setting| format!("`{setting}`")).collect::<Vec<_>>().join(", ");
    format!(
        "## Where this was measured\n\n\
         {cores} cores of a virtual machine ({cpu}), {system}, {rust}, PostgreSQL {postgres} in memory with {kinds}; \
         client, proxy and server share the cores. `SELECT 1` takes {:.0} µs on loopback and {:.0} µs through the proxy.\n",
        select.0, select.1
    )
}

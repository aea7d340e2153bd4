//! The benchmark of assoc against its peers: `./run --help`.

mod allocator;
mod calibrate;
mod contender;
mod contenders;
mod data;
mod machine;
mod measure;
mod proxy;
mod report;
mod results;
mod rows;
mod run;
mod workloads;
mod world;

use contender::Result;

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

const HELP: &str = "\
The benchmark of assoc against its peers. It starts a PostgreSQL of its own.

  run                 measure everything (about half an hour), and write BENCHMARKS.md
  run WORKLOAD...     measure these workloads again, and write BENCHMARKS.md
  run --quick         check that everybody does everything right, in small; writes nothing
  run --report        write BENCHMARKS.md from the results that are there
  run --compile       measure how long everything takes to compile (an hour or two)
";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        ["--quick"] => runtime.block_on(run::quick()),
        ["--report"] => report::write(),
        ref workloads => {
            runtime.block_on(run::full(workloads))?;
            report::write()
        }
    }
}

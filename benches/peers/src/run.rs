//! All workloads, one after the other.

use std::time::{Duration, Instant};

use crate::{
    calibrate::{DELAY, calibrate},
    contender::Result,
    data,
    machine::Machine,
    measure::{Pace, measure},
    proxy::Proxy,
    report::table,
    results::{self, Cell, Outcome, Results},
    workloads::{
        ABOUT, AllRows, CastDiff, GetOne, InsertOne, InsertPost, InsertTrees, PreloadPost, PreloadTrees, SaveDiff,
        UpdateInTransaction, UpdateOne, Workload, about,
    },
    world::{Link, World, server_folder},
};

/// The file of the run-time results.
pub const FILE: &str = "run.json";

/// Where measurements run, and what becomes of them.
struct Course<'a> {
    proxy: Proxy,
    pace: Pace,
    largest: usize,
    keep: &'a mut dyn FnMut(Cell) -> Result<()>,
}

/// Measures all workloads, or those that are named, and keeps the results after each cell.
pub async fn full(names: &[&str]) -> Result<()> {
    let all = ABOUT.map(|about| about.name);
    if let Some(unknown) = names.iter().find(|name| about(name).is_none()) {
        return Err(format!("there is no workload {unknown}; there are {}", all.join(", ")).into());
    }
    let proxy = Proxy::start(server_folder().await?, DELAY)?;
    let mut world = World::with(data::new_posts(10)).await?;
    let select = calibrate(&world, &proxy).await?;
    let mut kept: Results = results::read(FILE)?.unwrap_or_default();
    kept.machine = Machine::look(&mut world, select).await?;
    let mut keep = |cell: Cell| {
        println!("{}", table::of_cell(&cell));
        kept.put(cell);
        results::write(FILE, &kept)
    };
    let pace = Pace { each: Duration::from_secs(3), rounds: (5, 51) };
    let course = Course { proxy, pace, largest: 100_000, keep: &mut keep };
    course.all(if names.is_empty() { &all } else { names }).await
}

/// Runs everything in small, and fails if anybody does something wrong.
pub async fn quick() -> Result<()> {
    let start = Instant::now();
    let proxy = Proxy::start(server_folder().await?, DELAY)?;
    calibrate(&World::with(data::new_posts(10)).await?, &proxy).await?;
    let mut runs = 0;
    let mut keep = |cell: Cell| {
        for entry in &cell.entries {
            match &entry.outcome {
                Outcome::Measured(measured) => runs += measured.rounds,
                other => return Err(format!("{} at {}: {other:?}", entry.who, cell.workload).into()),
            }
        }
        Ok(())
    };
    let pace = Pace { each: Duration::from_millis(20), rounds: (1, 2) };
    Course { proxy, pace, largest: 100, keep: &mut keep }.all(&ABOUT.map(|about| about.name)).await?;
    println!("{runs} passed, 0 failed");
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

impl Course<'_> {
    async fn all(mut self, names: &[&str]) -> Result<()> {
        for name in names {
            match *name {
                "diff" => self.workload(&SaveDiff).await?,
                "cast" => self.workload(&CastDiff).await?,
                "insert" => self.workload(&InsertPost).await?,
                "insert-trees" => self.workload(&InsertTrees).await?,
                "preload" => self.workload(&PreloadPost).await?,
                "preload-trees" => self.workload(&PreloadTrees).await?,
                "insert-one" => self.workload(&InsertOne).await?,
                "get" => self.workload(&GetOne).await?,
                "update-in-transaction" => self.workload(&UpdateInTransaction).await?,
                "update-one" => self.workload(&UpdateOne).await?,
                _ => self.workload(&AllRows).await?,
            }
        }
        Ok(())
    }

    async fn workload<W: Workload>(&mut self, workload: &W) -> Result<()> {
        let mut smaller: [Option<Cell>; 2] = [None, None];
        for &size in workload.sizes().iter().filter(|&&size| size <= self.largest) {
            for (link, smaller) in Link::BOTH.into_iter().zip(&mut smaller) {
                let mut world = World::with(workload.base(size)).await?;
                let cell = measure(workload, size, link, &mut world, &self.proxy, smaller.as_ref(), self.pace).await?;
                *smaller = Some(cell.clone());
                (self.keep)(cell)?;
            }
        }
        Ok(())
    }
}

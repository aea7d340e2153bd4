//! Contenders in turns: each round lets everybody run once, on a job of their own, and looks at what they did.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use crate::{
    allocator,
    contender::{Contender, Result},
    contenders::Who,
    proxy::Proxy,
    results::{Cell, Entry, Measured, Outcome},
    workloads::Workload,
    world::{Link, World},
};

/// How much time a measurement may take.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// For all runs of one contender, with what is done around them.
    pub each: Duration,
    /// The fewest rounds, and the most.
    pub rounds: (usize, usize),
}

/// A single run that would take longer is skipped.
const LONGEST: f64 = 8.0;

/// Who takes longer than this runs three times only.
const SLOW: Duration = Duration::from_secs(2);

/// Runs that nobody looks at, until statements are prepared, planned for good, and caches are warm.
const WARM: usize = 7;

/// A contender in one measurement.
struct Runner {
    who: Who,
    contender: Box<dyn Contender>,
    rounds: usize,
    seconds: Vec<f64>,
    data: usize,
    counts: Option<(usize, usize)>,
    peak: Option<usize>,
}

/// How one run went.
enum Ran {
    Well(Reading),
    /// The library returned an error.
    Failed(String),
    /// The contender is a variant of another one, and not for this workload.
    NotPart,
}

struct Reading {
    took: Duration,
    peak: usize,
    data: usize,
}

/// What is looked at during a run.
#[derive(Clone, Copy)]
enum Look {
    Clock,
    Memory,
}

/// Measures one size at one distance. `smaller` is the measurement of the size before, to know who would take too long.
pub async fn measure<W: Workload>(
    workload: &W,
    size: usize,
    link: Link,
    world: &mut World,
    proxy: &Proxy,
    smaller: Option<&Cell>,
    pace: Pace,
) -> Result<Cell> {
    let (operations, mut entries, mut runners) = (workload.operations(link), Vec::new(), Vec::new());
    for who in Who::ALL {
        let outcome = match too_long(smaller, who, size) {
            Some(outcome) => outcome,
            None => match warm_up(workload, size, link, world, proxy, who, pace).await? {
                Ok(runner) => {
                    runners.push(runner);
                    continue;
                }
                Err(Some(outcome)) => outcome,
                Err(None) => continue,
            },
        };
        entries.push(Entry { who: who.name().to_owned(), outcome });
    }
    let most = runners.iter().map(|runner| runner.rounds).max().unwrap_or_default();
    for round in 0..most {
        for at in shuffled(runners.len(), round) {
            let runner = &mut runners[at];
            if round < runner.rounds {
                let job = workload.job(world, size, operations, WARM + round).await?;
                if let Ran::Well(reading) = run(workload, runner, world, &job, Look::Clock).await? {
                    runner.seconds.push(reading.took.as_secs_f64());
                }
            }
        }
    }
    for runner in &mut runners {
        look_closer(workload, runner, size, link, world, proxy).await?;
    }
    let data = runners.first().map_or(0, |runner| runner.data);
    entries.extend(runners.into_iter().map(|runner| runner.entry(operations)));
    entries.sort_by_key(|entry| Who::ALL.iter().position(|who| who.name() == entry.who));
    Ok(Cell { workload: workload.name().to_owned(), size, link, data, entries })
}

/// The order of a round: another one each time, so that nobody always comes after the one who leaves the most to clean up.
fn shuffled(count: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_cached_key(|at| {
        let mut hasher = DefaultHasher::new();
        (at, round).hash(&mut hasher);
        hasher.finish()
    });
    order
}

/// Connects a contender, and lets it run until it is at its best. Who cannot go on is an outcome, or nothing where it does
/// not take part.
async fn warm_up<W: Workload>(
    workload: &W,
    size: usize,
    link: Link,
    world: &mut World,
    proxy: &Proxy,
    who: Who,
    pace: Pace,
) -> Result<Result<Runner, Option<Outcome>>> {
    let contender = who.connect(&world.address(link, proxy)?).await?;
    let mut runner = Runner { who, contender, rounds: 0, seconds: Vec::new(), data: 0, counts: None, peak: None };
    let (start, mut last) = (Instant::now(), Duration::ZERO);
    for number in 0..WARM {
        if number > 0 && start.elapsed() > pace.each / 2 {
            break;
        }
        let begin = Instant::now();
        let job = workload.job(world, size, workload.operations(link), number).await?;
        match run(workload, &mut runner, world, &job, Look::Clock).await? {
            Ran::Well(reading) => runner.data = reading.data,
            Ran::Failed(error) => return Ok(Err(Some(Outcome::Failed { error }))),
            Ran::NotPart => return Ok(Err(None)),
        }
        last = begin.elapsed();
    }
    let (fewest, most) = if last > SLOW { (pace.rounds.0.min(3), 3) } else { pace.rounds };
    runner.rounds = ((pace.each.as_secs_f64() / last.as_secs_f64()) as usize).clamp(fewest, most);
    Ok(Ok(runner))
}

/// Counts what passes the proxy, or the memory: not while the clock runs.
async fn look_closer<W: Workload>(
    workload: &W,
    runner: &mut Runner,
    size: usize,
    link: Link,
    world: &mut World,
    proxy: &Proxy,
) -> Result<()> {
    let job = workload.job(world, size, workload.operations(link), 0).await?;
    match link {
        Link::Loopback => {
            if let Ran::Well(reading) = run(workload, runner, world, &job, Look::Memory).await? {
                runner.peak = Some(reading.peak);
            }
        }
        Link::Delayed => {
            let Some(timed) = workload.prepare(&mut *runner.contender, &job).await? else { return Ok(()) };
            proxy.take_counts();
            let _unseen = timed.await?;
            // A pool may have something to say to a connection that comes back.
            tokio::time::sleep(Duration::from_millis(20)).await;
            runner.counts = Some(proxy.take_counts());
        }
    }
    Ok(())
}

async fn run<W: Workload>(
    workload: &W,
    runner: &mut Runner,
    world: &mut World,
    job: &W::Job,
    look: Look,
) -> Result<Ran> {
    let (took, peak, answer) = match workload.prepare(&mut *runner.contender, job).await {
        Err(error) => return Ok(Ran::Failed(error.to_string())),
        Ok(None) => return Ok(Ran::NotPart),
        Ok(Some(timed)) => {
            if let Look::Memory = look {
                allocator::start();
            }
            let start = Instant::now();
            let answer = timed.await;
            (start.elapsed(), allocator::peak(), answer)
        }
    };
    let mut rows = match answer {
        Ok(answer) => answer(),
        Err(error) => return Ok(Ran::Failed(error.to_string())),
    };
    rows.sort();
    let expected = workload.expected(world, job, &rows).await;
    let wrong = |what: String| format!("{} does not do {}: {what}", runner.who.name(), workload.name());
    let expected = expected.map_err(|error| wrong(error.to_string()))?;
    if let Some(difference) = rows.difference(&expected) {
        return Err(wrong(difference).into());
    }
    Ok(Ran::Well(Reading { took, peak, data: rows.bytes() }))
}

fn too_long(smaller: Option<&Cell>, who: Who, size: usize) -> Option<Outcome> {
    let smaller = smaller?;
    let seconds = match smaller.outcome(who.name())? {
        Outcome::Measured(measured) => measured.median / 1e6,
        Outcome::Skipped { seconds } => *seconds,
        Outcome::Failed { .. } => return None,
    };
    let seconds = seconds * size as f64 / smaller.size as f64;
    (seconds > LONGEST).then_some(Outcome::Skipped { seconds })
}

impl Runner {
    fn entry(mut self, operations: usize) -> Entry {
        self.seconds.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = (self.seconds.len() - 1) as f64 * part;
            self.seconds[place.round() as usize] * 1e6 / operations as f64
        };
        let each = |count: usize| count as f64 / operations as f64;
        let outcome = Outcome::Measured(Measured {
            median: at(0.5),
            quartiles: (at(0.25), at(0.75)),
            rounds: self.seconds.len(),
            statements: self.counts.map(|(statements, _)| each(statements)),
            round_trips: self.counts.map(|(_, round_trips)| each(round_trips)),
            peak: self.peak,
        });
        Entry { who: self.who.name().to_owned(), outcome }
    }
}

//! The conformance suite: cases recorded from the real Ecto, run against this library.
//!
//! `cargo test --test conformance` runs the cases of `cases/`; `ASSOC_CONFORMANCE_DIR=dir` those of another folder. The
//! format is told in `FORMAT.md`; what it has and no recorded case uses is in `format/`, written by hand. One line says
//! each case that failed, the last one how many passed.

mod case;
mod compare;
mod database;
mod deviations;
mod preloads;
mod record;
mod schemas;
mod steps;
mod stop;
mod values;
mod view;
mod world;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value as Json;

use database::Engine;
use deviations::Deviations;
pub use stop::Stop;

/// What came of a case.
enum Verdict {
    Passed,
    Deviates,
    RuledOut,
    Failed(Vec<String>),
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        println!("conformance: test");
        return ExitCode::SUCCESS;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let given = std::env::var_os("ASSOC_CONFORMANCE_DIR").map(PathBuf::from);
    let recorded = given.clone().unwrap_or_else(|| here.join("cases"));
    let mut runs =
        vec![("conformance on SQLite", recorded.clone(), Engine::Sqlite), ("conformance", recorded, Engine::Postgres)];
    if given.is_none() {
        // What the format has and no recorded case uses.
        runs.insert(0, ("format on SQLite", here.join("format"), Engine::Sqlite));
        runs.insert(1, ("format", here.join("format"), Engine::Postgres));
    }
    let wanted = std::env::var("ASSOC_CONFORMANCE_CASE").ok();
    let deviations = Deviations::read(&here);
    let mut failed = false;
    for (title, folder, engine) in runs {
        let mut cases = cases(&folder);
        if cases.is_empty() {
            println!("no cases in {}", folder.display());
            failed = true;
        }
        cases.retain(|case| wanted.as_deref().is_none_or(|wanted| case["name"] == wanted));
        let verdicts = run_all(&cases, engine, &deviations);
        for (name, verdict) in &verdicts {
            if let Verdict::Failed(differences) = verdict {
                println!("FAILED {name}: {}", differences.join("; "));
                failed = true;
            }
        }
        let count = |wanted: fn(&Verdict) -> bool| verdicts.values().filter(|verdict| wanted(verdict)).count();
        println!(
            "{title}: {} passed, {} deviations, {} ruled out by types, {} failed",
            count(|verdict| matches!(verdict, Verdict::Passed)),
            count(|verdict| matches!(verdict, Verdict::Deviates)),
            count(|verdict| matches!(verdict, Verdict::RuledOut)),
            count(|verdict| matches!(verdict, Verdict::Failed(_))),
        );
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The cases of all files of a folder, or of its subfolder `cases`.
fn cases(folder: &Path) -> Vec<Json> {
    let nested = folder.join("cases");
    let folder = if nested.is_dir() { nested } else { folder.to_owned() };
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| -> Vec<Json> {
        let text = std::fs::read_to_string(path).expect("a file of cases can be read");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    files.iter().flat_map(read).collect()
}

/// Runs the cases on a thread for each core; each has a thread of its own, whose world is the case's.
fn run_all(cases: &[Json], engine: Engine, deviations: &Deviations) -> BTreeMap<String, Verdict> {
    let verdicts = Mutex::new(BTreeMap::new());
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = judge(case, engine, deviations);
                    let name = case["name"].as_str().unwrap_or("?").to_owned();
                    verdicts.lock().expect("nobody panicked").insert(name, verdict);
                }
            });
        }
    });
    verdicts.into_inner().expect("nobody panicked")
}

fn judge(case: &Json, engine: Engine, deviations: &Deviations) -> Verdict {
    let name = case["name"].as_str().unwrap_or_default();
    let ran = std::panic::catch_unwind(|| case::run(case, engine));
    let seen = match ran {
        Ok(Ok(seen)) => seen,
        Ok(Err(Stop::Type(kind, message))) => return deviations.ruled_out(kind, &message, case),
        Ok(Err(Stop::Raise(raise))) => return Verdict::Failed(vec![format!("raised out of place: {raise}")]),
        Ok(Err(Stop::Harness(message))) => return Verdict::Failed(vec![format!("harness: {message}")]),
        Err(_) => return Verdict::Failed(vec!["panicked".to_owned()]),
    };
    if std::env::var_os("ASSOC_CONFORMANCE_SHOW").is_some() {
        println!("{engine:?} {name}: {seen:#}");
    }
    match deviations.of(name, engine) {
        None => match compare::differences(&case["expect"], &seen, case) {
            found if found.is_empty() => Verdict::Passed,
            found => {
                let expected = deviations::by_rules(&case["expect"], &seen, case);
                let rest = compare::differences(&expected, &seen, case);
                if rest.is_empty() && deviations.allows_rules(name) {
                    Verdict::Deviates
                } else {
                    Verdict::Failed(found)
                }
            }
        },
        Some(expect) => match compare::differences(&expect.over(&case["expect"]), &seen, case) {
            found if found.is_empty() => Verdict::Deviates,
            found => Verdict::Failed(found),
        },
    }
}

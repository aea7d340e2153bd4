//! What the hot paths cost, counted: instructions, allocations, bytes at the peak. Unlike times, these are nearly the same
//! on every run, so a change that makes a path dearer is seen where it is made.
//!
//! `cargo bench -p assoc-postgres --bench counts` counts by way of valgrind, compares with `counts.baseline`, and fails where
//! something costs more than the tolerance allows; a word behind `--` counts only the cases whose names have it. Counts
//! depend on the compiler: with another one than the baseline's, they are shown, and nothing fails.
//! `cargo bench -p assoc-postgres --bench counts -- --renew` writes the baseline anew.

mod workload;

use std::{
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use assoc_core::{
    Params, Schema,
    doctest::{Comment, Post},
};
use assoc_postgres::PostgresDialect;
use workload::Workload::{self, Mixed, New, Unchanged};

/// More than this above the baseline is a regression. Ten runs in a row differed by 0.2 %, because hash maps are seeded
/// anew in each.
const TOLERANCE: f64 = 0.03;

/// A case: a name, and what is set up to be run once.
type Case = (&'static str, fn() -> Box<dyn FnOnce()>);

const ROWS: usize = 1000;

const CASES: &[Case] = &[
    ("params from JSON", || {
        let text = Mixed.json(ROWS);
        Box::new(move || keep(Params::from_json(&text)))
    }),
    ("cast one row", || {
        let (comment, params) = (workload::comment(3).change(), Params::from(serde_json::json!(Mixed.input(4)[3])));
        Box::new(move || keep(workload::changeset(comment, &params)))
    }),
    ("cast_assoc, unchanged", || cast_assoc(Unchanged)),
    ("cast_assoc, mixed", || cast_assoc(Mixed)),
    ("cast_assoc, new", || cast_assoc(New)),
    ("put_assoc, mixed", || {
        let (post, rows) = (Mixed.post(ROWS).change(), workload::rows(Mixed, ROWS));
        Box::new(move || keep(post.put_assoc(Post::comments, rows)))
    }),
    ("the rows afterwards, mixed", || {
        let node = cast(Mixed).into_node();
        Box::new(move || keep(node.apply()))
    }),
    ("plan, mixed", || plan(Mixed)),
    ("plan, new", || plan(New)),
    ("texts, mixed", || {
        let changeset = Box::leak(Box::new(cast(Mixed)));
        let Ok(plan) = changeset.plan() else { panic!("the workload is valid") };
        Box::new(move || keep(plan.to_sql(&PostgresDialect)))
    }),
    ("rows to structs", || {
        let records: Vec<_> = (0..ROWS).map(workload::comment).map(Comment::into_record).collect();
        let read = |mut record| Comment::from_row(&mut record);
        Box::new(move || keep(records.into_iter().map(read).collect::<Vec<_>>()))
    }),
];

fn cast_assoc(workload: Workload) -> Box<dyn FnOnce()> {
    // In this order nothing of the making is as large as what is made from it.
    let params = workload.params(ROWS);
    let changeset = workload.post(ROWS).change();
    Box::new(move || {
        keep(workload::cast(changeset, &params));
        keep(params);
    })
}

fn cast(workload: Workload) -> assoc_core::Changeset<Post> {
    workload::cast(workload.post(ROWS).change(), &workload.params(ROWS))
}

fn plan(workload: Workload) -> Box<dyn FnOnce()> {
    let changeset = Box::leak(Box::new(cast(workload)));
    Box::new(move || keep(changeset.plan()))
}

/// What a case makes is not dropped: that is no part of it, and all of it counts for the peak.
fn keep<T>(made: T) {
    std::mem::forget(black_box(made));
}

/// The function in which instructions are counted; callgrind knows it by its name.
#[inline(never)]
fn measured(run: Box<dyn FnOnce()>) {
    run();
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--run", name] => run(name, true),
        ["--set-up", name] => run(name, false),
        ["--renew"] => renew(),
        [] => compare(""),
        [word] => compare(word),
        _ => panic!("expected `--renew`, or a word of the names of cases"),
    }
}

fn run(name: &str, all: bool) -> ExitCode {
    let case = CASES.iter().find(|(known, _)| *known == name);
    let run = case.map(|(_, set_up)| set_up());
    match run {
        Some(run) if all => measured(run),
        set_up => keep(set_up),
    }
    ExitCode::SUCCESS
}

/// What a case costs.
#[derive(Clone, Copy)]
struct Counts {
    instructions: u64,
    allocations: u64,
    /// At the peak, without what was set up.
    bytes: u64,
}

fn count(name: &str) -> Counts {
    let file = env::temp_dir().join(format!("assoc-counts-{}", std::process::id()));
    let out = format!("--callgrind-out-file={}", file.display());
    valgrind(&["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*counts::measured*", &out], "--run", name);
    let profile = fs::read_to_string(&file).expect("callgrind wrote its profile");
    let total = profile.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")));
    let instructions = total.and_then(|total| total.trim().parse().ok()).expect("a profile has a total");
    let _ = fs::remove_file(file);
    let heap = |mode| {
        let report = valgrind(&["--tool=dhat", "--dhat-out-file=/dev/null"], mode, name);
        let numbers = |label: &str| -> Vec<u64> {
            let line = report.lines().find_map(|line| Some(line.split_once(label)?.1)).expect("DHAT reports it");
            let words = line.split_whitespace().map(|word| word.replace(',', ""));
            words.filter_map(|word| word.parse().ok()).collect()
        };
        (numbers("Total:")[1], numbers("At t-gmax:")[0], numbers("At t-end:")[0])
    };
    let ((before, _, there), (after, peak, _)) = (heap("--set-up"), heap("--run"));
    Counts { instructions, allocations: after - before, bytes: peak.saturating_sub(there) }
}

/// What valgrind says of this program's run of one case.
fn valgrind(options: &[&str], mode: &str, case: &str) -> String {
    let this = env::current_exe().expect("this program is a file");
    let output = Command::new("valgrind").args(options).arg(this).args([mode, case]).output();
    let output = output.expect("valgrind is installed");
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "valgrind failed:\n{report}");
    report
}

fn baseline_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/counts.baseline")
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&version).trim().to_owned()
}

/// The first line names the compiler, each other one a case, with its counts.
fn renew() -> ExitCode {
    let mut text = format!("{}\n", compiler());
    for (name, _) in CASES {
        let Counts { instructions, allocations, bytes } = count(name);
        text.push_str(&format!("{name}: {instructions} {allocations} {bytes}\n"));
    }
    print!("{text}");
    fs::write(baseline_file(), text).expect("the baseline can be written");
    ExitCode::SUCCESS
}

fn compare(word: &str) -> ExitCode {
    let baseline = fs::read_to_string(baseline_file()).unwrap_or_default();
    let known = |name: &str| {
        let counts = baseline.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
        let mut counts = counts.split(' ').map(|count| count.parse::<u64>().ok());
        Some([counts.next()??, counts.next()??, counts.next()??])
    };
    let mut dearer = false;
    println!("{:<28} {:>22} {:>20} {:>22}", "", "instructions", "allocations", "bytes at the peak");
    for (name, _) in CASES.iter().filter(|(name, _)| name.contains(word)) {
        let Counts { instructions, allocations, bytes } = count(name);
        let now: [u64; 3] = [instructions, allocations, bytes];
        let shown = now.iter().enumerate().map(|(at, &now)| match known(name) {
            Some(before) => {
                let change = now as f64 / (before[at] as f64).max(1.0) - 1.0;
                dearer |= change > TOLERANCE;
                format!("{now:>12} {:>+7.1} %", change * 100.0)
            }
            None => format!("{now:>12} {:>9}", "new"),
        });
        println!("{name:<28} {}", shown.collect::<Vec<_>>().join(" "));
    }
    let (before, now) = (baseline.lines().next().unwrap_or_default(), compiler());
    if before != now {
        println!("The baseline is that of `{before}`, this is `{now}`: nothing is compared.");
        return ExitCode::SUCCESS;
    }
    if dearer { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

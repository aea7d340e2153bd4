//! How long the parts take that no database is needed for: from input to the texts of the statements.
//!
//! `cargo bench -p assoc-postgres --bench engine`; a word behind `--` runs only the benches whose names have it. The
//! throughput is that of rows: the inverse of the time per row, which ought to be the same at all sizes.

mod workload;

use assoc_core::{Changeset, Params, Schema, doctest::Post};
use assoc_postgres::PostgresDialect;
use divan::{Bencher, black_box, counter::ItemsCount};
use workload::Workload;

fn main() {
    divan::main();
}

const SIZES: &[usize] = &[10, 100, 1_000, 10_000, 100_000, 1_000_000];
const UP_TO_100_000: &[usize] = &[10, 100, 1_000, 10_000, 100_000];

/// Every workload at every size.
fn cases(sizes: &'static [usize]) -> impl Iterator<Item = Case> {
    Workload::ALL.into_iter().flat_map(move |workload| sizes.iter().map(move |&rows| Case { workload, rows }))
}

#[derive(Clone, Copy)]
struct Case {
    workload: Workload,
    rows: usize,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.workload, self.rows)
    }
}

impl Case {
    fn changeset(self) -> Changeset<Post> {
        self.workload.post(self.rows).change()
    }

    fn params(self) -> Params {
        self.workload.params(self.rows)
    }

    fn cast(self) -> Changeset<Post> {
        workload::cast(self.changeset(), &self.params())
    }
}

/// JSON text to params.
#[divan::bench(args = cases(UP_TO_100_000))]
fn params_from_json(bencher: Bencher, case: Case) {
    let text = case.workload.json(case.rows);
    bencher.counter(ItemsCount::new(case.rows)).bench(|| Params::from_json(&text));
}

/// Structs to params.
#[divan::bench(args = cases(UP_TO_100_000))]
fn params_from_structs(bencher: Bencher, case: Case) {
    let input = case.workload.input(case.rows);
    bencher.counter(ItemsCount::new(case.rows)).bench(|| Params::from_serialize(&input));
}

/// A loaded struct to a changeset.
#[divan::bench(args = cases(SIZES))]
fn change(bencher: Bencher, case: Case) {
    let post = case.workload.post(case.rows);
    bencher.counter(ItemsCount::new(case.rows)).with_inputs(|| post.clone()).bench_values(Post::change);
}

/// The diff with casts and validations: params to a tree of changesets.
#[divan::bench(args = cases(SIZES))]
fn cast_assoc(bencher: Bencher, case: Case) {
    let (changeset, params) = (case.changeset(), case.params());
    bencher
        .counter(ItemsCount::new(case.rows))
        .with_inputs(|| changeset.clone())
        .bench_values(|changeset| workload::cast(changeset, &params));
}

/// Structs and changesets to a tree of changesets.
#[divan::bench(args = cases(SIZES))]
fn put_assoc(bencher: Bencher, case: Case) {
    let (changeset, rows) = (case.changeset(), workload::rows(case.workload, case.rows));
    bencher
        .counter(ItemsCount::new(case.rows))
        .with_inputs(|| (changeset.clone(), rows.clone()))
        .bench_values(|(changeset, rows)| changeset.put_assoc(Post::comments, rows));
}

/// A tree of changesets to its plan.
#[divan::bench(args = cases(SIZES))]
fn plan(bencher: Bencher, case: Case) {
    let changeset = case.cast();
    bencher.counter(ItemsCount::new(case.rows)).bench(|| black_box(changeset.plan()).is_ok());
}

/// Params to the plan: the whole of what is done before a statement is written.
#[divan::bench(args = cases(SIZES))]
fn cast_and_plan(bencher: Bencher, case: Case) {
    let (changeset, params) = (case.changeset(), case.params());
    bencher.counter(ItemsCount::new(case.rows)).with_inputs(|| changeset.clone()).bench_values(|changeset| {
        let changeset = workload::cast(changeset, &params);
        black_box(changeset.plan()).is_ok()
    });
}

/// A plan to the texts of its statements.
#[divan::bench(args = cases(&[10, 1_000, 100_000]))]
fn sql(bencher: Bencher, case: Case) {
    let changeset = case.cast();
    let Ok(plan) = changeset.plan() else { panic!("the workload is valid") };
    bencher.bench_local(|| plan.to_sql(&PostgresDialect));
}

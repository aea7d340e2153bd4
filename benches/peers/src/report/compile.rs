//! The section on compiling.

use std::fmt::Write as _;

use compile_times::{Results, Row};

use super::table::size;

pub fn section(results: Option<&Results>) -> String {
    let Some(results) = results.filter(|results| !results.rows.is_empty()) else { return String::new() };
    let mut text = format!(
        "## Compiling\n\nSeconds, with {} on {} cores. Each model has six columns, belongs to the next and has many of the one \
         before; for each there is a function that loads it with its children, one that inserts and one that updates. \
         *After a change* is the median of three builds (from 100 models on, one build) after a constant in one model changed, the release build being Cargo's \
         default, which is not incremental. *Lines* are those of the models with all macros expanded. A ring of a hundred models \
         overflows the compiler's usual limit of recursion with SeaORM, so that all crates have a higher one.\n\n\
         | models | | clean release | models alone, release | after a change: release | dev | check | crates | lines |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        results.rust, results.cores
    );
    let mut rows: Vec<&Row> = results.rows.iter().collect();
    rows.sort_by_key(|row| row.models);
    for row in rows {
        let Row { who, models, clean, models_only, release, dev, check, crates, lines } = row;
        let clean = clean.map(seconds).unwrap_or_default();
        let [models_only, release, dev, check] = [models_only, release, dev, check].map(|time| seconds(*time));
        let who = if who == "assoc" { "**assoc**" } else { who };
        let _ = writeln!(
            text,
            "| {models} | {who} | {clean} | {models_only} | {release} | {dev} | {check} | {crates} | {} |",
            size(*lines)
        );
    }
    text + WHAT
}

const WHAT: &str = "
Beyond what sqlx takes, a clean build of assoc is 128 s of processor time: 55 of it `assoc-core`, 29 `assoc-postgres`, which has most \
of sqlx's generic code compiled with it, so that models have less of it, 12 sea-query, and 10 `assoc` (`cargo build --release \
--timings` shows them). Two thirds of that is LLVM, which has 500,000 lines of intermediate code of `assoc-core` to read \
(`cargo llvm-lines -p assoc-core --release --lib`), of which no function has more than a thirtieth. With sqlx's derive macros, \
which `FromRow` needs, sqlx takes nearly as long as assoc.
";

fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2}") } else { format!("{seconds:.0}") }
}

//! Where assoc is slower than somebody: found in the results, so that nothing is left out.

use std::fmt::Write as _;

use super::table::{ratio, size};
use crate::{
    contenders::Who,
    results::{Cell, Results},
    workloads::ABOUT,
};

/// What is within the noise of a measurement is no loss.
const NOISE: f64 = 1.1;

pub fn list(run: &Results) -> String {
    let mut text = format!(
        "## Where we lose\n\nEvery measurement in which somebody needs less time than assoc, by more than a factor of {NOISE}: how many \
         times as long assoc takes.\n\n| | N | RTT | slower than |\n|---|---|---|---|\n"
    );
    let mut lost = 0;
    for about in &ABOUT {
        for cell in run.cells.iter().filter(|cell| cell.workload == about.name) {
            let faster = faster(cell);
            if !faster.is_empty() {
                lost += 1;
                let (size, link) = (size(cell.size), cell.link.name());
                let _ = writeln!(text, "| {} | {size} | {link} | {} |", about.title, faster.join(", "));
            }
        }
    }
    if lost == 0 {
        return "## Where we lose\n\nNowhere in this run.\n".to_owned();
    }
    let _ = writeln!(text, "\nThese are {lost} of {} measurements.\n", run.cells.len());
    text + include_str!("why.md")
}

fn faster(cell: &Cell) -> Vec<String> {
    let Some(assoc) = cell.measured(Who::Assoc.name()) else { return Vec::new() };
    let others = Who::ALL.into_iter().filter(|&who| !matches!(who, Who::Assoc | Who::AssocTuned));
    let factor = |who: Who| Some((who, assoc.median / cell.measured(who.name())?.median));
    let faster = others.filter_map(factor).filter(|(_, factor)| *factor > NOISE);
    faster.map(|(who, factor)| format!("{} {}", who.name(), ratio(factor))).collect()
}

//! All numbers, a section for each workload.

use std::fmt::Write as _;

use super::table::{count, missing, ratio, size, time};
use crate::{
    contenders::Who,
    results::{Cell, Outcome, Results},
    workloads::{ABOUT, About},
    world::Link,
};

pub fn tables(run: &Results) -> String {
    let mut text = "## All numbers\n".to_owned();
    for about in &ABOUT {
        let cells: Vec<&Cell> = run.cells.iter().filter(|cell| cell.workload == about.name).collect();
        if !cells.is_empty() {
            section(&mut text, about, &cells);
        }
    }
    text
}

fn section(text: &mut String, about: &About, cells: &[&Cell]) {
    let _ = writeln!(text, "\n### {}\n\n{}\n", about.title, about.what);
    for link in Link::BOTH {
        let of_link: Vec<&Cell> = cells.iter().copied().filter(|cell| cell.link == link).collect();
        times(text, link, &of_link);
    }
    costs(text, cells);
}

/// Contenders down, sizes across.
fn times(text: &mut String, link: Link, cells: &[&Cell]) {
    heading(text, link.name(), cells);
    for who in Who::ALL {
        let outcomes: Vec<_> = cells.iter().map(|cell| (*cell, cell.outcome(who.name()))).collect();
        if outcomes.iter().all(|(_, outcome)| outcome.is_none()) {
            continue;
        }
        let _ = write!(text, "| {} |", who.name());
        for (cell, outcome) in outcomes {
            let said = match outcome {
                Some(Outcome::Measured(measured)) => {
                    let ratio = cell.ratio(who.name()).map(|by| format!(" ({})", ratio(by))).unwrap_or_default();
                    format!("{}{ratio}", time(measured.median))
                }
                Some(other) => missing(other),
                None => String::new(),
            };
            let _ = write!(text, " {said} |");
        }
        text.push('\n');
    }
    let rounds = cells.iter().map(|cell| {
        let rounds = cell.entries.iter().filter_map(|entry| cell.measured(&entry.who)).map(|measured| measured.rounds);
        let (least, most) = (rounds.clone().min().unwrap_or_default(), rounds.max().unwrap_or_default());
        if least == most { format!("{most}") } else { format!("{least} to {most}") }
    });
    let _ = writeln!(text, "| *rounds* | {} |\n", rounds.collect::<Vec<_>>().join(" | "));
}

/// Statements, round trips and memory, contenders down.
fn costs(text: &mut String, cells: &[&Cell]) {
    let sizes: Vec<&Cell> = cells.iter().copied().filter(|cell| cell.link == Link::Delayed).collect();
    heading(text, "statements / round trips; peak memory", &sizes);
    for who in Who::ALL {
        if cells.iter().all(|cell| cell.measured(who.name()).is_none()) {
            continue;
        }
        let _ = write!(text, "| {} |", who.name());
        for far in &sizes {
            let near = cells.iter().find(|cell| cell.link == Link::Loopback && cell.size == far.size);
            let counts = far.measured(who.name()).and_then(|measured| measured.statements.zip(measured.round_trips));
            let counts = counts.map_or("–".to_owned(), |(s, r)| format!("{} / {}", count(s), count(r)));
            let peak = near.and_then(|cell| Some(cell.measured(who.name())?.peak? as f64 / cell.data.max(1) as f64));
            let peak = peak.map(|peak| format!("; {}", ratio(peak))).unwrap_or_default();
            let _ = write!(text, " {counts}{peak} |");
        }
        text.push('\n');
    }
}

fn heading(text: &mut String, title: &str, cells: &[&Cell]) {
    let _ = write!(text, "| {title} |");
    for cell in cells {
        let _ = write!(text, " {} |", if cell.size == 1 { String::new() } else { format!("N = {}", size(cell.size)) });
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(cells.len()));
}

//! Numbers as people read them.

use crate::results::{Cell, Outcome};

/// A measurement as text, for the terminal.
pub fn of_cell(cell: &Cell) -> String {
    let mut text = format!("\n{} {} {}\n", cell.workload, cell.size, cell.link.name());
    for entry in &cell.entries {
        let rest = match &entry.outcome {
            Outcome::Measured(measured) => {
                let ratio = cell.ratio(&entry.who).map(|ratio| format!("{ratio:7.2} x")).unwrap_or_default();
                let counts = measured.statements.zip(measured.round_trips);
                let counts = counts.map(|(s, r)| format!("  {s:.1} statements, {r:.1} round trips")).unwrap_or_default();
                let peak = measured.peak.map(|peak| format!("  {:.2} x data", peak as f64 / cell.data as f64));
                let rounds = measured.rounds;
                format!("{:>10} {ratio}  {rounds} rounds{counts}{}", time(measured.median), peak.unwrap_or_default())
            }
            Outcome::Skipped { .. } | Outcome::Failed { .. } => missing(&entry.outcome),
        };
        text.push_str(&format!("  {:<24} {rest}\n", entry.who));
    }
    text
}

/// Microseconds, in a unit that suits them.
pub fn time(micros: f64) -> String {
    match micros {
        ..1e3 => format!("{micros:.0} µs"),
        ..1e4 => format!("{:.2} ms", micros / 1e3),
        ..1e5 => format!("{:.1} ms", micros / 1e3),
        ..1e6 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// Why there is no number.
pub fn missing(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Measured(_) => String::new(),
        Outcome::Skipped { seconds } => format!("skipped, est. {seconds:.0} s"),
        Outcome::Failed { error } => format!("fails: {error}"),
    }
}

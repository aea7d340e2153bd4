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
                let counts =
                    counts.map(|(s, r)| format!("  {s:.1} statements, {r:.1} round trips")).unwrap_or_default();
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

/// How many times as much.
pub fn ratio(ratio: f64) -> String {
    match ratio {
        ..9.95 => format!("{ratio:.2}×"),
        ..99.5 => format!("{ratio:.1}×"),
        _ => format!("{ratio:.0}×"),
    }
}

/// A whole number with commas.
pub fn size(size: usize) -> String {
    let digits = size.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An average that is mostly a whole number.
pub fn count(count: f64) -> String {
    if count.fract() == 0.0 { size(count as usize) } else { format!("{count:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(
            [17.4, 1234.0, 12_340.0, 123_400.0, 1_234_000.0].map(time),
            ["17 µs", "1.23 ms", "12.3 ms", "123 ms", "1.23 s"]
        );
        assert_eq!([1.0, 12.34, 387.6].map(ratio), ["1.00×", "12.3×", "388×"]);
        assert_eq!([1, 1000, 100_000].map(size), ["1", "1,000", "100,000"]);
    }
}

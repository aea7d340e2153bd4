//! Colour for terminals.

use std::io::IsTerminal;

/// The text with its marks in colour, if standard output is a terminal that wants colour.
pub(super) fn for_stdout(text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    } else {
        text.to_owned()
    }
}

fn line(line: &str) -> String {
    let mark = line.trim_start_matches([' ', '│', '├', '└', '─']);
    let code = match mark.chars().next() {
        Some('-') => 31,
        Some('+') => 32,
        Some('~') => 33,
        Some('=') => 2,
        _ => return line.to_owned(),
    };
    format!("\u{1b}[{code}m{line}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    #[test]
    fn marks_are_coloured_and_the_rest_is_not() {
        assert_eq!(super::line("   + insert"), "\u{1b}[32m   + insert\u{1b}[0m");
        assert_eq!(super::line("└─ comments"), "└─ comments");
    }
}

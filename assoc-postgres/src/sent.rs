//! How the values of a column travel in a statement of several writes.

use assoc_core::{Op, run::WriteStatement};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sent {
    /// Other writes make them.
    Not,
    /// An array, with an element for each row.
    Each,
    /// One value, which is that of all rows.
    Once,
}

/// For each column. What all rows have in common, as the key of their parent, need not be joined: that is only looked for
/// among the keys but the first, so that the text does not depend on what is written.
pub(crate) fn sent(statement: &WriteStatement<'_>) -> Vec<Sent> {
    let keys = if statement.op == Op::Insert { 0 } else { statement.keys.len() };
    let columns = statement.values.iter().enumerate();
    columns
        .map(|(at, values)| match &values[..] {
            [] => Sent::Not,
            [first, others @ ..] if (1..keys).contains(&at) && others.iter().all(|value| value == first) => Sent::Once,
            _ => Sent::Each,
        })
        .collect()
}

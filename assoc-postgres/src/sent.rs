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
    /// One value, too, of a column beyond the primary key: the row is found by its key, and then has to have that value.
    Checked,
}

/// For each column. What all rows have in common, as the key of their parent, need not be joined: that is only looked for
/// among the keys but the first, so that the text does not depend on what is written.
pub(crate) fn sent(statement: &WriteStatement<'_>) -> Vec<Sent> {
    let keys = if statement.op == Op::Insert { 0 } else { statement.keys.len() };
    let by_key = !statement.key.is_empty() && statement.key.iter().all(|col| statement.keys.contains(col));
    let columns = statement.columns().zip(&statement.values).enumerate();
    columns
        .map(|(at, (col, values))| match values.get(0) {
            None => Sent::Not,
            Some(first) if (1..keys).contains(&at) && values.iter().all(|value| value == first) => {
                if by_key && !statement.key.contains(col) { Sent::Checked } else { Sent::Once }
            }
            Some(_) => Sent::Each,
        })
        .collect()
}

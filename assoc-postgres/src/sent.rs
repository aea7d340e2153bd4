//! How the values of a column travel in a statement of several writes.

use assoc_core::{Op, run::PartialWrite};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sent {
    /// Other writes make them.
    Not,
    /// An array, with an element for each row.
    Each,
    /// One value, which is that of all rows.
    Once,
    /// One value, too, of a column beyond the primary key: few rows are found by their key, and then have to have that value.
    Checked,
}

/// How many elements PostgreSQL expects of an array that it does not know. A plan for fewer looks cheaper to it than the plan
/// for any array, so that it makes one for each call, and takes longer for that than for a save of so few rows.
pub(crate) const EXPECTED: usize = 10;

/// Whether each write of a save has so few rows that the plan must not depend on how many.
pub(crate) fn are_few(writes: &[PartialWrite<'_>]) -> bool {
    writes.iter().all(|write| write.statement.rows <= EXPECTED)
}

/// For each column. What all rows have in common, as the key of their parent, need not be joined: that is only looked for
/// among the keys but the first, so that the text depends on no value but these, beside whether the rows are few.
pub(crate) fn sent(write: &PartialWrite<'_>, are_few: bool) -> Vec<Sent> {
    let PartialWrite { statement, is_plain, .. } = write;
    let keys = if statement.op == Op::Insert { 0 } else { statement.keys.len() };
    let by_key = are_few && !statement.key.is_empty() && statement.key.iter().all(|col| statement.keys.contains(col));
    let columns = statement.columns().zip(&statement.values).enumerate();
    columns
        .map(|(at, (col, values))| match values.get(0) {
            None => Sent::Not,
            Some(_) if *is_plain => Sent::Once,
            Some(first) if (1..keys).contains(&at) && values.iter().all(|value| value == first) => {
                if by_key && !statement.key.contains(col) { Sent::Checked } else { Sent::Once }
            }
            Some(_) => Sent::Each,
        })
        .collect()
}

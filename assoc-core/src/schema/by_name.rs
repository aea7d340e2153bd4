//! Rows of hand-written SQL: their columns stand in any order, and are found by their names.

use super::{Meta, Placed, Row, Schema};
use crate::types::TypeError;

/// Where the columns of a schema stand in the rows of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(Vec<usize>);

impl Places {
    /// Finds the columns of the schema in a row. Others may stand between them.
    ///
    /// # Errors
    /// A column is missing, or there are several of that name.
    pub fn of(meta: &Meta, row: &dyn Row) -> Result<Self, TypeError> {
        let names = row.column_names();
        let place = |column: &str| {
            let mut places = names.iter().enumerate().filter(|(_, name)| **name == column).map(|(place, _)| place);
            match (places.next(), places.next()) {
                (Some(place), None) => Ok(place),
                (Some(_), Some(_)) => Err(TypeError(format!(
                    "the row has several columns `{column}`, and `{}` cannot tell which is its own; name them by AS",
                    meta.name
                ))),
                (None, _) => Err(TypeError(format!(
                    "the row has no column `{column}`, which `{}` needs; it has {}",
                    meta.name,
                    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                ))),
            }
        };
        meta.column_fields().iter().map(|field| place(field.column)).collect::<Result<_, _>>().map(Self)
    }

    /// Reads a row of the statement.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    pub fn read<S: Schema>(&self, row: &mut dyn Row) -> Result<S, TypeError> {
        S::from_row(&mut Placed { row, at: &self.0 })
    }
}

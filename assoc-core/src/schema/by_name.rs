//! Rows of hand-written SQL: their columns stand in any order, and are found by their names.

use sea_query::Value;

use super::{Meta, Row, Schema};
use crate::types::{Type, TypeError};

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
        S::from_row(&mut Moved { row, places: &self.0 })
    }
}

/// A row whose values stand elsewhere.
struct Moved<'r> {
    row: &'r mut dyn Row,
    places: &'r [usize],
}

impl Row for Moved<'_> {
    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError> {
        match self.places.get(index) {
            Some(place) => self.row.take(*place, ty),
            None => Err(TypeError(format!("the row has no column at {index}"))),
        }
    }
}

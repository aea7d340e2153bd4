//! Rows that come back from a statement.

use std::cmp::Ordering;

use sea_query::Value;

use crate::{plan::compare, types::TypeError};

/// Rows that came back, each with as many values as the others. They stand in one list: there are many rows.
#[derive(Debug, Default)]
pub(crate) struct ReturnedRows {
    values: Vec<Value>,
    width: usize,
    rows: usize,
    /// How many rows most likely come.
    expected: usize,
}

impl ReturnedRows {
    /// None yet. There will be room for so many rows of so many values once the first comes: until then, what is sent needs
    /// the memory.
    pub fn expecting(rows: usize, width: usize) -> Self {
        Self { values: Vec::new(), width, rows: 0, expected: rows }
    }

    /// Adds a row, of which each value is read.
    pub fn push(&mut self, values: impl Iterator<Item = Result<Value, TypeError>>) -> Result<(), TypeError> {
        if self.rows == 0 {
            self.values.reserve_exact(self.expected * self.width);
        }
        self.rows += 1;
        for value in values {
            self.values.push(value?);
        }
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The values of a row.
    pub fn row(&self, row: usize) -> &[Value] {
        &self.values[row * self.width..][..self.width]
    }

    pub fn iter(&self) -> impl Iterator<Item = &[Value]> {
        (0..self.rows).map(|row| self.row(row))
    }

    /// Whether the values of some columns ascend, the first of them first, and no two rows have the same.
    pub fn ascend(&self, columns: &[usize]) -> bool {
        self.follow(columns, Ordering::is_lt)
    }

    /// Puts the rows in the order of the values of some columns, the first of them first. Most often they are in order.
    pub fn sort_by_columns(&mut self, columns: &[usize]) {
        if self.follow(columns, Ordering::is_le) {
            return;
        }
        let width = self.width;
        let mut values = std::mem::take(&mut self.values).into_iter();
        let mut rows: Vec<Vec<Value>> = (0..self.rows).map(|_| values.by_ref().take(width).collect()).collect();
        rows.sort_by(|a, b| by_columns(columns, a, b));
        self.values.extend(rows.into_iter().flatten());
    }

    /// Whether each row stands to the next one like this.
    fn follow(&self, columns: &[usize], is: fn(Ordering) -> bool) -> bool {
        (1..self.rows).all(|row| is(by_columns(columns, self.row(row - 1), self.row(row))))
    }

    /// Takes the values of a row out.
    pub fn take(&mut self, row: usize) -> impl Iterator<Item = Value> {
        let values = self.values[row * self.width..][..self.width].iter_mut();
        values.map(|value| std::mem::replace(value, Value::Bool(None)))
    }
}

fn by_columns(columns: &[usize], a: &[Value], b: &[Value]) -> Ordering {
    let mut orderings = columns.iter().map(|&at| compare(&a[at], &b[at]));
    orderings.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[[i64; 2]]) -> ReturnedRows {
        let mut all = ReturnedRows::expecting(rows.len(), 2);
        for row in rows {
            all.push(row.iter().map(|number| Ok(Value::BigInt(Some(*number))))).expect("values");
        }
        all
    }

    #[test]
    fn rows_keep_their_values_when_they_are_put_in_order() {
        let mut returned = rows(&[[3, 30], [1, 11], [1, 10]]);
        assert!(!returned.ascend(&[0]));
        returned.sort_by_columns(&[0]);
        assert_eq!(returned.iter().collect::<Vec<_>>(), rows(&[[1, 11], [1, 10], [3, 30]]).iter().collect::<Vec<_>>());
        assert!(!returned.ascend(&[0]) && !returned.ascend(&[0, 1]));
        returned.sort_by_columns(&[0, 1]);
        assert!(returned.ascend(&[0, 1]));
        let last = [3, 30].map(|number| Value::BigInt(Some(number)));
        assert_eq!((returned.len(), returned.take(2).collect::<Vec<_>>()), (3, last.into()));
    }

    #[test]
    fn rows_without_values_are_rows() {
        let mut returned = ReturnedRows::expecting(2, 0);
        (0..2).for_each(|_| returned.push(std::iter::empty()).expect("no values"));
        assert_eq!((returned.len(), returned.is_empty(), returned.iter().count()), (2, false, 2));
        returned.sort_by_columns(&[]);
        assert_eq!(returned.len(), 2);
    }

    #[test]
    fn a_value_that_cannot_be_read_is_an_error() {
        let mut returned = ReturnedRows::default();
        assert!(returned.push([Err(TypeError("no".to_owned()))].into_iter()).is_err());
    }
}

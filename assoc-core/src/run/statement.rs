//! A batch with its values, ready to be rendered.

use std::borrow::Cow;

use super::{Values, outcome::Outcome};
use crate::{
    adapter::DbError,
    plan::{Batch, Col, Conflict, Op},
    schema::Table,
};

/// A write that an adapter renders. Values stand column by column: those of `keys`, then those of `set`.
#[derive(Debug)]
pub struct WriteStatement<'a> {
    /// What it does.
    pub op: Op,
    /// The table.
    pub table: Table,
    /// The database schema of tables that name none.
    pub prefix: Option<&'a str>,
    /// Columns that find a row.
    pub keys: &'a [Col],
    /// The primary key, where it finds the rows; else nothing.
    pub key: &'a [Col],
    /// Columns that are written.
    pub set: Cow<'a, [Col]>,
    /// Columns that are returned; there may be none.
    pub returning: &'a [Col],
    /// What an insert does with rows that are there already.
    pub conflict: Option<&'a Conflict>,
    /// How many rows.
    pub rows: usize,
    /// One list for each column of `keys` and `set`.
    pub values: Vec<Values<'a>>,
}

impl<'a> WriteStatement<'a> {
    /// The database schema in which the table lies; the default one if there is none.
    pub fn schema(&self) -> Option<&str> {
        self.table.schema.or(self.prefix)
    }

    /// The columns that carry values, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &Col> {
        self.keys.iter().chain(&*self.set)
    }

    pub(crate) fn of(
        batch: &'a Batch<'_>,
        rows: &[usize],
        outcome: &Outcome,
        prefix: Option<&'a str>,
    ) -> Result<Self, DbError> {
        let mut values: Vec<Values<'a>> = Vec::with_capacity(batch.keys.len() + batch.set.len());
        for column in 0..batch.keys.len() + batch.set.len() {
            let column = rows.iter().map(|&row| outcome.resolve(batch.rows.slot(row, column)));
            values.push(Values::of_list(column.collect::<Result<_, _>>()?));
        }
        let mut set = Cow::Borrowed(&batch.set[..]);
        for (col, _) in &batch.draws {
            set.to_mut().push(*col);
            let column = rows.iter().map(|&row| outcome.drawn(batch.rows.node(row), *col));
            values.push(Values::of_list(column.collect::<Result<_, _>>()?));
        }
        Ok(Self {
            op: batch.op,
            table: batch.table,
            prefix,
            keys: &batch.keys,
            key: &batch.key,
            set,
            returning: &batch.returning,
            conflict: batch.conflict.as_ref(),
            rows: rows.len(),
            values,
        })
    }

    /// The shape of a batch before any value is known, to show its text.
    pub(crate) fn shape(batch: &'a Batch<'_>, prefix: Option<&'a str>) -> Self {
        let set: Vec<Col> = batch.set.iter().chain(batch.draws.iter().map(|(col, _)| col)).copied().collect();
        let rows = batch.rows.len();
        let columns = batch.keys.iter().chain(&set);
        let values = columns.map(|col| Values::of_list(vec![Cow::Owned(col.ty.null()); rows])).collect();
        Self {
            op: batch.op,
            table: batch.table,
            prefix,
            keys: &batch.keys,
            key: &batch.key,
            set: set.into(),
            returning: &batch.returning,
            conflict: batch.conflict.as_ref(),
            rows,
            values,
        }
    }

    /// The same with one of the written columns only, to find out whose value the database refuses.
    pub(crate) fn only(mut self, column: usize) -> Self {
        let values = self.values.swap_remove(self.keys.len() + column);
        self.values.truncate(self.keys.len());
        self.values.push(values);
        self.set = vec![self.set[column]].into();
        self
    }
}

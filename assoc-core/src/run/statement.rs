//! A batch with its values, ready to be rendered.

use std::borrow::Cow;

use sea_query::Value;

use super::outcome::Outcome;
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
    /// Columns that are written.
    pub set: Vec<Col>,
    /// Columns that are returned; there may be none.
    pub returning: &'a [Col],
    /// What an insert does with rows that are there already.
    pub conflict: Option<&'a Conflict>,
    /// How many rows.
    pub rows: usize,
    /// One list for each column of `keys` and `set`.
    pub values: Vec<Vec<Cow<'a, Value>>>,
}

impl<'a> WriteStatement<'a> {
    /// The database schema in which the table lies; the default one if there is none.
    pub fn schema(&self) -> Option<&str> {
        self.table.schema.or(self.prefix)
    }

    /// The columns that carry values, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &Col> {
        self.keys.iter().chain(&self.set)
    }

    pub(crate) fn of(
        batch: &'a Batch<'_>,
        rows: &[usize],
        outcome: &Outcome,
        prefix: Option<&'a str>,
    ) -> Result<Self, DbError> {
        let mut values: Vec<Vec<Cow<'a, Value>>> = Vec::with_capacity(batch.keys.len() + batch.set.len());
        for column in 0..batch.keys.len() + batch.set.len() {
            let column = rows.iter().map(|&row| outcome.resolve(&batch.rows[row].slots[column]));
            values.push(column.collect::<Result<_, _>>()?);
        }
        let mut set = batch.set.clone();
        for (col, _) in &batch.draws {
            set.push(*col);
            values.push(rows.iter().map(|&row| outcome.drawn(batch.rows[row].node, *col)).collect::<Result<_, _>>()?);
        }
        Ok(Self {
            op: batch.op,
            table: batch.table,
            prefix,
            keys: &batch.keys,
            set,
            returning: &batch.returning,
            conflict: batch.conflict.as_ref(),
            rows: rows.len(),
            values,
        })
    }

    /// The shape of a batch before any value is known, to show its text.
    pub(crate) fn shape(batch: &'a Batch<'_>, prefix: Option<&'a str>) -> Self {
        let mut set = batch.set.clone();
        set.extend(batch.draws.iter().map(|(col, _)| *col));
        let rows = batch.rows.len();
        let values = batch.keys.iter().chain(&set).map(|col| vec![Cow::Owned(col.ty.null()); rows]).collect();
        Self {
            op: batch.op,
            table: batch.table,
            prefix,
            keys: &batch.keys,
            set,
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
        self.set = vec![self.set[column]];
        self
    }
}

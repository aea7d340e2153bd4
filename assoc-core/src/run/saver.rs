//! The statements of a plan, in turn.

use std::collections::HashSet;

use sea_query::Value;

use super::{
    Rejection, Scope,
    outcome::{Outcome, Written},
    statement::WriteStatement,
};
use crate::{
    adapter::{Connection, DbError, Dialect},
    plan::{Batch, Op, Plan, Purpose},
    schema::Row,
};

pub(super) struct Saver<'s, 'c> {
    pub plan: &'s Plan<'c>,
    pub connection: &'s mut dyn Connection,
    pub dialect: &'static dyn Dialect,
    pub scope: Scope,
    /// The database schema of tables that name none.
    pub prefix: Option<&'s str>,
}

impl<'c> Saver<'_, 'c> {
    pub async fn save(mut self) -> Result<Vec<Written>, Rejection> {
        if self.plan.is_empty() {
            return Ok(Outcome::new(self.plan).written(self.plan));
        }
        self.plan.batches.iter().try_for_each(|batch| self.dialect.check(batch.meta))?;
        match self.straight().await {
            Err(Rejection::Database(DbError::Violation(violation))) => self.search(*violation).await,
            other => other,
        }
    }

    /// Batch after batch, stopping at the first failure. This is all that a good save costs.
    async fn straight(&mut self) -> Result<Vec<Written>, Rejection> {
        let transaction = match self.scope {
            Scope::Own => self.plan.needs_transaction(),
            Scope::Joined => true,
            // A single row that fails needs no second try.
            Scope::Enclosed => !self.plan.is_single_row(),
        };
        if transaction {
            self.connection.begin().await?;
        }
        let mut outcome = Outcome::new(self.plan);
        let mut result = Ok(());
        for batch in &self.plan.batches {
            let rows: Vec<usize> = (0..batch.rows.len()).collect();
            for rows in rows.chunks(batch.max_rows(self.dialect)) {
                if result.is_ok() {
                    result = self.run(batch, rows, &mut outcome).await;
                }
            }
        }
        match result {
            Ok(()) if transaction => self.connection.commit().await?,
            Ok(()) => {}
            Err(rejection) => {
                if transaction {
                    self.undo().await;
                }
                return Err(rejection);
            }
        }
        Ok(outcome.written(self.plan))
    }

    /// Rolls back. Where even that fails, the connection is lost, and the transaction with it; what went wrong
    /// before is what the caller wants to know.
    pub async fn undo(&mut self) {
        drop(self.connection.rollback().await);
    }

    /// Runs some rows of a batch and keeps what the database made.
    pub async fn run(&mut self, batch: &Batch<'c>, rows: &[usize], outcome: &mut Outcome) -> Result<(), Rejection> {
        for (col, expression) in &batch.draws {
            let sql = self.dialect.draw(expression, col.ty, rows.len());
            let mut drawn = Vec::with_capacity(rows.len());
            let on_row = &mut |row: &mut dyn Row| {
                drawn.push(row.take(0, col.ty)?);
                Ok(())
            };
            self.connection.run(sql, on_row).await?;
            outcome.draw(batch, rows, *col, drawn)?;
        }
        let returned = {
            let statement = WriteStatement::of(batch, rows, outcome, self.prefix)?;
            let mut returned = Vec::with_capacity(rows.len());
            let on_row = &mut |row: &mut dyn Row| {
                let values = batch.returning.iter().enumerate().map(|(at, col)| row.take(at, col.ty));
                returned.push(values.collect::<Result<Vec<_>, _>>()?);
                Ok(())
            };
            self.connection.run(self.dialect.write(&statement), on_row).await?;
            returned
        };
        match batch.op {
            Op::Insert => match outcome.inserted(batch, rows, returned)? {
                None => Ok(()),
                Some(row) => Err(self.stale(batch.rows[row].node)),
            },
            Op::Update | Op::Delete => self.expect_all(batch, rows, returned, outcome),
        }
    }

    fn stale(&self, node: usize) -> Rejection {
        Rejection::Stale(node, self.plan.path(node))
    }

    /// Every row that must exist was there. What came back beside its key is kept.
    fn expect_all(
        &self,
        batch: &Batch<'c>,
        rows: &[usize],
        returned: Vec<Vec<Value>>,
        outcome: &mut Outcome,
    ) -> Result<(), Rejection> {
        let more = batch.returning.len() > batch.key.len();
        if batch.purpose != Purpose::Rows && batch.purpose != Purpose::Parking
            || (returned.len() == rows.len() && !more)
        {
            return Ok(());
        }
        let places: Vec<usize> =
            batch.key.iter().filter_map(|key| batch.returning.iter().position(|col| col == key)).collect();
        let key = |values: &Vec<Value>| -> Vec<Value> { places.iter().map(|&at| values[at].clone()).collect() };
        let mut found: std::collections::HashMap<Vec<Value>, Vec<Value>> =
            returned.into_iter().map(|values| (key(&values), values)).collect();
        let mut seen = HashSet::new();
        for &row in rows {
            let key = outcome.key_after(batch, row);
            let again = !seen.insert(key.clone());
            match found.remove(&key) {
                Some(values) if more => outcome.keep_returned(batch, row, values),
                None if !again && batch.rows[row].must_exist => return Err(self.stale(batch.rows[row].node)),
                _ => {}
            }
        }
        Ok(())
    }
}

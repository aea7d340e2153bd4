//! How a plan is sent: as one statement where that can be, else its statements in turn.

use std::collections::{HashMap, HashSet};

use sea_query::Value;

use super::{Manner, Rejection, Scope, outcome::Outcome, returned_rows::ReturnedRows, statement::WriteStatement};
use crate::{
    adapter::{Connection, DbError},
    changeset::Written,
    plan::{Batch, Op, Plan, Purpose},
    schema::Row,
};

pub(super) struct Saver<'s, 'c> {
    pub plan: &'s Plan<'c>,
    pub connection: &'s mut dyn Connection,
    pub manner: Manner<'s>,
}

impl<'c> Saver<'_, 'c> {
    pub async fn save(mut self) -> Result<Written, Rejection> {
        if self.plan.is_empty() {
            return Ok(Outcome::new(self.plan).written(self.plan));
        }
        self.plan.batches.iter().try_for_each(|batch| self.manner.dialect.check(batch.meta))?;
        match self.manner.scope {
            Scope::Unguarded if self.manner.dialect.failure_aborts() => return self.unguarded().await,
            // The transaction would go on with half of the save.
            Scope::Unguarded => self.manner.scope = Scope::Joined,
            _ => {}
        }
        match self.as_one().await {
            // One row is all there is to blame. What only a failure needs is boxed, so that the future of a save is small.
            Some(Err(Rejection::Database(DbError::Violation(violation)))) if self.plan.is_single_row() => {
                return Box::pin(self.search(*violation)).await;
            }
            // What is to blame, if that is not the form of the statement, shows itself in turn.
            Some(Err(Rejection::Database(error))) if error.is_refusal() => {}
            Some(Err(Rejection::Unordered)) => {}
            Some(result) => return result,
            None => {}
        }
        match self.straight().await {
            Err(Rejection::Database(DbError::Violation(violation))) => Box::pin(self.search(*violation)).await,
            Err(Rejection::Unordered) => Box::pin(self.careful()).await,
            other => other,
        }
    }

    /// Ends what was begun, if it was: undone where it failed.
    pub async fn end(&mut self, is_begun: bool, result: Result<(), Rejection>) -> Result<(), Rejection> {
        match result {
            Ok(()) if is_begun => Ok(self.connection.commit().await?),
            Err(_) if is_begun => {
                self.undo().await;
                result
            }
            result => result,
        }
    }

    /// Batch after batch, stopping at the first failure. This is all that a good save costs.
    pub(super) async fn straight(&mut self) -> Result<Written, Rejection> {
        let transaction = match self.manner.scope {
            Scope::Own => self.plan.needs_transaction(),
            Scope::Joined => true,
            // A single row that fails needs no second try.
            Scope::Enclosed => !self.plan.is_single_row(),
            Scope::Unguarded => false,
        };
        if transaction {
            self.connection.begin().await?;
        }
        let mut outcome = Outcome::new(self.plan);
        let mut result = Ok(());
        for batch in &self.plan.batches {
            let rows: Vec<usize> = (0..batch.rows.len()).collect();
            for rows in rows.chunks(batch.max_rows(self.manner.dialect)) {
                if result.is_ok() {
                    result = self.run(batch, rows, &mut outcome).await;
                }
            }
        }
        self.end(transaction, result).await?;
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
            let sql = self.manner.dialect.draw(expression, col.ty, rows.len());
            let mut drawn = Vec::with_capacity(rows.len());
            let on_row = &mut |row: &mut dyn Row| {
                drawn.push(row.take(0, col.ty)?);
                Ok(())
            };
            self.connection.run(sql, on_row).await?;
            outcome.draw(batch, rows, *col, drawn)?;
        }
        let returned = {
            let statement = WriteStatement::of(batch, rows, outcome, self.manner.prefix)?;
            let mut returned = ReturnedRows::expecting(rows.len(), batch.returning.len());
            let on_row = &mut |row: &mut dyn Row| {
                returned.push(batch.returning.iter().enumerate().map(|(at, col)| row.take(at, col.ty)))
            };
            self.connection.run(self.manner.dialect.write(&statement), on_row).await?;
            returned
        };
        self.keep(batch, rows, returned, outcome)
    }

    /// Keeps what came back for rows of a batch; those that had to be there were.
    pub fn keep(
        &self,
        batch: &Batch<'_>,
        rows: &[usize],
        returned: ReturnedRows,
        outcome: &mut Outcome,
    ) -> Result<(), Rejection> {
        match batch.op {
            Op::Insert => match outcome.inserted(batch, rows, returned)? {
                None => Ok(()),
                Some(row) => Err(self.stale(batch.rows.node(row))),
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
        batch: &Batch<'_>,
        rows: &[usize],
        mut returned: ReturnedRows,
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
        let key = |values: &[Value]| -> Vec<Value> { places.iter().map(|&at| values[at].clone()).collect() };
        let mut found: HashMap<Vec<Value>, usize> =
            returned.iter().enumerate().map(|(at, values)| (key(values), at)).collect();
        let mut seen = HashSet::new();
        for &row in rows {
            let key = outcome.key_after(batch, row);
            let again = !seen.insert(key.clone());
            match found.remove(&key) {
                Some(at) if more => outcome.keep_returned(batch, row, returned.take(at)),
                None if !again && batch.rows.must_exist(row) => return Err(self.stale(batch.rows.node(row))),
                _ => {}
            }
        }
        Ok(())
    }
}

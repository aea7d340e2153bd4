//! The statements of a plan, in turn.

use std::collections::HashSet;

use sea_query::Value;

use super::{
    Manner, Rejection, Scope, Sending,
    as_one::{AsOne, PartialWrite},
    outcome::{Outcome, Written, sort_by_columns},
    statement::WriteStatement,
};
use crate::{
    adapter::{Connection, DbError, Sql},
    plan::{Batch, Op, Plan, Purpose},
    schema::Row,
    types::{ColumnType, Type, TypeError},
};

fn written() -> Rejection {
    let message = "all rows were written, but what came back of them does not tell which is which: load them again";
    Rejection::Database(DbError::Type(TypeError(message.to_owned())))
}

pub(super) struct Saver<'s, 'c> {
    pub plan: &'s Plan<'c>,
    pub connection: &'s mut dyn Connection,
    pub manner: Manner<'s>,
}

impl<'c> Saver<'_, 'c> {
    pub async fn save(mut self) -> Result<Vec<Written>, Rejection> {
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
            // One row is all there is to blame.
            Some(Err(Rejection::Database(DbError::Violation(violation)))) if self.plan.is_single_row() => {
                return self.search(*violation).await;
            }
            // What is to blame, if that is not the form of the statement, shows itself in turn.
            Some(Err(Rejection::Database(error))) if error.is_refusal() => {}
            Some(result) => return result,
            None => {}
        }
        match self.straight().await {
            Err(Rejection::Database(DbError::Violation(violation))) => self.search(*violation).await,
            other => other,
        }
    }

    /// All of it in one statement, if the plan and the database allow that.
    pub(super) async fn as_one(&mut self) -> Option<Result<Vec<Written>, Rejection>> {
        // A row by itself is one statement anyway, and one that is refused would end the transaction.
        let enclosed = self.manner.scope == Scope::Enclosed && self.plan.is_single_row();
        if self.manner.sending == Sending::InTurn || enclosed || self.plan.in_turn().is_some() {
            return None;
        }
        let mut outcome = Outcome::new(self.plan);
        let as_one = match AsOne::of(self.plan, &outcome, self.manner.prefix) {
            Ok(as_one) => as_one,
            Err(error) => return Some(Err(error.into())),
        };
        let sql = self.manner.dialect.write_as_one(&as_one)?;
        let ended = self.run_as_one(&as_one, sql, &mut outcome).await;
        // It has a value for each column of each row, which nobody needs any more.
        drop(as_one);
        Some(ended.map(|()| outcome.written(self.plan)))
    }

    async fn run_as_one(&mut self, as_one: &AsOne<'_>, sql: Sql<'_>, outcome: &mut Outcome) -> Result<(), Rejection> {
        let savepoint = matches!(self.manner.scope, Scope::Joined | Scope::Enclosed);
        if savepoint {
            self.connection.begin().await?;
        }
        let result = match &as_one.writes[..] {
            [only] if self.plan.is_single_row() && only.returned.is_empty() => self.run_single(sql, outcome).await,
            writes => self.run_writes(writes, sql, outcome).await,
        };
        self.end(savepoint, result).await
    }

    /// Ends what was begun, if it was: undone where it failed.
    async fn end(&mut self, is_begun: bool, result: Result<(), Rejection>) -> Result<(), Rejection> {
        match result {
            Ok(()) if is_begun => Ok(self.connection.commit().await?),
            Err(_) if is_begun => {
                self.undo().await;
                result
            }
            result => result,
        }
    }

    /// Runs a write of one row of which nothing comes back.
    async fn run_single(&mut self, sql: Sql<'_>, outcome: &mut Outcome) -> Result<(), Rejection> {
        match (self.connection.execute(sql).await?, &self.plan.batches[..]) {
            (0, [batch]) => self.keep(batch, &[0], Vec::new(), outcome),
            _ => Ok(()),
        }
    }

    /// Runs writes, and keeps what comes back.
    async fn run_writes(
        &mut self,
        writes: &[PartialWrite<'_>],
        sql: Sql<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Rejection> {
        let mut returned = vec![Vec::new(); writes.len()];
        let on_row = &mut |row: &mut dyn Row| {
            let number = i32::from_value(row.take(0, Type::I32)?)?;
            let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            if let Some((write, rows)) = at.and_then(|at| writes.get(at).zip(returned.get_mut(at))) {
                rows.push(write.read(row)?);
            }
            Ok(())
        };
        self.connection.run(sql, on_row).await?;
        let kept = self.keep_all(returned, outcome);
        // The statement has checked whatever this needs; should it have missed something, nobody must be told that nothing
        // was written. (A single row that does not come back was not written.)
        let is_written = self.manner.scope == Scope::Own && !self.plan.is_single_row();
        kept.map_err(|rejection| if is_written { written() } else { rejection })
    }

    /// Keeps what the database made for the rows of each batch.
    fn keep_all(&self, returned: Vec<Vec<Vec<Value>>>, outcome: &mut Outcome) -> Result<(), Rejection> {
        for (batch, mut returned) in self.plan.batches.iter().zip(returned) {
            let rows: Vec<usize> = (0..batch.rows.len()).collect();
            if let Some(place) = batch.draws.first().map(|_| batch.returning.len()) {
                // The position is told with each row.
                sort_by_columns(&mut returned, &[place]);
                for (col, _) in &batch.draws {
                    let at = batch.returning.iter().position(|returned| returned == col);
                    let drawn = returned.iter().filter_map(|values| values.get(at?).cloned()).collect();
                    outcome.draw(batch, &rows, *col, drawn)?;
                }
                returned.iter_mut().for_each(|values| values.truncate(place));
            }
            if !returned.is_empty() || self.plan.is_single_row() {
                self.keep(batch, &rows, returned, outcome)?;
            }
        }
        Ok(())
    }

    /// Batch after batch, stopping at the first failure. This is all that a good save costs.
    pub(super) async fn straight(&mut self) -> Result<Vec<Written>, Rejection> {
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
            let mut returned = Vec::with_capacity(rows.len());
            let on_row = &mut |row: &mut dyn Row| {
                let values = batch.returning.iter().enumerate().map(|(at, col)| row.take(at, col.ty));
                returned.push(values.collect::<Result<Vec<_>, _>>()?);
                Ok(())
            };
            self.connection.run(self.manner.dialect.write(&statement), on_row).await?;
            returned
        };
        self.keep(batch, rows, returned, outcome)
    }

    /// Keeps what came back for rows of a batch; those that had to be there were.
    fn keep(
        &self,
        batch: &Batch<'_>,
        rows: &[usize],
        returned: Vec<Vec<Value>>,
        outcome: &mut Outcome,
    ) -> Result<(), Rejection> {
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
        batch: &Batch<'_>,
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

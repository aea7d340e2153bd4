//! A plan that is sent as one statement.

use super::{
    Rejection, Scope, Sending,
    as_one::{AsOne, PartialWrite},
    outcome::Outcome,
    returned_rows::ReturnedRows,
    saver::Saver,
};
use crate::{
    adapter::{DbError, Sql},
    changeset::Written,
    schema::Row,
    types::{ColumnType, Type, TypeError},
};

impl Saver<'_, '_> {
    /// All of it in one statement, if the plan and the database allow that.
    pub(super) async fn as_one(&mut self) -> Option<Result<Written, Rejection>> {
        // A row by itself is one statement anyway, and one that is refused would end the transaction.
        let enclosed = self.manner.scope == Scope::Enclosed && self.plan.is_single_row();
        if self.manner.sending == Sending::InTurn || enclosed || self.plan.in_turn().is_some() {
            return None;
        }
        let mut outcome = Outcome::new(self.plan);
        let as_one = AsOne::of(self.plan, &outcome, self.manner.prefix);
        let sql = self.manner.dialect.write_as_one(&as_one)?;
        let ended = self.run_as_one(&as_one, sql, &mut outcome).await;
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

    /// Runs a write of one row of which nothing comes back.
    async fn run_single(&mut self, sql: Sql<'_>, outcome: &mut Outcome) -> Result<(), Rejection> {
        match (self.connection.execute(sql).await?, &self.plan.batches[..]) {
            (0, [batch]) => self.keep(batch, &[0], ReturnedRows::default(), outcome),
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
        let returned = writes.iter().map(|write| ReturnedRows::expecting(write.statement.rows, write.returned.len()));
        let mut returned: Vec<ReturnedRows> = returned.collect();
        let on_row = &mut |row: &mut dyn Row| {
            let number = i32::from_value(row.take(0, Type::I32)?)?;
            let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            if let Some((write, rows)) = at.and_then(|at| writes.get(at).zip(returned.get_mut(at))) {
                rows.push(write.read(row))?;
            }
            Ok(())
        };
        self.connection.run(sql, on_row).await?;
        let kept = self.keep_all(returned, outcome);
        // The statement has checked whatever this needs; should it have missed something, nobody must be told that nothing
        // was written. (A single row that does not come back was not written.)
        let is_written = self.manner.scope == Scope::Own && !self.plan.is_single_row();
        kept.map_err(|rejection| if is_written { written_untold() } else { rejection })
    }

    /// Keeps what the database made for the rows of each batch.
    fn keep_all(&self, returned: Vec<ReturnedRows>, outcome: &mut Outcome) -> Result<(), Rejection> {
        for (batch, mut returned) in self.plan.batches.iter().zip(returned) {
            let rows: Vec<usize> = (0..batch.rows.len()).collect();
            if let Some(place) = batch.draws.first().map(|_| batch.returning.len()) {
                // The position is told with each row.
                returned.sort_by_columns(&[place]);
                for (col, _) in &batch.draws {
                    let at = batch.returning.iter().position(|returned| returned == col);
                    let drawn = returned.iter().filter_map(|values| values.get(at?).cloned()).collect();
                    outcome.draw(batch, &rows, *col, drawn)?;
                }
            }
            if !returned.is_empty() || self.plan.is_single_row() {
                self.keep(batch, &rows, returned, outcome)?;
            }
        }
        Ok(())
    }
}

/// What nobody must take for a save that wrote nothing.
fn written_untold() -> Rejection {
    let message = "all rows were written, but what came back of them does not tell which is which: load them again";
    Rejection::Database(DbError::Type(TypeError(message.to_owned())))
}

//! Saves in a transaction without a savepoint: what fails ends it, and nothing can be asked any more. Which row is to
//! blame is told by the table and the key in the database's answer, where only one row can be meant.

use sea_query::Value;

use super::{Culprit, Rejection, named::Named, saver::Saver};
use crate::{
    adapter::{DbError, Violation},
    changeset::Written,
    plan::{Batch, BatchRow, Op, Purpose, Slot, absent},
};

impl<'c> Saver<'_, 'c> {
    pub async fn unguarded(mut self) -> Result<Written, Rejection> {
        let result = match self.as_one().await {
            Some(result) => result,
            None => self.straight().await,
        };
        let Err(rejection) = result else { return result };
        // Part of it may be written.
        self.connection.driver_failed();
        match rejection {
            Rejection::Database(DbError::Violation(violation)) => Err(match self.named(&violation) {
                Some((batch, row)) => Rejection::Rows(vec![self.of_row(batch, row, *violation)]),
                None => DbError::Violation(violation).into(),
            }),
            Rejection::Database(DbError::Unmet { write, error }) => Err(match self.only_that_may_be_gone(write) {
                Some(node) => Rejection::Stale(node, self.plan.path(node)),
                None => DbError::Unmet { write, error }.into(),
            }),
            other => Err(other),
        }
    }

    pub(super) fn of_row(&self, batch: &Batch<'c>, row: BatchRow<'_>, violation: Violation) -> Culprit {
        let owner = self.plan.nodes[row.node].parent.map(|via| via.owner);
        let violation = Violation { path: self.plan.path(row.node), ..violation };
        Culprit { node: row.node, owner, purpose: batch.purpose, violation }
    }

    /// The row that a violation is about, if it is the only one that can be.
    fn named(&self, violation: &Violation) -> Option<(&Batch<'c>, BatchRow<'_>)> {
        let named = Named { violation, resolve: &known };
        let all = self.plan.batches.iter().flat_map(|batch| batch.rows.iter().map(move |row| (batch, row)));
        let mut meant = all.filter(|(batch, row)| named.is_about(batch, *row) != Some(false));
        let only = meant.next()?;
        meant.next().is_none().then_some(only)
    }

    /// The row that is gone, if a write is of one that may be, and nothing else of it is checked.
    fn only_that_may_be_gone(&self, write: usize) -> Option<usize> {
        let batch = self.plan.batches.get(write)?;
        let makes = batch.made().any(|col| !batch.is_xmin(col));
        let only = batch.rows.only().filter(|only| only.must_exist)?;
        (batch.op != Op::Insert && batch.purpose == Purpose::Rows && !makes).then_some(only.node)
    }
}

/// What is known before the save.
fn known(slot: &Slot<'_>) -> Option<Value> {
    match slot {
        Slot::Absent(field) => Some(absent(field)),
        slot => slot.known().cloned(),
    }
}

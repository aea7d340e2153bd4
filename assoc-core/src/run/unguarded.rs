//! Saves in a transaction without a savepoint: what fails ends it, and nothing can be asked any more. Which row is to
//! blame is told by the table and the key in the database's answer, where only one row can be meant.

use sea_query::Value;

use super::{Culprit, Rejection, outcome::Written, saver::Saver};
use crate::{
    adapter::{DbError, Violation, ViolationKind},
    plan::{Batch, BatchRow, Op, Purpose, Slot},
    types::is_null,
};

impl<'c> Saver<'_, 'c> {
    pub async fn unguarded(mut self) -> Result<Vec<Written>, Rejection> {
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

    fn of_row(&self, batch: &Batch<'c>, row: &BatchRow<'c>, violation: Violation) -> Culprit {
        let owner = self.plan.nodes[row.node].parent.map(|via| via.owner);
        let violation = Violation { path: self.plan.path(row.node), ..violation };
        Culprit { node: row.node, owner, purpose: batch.purpose, violation }
    }

    /// The row that a violation is about, if it is the only one that can be.
    fn named(&self, violation: &Violation) -> Option<(&Batch<'c>, &BatchRow<'c>)> {
        let all = self.plan.batches.iter().flat_map(|batch| batch.rows.iter().map(move |row| (batch, row)));
        let mut meant = all.filter(|(batch, row)| may_violate(batch, row, violation));
        let only = meant.next()?;
        meant.next().is_none().then_some(only)
    }

    /// The row that is gone, if a write is of one that may be, and nothing else of it is checked.
    fn only_that_may_be_gone(&self, write: usize) -> Option<usize> {
        let batch = self.plan.batches.get(write)?;
        let makes = batch.made().any(|col| !batch.is_xmin(col));
        match &batch.rows[..] {
            [only] if batch.op != Op::Insert && batch.purpose == Purpose::Rows && !makes => {
                only.must_exist.then_some(only.node)
            }
            _ => None,
        }
    }
}

/// Whether a violation can be about a row: its table, and the key that the database tells or the column that is NULL.
fn may_violate(batch: &Batch<'_>, row: &BatchRow<'_>, violation: &Violation) -> bool {
    let is_table = violation.table.as_deref() == Some(batch.table.name);
    let columns = || batch.keys.iter().chain(&batch.set).zip(row.slots.iter());
    let key = violation.key.as_ref();
    let has_key = || {
        key.is_none_or(|key| {
            key.pairs().all(|(name, text)| {
                let mut slots = columns().filter(|(col, _)| col.name == name);
                slots.all(|(_, slot)| may_be_spelled(slot, text))
            })
        })
    };
    match (violation.kind, batch.op) {
        // A row that others refer to: the table is theirs.
        (ViolationKind::ForeignKey, Op::Delete) => {
            let is_key = |name: &str| batch.keys.iter().any(|col| col.name == name);
            !is_table && key.is_some_and(|key| key.pairs().all(|(name, _)| is_key(name))) && has_key()
        }
        (_, Op::Delete) => false,
        (ViolationKind::NotNull, _) => {
            let is_column = |name: &str| violation.columns.iter().any(|column| column == name);
            is_table && columns().any(|(col, slot)| is_column(col.name) && may_be_null(slot))
        }
        _ => is_table && has_key(),
    }
}

/// What the database spells in its own way may be any value.
fn may_be_spelled(slot: &Slot<'_>, text: &str) -> bool {
    match slot {
        Slot::Absent(field) => !field.nullable,
        slot => slot.known().and_then(|value| is_spelled(value, text)).unwrap_or(true),
    }
}

/// Whether the database spells the value so; `None` where it has its own way.
pub(super) fn is_spelled(value: &Value, text: &str) -> Option<bool> {
    Some(match value {
        value if is_null(value) => false,
        Value::SmallInt(Some(number)) => number.to_string() == text,
        Value::Int(Some(number)) => number.to_string() == text,
        Value::BigInt(Some(number)) => number.to_string() == text,
        Value::String(Some(value)) => value == text,
        #[cfg(feature = "uuid")]
        Value::Uuid(Some(uuid)) => uuid.to_string() == text,
        _ => return None,
    })
}

fn may_be_null(slot: &Slot<'_>) -> bool {
    match slot {
        Slot::Absent(field) => field.nullable,
        slot => slot.known().is_some_and(is_null),
    }
}

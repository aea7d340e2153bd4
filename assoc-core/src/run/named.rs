//! Which rows a violation is about, by the table and the key that the database names.

use sea_query::Value;

use super::{Culprit, outcome::Outcome, saver::Saver};
use crate::{
    adapter::{Violation, ViolationKind},
    plan::{Batch, BatchRow, Op, Purpose, Slot},
    types::is_null,
};

/// A violation, and what is known of values.
pub(super) struct Named<'v> {
    pub violation: &'v Violation,
    /// The value of a slot, as far as it is known.
    pub resolve: &'v dyn Fn(&Slot<'_>) -> Option<Value>,
}

impl Named<'_> {
    /// Whether it is about a row: its table, and the key that the database tells or the column that is NULL. `None` where
    /// that cannot be told.
    pub fn is_about(&self, batch: &Batch<'_>, row: BatchRow<'_>) -> Option<bool> {
        let violation = self.violation;
        let is_table = violation.table.as_deref() == Some(batch.table.name);
        let key = violation.key.as_ref();
        match (violation.kind, batch.op) {
            // A row that others refer to: the table is theirs.
            (ViolationKind::ForeignKey, Op::Delete) => {
                let is_key = |name: &str| batch.keys.iter().any(|col| col.name == name);
                let is_of_others = !is_table && key.is_some_and(|key| key.pairs().all(|(name, _)| is_key(name)));
                if is_of_others { self.has_key(batch, row) } else { Some(false) }
            }
            (_, Op::Delete) => Some(false),
            (ViolationKind::NotNull, _) => {
                let is_column = |name: &str| violation.columns.iter().any(|column| column == name);
                let mut columns = columns(batch, row);
                let is_null = is_table && columns.any(|(name, slot)| is_column(name) && self.may_be_null(slot));
                if is_null { None } else { Some(false) }
            }
            _ if is_table => self.has_key(batch, row),
            _ => Some(false),
        }
    }

    /// Whether the row has the key. A part that it does not write may be any.
    fn has_key(&self, batch: &Batch<'_>, row: BatchRow<'_>) -> Option<bool> {
        let key = self.violation.key.as_ref()?;
        let mut has_all = Some(true);
        for (name, text) in key.pairs() {
            // What is written stands behind what finds the row.
            let slot = columns(batch, row).filter(|(column, _)| *column == name).last().map(|(_, slot)| slot);
            match slot.and_then(|slot| self.is_spelled(slot, text)) {
                Some(true) => {}
                // One part that differs is enough.
                Some(false) => return Some(false),
                None => has_all = None,
            }
        }
        has_all
    }

    /// Whether the database spells the value so; `None` where it is not known, or the database has its own way.
    fn is_spelled(&self, slot: &Slot<'_>, text: &str) -> Option<bool> {
        Some(match (self.resolve)(slot)? {
            value if is_null(&value) => false,
            Value::SmallInt(Some(number)) => number.to_string() == text,
            Value::Int(Some(number)) => number.to_string() == text,
            Value::BigInt(Some(number)) => number.to_string() == text,
            Value::String(Some(value)) => value == text,
            #[cfg(feature = "uuid")]
            Value::Uuid(Some(uuid)) => uuid.to_string() == text,
            _ => return None,
        })
    }

    fn may_be_null(&self, slot: &Slot<'_>) -> bool {
        match slot {
            Slot::Absent(field) => field.nullable,
            slot => slot.known().is_some_and(is_null),
        }
    }

    /// Whether the row writes a part of the key: else it had it before.
    fn writes_key(&self, batch: &Batch<'_>) -> bool {
        let key = self.violation.key.as_ref();
        let is_written = |name: &str| batch.set.iter().any(|col| col.name == name);
        batch.op != Op::Update || key.is_some_and(|key| key.pairs().any(|(name, _)| is_written(name)))
    }
}

fn columns<'b>(batch: &'b Batch<'_>, row: BatchRow<'b>) -> impl Iterator<Item = (&'static str, &'b Slot<'b>)> {
    batch.keys.iter().chain(&batch.set).map(|col| col.name).zip(row.slots.iter())
}

impl<'c> Saver<'_, 'c> {
    /// The rows that a deferred constraint is about, which the database looks at when all is written; none where that
    /// cannot be told.
    pub(super) fn blamed_by_key(&self, violation: &Violation, outcome: &Outcome) -> Vec<Culprit> {
        let named = Named { violation, resolve: &|slot| outcome.resolve(slot).ok().map(|value| value.into_owned()) };
        let all = self.plan.batches.iter().flat_map(|batch| batch.rows.iter().map(move |row| (batch, row)));
        let of_changesets = |batch: &Batch<'_>| matches!(batch.purpose, Purpose::Rows | Purpose::Links);
        let written = all.filter(|(batch, _)| of_changesets(batch) && named.writes_key(batch));
        let (mut having, mut is_sure) = (Vec::new(), violation.key.is_some());
        for (batch, row) in written {
            match named.is_about(batch, row) {
                Some(true) => having.push((batch, row)),
                Some(false) => {}
                None => is_sure = false,
            }
        }
        // Others refer to a row that is deleted: then no row that is written is meant.
        if having.iter().any(|(batch, _)| batch.op == Op::Delete) {
            having.retain(|(batch, _)| batch.op == Op::Delete);
        }
        // Of rows that want the same value, the first one may have it.
        if violation.kind == ViolationKind::Unique && having.len() > 1 {
            having.remove(0);
        }
        let culprits = having.into_iter().map(|(batch, row)| self.of_row(batch, row, violation.clone()));
        if is_sure { culprits.collect() } else { Vec::new() }
    }
}

//! Rows of an upsert that mean the same row, one after the other.

use std::collections::HashMap;

use sea_query::Value;

use super::{
    batch::{Batch, Conflict, Slot},
    batch_rows::BatchRows,
};
use crate::types::is_null;

impl<'c> Batch<'c> {
    /// PostgreSQL replaces a row once in a statement: of rows that mean the same one, each has a statement of its own, so
    /// that the last one counts.
    pub(super) fn in_turn(mut self, batches: &mut Vec<Self>) {
        let Some(Conflict { target, .. }) = self.conflict.as_ref().filter(|conflict| !conflict.replace.is_empty())
        else {
            batches.push(self);
            return;
        };
        let places: Option<Vec<usize>> = target
            .iter()
            .map(|col| self.set.iter().position(|set| set == col).map(|at| self.keys.len() + at))
            .collect();
        let Some(places) = places.filter(|places| !places.is_empty()) else {
            batches.push(self);
            return;
        };
        let mut turns = vec![BatchRows::default()];
        let mut taken: HashMap<Vec<SlotKey>, usize> = HashMap::new();
        for row in self.rows.drain() {
            let key: Option<Vec<SlotKey>> = places.iter().map(|&at| row.slots[at].key()).collect();
            let turn = key.map_or(0, |key| {
                let next = taken.entry(key).or_default();
                *next += 1;
                *next - 1
            });
            if turn == turns.len() {
                turns.push(BatchRows::default());
            }
            turns[turn].push(row);
        }
        batches.extend(turns.into_iter().map(|rows| Self { rows, ..self.clone() }));
    }
}

/// What tells whether two slots will hold the same value.
#[derive(PartialEq, Eq, Hash)]
enum SlotKey {
    Known(Value),
    Of(usize, u32),
}

impl Slot<'_> {
    /// `None` for NULL, which is never the same.
    fn key(&self) -> Option<SlotKey> {
        match self {
            Self::Of { node, field } => Some(SlotKey::Of(*node, *field)),
            slot => slot.known().filter(|value| !is_null(value)).cloned().map(SlotKey::Known),
        }
    }
}

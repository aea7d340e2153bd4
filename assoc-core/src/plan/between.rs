//! Why two statements of a plan, of which one comes after the other, cannot be parts of one.

use std::{cell::OnceCell, collections::HashSet};

use sea_query::Value;

use super::{
    InTurn, Op, Plan, Purpose,
    batch::{Batch, compare_rows},
    batch_rows::BatchRow,
    references::References,
};
use crate::types::Key;

/// Looks at the statements of a plan together.
pub(super) struct Between<'p, 'c> {
    plan: &'p Plan<'c>,
    /// Most plans need not know.
    references: OnceCell<References>,
}

impl<'p, 'c> Between<'p, 'c> {
    pub fn of(plan: &'p Plan<'c>) -> Self {
        Self { plan, references: OnceCell::new() }
    }

    pub fn reason(&self) -> Option<InTurn> {
        let batches = &self.plan.batches;
        let pairs =
            batches.iter().enumerate().flat_map(|(at, first)| batches[at + 1..].iter().map(move |it| (first, it)));
        pairs.into_iter().find_map(|(first, second)| self.reason_of(first, second))
    }

    fn reason_of(&self, first: &Batch<'c>, second: &Batch<'c>) -> Option<InTurn> {
        let table = first.table.name;
        match (first.op, second.op) {
            (Op::Delete, Op::Insert) if self.comes_again(first, second) => Some(InTurn::RowTwice { table }),
            (Op::Update | Op::Delete, Op::Update | Op::Delete) if may_meet(first, second) => {
                Some(InTurn::RowTwice { table })
            }
            // Nobody would miss a row that is not found, because it is not there yet.
            (Op::Insert, Op::Update | Op::Delete)
                if first.table == second.table && second.expects_all() != Some(true) =>
            {
                Some(InTurn::RowTwice { table })
            }
            // What the foreign keys of a deleted row do, they may do to rows far below.
            (Op::Delete, _)
                if self.references().lead(second.table, first.table) || self.names_deleted(first, second) =>
            {
                Some(InTurn::Referred { table, by: second.table.name })
            }
            (Op::Insert | Op::Update, Op::Insert) if self.refers_ahead(first, second) => {
                Some(InTurn::ParentComesLater { table: second.table.name, by: table })
            }
            _ => None,
        }
    }

    /// Whether an update sets a column to which other rows refer.
    pub fn changes_key(&self, batch: &Batch<'c>) -> bool {
        let sets = |column: &str| batch.set.iter().any(|col| col.name == column);
        batch.purpose == Purpose::Rows
            && (batch.key.iter().any(|col| sets(col.name))
                || self.references().referred(batch.table).flatten().any(sets))
    }

    fn references(&self) -> &References {
        // Of the many rows of a list, one tells all.
        let lists = self.plan.nodes.chunk_by(|one, next| std::ptr::eq(one.node.meta, next.node.meta));
        self.references.get_or_init(|| References::of(lists.map(|list| list[0].node.meta)))
    }

    /// Whether a row is written with a value that is the key of a deleted one, in a column of which no association tells: it
    /// may refer to it.
    fn names_deleted(&self, deleted: &Batch<'c>, written: &Batch<'c>) -> bool {
        let [id] = deleted.key[..] else { return false };
        if deleted.table == written.table || deleted.purpose != Purpose::Rows {
            return false;
        }
        let told: HashSet<&str> = self.references().columns(written.table).collect();
        let mut unknown =
            written.set.iter().map(|col| (col.name, col.ty)).filter(|(name, ty)| *ty == id.ty && !told.contains(name));
        unknown.any(|(column, _)| {
            share(
                deleted.rows.iter().map(|row| key(&[id.name], |_| row.slots[0].known())),
                written.rows.iter().map(|row| key(&[column], |column| sent(written, row, column))),
            )
        })
    }

    /// Whether a row is inserted with a key that a deleted one had: in between, rows that refer to it would miss it.
    fn comes_again(&self, deleted: &Batch<'c>, inserted: &Batch<'c>) -> bool {
        if deleted.table != inserted.table || inserted.purpose != Purpose::Rows {
            return false;
        }
        let made = |columns: &[&str]| columns.iter().all(|column| inserted.set.iter().any(|col| col.name == *column));
        let primary: Vec<_> = inserted.key.iter().map(|col| col.name).collect();
        let referred = || self.references().referred(inserted.table).filter(|columns| made(columns));
        let keys = [primary].into_iter().filter(|columns| made(columns)).chain(referred());
        let there = |row: BatchRow<'_>, column: &str| {
            let field = deleted.meta.column_fields().iter().position(|field| field.column == column)?;
            self.plan.nodes[row.node].node.data.get(field)
        };
        keys.into_iter().any(|columns| {
            // Which rows an `on_delete` finds is not known.
            deleted.purpose != Purpose::Rows
                || share(
                    deleted.rows.iter().map(|row| key(&columns, |column| there(row, column))),
                    inserted.rows.iter().map(|row| key(&columns, |column| sent(inserted, row, column))),
                )
        })
    }

    /// Whether rows refer to some that are inserted only after them, by keys that the program made.
    fn refers_ahead(&self, first: &Batch<'c>, inserted: &Batch<'c>) -> bool {
        let mut references = self.references().between(first.table, inserted.table);
        references.any(|pairs| {
            let (from, to): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            share(
                inserted.rows.iter().map(|row| key(&to, |column| sent(inserted, row, column))),
                first.rows.iter().map(|row| key(&from, |column| sent(first, row, column))),
            )
        })
    }
}

/// The value that is sent for a column.
fn sent<'r>(batch: &Batch<'_>, row: BatchRow<'r>, column: &str) -> Option<&'r Value> {
    let at = batch.set.iter().position(|col| col.name == column)?;
    row.slots[batch.keys.len() + at].known()
}

fn key<'v>(columns: &[&str], value: impl Fn(&str) -> Option<&'v Value>) -> Option<Key> {
    crate::changeset::key_of(columns.iter().map(|column| value(column)))
}

/// Whether a key is on both sides. Those that are not known, or NULL, are none.
fn share(some: impl Iterator<Item = Option<Key>>, others: impl Iterator<Item = Option<Key>>) -> bool {
    let mut others = others.flatten().peekable();
    if others.peek().is_none() {
        return false;
    }
    let some: HashSet<Key> = some.flatten().collect();
    others.any(|key| some.contains(&key))
}

/// Whether two statements may write the same row. Rows are in the order of their keys.
fn may_meet(a: &Batch<'_>, b: &Batch<'_>) -> bool {
    if a.table != b.table {
        return false;
    }
    let width = a.key.len();
    if a.purpose != Purpose::Rows || b.purpose != Purpose::Rows || width == 0 || a.key != b.key {
        return true;
    }
    let mut others = b.rows.iter().peekable();
    a.rows.iter().any(|row| {
        let key = &row.slots[..width];
        while others.next_if(|other| compare_rows(&other.slots[..width], key).is_lt()).is_some() {}
        others.peek().is_some_and(|other| compare_rows(&other.slots[..width], key).is_eq())
    })
}

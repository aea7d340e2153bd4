//! Whether the statements of a plan can be sent as one, and if not, why.
//!
//! Inside of one statement, PostgreSQL runs the parts in the order in which their counts are asked for, each to its
//! end, but all of them see the table as it was before. So no part may write, or look for, a row that another one has
//! changed; and since foreign keys are looked at when all is written, no part may lean on what a foreign key does or
//! refuses in between.

use std::fmt;

use super::{
    Op, Plan, Purpose,
    batch::{Batch, Col, Slot, compare_rows},
    between::Between,
};
use crate::{schema::Meta, types::Type};

/// More statements than that make a text that nobody will send again.
const MAX_STATEMENTS: usize = 16;

/// Why the statements of a plan are sent in turn, in a transaction, where the database could take them as one. See
/// [`Plan::in_turn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InTurn {
    /// A unique value is freed before another row takes it, so that its row is written twice.
    UniqueValueMoves {
        /// The table.
        table: &'static str,
    },
    /// A row may be written by two statements.
    RowTwice {
        /// The table.
        table: &'static str,
    },
    /// A key changes that other rows refer to.
    KeyChanges {
        /// The table.
        table: &'static str,
    },
    /// Rows are deleted, and then rows of a table that refers to theirs, be it by way of others, are written.
    Referred {
        /// The table whose rows are deleted.
        table: &'static str,
        /// The table that refers to it.
        by: &'static str,
    },
    /// Rows refer, by keys that the program made, to rows that are inserted after them.
    ParentComesLater {
        /// The table whose rows are inserted.
        table: &'static str,
        /// The table that refers to it.
        by: &'static str,
    },
    /// Rows may be there already (`on_conflict`): what comes back tells which.
    Upsert {
        /// The table.
        table: &'static str,
    },
    /// Some of the rows may be gone (`allow_stale`), others may not.
    MayBeGone {
        /// The table.
        table: &'static str,
    },
    /// The database makes a value that cannot be handed on inside of a statement to the rows that need it: part of a key of
    /// several columns, or of a type other than integers and UUIDs.
    ValueNeeded {
        /// The table in which it is made.
        table: &'static str,
    },
    /// A value that comes back may not be what it must be: one that the database makes, of a type that may refuse it (your
    /// own, decimals, arrays, JSON, times of day), or a key that its column rounds.
    ReadBack {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The rows are written in too many ways: each set of columns is a statement.
    ManyStatements {
        /// How many.
        statements: usize,
    },
}

impl fmt::Display for InTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UniqueValueMoves { table } => write!(f, "a unique value moves between rows of `{table}`"),
            Self::RowTwice { table } => write!(f, "a row of `{table}` may be written twice"),
            Self::KeyChanges { table } => write!(f, "a key of `{table}` changes, to which other rows refer"),
            Self::Referred { table, by } => {
                write!(f, "rows of `{table}` are deleted before rows of `{by}` are written, which refers to it")
            }
            Self::ParentComesLater { table, by } => {
                write!(f, "rows of `{by}` refer to rows of `{table}` that are inserted after them")
            }
            Self::Upsert { table } => write!(f, "rows of `{table}` may be there already"),
            Self::MayBeGone { table } => write!(f, "some rows of `{table}` may be gone, others may not"),
            Self::ValueNeeded { table } => {
                write!(f, "values that the database makes for `{table}` cannot be handed on inside of a statement")
            }
            Self::ReadBack { table, column } => {
                write!(f, "`{column}` of `{table}` comes back and must fit its field")
            }
            Self::ManyStatements { statements } => write!(f, "{statements} statements are too many for one"),
        }
    }
}

impl<'c> Plan<'c> {
    /// Why its statements are sent in turn, in a transaction; `None` if a database that can take them as one does:
    /// PostgreSQL, in one round trip, and without BEGIN and COMMIT.
    ///
    /// Either way the outcome is the same. A save whose one statement is refused is run again in turn, to find the
    /// rows that are to blame. What the database does by itself sees the difference: see `Repo::in_turn`.
    ///
    /// ```
    /// use assoc_core::{Schema, doctest::Post};
    ///
    /// let changeset = Post::build().set(Post::title, "Hello");
    /// assert_eq!(changeset.plan()?.in_turn(), None);
    /// # Ok::<(), assoc_core::PlanError>(())
    /// ```
    pub fn in_turn(&self) -> Option<InTurn> {
        if let Some(only) = self.batches.first().filter(|_| self.is_single_row()) {
            return unchecked(only);
        }
        if self.batches.len() > MAX_STATEMENTS {
            return Some(InTurn::ManyStatements { statements: self.statements() });
        }
        let between = Between::of(self);
        let alone = self.batches.iter().find_map(|batch| self.alone(batch, &between));
        alone.or_else(|| between.reason()).or_else(|| self.needed())
    }

    /// Reasons of a statement by itself.
    fn alone(&self, batch: &Batch<'c>, between: &Between<'_, 'c>) -> Option<InTurn> {
        let table = batch.table.name;
        if batch.purpose == Purpose::Parking {
            return Some(InTurn::UniqueValueMoves { table });
        }
        if batch.conflict.is_some() && batch.purpose == Purpose::Rows {
            return Some(InTurn::Upsert { table });
        }
        if !batch.draws.is_empty() && batch.key.len() > 1 {
            return Some(InTurn::ValueNeeded { table });
        }
        if batch.op == Op::Update && self.batches.len() > 1 && between.changes_key(batch) {
            return Some(InTurn::KeyChanges { table });
        }
        if batch.op != Op::Insert {
            let width = batch.key.len();
            let mut pairs = batch.rows.pairs();
            if width > 0 && pairs.any(|(a, b)| compare_rows(&a.slots[..width], &b.slots[..width]).is_eq()) {
                return Some(InTurn::RowTwice { table });
            }
            if batch.expects_all().is_none() {
                return Some(InTurn::MayBeGone { table });
            }
        }
        unchecked(batch)
    }

    /// Values that are needed, but cannot be handed on inside of a statement.
    fn needed(&self) -> Option<InTurn> {
        for batch in &self.batches {
            let keys = batch.keys.len();
            for row in batch.rows.iter() {
                for (at, slot) in row.slots.iter().enumerate() {
                    let Slot::Of { node, field } = *slot else { continue };
                    let meta = self.nodes[node].node.meta;
                    if at < keys || !is_handed_on(meta) || meta.primary_key != [field as usize] {
                        return Some(InTurn::ValueNeeded { table: meta.table.name });
                    }
                }
            }
        }
        None
    }
}

impl Batch<'_> {
    /// The columns whose values the database makes.
    pub fn made(&self) -> impl Iterator<Item = &super::Col> {
        self.returning.iter().filter(|col| !self.set.contains(col) && !self.keys.contains(col) || self.is_xmin(col))
    }

    /// The part of the key that the database makes as it inserts the rows, by its position among what comes back.
    pub fn made_key(&self) -> Option<usize> {
        let inserts = self.op == Op::Insert && self.purpose == Purpose::Rows && self.draws.is_empty();
        let made = self.key.iter().find(|key| inserts && !self.set.contains(key))?;
        self.returning.iter().position(|col| col == made)
    }

    /// Whether every row must be there, or none has to; `None` if that differs.
    pub fn expects_all(&self) -> Option<bool> {
        match self.purpose {
            Purpose::OnDelete => Some(false),
            Purpose::Links => Some(self.op == Op::Insert && self.conflict.is_none()),
            Purpose::Rows | Purpose::Parking => {
                let first = self.rows.get(0)?.must_exist;
                self.rows.iter().all(|row| row.must_exist == first).then_some(first)
            }
        }
    }
}

/// What comes back from a statement that cannot be checked there.
fn unchecked(batch: &Batch<'_>) -> Option<InTurn> {
    let known = |col: &Col| batch.purpose != Purpose::Rows || batch.is_xmin(col);
    let readable = |field: usize| {
        let (total, ty) = (batch.meta.fields[field].total, batch.meta.fields[field].ty);
        total && (is_readable(ty) || batch.meta.primary_key.contains(&field))
    };
    let unknown = batch.made().find(|col| !known(col) && !col.field.is_some_and(readable));
    // By its key, a row is found among those that were sent.
    let is_sent = |col: &Col| batch.set.contains(col) || batch.draws.iter().any(|(drawn, _)| drawn == col);
    let rounded = || batch.key.iter().find(|col| is_sent(col) && may_be_rounded(col.ty));
    let unknown = unknown.or_else(|| batch.made().next().and_then(|_| rounded()));
    unknown.map(|col| InTurn::ReadBack { table: batch.table.name, column: col.name })
}

/// Whether the keys of rows that are inserted can be looked up by the position of the row.
fn is_handed_on(meta: &Meta) -> bool {
    match meta.primary_key {
        [field] => matches!(meta.fields[*field].ty, Type::I16 | Type::I32 | Type::I64 | Type::Uuid),
        _ => false,
    }
}

/// Whether a value of that type can be checked where it is made.
fn is_readable(ty: Type) -> bool {
    !matches!(ty, Type::Decimal | Type::Array(_) | Type::Json | Type::ChronoTime | Type::TimeTime)
}

/// Whether a column can keep another value of that type than the one that was sent.
fn may_be_rounded(ty: Type) -> bool {
    !matches!(
        ty,
        Type::Bool
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::Text
            | Type::Enum(_)
            | Type::Bytes
            | Type::Uuid
            | Type::ChronoDate
            | Type::TimeDate
    )
}

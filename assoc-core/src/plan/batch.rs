//! Batches: rows of one table, one operation and one set of columns, written by one statement.

use std::{
    cmp::Ordering,
    collections::HashMap,
    hash::{Hash, Hasher},
};

use sea_query::Value;

use super::{
    Op,
    batch_rows::{BatchRow, BatchRows, NewRow},
};
use crate::{
    adapter::Dialect,
    schema::{Field, Meta, Table, Version},
    types::{Type, order},
};

/// One statement to be.
#[derive(Clone, Debug)]
pub(crate) struct Batch<'c> {
    pub op: Op,
    pub table: Table,
    /// The schema of the changesets that the rows come from.
    pub meta: &'static Meta,
    /// Columns of the WHERE: the primary key, and the owner's key of a child.
    pub keys: Vec<Col>,
    /// The primary key; of a join table, nothing.
    pub key: Vec<Col>,
    /// Columns that are written.
    pub set: Vec<Col>,
    /// Columns that the database is asked for.
    pub returning: Vec<Col>,
    /// Columns whose values are drawn from the database before their rows are written.
    pub draws: Vec<(Col, &'static str)>,
    /// What an insert does with rows that are there already; without it they are violations.
    pub conflict: Option<Conflict>,
    /// What it is for.
    pub purpose: Purpose,
    pub rows: BatchRows<'c>,
}

/// `ON CONFLICT`
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Conflict {
    /// The columns whose uniqueness is meant; none means any constraint.
    pub target: Vec<Col>,
    /// The columns that the row that is there takes over; none leaves it as it is.
    pub replace: Vec<Col>,
    /// The columns whose numbers are added to those of the row that is there.
    pub add: Vec<Col>,
    /// The columns that must be the same for that, the owner's key of a child: nobody replaces another's row.
    pub owner: Vec<Col>,
}

impl Batch<'_> {
    /// How many of its rows one statement of that dialect can carry.
    pub fn max_rows(&self, dialect: &dyn Dialect) -> usize {
        let drawn = self.draws.iter().map(|(col, _)| col);
        dialect.max_rows(&mut self.keys.iter().chain(&self.set).chain(drawn)).max(1)
    }

    /// Whether the column is the number of a transaction, which always fits.
    pub fn is_xmin(&self, col: &Col) -> bool {
        col.field.is_some_and(|field| self.meta.fields[field].version == Some(Version::Xmin))
    }
}

impl Conflict {
    /// ` ON CONFLICT ("slug") DO UPDATE SET "title" = excluded."title"`, as PostgreSQL and SQLite read it.
    pub fn sql(&self, table: Table, quote: impl Fn(&str) -> String) -> String {
        let list = |columns: &[Col], between: &str, part: &dyn Fn(String) -> String| {
            columns.iter().map(|col| part(quote(col.name))).collect::<Vec<_>>().join(between)
        };
        let target = match &self.target[..] {
            [] => String::new(),
            columns => format!(" ({})", list(columns, ", ", &|column| column)),
        };
        let excluded = |column| format!("{column} = excluded.{column}");
        let condition = match &self.owner[..] {
            [] => String::new(),
            columns => {
                let table = quote(table.name);
                format!(" WHERE {}", list(columns, " AND ", &|column| format!("{table}.{}", excluded(column))))
            }
        };
        let add = |column| {
            let there = quote(table.name);
            format!("{column} = coalesce({there}.{column}, 0) + coalesce(excluded.{column}, 0)")
        };
        let set = [list(&self.replace, ", ", &excluded), list(&self.add, ", ", &add)];
        let set: Vec<&str> = set.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let action = match &set[..] {
            [] => "NOTHING".to_owned(),
            parts => format!("UPDATE SET {}{condition}", parts.join(", ")),
        };
        format!(" ON CONFLICT{target} DO {action}")
    }
}

/// What a batch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// It writes the rows of changesets.
    Rows,
    /// It writes rows of a join table, whose constraints no changeset declares.
    Links,
    /// It frees unique values that other rows take.
    Parking,
    /// It writes all rows that refer to a deleted owner.
    OnDelete,
}

/// A column of a statement.
#[derive(Clone, Copy, Debug, Eq)]
pub struct Col {
    /// The column's name.
    pub name: &'static str,
    /// Its wire type.
    pub ty: Type,
    /// The field of the schema; none of a join table.
    pub field: Option<usize>,
}

/// Names are those of the metadata: most often, not even their letters must be compared.
impl PartialEq for Col {
    fn eq(&self, other: &Self) -> bool {
        let same_name = std::ptr::eq(self.name, other.name) || self.name == other.name;
        self.field == other.field && same_name && self.ty == other.ty
    }
}

/// Of what tells columns apart, only what is hashed quickly.
impl Hash for Col {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.field, self.name.len()).hash(state);
    }
}

/// A value that may not be known yet.
#[derive(Clone, Debug)]
pub(crate) enum Slot<'c> {
    /// A value of a changeset.
    Known(&'c Value),
    /// One that the plan makes.
    Made(Box<Value>),
    /// A field of another changeset's row, once that is written.
    Of { node: usize, field: u32 },
    /// The present time, once for the whole save.
    Now(&'static Field),
    /// Nothing was given: NULL, or an empty list of embeds, so that rows with and without the column are written by one
    /// statement.
    Absent(&'static Field),
}

/// There are many of them.
const _: () = assert!(size_of::<Slot<'_>>() <= 16);

/// When a batch is sent. Parents before children for writes, children before parents for deletes; within
/// one rank deletes, then updates, then inserts, so that a unique value that is freed can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Turn {
    pub phase: Phase,
    pub rank: i64,
    pub op: Op,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Rows of join tables whose two ends part.
    Unlinks,
    /// Rows that leave an association, deepest first.
    Removals,
    /// Unique values that other rows of the save take.
    Parking,
    /// Updates and inserts.
    Writes,
    /// Rows of join tables, which need the rows at both ends.
    Links,
    /// Parents that their owner has let go of.
    Parents,
}

/// What rows of one batch share.
#[derive(PartialEq, Eq, Hash)]
struct Shape {
    turn: Turn,
    table: Table,
    schema: &'static str,
    purpose: Purpose,
    keys: Vec<Col>,
    set: Vec<Col>,
    conflict: Option<Conflict>,
}

impl Shape {
    fn of(turn: Turn, batch: &Batch<'_>) -> Self {
        let Batch { table, meta, purpose, keys, set, conflict, .. } = batch;
        let (keys, set, conflict) = (keys.clone(), set.clone(), conflict.clone());
        Self { turn, table: *table, schema: meta.name, purpose: *purpose, keys, set, conflict }
    }
}

/// Collects rows into batches.
#[derive(Default)]
pub(crate) struct Batches<'c> {
    /// Where the batch of a shape is, once there are more than a few.
    by_shape: HashMap<Shape, usize>,
    batches: Vec<(Turn, Box<Batch<'c>>)>,
    /// The batch of the last row of each operation, which most often is that of the next one, too.
    last: [Option<usize>; 3],
    /// A batch that had a shape which is known already; the next one takes its lists.
    spare: Option<Box<Batch<'c>>>,
    /// The list that held the values of the last row.
    spare_slots: Vec<Slot<'c>>,
}

impl<'c> Batches<'c> {
    /// A batch without columns.
    pub fn begin(&mut self, op: Op, meta: &'static Meta) -> Box<Batch<'c>> {
        match self.spare.take() {
            Some(mut spare) => {
                spare.renew(op, meta);
                spare
            }
            None => Box::new(Batch::new(op, meta)),
        }
    }

    /// A list for the values of the next row.
    pub fn slots(&mut self) -> Vec<Slot<'c>> {
        std::mem::take(&mut self.spare_slots)
    }

    /// Adds a row to the batch of its shape. The batch is described by the row that is first.
    pub fn add(&mut self, turn: Turn, batch: Box<Batch<'c>>, row: NewRow<'c>) {
        let last = self.last[batch.op as usize].filter(|&at| has_shape(&self.batches[at], turn, &batch));
        let at = last.or_else(|| self.place(turn, &batch)).unwrap_or(self.batches.len());
        self.last[batch.op as usize] = Some(at);
        if at == self.batches.len() {
            self.batches.push((turn, batch));
        } else {
            self.spare = Some(batch);
        }
        self.spare_slots = self.batches[at].1.rows.push(row);
    }

    /// Where the batch of a shape is, if it is there.
    fn place(&mut self, turn: Turn, batch: &Batch<'c>) -> Option<usize> {
        const FEW: usize = 8;
        if self.batches.len() <= FEW {
            return self.batches.iter().position(|known| has_shape(known, turn, batch));
        }
        for (at, (turn, batch)) in self.batches.iter().enumerate().skip(self.by_shape.len()) {
            self.by_shape.insert(Shape::of(*turn, batch), at);
        }
        self.by_shape.get(&Shape::of(turn, batch)).copied()
    }

    /// The batches in their turn. Rows that exist are written in the order of their keys, so that two
    /// statements of the same kind cannot wait for each other.
    ///
    /// A row that comes twice with the same values is written once; with different ones, its node is the error.
    pub fn finish(mut self) -> Result<Vec<Batch<'c>>, usize> {
        self.batches.sort_by_key(|(turn, _)| *turn);
        for (_, batch) in self.batches.iter_mut().filter(|(_, batch)| batch.op != Op::Insert) {
            let width = batch.keys.len();
            batch.rows.sort_by(|a, b| compare_rows(&a[..width], &b[..width]));
            batch.rows.dedup_by(|next, kept| compare_rows(next, kept).is_eq());
        }
        self.batches.iter_mut().for_each(|(_, batch)| batch.rows.shrink());
        self.check_updates()?;
        let mut batches = Vec::with_capacity(self.batches.len());
        self.batches.into_iter().for_each(|(_, batch)| batch.in_turn(&mut batches));
        Ok(batches)
    }

    /// No row is updated to two values of one column.
    fn check_updates(&self) -> Result<(), usize> {
        let updates = self.batches.iter().filter(|(turn, batch)| turn.phase == Phase::Writes && batch.op == Op::Update);
        // There can be as many batches as rows: one for each set of columns.
        let mut of_table: HashMap<Table, usize> = HashMap::new();
        if updates.clone().nth(1).is_some() {
            updates.clone().for_each(|(_, batch)| *of_table.entry(batch.table).or_default() += 1);
        }
        let mut written: HashMap<(Table, &str, Vec<&Value>), &Slot<'_>> = HashMap::new();
        for (_, batch) in updates {
            let alone = of_table.get(&batch.table).is_none_or(|batches| *batches == 1);
            let pairs = batch.rows.pairs().any(|(row, next)| same_key(batch, row, next));
            if alone && !pairs {
                continue;
            }
            for row in batch.rows.iter() {
                let (keys, set) = row.slots.split_at(batch.keys.len());
                let key: Vec<&Value> = keys.iter().take(batch.key.len()).filter_map(Slot::known).collect();
                for (col, slot) in batch.set.iter().zip(set) {
                    let other = written.insert((batch.table, col.name, key.clone()), slot);
                    if other.is_some_and(|other| compare_slots(other, slot).is_ne()) {
                        return Err(row.node);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a batch takes rows of that turn and shape.
fn has_shape((at, batch): &(Turn, Box<Batch<'_>>), turn: Turn, other: &Batch<'_>) -> bool {
    // Most often it is the same metadata, whose fields tell its columns.
    let is_same = std::ptr::eq(batch.meta, other.meta);
    let col = |(a, b): (&Col, &Col)| if is_same && a.field.is_some() { a.field == b.field } else { a == b };
    let columns = |a: &[Col], b: &[Col]| a.len() == b.len() && a.iter().zip(b).all(col);
    let shape = |batch: &Batch<'_>| (batch.table, batch.purpose);
    *at == turn
        && (is_same || batch.meta.name == other.meta.name)
        && shape(batch) == shape(other)
        && columns(&batch.keys, &other.keys)
        && columns(&batch.set, &other.set)
        && batch.conflict == other.conflict
}

fn same_key(batch: &Batch<'_>, a: BatchRow<'_>, b: BatchRow<'_>) -> bool {
    compare_rows(&a.slots[..batch.key.len()], &b.slots[..batch.key.len()]).is_eq()
}

impl Slot<'_> {
    /// A field of another changeset's row. No struct has more fields than fit.
    pub fn of(node: usize, field: usize) -> Self {
        Self::Of { node, field: field as u32 }
    }

    /// A value that the plan makes.
    pub fn made(value: Value) -> Self {
        Self::Made(Box::new(value))
    }

    /// The value, if it was given and is known before the save.
    pub fn known(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Made(value) => Some(value),
            Self::Of { .. } | Self::Now(_) | Self::Absent(_) => None,
        }
    }
}

pub(super) fn compare_rows(a: &[Slot<'_>], b: &[Slot<'_>]) -> Ordering {
    let mut orderings = a.iter().zip(b).map(|(a, b)| compare_slots(a, b));
    orderings.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_slots(a: &Slot<'_>, b: &Slot<'_>) -> Ordering {
    match (a, a.known(), b, b.known()) {
        (_, Some(a), _, Some(b)) => compare(a, b),
        (Slot::Of { node: a, .. }, _, Slot::Of { node: b, .. }, _) => a.cmp(b),
        (_, Some(_), Slot::Of { .. }, _) => Ordering::Less,
        (Slot::Of { .. }, _, _, Some(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// An order of values of one type; any order will do, as long as every writer keeps it.
pub(crate) fn compare(a: &Value, b: &Value) -> Ordering {
    order(a, b).unwrap_or_else(|| format!("{a:?}").cmp(&format!("{b:?}")))
}

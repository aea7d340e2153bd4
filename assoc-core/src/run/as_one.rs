//! A plan as one statement: what it needs to know, what comes back, and where that belongs.

use std::borrow::Cow;

use sea_query::Value;

use super::{Sending, Values, outcome::Outcome, statement::WriteStatement};
use crate::{
    adapter::Dialect,
    plan::{Batch, Col, Op, Plan, Purpose, Slot},
    schema::Row,
    types::{SharedColumns, Type, TypeError},
};

/// Writes that are sent as one statement, which checks by itself that it did what was meant: an adapter renders it.
///
/// A write of one row of which nothing comes back is told by how many rows it wrote. Else the rows begin with an integer, the number of the write that they are of, from 1, or 0; then the
/// [`columns`](Self::columns), of which each write fills its own.
#[derive(Debug)]
pub struct AsOne<'a> {
    /// The writes, in their turn.
    pub writes: Vec<PartialWrite<'a>>,
    /// The types of the columns that come back after the number.
    pub columns: Vec<Type>,
}

/// The text of a plan that is sent as one statement.
pub(crate) fn text_as_one(
    plan: &Plan<'_>,
    dialect: &dyn Dialect,
    sending: Sending,
    prefix: Option<&str>,
) -> Option<String> {
    if sending == Sending::InTurn || plan.is_empty() || plan.in_turn().is_some() {
        return None;
    }
    let writes = AsOne::of(plan, &Outcome::new(plan), prefix);
    dialect.write_as_one(&writes).map(|sql| sql.text.to_string())
}

/// One of the writes.
#[derive(Debug)]
pub struct PartialWrite<'a> {
    /// What it writes. A column of which all values come from other writes has none here.
    pub statement: WriteStatement<'a>,
    /// Columns whose values are drawn for each row: keys, by an expression of the database.
    pub draws: &'a [(Col, &'static str)],
    /// Columns whose values other writes make.
    pub references: Vec<Reference<'a>>,
    /// Columns that come back.
    pub returned: Vec<Returned>,
    /// Whether it writes the row of the only root, without any list: who saves so writes one row each time.
    pub is_plain: bool,
    /// Whether all rows must be written.
    pub expects_all: bool,
    /// The key that the database makes, by its position among the columns that come back. It must ascend in the order of
    /// the rows: by that, each finds its own.
    pub ascends: Option<usize>,
    /// The key to which others refer, by its position among those that come back.
    pub referred: Option<usize>,
}

/// A column with values that another write makes: the keys of rows that it inserts.
#[derive(Debug)]
pub struct Reference<'a> {
    /// The column, by its position among those that are written.
    pub column: usize,
    /// The write that inserts the rows, by its position.
    pub to: usize,
    /// Which of the rows, from 1, for each row of this write; NULL where it is none. Nothing where that is the only root for
    /// all of them.
    pub rows: Option<Values<'a>>,
}

/// A column that comes back.
#[derive(Clone, Copy, Debug)]
pub struct Returned {
    /// The column; none for the position of the row, from 1.
    pub col: Option<Col>,
    /// Where it stands among the columns that come back.
    pub place: usize,
    /// What it must be to be read.
    pub check: Check,
}

/// What a value that the database makes must be to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// Nothing: it was sent, or is a key.
    Known,
    /// It may be NULL.
    Nullable,
    /// It must not be NULL.
    NotNull,
}

impl<'a> AsOne<'a> {
    pub(super) fn of(plan: &'a Plan<'_>, outcome: &Outcome, prefix: Option<&'a str>) -> Self {
        let inserted = Inserted::of(plan);
        let mut columns = Vec::new();
        let mut writes = Vec::with_capacity(plan.batches.len());
        for batch in &plan.batches {
            let references = inserted.references(plan, batch);
            let has_lists = !batch.draws.is_empty() || references.iter().any(|reference| reference.rows.is_some());
            writes.push(PartialWrite {
                statement: statement(batch, outcome, prefix),
                draws: &batch.draws,
                references,
                returned: returned(batch, plan.is_single_row(), &mut columns),
                is_plain: is_only_root(plan, batch) && !has_lists,
                expects_all: batch.expects_all().unwrap_or(true),
                ascends: batch.made_key().filter(|_| !is_only_root(plan, batch)),
                referred: None,
            });
        }
        let referred: Vec<usize> =
            writes.iter().flat_map(|write| write.references.iter().map(|reference| reference.to)).collect();
        for to in referred {
            let key = plan.batches[to].key.first();
            writes[to].referred = plan.batches[to].returning.iter().position(|col| Some(col) == key);
        }
        Self { writes, columns }
    }
}

impl PartialWrite<'_> {
    /// Reads what came back for one of its rows.
    pub(super) fn read(&self, row: &mut dyn Row) -> impl Iterator<Item = Result<Value, TypeError>> {
        self.returned
            .iter()
            .map(move |returned| row.take(returned.place + 1, returned.col.map_or(Type::I64, |col| col.ty)))
    }
}

/// Whether a batch writes the row of the only root: by what is saved, and not by how many rows there happen to be.
fn is_only_root(plan: &Plan<'_>, batch: &Batch<'_>) -> bool {
    let is_root = |node: usize| plan.roots.is_empty() && plan.nodes[node].parent.is_none();
    batch.purpose == Purpose::Rows && batch.rows.only().is_some_and(|row| is_root(row.node))
}

/// The writes without their drawn columns, and without values for columns that others make.
fn statement<'a>(batch: &'a Batch<'_>, outcome: &Outcome, prefix: Option<&'a str>) -> WriteStatement<'a> {
    let mut values = Vec::with_capacity(batch.keys.len() + batch.set.len());
    for (at, col) in batch.keys.iter().chain(&batch.set).enumerate() {
        let is_made = batch.rows.column(at).all(|slot| matches!(slot, Slot::Of { .. }));
        values.push(match is_made {
            true => Values::of_list(Vec::new()),
            false => Values::of_plan(&batch.rows, at, col.ty, outcome),
        });
    }
    WriteStatement {
        op: batch.op,
        table: batch.table,
        prefix,
        keys: &batch.keys,
        key: &batch.key,
        set: Cow::Borrowed(&batch.set),
        returning: &batch.returning,
        conflict: batch.conflict.as_ref(),
        rows: batch.rows.len(),
        values,
    }
}

/// What has to come back, each in the first free column of its type. Where the database makes nothing, that is nothing,
/// for what was sent is known; but a single row that may be there already tells by coming back which one it is.
fn returned(batch: &Batch<'_>, single: bool, columns: &mut Vec<Type>) -> Vec<Returned> {
    let is_upsert = single && batch.conflict.is_some();
    if !is_upsert && batch.made().next().is_none() && batch.draws.is_empty() {
        return Vec::new();
    }
    let mut shared = SharedColumns::of(columns);
    let mut returned: Vec<Returned> = batch
        .returning
        .iter()
        .map(|col| {
            let known = batch.key.contains(col) || batch.is_xmin(col) || batch.set.contains(col);
            let check = match col.field.map(|field| batch.meta.fields[field].nullable).filter(|_| !known) {
                Some(true) => Check::Nullable,
                Some(false) => Check::NotNull,
                None => Check::Known,
            };
            Returned { col: Some(*col), place: shared.place(col.ty), check }
        })
        .collect();
    if !batch.draws.is_empty() {
        returned.push(Returned { col: None, place: shared.place(Type::I64), check: Check::Known });
    }
    returned
}

/// Where rows are inserted that others may refer to: for each changeset, its batch and its position there.
struct Inserted(Vec<Option<(usize, usize)>>);

impl Inserted {
    fn of(plan: &Plan<'_>) -> Self {
        let mut slots = plan.batches.iter().flat_map(|batch| batch.rows.slots());
        if !slots.any(|slot| matches!(slot, Slot::Of { .. })) {
            return Self(Vec::new());
        }
        let mut places = vec![None; plan.nodes.len()];
        let inserts = |batch: &Batch<'_>| batch.op == Op::Insert && batch.purpose == Purpose::Rows;
        for (at, batch) in plan.batches.iter().enumerate().filter(|(_, batch)| inserts(batch)) {
            for (nth, row) in batch.rows.iter().enumerate() {
                places[row.node] = Some((at, nth));
            }
        }
        Self(places)
    }

    /// The columns of a batch whose values others make: one list for each column and each batch that it refers to.
    fn references<'a>(&self, plan: &Plan<'_>, batch: &Batch<'_>) -> Vec<Reference<'a>> {
        let mut references = Vec::new();
        for column in 0..batch.set.len() {
            let slots = batch.rows.column(batch.keys.len() + column);
            let place = |slot: &Slot<'_>| match slot {
                Slot::Of { node, .. } => self.0.get(*node).copied().flatten(),
                _ => None,
            };
            let mut inserts: Vec<usize> = Vec::new();
            for (to, _) in slots.clone().filter_map(place) {
                if !inserts.contains(&to) {
                    inserts.push(to);
                }
            }
            for to in inserts {
                let position = |slot| {
                    let position = place(slot).filter(|(at, _)| *at == to);
                    Cow::Owned(Value::BigInt(position.and_then(|(_, nth)| i64::try_from(nth + 1).ok())))
                };
                let is_owned =
                    is_only_root(plan, &plan.batches[to]) && slots.clone().all(|slot| place(slot) == Some((to, 0)));
                let rows = (!is_owned).then(|| Values::of_list(slots.clone().map(position).collect()));
                references.push(Reference { column, to, rows });
            }
        }
        references
    }
}

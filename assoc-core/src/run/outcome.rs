//! What the database made: keys, defaults; and how returned rows find the rows that were sent.

use std::{borrow::Cow, cell::RefCell, cmp::Ordering, collections::HashMap};

use sea_query::Value;

use super::{Rejection, returned_rows::ReturnedRows};
use crate::{
    adapter::DbError,
    changeset::{Role, Written},
    plan::{Batch, Col, Plan, Planned, Purpose, Slot, absent, compare},
    schema::{Field, Relation},
    types::{Type, TypeError, is_null},
};

/// Values by changeset.
pub(crate) struct Outcome {
    made: Written,
    now: RefCell<HashMap<Type, Value>>,
}

impl Outcome {
    pub fn new(plan: &Plan<'_>) -> Self {
        Self { made: Written::of(plan.nodes.len()), now: RefCell::default() }
    }

    /// The value of a slot, now that the rows it refers to are written.
    pub fn resolve<'a>(&self, slot: &'a Slot<'_>) -> Result<Cow<'a, Value>, DbError> {
        match slot {
            Slot::Known(value) => Ok(Cow::Borrowed(value)),
            Slot::Made(value) => Ok(Cow::Borrowed(value)),
            Slot::Of { node, field } => self.made(*node, *field as usize).map(Cow::Owned),
            Slot::Absent(field) => Ok(Cow::Owned(absent(field))),
            Slot::Now(field) => Ok(Cow::Owned(self.now(field))),
        }
    }

    /// The present time, which is one for the whole save.
    pub fn now(&self, field: &Field) -> Value {
        self.now.borrow_mut().entry(field.ty).or_insert_with(|| field.now()).clone()
    }

    fn made(&self, node: usize, field: usize) -> Result<Value, DbError> {
        let value = self.made.get(node, field).cloned();
        value.ok_or_else(|| lost("a key that another row needs was not returned"))
    }

    pub fn drawn<'a>(&self, node: usize, col: Col) -> Result<Cow<'a, Value>, DbError> {
        self.made(node, col.mark()).map(Cow::Owned)
    }

    /// Keeps keys that were drawn before their rows are inserted.
    pub fn draw(&mut self, batch: &Batch<'_>, rows: &[usize], col: Col, drawn: Vec<Value>) -> Result<(), DbError> {
        if drawn.len() != rows.len() {
            return Err(lost("fewer keys were drawn than rows need"));
        }
        for (&row, value) in rows.iter().zip(drawn) {
            self.made.set(batch.rows.node(row), col.mark(), value);
        }
        Ok(())
    }

    /// Gives each inserted row what the database returned for it. The order of returned rows is nobody's
    /// promise: where the key was sent, it tells; where a sequence made it, keys ascend in the order sent. Not all that
    /// databases make keys by is a sequence, so both are asked, and must agree.
    ///
    /// A row that was not written, because another owner has it, is the answer.
    pub fn inserted(
        &mut self,
        batch: &Batch<'_>,
        rows: &[usize],
        mut returned: ReturnedRows,
    ) -> Result<Option<usize>, Rejection> {
        if returned.len() != rows.len() && batch.conflict.is_none() {
            return Err(lost("the database did not return every row that was inserted").into());
        }
        if batch.purpose == Purpose::Links {
            return Ok(None);
        }
        check(batch, &returned)?;
        if batch.conflict.is_none() && batch.made().next().is_none() {
            // All that came back was sent.
            return Ok(None);
        }
        let all = returned.len() == rows.len();
        if let ([row], true) = (rows, all) {
            self.keep_returned(batch, *row, returned.take(0));
            return Ok(None);
        }
        // Else nothing was there already.
        if let Some(conflict) = &batch.conflict
            && (!all || !conflict.replace.is_empty())
        {
            return Ok(self.upserted(batch, rows, returned)?);
        }
        let keys: Vec<usize> =
            batch.key.iter().filter_map(|key| batch.returning.iter().position(|col| col == key)).collect();
        let sent = |key: &Col| batch.set.contains(key) || batch.draws.iter().any(|(col, _)| col == key);
        let sequence = batch.key.iter().position(|key| !sent(key));
        let order: Cow<'_, [usize]> = match sequence {
            Some(_) if keys.len() == 1 => {
                if !returned.ascend(&keys) {
                    return Err(Rejection::Unordered);
                }
                rows.into()
            }
            Some(part) => self.by_sequence(batch, rows, &keys, part, &mut returned)?.into(),
            None => {
                let mut by_key = HashMap::with_capacity(rows.len());
                for &row in rows {
                    by_key.insert(self.key_after(batch, row), row);
                }
                let found = returned.iter().map(|values| {
                    let key: Vec<Value> = keys.iter().map(|&at| values[at].clone()).collect();
                    by_key.get(&key).copied()
                });
                let found: Option<Vec<usize>> = found.collect();
                found.ok_or_else(|| lost("the database returned a row that was not inserted"))?.into()
            }
        };
        self.made.reserve(order.len() * batch.returning.len());
        order.iter().enumerate().for_each(|(at, &row)| self.keep_returned(batch, row, returned.take(at)));
        Ok(None)
    }

    /// Rows that were there already come back with their old keys, or not at all: the columns of the conflict's target
    /// tell which row is which.
    fn upserted(
        &mut self,
        batch: &Batch<'_>,
        rows: &[usize],
        mut returned: ReturnedRows,
    ) -> Result<Option<usize>, DbError> {
        let target = batch.target();
        let places: Vec<usize> =
            target.iter().filter_map(|col| batch.returning.iter().position(|found| found == col)).collect();
        let mut by_target: HashMap<Vec<Value>, Vec<usize>> = HashMap::new();
        for &row in rows.iter().rev() {
            let value = |col: &Col| batch.set.iter().position(|set| set == col).map(|at| batch.rows.slot(row, at));
            let sent: Option<Vec<Value>> =
                target.iter().map(|col| Some(self.resolve(value(col)?).ok()?.into_owned())).collect();
            by_target.entry(sent.unwrap_or_default()).or_default().push(row);
        }
        for at in 0..returned.len() {
            let key: Vec<Value> = places.iter().map(|&place| returned.row(at)[place].clone()).collect();
            let row = by_target.get_mut(&key).and_then(Vec::pop);
            self.keep_returned(
                batch,
                row.ok_or_else(|| {
                    lost("a row came back with other values than were sent in the columns of its `on_conflict`: upsert its rows one by one; nothing was written")
                })?,
                returned.take(at),
            );
        }
        let left = by_target.values().flatten().min().copied();
        if batch.conflict.as_ref().is_some_and(|conflict| !conflict.owner.is_empty() && !conflict.replace.is_empty()) {
            return Ok(left);
        }
        let made = batch.returning.iter().filter(|col| !batch.set.contains(col));
        let needed = |col: &&Col| {
            let field = col.field.map(|field| &batch.meta.fields[field]);
            field.is_some_and(|field| (field.fits)(&col.ty.null()).is_err())
        };
        match made.into_iter().find(needed).filter(|_| left.is_some()) {
            Some(Col { name, .. }) => Err(lost(&format!(
                "a row of `{}` is there already, so its `{name}` did not come back: use `on_conflict_replace`, or make it an `Option`; nothing was written",
                batch.table.name
            ))),
            None => Ok(None),
        }
    }

    /// Keeps what came back for a row.
    pub fn keep_returned(&mut self, batch: &Batch<'_>, row: usize, values: impl Iterator<Item = Value>) {
        let node = batch.rows.node(row);
        batch.returning.iter().zip(values).for_each(|(col, value)| self.made.set(node, col.mark(), value));
    }

    /// The rows in the order of what came back: by the parts of the key that were sent, then by the part that
    /// the database made, which ascends in the order of the list.
    fn by_sequence(
        &self,
        batch: &Batch<'_>,
        rows: &[usize],
        keys: &[usize],
        part: usize,
        returned: &mut ReturnedRows,
    ) -> Result<Vec<usize>, Rejection> {
        let sent: Vec<usize> = (0..keys.len()).filter(|&at| at != part).collect();
        let by = |parts: &[usize], a: &[Value], b: &[Value]| {
            let orders = parts.iter().map(|&at| compare(&a[at], &b[at]));
            orders.reduce(Ordering::then).unwrap_or(Ordering::Equal)
        };
        let key = |values: &[Value]| -> Vec<Value> { keys.iter().map(|&at| values[at].clone()).collect() };
        let columns: Vec<usize> = sent.iter().chain([&part]).map(|&at| keys[at]).collect();
        returned.sort_by_columns(&columns[..sent.len()]);
        if !returned.ascend(&columns) {
            return Err(Rejection::Unordered);
        }
        let mut rows: Vec<(Vec<Value>, usize)> = rows.iter().map(|&row| (self.key_after(batch, row), row)).collect();
        rows.sort_by(|(a, _), (b, _)| by(&sent, a, b));
        if rows.iter().zip(returned.iter()).any(|((sent_key, _), values)| by(&sent, sent_key, &key(values)).is_ne()) {
            return Err(lost("the database returned a key that was not sent").into());
        }
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The primary key that a row has once it is written.
    pub fn key_after(&self, batch: &Batch<'_>, row: usize) -> Vec<Value> {
        let columns = batch.keys.iter().chain(&batch.set).zip(batch.rows.slots_of(row));
        let value = |col: &Col| {
            let slot = columns.clone().filter(|(known, _)| known.field == col.field).last();
            match slot {
                Some((_, slot)) => self.resolve(slot).map(Cow::into_owned).ok(),
                None => self.made(batch.rows.node(row), col.mark()).ok(),
            }
        };
        batch.key.iter().map(|col| value(col).unwrap_or_else(|| col.ty.null())).collect()
    }

    /// All that came with the save, for each changeset: what the database made, the keys of parents, times.
    pub fn written(mut self, plan: &Plan<'_>) -> Written {
        self.made.reserve_exact(plan.nodes.iter().map(|planned| given(plan, planned).count()).sum());
        for (node, planned) in plan.nodes.iter().enumerate() {
            for (field, slot) in given(plan, planned) {
                if let Ok(value) = self.resolve(slot).map(Cow::into_owned) {
                    self.made.set(node, *field, value);
                }
            }
        }
        self.made
    }
}

/// What the plan gives a row, without the key of its owner: that it gets as the rows are put together.
fn given<'p, 'c>(plan: &'p Plan<'c>, planned: &'p Planned<'c>) -> impl Iterator<Item = &'p (usize, Slot<'c>)> {
    let owner = planned.parent.filter(|via| !matches!(via.child.role, Role::Detach(_)));
    let keys = match owner.map(|via| via.association(plan).relation) {
        Some(Relation::Child(keys)) => keys,
        _ => &[],
    };
    planned.set.iter().filter(move |(field, _)| keys.iter().all(|key| key.related != *field))
}

/// What came back must be readable before it is made permanent.
fn check(batch: &Batch<'_>, returned: &ReturnedRows) -> Result<(), DbError> {
    for (at, col) in batch.returning.iter().enumerate() {
        let Some(field) = col.field else { continue };
        let fits = batch.meta.fields[field].fits;
        if let Some((value, error)) = returned.iter().find_map(|row| Some((&row[at], fits(&row[at]).err()?))) {
            let what = if is_null(value) { "as NULL" } else { "with a value" };
            let name = col.name;
            return Err(lost(&format!(
                "column `{name}` came back {what} that its field cannot hold: {error}; nothing was written"
            )));
        }
    }
    Ok(())
}

fn lost(message: &str) -> DbError {
    DbError::Type(TypeError(message.to_owned()))
}

//! Unique values that swap or move between rows of one save.
//!
//! A row that takes a value which another updated row gives up would collide with it, because the database looks
//! at each row by itself. So the giver's value is freed first: NULL where the column allows it, else a value
//! that nobody has.

use std::{borrow::Cow, collections::HashMap};

use sea_query::Value;

use super::{
    Action, Op, Planned, Planning,
    batch::{Batch, BatchRow, Col, Phase, Slot, Turn},
    build::{Builder, OwnerKey},
};
use crate::{
    adapter::ViolationKind,
    changeset::Node,
    schema::Table,
    types::{Key, Type, value_text},
};

/// What a declared unique constraint keeps apart.
type Unique = (Table, Vec<usize>, Key);

impl<'c> Builder<'c> {
    /// Frees the values that other rows of this save take. Only declared unique constraints are looked at.
    pub(super) fn park(&mut self) -> Planning<()> {
        let mut takers: HashMap<Unique, Vec<usize>> = HashMap::new();
        let mut givers: Vec<(usize, Unique)> = Vec::new();
        for (id, planned) in self.nodes.iter().enumerate() {
            for fields in unique_fields(planned) {
                let table = planned.node.meta.table;
                if let (Action::Update, Some(old)) = (planned.action, key(fields, |field| planned.node.data.get(field)))
                {
                    givers.push((id, (table, fields.to_vec(), old)));
                }
                if let Some(new) = key(fields, |field| new_value(planned, field)) {
                    takers.entry((table, fields.to_vec(), new)).or_default().push(id);
                }
            }
        }
        for (id, value) in givers {
            let taken = takers.get(&value).is_some_and(|takers| takers.iter().any(|&taker| self.is_before(taker, id)));
            if taken {
                self.park_row(id, &value.1)?;
            }
        }
        Ok(())
    }

    /// Whether one row may be written before another: updates of all ranks, inserts of lower ones.
    fn is_before(&self, taker: usize, giver: usize) -> bool {
        let (taker_row, giver_row) = (&self.nodes[taker], &self.nodes[giver]);
        taker != giver && (taker_row.action == Action::Update || taker_row.rank < giver_row.rank)
    }

    fn park_row(&mut self, id: usize, fields: &[usize]) -> Planning<()> {
        let node = self.nodes[id].node;
        let parked = fields.iter().find_map(|&field| {
            let changes = is_changed(&self.nodes[id], field);
            changes.then(|| parked_value(node, field, id)).flatten().map(|value| (field, value))
        });
        let Some((field, value)) = parked else { return Ok(()) };
        let mut batch = Batch::new(Op::Update, node.meta);
        let mut slots = self.keys(id, &mut batch, OwnerKey::Old)?;
        batch.set.push(Col::of(node.meta, field));
        batch.return_key();
        slots.push(Slot::Known(Cow::Owned(value)));
        let turn = Turn { phase: Phase::Parking, rank: 0, op: Op::Update };
        self.batches.add(turn, batch, BatchRow { node: id, slots: slots.into(), must_exist: true });
        Ok(())
    }
}

/// The fields of each declared unique constraint that the row writes.
fn unique_fields<'p>(planned: &'p Planned<'_>) -> impl Iterator<Item = &'p [usize]> {
    let unique = planned.node.constraints.iter().filter(|constraint| constraint.kind == ViolationKind::Unique);
    let fields = unique.map(|constraint| constraint.fields.as_slice());
    fields.filter(|fields| match planned.action {
        Action::Insert => true,
        Action::Update => fields.iter().any(|&field| is_changed(planned, field)),
        Action::Keep | Action::Delete => false,
    })
}

fn is_changed(planned: &Planned<'_>, field: usize) -> bool {
    planned.node.changes.contains_key(&field) || planned.set.iter().any(|(set, _)| *set == field)
}

/// The value that a field will have, if that is known.
fn new_value<'p>(planned: &'p Planned<'_>, field: usize) -> Option<&'p Value> {
    match planned.set.iter().find(|(set, _)| *set == field) {
        Some((_, Slot::Known(value))) => Some(value),
        Some(_) => None,
        None => planned.node.get(field),
    }
}

fn key<'v>(fields: &[usize], value: impl Fn(usize) -> Option<&'v Value>) -> Option<Key> {
    crate::changeset::key_of(fields.iter().map(|&field| value(field)))
}

/// A value that no other row has; none for keys, and for types that know no such value.
///
/// Numbers come from the upper end and texts are short, so that usual checks (`>= 0`, a length) let them pass.
fn parked_value(node: &Node, field: usize, id: usize) -> Option<Value> {
    let meta = node.meta;
    if meta.primary_key.contains(&field) {
        return None;
    }
    let nth = i64::try_from(id).ok()?;
    match (meta.fields[field].nullable, meta.fields[field].ty) {
        (true, ty) => Some(ty.null()),
        (false, Type::Text) => {
            let key = node.key()?;
            let key: Vec<String> = key.values().iter().map(value_text).collect();
            Some(Value::String(Some(format!("~{}", key.join("~").replace('"', "")))))
        }
        (false, Type::I16) => Some(Value::SmallInt(Some(i16::MAX.checked_sub(i16::try_from(nth).ok()?)?))),
        (false, Type::I32) => Some(Value::Int(Some(i32::MAX.checked_sub(i32::try_from(nth).ok()?)?))),
        (false, Type::I64) => Some(Value::BigInt(Some(i64::MAX.checked_sub(nth)?))),
        #[cfg(feature = "uuid")]
        (false, Type::Uuid) => Some(Value::Uuid(Some(uuid::Uuid::from_u128(u128::MAX - u128::try_from(id).ok()?)))),
        _ => None,
    }
}

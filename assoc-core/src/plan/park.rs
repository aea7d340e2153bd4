//! Unique values that swap or move between rows of one save.
//!
//! A row that takes a value which another updated row gives up would collide with it, because the database looks
//! at each row by itself. So the giver's value is freed first: NULL where the column allows it, else a value
//! that nobody has.

use std::{borrow::Cow, collections::HashMap};

use sea_query::Value;

use super::{
    Action, Op, Planning,
    batch::{Batch, BatchRow, Col, Phase, Slot, Turn},
    build::Builder,
};
use crate::{
    adapter::ViolationKind,
    changeset::Node,
    schema::Table,
    types::{Key, Type, key_text},
};

/// What a declared unique constraint keeps apart.
type Unique = (Table, Vec<usize>, Key);

impl<'c> Builder<'c> {
    /// Frees the values that other rows of this save take. Only declared unique constraints are looked at.
    pub(super) fn park(&mut self) -> Planning<()> {
        let mut takers: HashMap<Unique, Vec<usize>> = HashMap::new();
        let mut givers: Vec<(usize, Unique)> = Vec::new();
        for (id, planned) in self.nodes.iter().enumerate().filter(|(_, planned)| planned.action == Action::Update) {
            for fields in unique_fields(planned.node) {
                let table = planned.node.meta.table;
                if let Some(old) = values(fields, |field| planned.node.data.get(field)) {
                    givers.push((id, (table, fields.to_vec(), old)));
                }
                if let Some(new) = values(fields, |field| planned.node.get(field)) {
                    takers.entry((table, fields.to_vec(), new)).or_default().push(id);
                }
            }
        }
        for (id, value) in givers {
            if takers.get(&value).is_some_and(|takers| takers.iter().any(|&taker| taker != id)) {
                self.park_row(id, &value.1)?;
            }
        }
        Ok(())
    }

    fn park_row(&mut self, id: usize, fields: &[usize]) -> Planning<()> {
        let node = self.nodes[id].node;
        let changed = fields.iter().copied().filter(|field| node.changes.contains_key(field));
        let parked = changed.filter_map(|field| Some((field, parked_value(node, field, id)?))).next();
        let Some((field, value)) = parked else { return Ok(()) };
        let mut batch = Batch::new(Op::Update, node.meta);
        let mut slots = self.keys(id, &mut batch)?;
        batch.set.push(Col::of(node.meta, field));
        batch.return_key();
        slots.push(Slot::Known(Cow::Owned(value)));
        let turn = Turn { phase: Phase::Parking, rank: 0, op: Op::Update };
        self.batches.add(turn, batch, BatchRow { node: id, slots: slots.into(), must_exist: true });
        Ok(())
    }
}

/// The fields of each declared unique constraint that the row changes.
fn unique_fields(node: &Node) -> impl Iterator<Item = &[usize]> {
    let unique = node.constraints.iter().filter(|constraint| constraint.kind == ViolationKind::Unique);
    let fields = unique.map(|constraint| constraint.fields.as_slice());
    fields.filter(|fields| fields.iter().any(|field| node.changes.contains_key(field)))
}

fn values<'v>(fields: &[usize], value: impl Fn(usize) -> Option<&'v Value>) -> Option<Key> {
    crate::changeset::key_of(fields.iter().map(|&field| value(field)))
}

/// A value that no other row has; none for types that know no such value, and for keys.
fn parked_value(node: &Node, field: usize, id: usize) -> Option<Value> {
    let meta = node.meta;
    if meta.primary_key.contains(&field) {
        return None;
    }
    let nth = i64::try_from(id).ok()?;
    match (meta.fields[field].nullable, meta.fields[field].ty) {
        (true, ty) => Some(ty.null()),
        (false, Type::Text) => Some(Value::String(Some(format!("(freed by {})", key_text(meta, node.key().as_ref()))))),
        (false, Type::I16) => Some(Value::SmallInt(Some(i16::MIN.checked_add(i16::try_from(nth).ok()?)?))),
        (false, Type::I32) => Some(Value::Int(Some(i32::MIN.checked_add(i32::try_from(nth).ok()?)?))),
        (false, Type::I64) => Some(Value::BigInt(Some(i64::MIN.checked_add(nth)?))),
        _ => None,
    }
}

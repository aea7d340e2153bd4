//! Rows that no changeset stands for: those of join tables, and those that go with a deleted owner.

use super::{
    Op, Planned, Planning, Purpose,
    batch::{Batch, Col, Conflict, Phase, Slot, Turn},
    batch_rows::NewRow,
    build::{Builder, missing},
};
use crate::{
    changeset::Role,
    schema::{Association, Join, JoinKey, JoinTable, Meta, OnDelete, Relation},
    types::is_null,
};

impl<'c> Builder<'c> {
    /// Adds or removes the row of the join table between two rows.
    pub(super) fn link(&mut self, owner: usize, id: usize) -> Planning<()> {
        let Some(via) = self.nodes[id].parent else { return Ok(()) };
        let Relation::Join(join) = self.association(via).relation else { return Ok(()) };
        let op = match via.child.role {
            Role::Keep => return Ok(()),
            Role::New | Role::Attach => Op::Insert,
            Role::Detach(_) => Op::Delete,
        };
        let (mut columns, mut slots) = (Vec::new(), self.batches.slots());
        for (end, keys) in [(owner, join.owner), (id, join.related)] {
            for key in keys {
                let field = &self.nodes[end].node.meta.fields[key.field];
                columns.push(Col { name: key.column, ty: field.ty, field: None });
                slots.push(self.value_of(end, key.field)?);
            }
        }
        let mut batch = Batch {
            table: join.table(),
            purpose: Purpose::Links,
            key: Vec::new(),
            returning: columns.clone(),
            ..Batch::new(op, self.nodes[id].node.meta)
        };
        let turn = if op == Op::Delete {
            batch.keys = columns;
            Turn { phase: Phase::Unlinks, rank: 0, op }
        } else {
            batch.set = columns;
            batch.conflict = join.skip_existing.then(Conflict::default);
            fill_join_row(join, &mut batch, &mut slots);
            Turn { phase: Phase::Links, rank: 0, op }
        };
        self.batches.add(turn, Box::new(batch), NewRow { node: id, slots, must_exist: op == Op::Insert });
        Ok(())
    }

    /// What hangs on a row that is deleted: one statement for each association that says so.
    pub(super) fn on_delete(&mut self, id: usize, phase: Phase, depth: i64) -> Planning<()> {
        let Planned { node, .. } = self.nodes[id];
        for association in node.meta.associations.iter().filter(|it| it.on_delete != OnDelete::Nothing) {
            let mut batch = on_delete_batch(node.meta, association);
            let owners = association.owner_fields();
            if owners.is_empty() {
                continue;
            }
            let mut slots: Vec<Slot<'c>> = Vec::new();
            for field in owners {
                let value = node.data.get(field).ok_or_else(|| missing(node.meta, field))?;
                slots.push(Slot::Known(value));
            }
            if slots.iter().filter_map(Slot::known).any(is_null) {
                // Nothing refers to NULL.
                continue;
            }
            if association.on_delete == OnDelete::NilifyAll {
                batch.op = Op::Update;
                batch.set = batch.keys.clone();
                slots.extend(batch.set.iter().map(|col| Slot::made(col.ty.null())));
            }
            let turn = Turn { phase, rank: -(depth + 1), op: batch.op };
            self.batches.add(turn, Box::new(batch), NewRow { node: id, slots, must_exist: false });
        }
        Ok(())
    }
}

/// A statement on all rows that refer to an owner.
fn on_delete_batch<'c>(owner: &Meta, association: &Association) -> Batch<'c> {
    let related = (association.related)();
    let mut batch = Batch { purpose: Purpose::OnDelete, key: Vec::new(), ..Batch::new(Op::Delete, related) };
    match association.relation {
        Relation::Child(keys) => batch.keys.extend(keys.iter().map(|key| Col::of(related, key.related))),
        Relation::Join(join) => {
            batch.table = join.table();
            let column = |key: &JoinKey| Col { name: key.column, ty: owner.fields[key.field].ty, field: None };
            batch.keys.extend(join.owner.iter().map(column));
        }
        _ => {}
    }
    batch
}

/// A join schema's own defaults, keys and timestamps, and those of the association.
fn fill_join_row<'c>(join: &Join, batch: &mut Batch<'c>, slots: &mut Vec<Slot<'c>>) {
    for default in join.defaults {
        let (ty, value) = (default.value)();
        batch.set.push(Col { name: default.column, ty, field: None });
        slots.push(Slot::made(value));
    }
    let JoinTable::Schema(meta) = join.table else { return };
    for field in meta().column_fields() {
        let value = match (field.default.or(field.autogenerate), field.on_insert) {
            (Some(make), _) => Slot::made(make()),
            (None, Some(_)) => Slot::Now(field),
            (None, None) => continue,
        };
        if batch.set.iter().all(|col| col.name != field.column) {
            batch.set.push(Col { name: field.column, ty: field.ty, field: None });
            slots.push(value);
        }
    }
}

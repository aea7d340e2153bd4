//! From a tree of changesets to batches.

use std::borrow::Cow;

use super::{
    Action, Op, Plan, Planned, Planning, Via,
    batch::{Batch, BatchRow, Batches, Col, Phase, Purpose, Slot, Turn},
};
use crate::{
    changeset::{Misuse, Node, Removal, Role, State, is_parent, leaves},
    schema::{DatabaseDefault, Field, Join, JoinTable, KeyPair, Meta, Relation},
    types::is_null,
};

pub(super) fn build(roots: &[Node]) -> Planning<Plan<'_>> {
    let mut builder = Builder { nodes: Vec::new(), batches: Batches::default() };
    for (position, root) in roots.iter().enumerate() {
        builder.visit(root, None, (roots.len() > 1).then_some(position), 0)?;
    }
    builder.park()?;
    let Builder { nodes, batches } = builder;
    let twice = |node: usize| Misuse::Twice { schema: nodes[node].node.meta.name };
    let batches = batches.finish().map_err(twice)?;
    Ok(Plan { nodes, batches })
}

pub(super) struct Builder<'c> {
    pub nodes: Vec<Planned<'c>>,
    pub batches: Batches<'c>,
}

impl<'c> Builder<'c> {
    /// Plans a row and all that hangs on it: its parents first, whose keys it needs, then itself, then
    /// its children, which need its key. [`finish`](crate::changeset::finish) walks in the same order.
    fn visit(&mut self, node: &'c Node, parent: Option<Via<'c>>, root: Option<usize>, depth: i64) -> Planning<usize> {
        let id = self.nodes.len();
        self.nodes.push(Planned { node, parent, root, action: Action::Keep, set: Vec::new(), rank: 0 });
        self.refer_to_owner(id)?;
        if leaves(node, parent.map(|via| via.child.role)) {
            self.remove(id, depth)?;
            return Ok(id);
        }
        for (index, child) in node.children().filter(|(index, _)| is_parent(node.meta, *index)) {
            let parent = self.visit(&child.node, Some(Via { owner: id, index, child }), None, depth + 1)?;
            self.refer_to_parent(id, parent)?;
        }
        self.write(id)?;
        for (index, child) in node.children().filter(|(index, _)| !is_parent(node.meta, *index)) {
            let child = self.visit(&child.node, Some(Via { owner: id, index, child }), None, depth + 1)?;
            self.link(id, child)?;
        }
        Ok(id)
    }

    /// A child that becomes part of a `has_*` association gets its owner's key.
    fn refer_to_owner(&mut self, id: usize) -> Planning<()> {
        let Some(via) = self.nodes[id].parent else { return Ok(()) };
        let owner = via.owner;
        let Relation::Child(keys) = self.association(via).relation else { return Ok(()) };
        if keys.iter().any(|key| self.nodes[owner].node.changes.contains(key.owner)) {
            // The owner's key changes first, and its children's with it (ON UPDATE CASCADE).
            self.nodes[id].rank = self.nodes[owner].rank + 1;
        }
        if !matches!(via.child.role, Role::New | Role::Attach) {
            return Ok(());
        }
        for key in keys {
            let slot = self.value_of(owner, key.owner)?;
            self.assign(id, key.related, slot, via)?;
        }
        self.after(id, owner);
        Ok(())
    }

    /// An owner gets the key of the parent that it is to belong to, or NULL.
    fn refer_to_parent(&mut self, id: usize, parent: usize) -> Planning<()> {
        let Some(via) = self.nodes[parent].parent else { return Ok(()) };
        let Relation::Parent(keys) = self.association(via).relation else { return Ok(()) };
        let replaced = self.nodes[id].node.children().filter(|(index, _)| *index == via.index).count() > 1;
        for &KeyPair { owner, related } in keys {
            match via.child.role {
                Role::Keep => self.agree(id, owner, parent, related, via)?,
                Role::New | Role::Attach => {
                    let slot = self.value_of(parent, related)?;
                    self.assign(id, owner, slot, via)?;
                }
                Role::Detach(_) if replaced => {}
                Role::Detach(_) => {
                    if let Some(null) = null_for(self.nodes[id].node.meta, owner) {
                        self.assign(id, owner, null, via)?;
                    }
                }
            }
        }
        self.after(id, parent);
        Ok(())
    }

    /// A parent that is kept is the one that the foreign key refers to.
    fn agree(&self, id: usize, owner: usize, parent: usize, related: usize, via: Via<'c>) -> Planning<()> {
        let change = self.nodes[id].node.changes.get(owner);
        match change.filter(|change| self.nodes[parent].node.get(related) != Some(change)) {
            Some(_) => Err(Misuse::KeyConflict(self.association(via))),
            None => Ok(()),
        }
    }

    /// Sets a foreign key, unless it has that value already.
    fn assign(&mut self, id: usize, field: usize, slot: Slot<'c>, via: Via<'c>) -> Planning<()> {
        let planned = &self.nodes[id];
        if let (Slot::Known(value), Some(change)) = (&slot, planned.node.changes.get(field)) {
            return if **value == *change { Ok(()) } else { Err(Misuse::KeyConflict(self.association(via))) };
        }
        let present = planned.node.data.get(field);
        if !matches!(&slot, Slot::Known(value) if present == Some(&**value)) {
            self.nodes[id].set.push((field, slot));
        }
        Ok(())
    }

    /// `id` is written after `other`, if that is inserted.
    fn after(&mut self, id: usize, other: usize) {
        if self.nodes[other].action == Action::Insert {
            self.nodes[id].rank = self.nodes[id].rank.max(self.nodes[other].rank + 1);
        }
    }

    /// The value that a field of a planned row has, or will have.
    fn value_of(&self, id: usize, field: usize) -> Planning<Slot<'c>> {
        let Planned { node, set, action, .. } = &self.nodes[id];
        if let Some((_, slot)) = set.iter().find(|(set, _)| *set == field) {
            return Ok(slot.clone());
        }
        match node.get(field) {
            Some(value) if !is_null(value) => Ok(Slot::Known(Cow::Borrowed(value))),
            _ if *action == Action::Insert && comes_back(node.meta, field) => Ok(Slot::Of { node: id, field }),
            _ => Err(missing(node.meta, field)),
        }
    }

    /// Inserts a new row, updates a changed one.
    fn write(&mut self, id: usize) -> Planning<()> {
        let node = self.nodes[id].node;
        match node.state {
            State::Built => self.insert(id),
            State::Loaded => self.update(id),
        }
    }

    fn insert(&mut self, id: usize) -> Planning<()> {
        let Planned { node, rank, .. } = self.nodes[id];
        let meta = node.meta;
        let mut batch = Batch::new(Op::Insert, meta);
        let mut slots = Vec::new();
        for (field, column) in meta.column_fields().iter().enumerate() {
            let col = Col::of(meta, field);
            let given = self.nodes[id].set.iter().find(|(set, _)| *set == field).map(|(_, slot)| slot.clone());
            let slot = given.or_else(|| node.get(field).map(|value| Slot::Known(Cow::Borrowed(value))));
            match (slot, column.on_insert) {
                (Some(slot), _) => {
                    batch.set.push(col);
                    slots.push(slot);
                }
                (None, Some(now)) => {
                    batch.set.push(col);
                    slots.push(Slot::Now(column.ty, now));
                    self.nodes[id].set.push((field, Slot::Now(column.ty, now)));
                }
                (None, None) => match column.database_default {
                    DatabaseDefault::Expression(expression) if meta.primary_key.contains(&field) => {
                        batch.draws.push((col, expression));
                    }
                    _ if meta.primary_key.contains(&field) && !column.ty.is_integer() => {
                        return Err(missing(meta, field));
                    }
                    DatabaseDefault::Unknown if column.nullable => {
                        batch.set.push(col);
                        slots.push(Slot::Absent(column.ty));
                    }
                    _ => batch.returning.push(col),
                },
            }
        }
        self.nodes[id].action = Action::Insert;
        batch.return_key();
        let turn = Turn { phase: Phase::Writes, rank: rank.into(), op: Op::Insert };
        self.batches.add(turn, batch, BatchRow { node: id, slots: slots.into(), must_exist: true });
        Ok(())
    }

    /// A row is updated if a column of it changes; then, and only then, its timestamps move, too.
    fn update(&mut self, id: usize) -> Planning<()> {
        let Planned { node, rank, .. } = self.nodes[id];
        let meta = node.meta;
        if self.nodes[id].set.is_empty() && node.changes.fields().all(|field| field >= meta.columns) {
            return Ok(());
        }
        let mut batch = Batch::new(Op::Update, meta);
        let mut slots = self.keys(id, &mut batch, OwnerKey::New)?;
        for (field, column) in meta.column_fields().iter().enumerate() {
            let given = self.nodes[id].set.iter().find(|(set, _)| *set == field).map(|(_, slot)| slot.clone());
            let changed = given.or_else(|| node.changes.get(field).map(|value| Slot::Known(Cow::Borrowed(value))));
            let slot = match (changed, column.on_update) {
                (Some(slot), _) => slot,
                (None, Some(now)) => {
                    self.nodes[id].set.push((field, Slot::Now(column.ty, now)));
                    Slot::Now(column.ty, now)
                }
                (None, None) => continue,
            };
            batch.set.push(Col::of(meta, field));
            slots.push(slot);
        }
        batch.return_key();
        self.nodes[id].action = Action::Update;
        let turn = Turn { phase: Phase::Writes, rank: rank.into(), op: Op::Update };
        self.batches.add(turn, batch, BatchRow { node: id, slots: slots.into(), must_exist: true });
        Ok(())
    }

    /// Takes a row out of its association, or deletes a root.
    fn remove(&mut self, id: usize, depth: i64) -> Planning<()> {
        let Planned { node, parent, .. } = self.nodes[id];
        let relation = parent.map(|via| self.association(via).relation);
        let removal = match parent.map(|via| via.child.role) {
            Some(Role::Detach(removal)) => removal,
            _ => Removal::Delete,
        };
        match (removal, relation) {
            (Removal::Unlink, _) | (Removal::Nilify, Some(Relation::Parent(_))) => Ok(()),
            (Removal::Nilify, Some(Relation::Child(keys))) => {
                for key in keys {
                    let null = null_for(node.meta, key.related);
                    self.nodes[id].set.extend(null.map(|null| (key.related, null)));
                }
                self.update(id)
            }
            _ => {
                let phase = match relation {
                    Some(Relation::Parent(_)) => Phase::Parents,
                    _ => Phase::Removals,
                };
                let mut batch = Batch::new(Op::Delete, node.meta);
                let slots = self.keys(id, &mut batch, OwnerKey::Old)?.into();
                batch.return_key();
                self.nodes[id].action = Action::Delete;
                let must_exist = removal != Removal::DeleteIfExists;
                let turn = Turn { phase, rank: -depth, op: Op::Delete };
                self.batches.add(turn, batch, BatchRow { node: id, slots, must_exist });
                Ok(())
            }
        }
    }

    /// The WHERE of an existing row: its key, and its owner's, so that nobody writes to another's row.
    pub(super) fn keys(&self, id: usize, batch: &mut Batch<'c>, owner_key: OwnerKey) -> Planning<Vec<Slot<'c>>> {
        let Planned { node, parent, .. } = self.nodes[id];
        let mut slots = Vec::new();
        for &field in node.meta.primary_key {
            let value = node.data.get(field).filter(|value| !is_null(value));
            slots.push(Slot::Known(Cow::Borrowed(value.ok_or_else(|| missing(node.meta, field))?)));
            batch.keys.push(Col::of(node.meta, field));
        }
        let owned = parent.filter(|via| via.child.role != Role::Attach);
        if let Some((via, Relation::Child(keys))) = owned.map(|via| (via, self.association(via).relation)) {
            for key in keys.iter().filter(|key| !node.meta.primary_key.contains(&key.related)) {
                let owner = self.nodes[via.owner].node;
                let value = match owner_key {
                    OwnerKey::Old => owner.data.get(key.owner),
                    OwnerKey::New => owner.get(key.owner),
                };
                let value = value.filter(|value| !is_null(value));
                slots.push(Slot::Known(Cow::Borrowed(value.ok_or_else(|| missing(owner.meta, key.owner))?)));
                batch.keys.push(Col::of(node.meta, key.related));
            }
        }
        Ok(slots)
    }

    /// Adds or removes the row of the join table between two rows.
    fn link(&mut self, owner: usize, id: usize) -> Planning<()> {
        let Some(via) = self.nodes[id].parent else { return Ok(()) };
        let Relation::Join(join) = self.association(via).relation else { return Ok(()) };
        let op = match via.child.role {
            Role::Keep => return Ok(()),
            Role::New | Role::Attach => Op::Insert,
            Role::Detach(_) => Op::Delete,
        };
        let (mut columns, mut slots) = (Vec::new(), Vec::new());
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
            fill_join_row(join, &mut batch, &mut slots);
            Turn { phase: Phase::Links, rank: 0, op }
        };
        self.batches.add(turn, batch, BatchRow { node: id, slots: slots.into(), must_exist: op == Op::Insert });
        Ok(())
    }

    fn association(&self, via: Via<'c>) -> &'static crate::schema::Association {
        self.nodes[via.owner].node.meta.associations[via.index]
    }
}

impl<'c> Batch<'c> {
    pub(super) fn new(op: Op, meta: &'static Meta) -> Self {
        Self {
            op,
            table: meta.table,
            meta,
            keys: Vec::new(),
            key: meta.primary_key.iter().map(|&field| Col::of(meta, field)).collect(),
            set: Vec::new(),
            returning: Vec::new(),
            draws: Vec::new(),
            purpose: Purpose::Rows,
            rows: Vec::new(),
        }
    }

    /// Every statement returns the keys of its rows: they tell which row is which, and which is missing.
    pub(super) fn return_key(&mut self) {
        let missing: Vec<Col> = self.key.iter().filter(|col| !self.returning.contains(col)).copied().collect();
        self.returning.extend(missing);
    }
}

impl Col {
    pub(crate) fn of(meta: &Meta, field: usize) -> Self {
        let Field { column, ty, .. } = meta.fields[field];
        Self { name: column, ty, field: Some(field) }
    }
}

/// A join schema's own defaults, keys and timestamps.
fn fill_join_row<'c>(join: &Join, batch: &mut Batch<'c>, slots: &mut Vec<Slot<'c>>) {
    let JoinTable::Schema(meta) = join.table else { return };
    for field in meta().column_fields() {
        let value = match (field.default.or(field.autogenerate), field.on_insert) {
            (Some(make), _) => Slot::Known(Cow::Owned(make())),
            (None, Some(now)) => Slot::Now(field.ty, now),
            (None, None) => continue,
        };
        if batch.set.iter().all(|col| col.name != field.column) {
            batch.set.push(Col { name: field.column, ty: field.ty, field: None });
            slots.push(value);
        }
    }
}

/// Whether the owner's key is changed before a row of an association is written, or after.
#[derive(Clone, Copy)]
pub(super) enum OwnerKey {
    Old,
    New,
}

/// Whether an insert that does not give the field gets it back from the database.
fn comes_back(meta: &Meta, field: usize) -> bool {
    let Field { nullable, database_default, .. } = meta.fields[field];
    !nullable || database_default != DatabaseDefault::Unknown
}

/// NULL for a part of a foreign key that is let go; a part that cannot be NULL, or is the row's own key, stays.
fn null_for<'c>(meta: &Meta, field: usize) -> Option<Slot<'c>> {
    let Field { ty, nullable, .. } = meta.fields[field];
    (nullable && !meta.primary_key.contains(&field)).then(|| Slot::Known(Cow::Owned(ty.null())))
}

fn missing(meta: &'static Meta, field: usize) -> Misuse {
    Misuse::MissingKey { schema: meta.name, field: meta.fields[field].name }
}

//! From a tree of changesets to batches: which row is written after which, and what refers to what.

use std::collections::HashSet;

use super::{
    Action, FieldSlots, Plan, Planned, Planning, Via,
    batch::{Batches, Slot},
};
use crate::{
    changeset::{Misuse, Node, Role, is_nilified, is_parent, leaves},
    schema::{DatabaseDefault, Field, KeyPair, Meta, Relation, Table},
    types::{Key, is_null},
};

pub(super) fn build(roots: &[Node]) -> Planning<Plan<'_>> {
    let mut builder = Builder { nodes: Vec::new(), batches: Batches::default(), attached: HashSet::new() };
    let rows = roots.iter().map(|root| builder.attach(root)).sum();
    builder.nodes.reserve_exact(rows);
    let mut positions = Vec::new();
    for root in roots {
        let id = builder.visit(root, None, 0)?;
        if roots.len() > 1 {
            positions.push(id);
        }
    }
    builder.park()?;
    let Builder { nodes, batches, .. } = builder;
    let twice = |node: usize| Misuse::Twice { schema: nodes[node].node.meta.name };
    let batches = batches.finish().map_err(twice)?;
    Ok(Plan { nodes, roots: positions, batches })
}

pub(super) struct Builder<'c> {
    pub nodes: Vec<Planned<'c>>,
    pub batches: Batches<'c>,
    /// Rows of the database that become children of an owner.
    attached: HashSet<(Table, Key)>,
}

impl<'c> Builder<'c> {
    /// Looks for rows that become children of an owner. Returns how many rows there are.
    fn attach(&mut self, node: &Node) -> usize {
        let mut rows = 1;
        for (index, child) in node.rows() {
            let becomes_child = matches!(node.meta.associations[index].relation, Relation::Child(_));
            if becomes_child && child.role == Role::Attach {
                self.attached.extend(child.node.key().map(|key| (child.node.meta.table, key)));
            }
            rows += self.attach(&child.node);
        }
        rows
    }

    /// Whether a row that leaves its association is to be another owner's child.
    pub(super) fn moves(&self, node: &Node) -> bool {
        let key = node.key().filter(|_| !self.attached.is_empty() && !node.deletes());
        key.is_some_and(|key| self.attached.contains(&(node.meta.table, key)))
    }

    /// Plans a row and all that hangs on it: its parents first, whose keys it needs, then itself, then
    /// its children, which need its key. [`finish`](crate::changeset::finish) walks in the same order.
    fn visit(&mut self, node: &'c Node, parent: Option<Via<'c>>, depth: i64) -> Planning<usize> {
        let id = self.nodes.len();
        self.nodes.push(Planned { node, parent, action: Action::Keep, set: FieldSlots::default(), rank: 0 });
        if parent.is_some_and(|via| via.child.role == Role::Keep) && !node.is_changed() {
            return Ok(id);
        }
        self.refer_to_owner(id)?;
        if leaves(node, parent.map(|via| via.child.role)) {
            self.remove(id, depth)?;
            return Ok(id);
        }
        for (index, child) in node.rows().filter(|(index, _)| is_parent(node.meta, *index)) {
            let parent = self.visit(&child.node, Some(Via { owner: id, index, child }), depth + 1)?;
            self.refer_to_parent(id, parent)?;
        }
        self.write(id)?;
        for (index, child) in node.rows().filter(|(index, _)| !is_parent(node.meta, *index)) {
            let child = self.visit(&child.node, Some(Via { owner: id, index, child }), depth + 1)?;
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
        let replaced = self.nodes[id].node.rows().filter(|(index, _)| *index == via.index).count() > 1;
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
        if let Some(change) = planned.node.changes.get(field) {
            return if slot.known() == Some(change) { Ok(()) } else { Err(Misuse::KeyConflict(self.association(via))) };
        }
        let present = planned.node.data.get(field);
        if slot.known().is_none_or(|value| present != Some(value)) {
            self.nodes[id].set.push(field, slot);
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
    pub(super) fn value_of(&self, id: usize, field: usize) -> Planning<Slot<'c>> {
        let Planned { node, set, action, .. } = &self.nodes[id];
        if let Some(slot) = set.get(field) {
            return Ok(slot.clone());
        }
        match node.get(field) {
            _ if *action == Action::Insert && may_be_anothers(node, field) => Ok(Slot::of(id, field)),
            Some(value) if !is_null(value) => Ok(Slot::Known(value)),
            _ if *action == Action::Insert && comes_back(node.meta, field) => Ok(Slot::of(id, field)),
            _ => Err(missing(node.meta, field)),
        }
    }

    pub(super) fn association(&self, via: Via<'c>) -> &'static crate::schema::Association {
        self.nodes[via.owner].node.meta.associations[via.index]
    }
}

/// Whether a value that is sent gives way to that of a row that is there already.
pub(super) fn may_be_anothers(node: &Node, field: usize) -> bool {
    let conflict = node.options.as_deref().and_then(|options| options.conflict.as_ref());
    conflict.is_some_and(|conflict| !conflict.target.contains(&field) && !conflict.replace.contains(&field))
}

/// Whether an insert that does not give the field gets it back from the database.
fn comes_back(meta: &Meta, field: usize) -> bool {
    let Field { nullable, database_default, .. } = meta.fields[field];
    !nullable || database_default != DatabaseDefault::Unknown || meta.primary_key.contains(&field)
}

/// NULL for a part of a foreign key that is let go; a part that cannot be NULL, or is the row's own key, stays.
pub(super) fn null_for<'c>(meta: &Meta, field: usize) -> Option<Slot<'c>> {
    is_nilified(meta, field).then(|| Slot::made(meta.fields[field].ty.null()))
}

pub(super) fn missing(meta: &'static Meta, field: usize) -> Misuse {
    Misuse::MissingKey { schema: meta.name, field: meta.fields[field].name }
}

//! The row as it is after its changes.

use std::sync::Arc;

use super::{
    node::{Child, Node, Role, State, is_parent, key_of, leaves},
    written::Written,
};
use crate::schema::{Association, KeyPair, Loaded, Meta, Record, Relation};

/// Puts changes, what the save added, and the children into one record. `written` has the rows of all nodes,
/// in the order in which the plan counts them: a row, then its parents, then its children.
pub(crate) fn finish(node: Node, role: Option<Role>, written: &mut Written) -> Record {
    let id = written.next_row();
    Arc::unwrap_or_clone(finish_row(id, node, role, None, written))
}

/// The row that a child belongs to, as it is now, and the fields in which the child has its key.
type Owner<'o> = (&'o Record, &'static [KeyPair]);

fn finish_row(
    id: usize,
    node: Node,
    role: Option<Role>,
    owner: Option<Owner<'_>>,
    written: &mut Written,
) -> Arc<Record> {
    let gone = leaves(&node, role);
    let Node { meta, state, mut data, changes, mut associations, .. } = node;
    if gone && role.is_some() {
        return data;
    }
    let record = Arc::make_mut(&mut data);
    let added = std::iter::from_fn(|| written.take(id));
    for (field, value) in changes.into_iter().chain(added) {
        record.values[field] = Some(value);
    }
    // Before its own children are looked at: their keys may be part of it.
    if let Some((owner, keys)) = owner {
        keys.iter().for_each(|key| record.values[key.related].clone_from(&owner.values[key.owner]));
    }
    if gone {
        return data;
    }
    for parents in [true, false] {
        for (index, children) in associations.iter_mut().filter(|(index, _)| is_parent(meta, *index) == parents) {
            let (association, children) = (meta.associations[index], std::mem::take(children));
            // Nothing else holds the rows as they were, so that they are changed in place, not copied.
            let there = record.associations.remove(index).map(|there| there.partial);
            let is_unknown = |child: &Child| !matches!(child.role, Role::Detach(_)) && child.node.is_reference();
            // Rows were added to, or taken out of, what was not loaded; or only the keys of some are known.
            let unknown = (there.is_none() && state == State::Loaded) || children.iter().any(is_unknown);
            let rows = finish_children(record, meta, association, children, written);
            if !unknown {
                record.associations.insert(index, Loaded { rows, partial: there.unwrap_or_default() });
            }
        }
    }
    unload_stale(meta, record, |index| associations.contains(index));
    data
}

fn finish_children(
    record: &mut Record,
    meta: &Meta,
    association: &Association,
    children: Vec<Child>,
    written: &mut Written,
) -> Vec<Arc<Record>> {
    let mut rows = Vec::with_capacity(children.len());
    let nothing = &mut Written::default();
    let written = if association.embedded_in().is_some() { nothing } else { written };
    for child in children {
        let id = written.next_row();
        if written.is_empty(id) && stays(&child, record, association) {
            rows.push(child.node.data);
            continue;
        }
        let leaves = matches!(child.role, Role::Detach(_));
        let owner = match association.relation {
            Relation::Child(keys) => Some((&*record, keys)),
            _ => None,
        };
        let row = finish_row(id, child.node, Some(child.role), owner, written);
        if let Relation::Parent(keys) = association.relation {
            follow(record, meta, keys, &row, child.role);
        }
        if !leaves {
            rows.push(row);
        }
    }
    rows
}

/// Whether a row to which nothing was added is what it was, and need not be made again: so are most of a long association.
fn stays(child: &Child, owner: &Record, association: &Association) -> bool {
    let Child { node, role: Role::Keep, .. } = child else { return false };
    let is_of_owner = match association.relation {
        Relation::Child(keys) => keys.iter().all(|key| node.data.values[key.related] == owner.values[key.owner]),
        Relation::Parent(_) => false,
        _ => true,
    };
    !node.is_changed() && is_of_owner && node.data.associations.is_empty()
}

/// An owner's foreign key is that of its parent: none yet where the database is to make it, NULL where the parent leaves.
/// One that leaves is told before one that comes.
fn follow(owner: &mut Record, meta: &Meta, keys: &[KeyPair], parent: &Record, role: Role) {
    for key in keys {
        let value = parent.get(key.related).cloned();
        match role {
            Role::Keep if value.is_none() => {}
            Role::Keep | Role::Attach | Role::New => owner.values[key.owner] = value,
            Role::Detach(_) if is_nilified(meta, key.owner) => {
                owner.values[key.owner] = Some(meta.fields[key.owner].ty.null());
            }
            Role::Detach(_) => {}
        }
    }
}

/// Whether a part of a foreign key that is let go becomes NULL: not if it cannot be, or is the row's own key.
pub(crate) fn is_nilified(meta: &Meta, field: usize) -> bool {
    meta.fields[field].nullable && !meta.primary_key.contains(&field)
}

impl Node {
    /// Whether only the key of the row is known.
    pub(crate) fn is_reference(&self) -> bool {
        let unknown = |field: usize| self.data.values[field].is_none() && self.meta.embed_in(field).is_none();
        self.state == State::Loaded && (0..self.meta.columns).any(unknown)
    }
}

/// Loaded rows that the keys no longer lead to are not loaded any more.
fn unload_stale(meta: &Meta, record: &mut Record, is_touched: impl Fn(usize) -> bool) {
    for (index, association) in meta.associations.iter().enumerate().filter(|(index, _)| !is_touched(*index)) {
        let Some(loaded) = record.associations.get(index) else { continue };
        let there = |keys: &[KeyPair], row: &Record| key_of(keys.iter().map(|key| row.get(key.related)));
        let here = |keys: &[KeyPair]| key_of(keys.iter().map(|key| record.get(key.owner)));
        let stale = match association.relation {
            Relation::Parent(keys) => loaded.rows.first().and_then(|row| there(keys, row)) != here(keys),
            Relation::Child(keys) => loaded.rows.first().is_some_and(|row| there(keys, row) != here(keys)),
            _ => false,
        };
        if stale {
            record.associations.remove(index);
        }
    }
}

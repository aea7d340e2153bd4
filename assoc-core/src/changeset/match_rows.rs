//! The rows that an association holds, matched with those that it is to hold.

use std::{collections::HashMap, sync::Arc};

use super::{
    Action, FieldError, Misuse,
    by_key::ByKey,
    cast::required,
    cast_assoc::invalid,
    finish::is_nilified,
    node::{Child, Node, Removal, Role, State},
};
use crate::{
    schema::{Association, Kind, Meta, OnReplace, Record, Relation},
    types::{Key, is_null},
};

/// The rows that stay or come, in the order of the input, and those that the input does not name.
pub(crate) struct Matched {
    pub children: Vec<Child>,
    pub unmatched: Vec<Arc<Record>>,
}

impl Node {
    /// Stores what was matched, after `on_replace` has spoken about the rows that were not. Returns whether that
    /// changes anything.
    pub(crate) fn replace(&mut self, index: usize, matched: Matched) -> bool {
        let association = self.meta.associations[index];
        let Matched { mut children, unmatched } = matched;
        for child in &children {
            let asked = child.node.action.and_then(|action| impossible(child, action));
            if let Some(misuse) = asked {
                self.blame(misuse);
            }
        }
        let meta = (association.related)();
        let ignored = |child: &Child| child.node.action == Some(Action::Ignore);
        children.retain(|child| child.role == Role::Keep || !ignored(child));
        for child in children.iter_mut().filter(|child| ignored(child)) {
            child.node = Node::new(meta, State::Loaded, child.node.data.clone());
            child.node.set_action(Action::Ignore);
        }
        let replaced = |child: &Child| child.node.action == Some(Action::Replace) && child.role == Role::Keep;
        if !unmatched.is_empty() || children.iter().any(replaced) {
            let Some(removal) = removal(association) else {
                match association.on_replace {
                    OnReplace::MarkAsInvalid => self.errors.push(invalid(association)),
                    _ => self.blame(Misuse::Replaced(association)),
                }
                return false;
            };
            if removal == Removal::Nilify && self.cannot_let_go(association, children.iter().all(replaced)) {
                self.errors.push(required(association.name));
                return false;
            }
            let detached = |position, row| Child {
                role: Role::Detach(removal),
                position,
                node: Node::new(meta, State::Loaded, row),
            };
            for child in children.iter_mut().filter(|child| replaced(child)) {
                *child = detached(child.position, child.node.data.clone());
            }
            children.reserve_exact(unmatched.len());
            children.splice(0..0, unmatched.into_iter().map(|row| detached(None, row)));
        }
        if let Relation::Child(keys) = association.relation {
            // Whose child it is, the owner tells: what its own changeset says of that does not count.
            for child in &mut children {
                for key in keys {
                    child.node.changes.remove(key.related);
                }
            }
        }
        for child in children.iter_mut().filter(|child| child.node.deletes() && child.role != Role::New) {
            child.role = removal_on_request(association);
        }
        if association.embedded_in().is_some() {
            children.iter_mut().for_each(stamp);
        }
        let changed = self.is_difference(index, &children);
        if changed || self.state == State::Built {
            // Of a new row nothing is written for an empty list, but what is known to be empty is loaded.
            self.associations.insert(index, children);
        } else {
            self.associations.remove(index);
        }
        changed
    }

    /// Whether no foreign key that would have to become NULL can be.
    fn cannot_let_go(&self, association: &Association, no_other_comes: bool) -> bool {
        match association.relation {
            Relation::Child(keys) => !keys.iter().any(|key| is_nilified((association.related)(), key.related)),
            Relation::Parent(keys) => no_other_comes && !keys.iter().any(|key| is_nilified(self.meta, key.owner)),
            _ => false,
        }
    }

    fn is_difference(&self, index: usize, children: &[Child]) -> bool {
        let unchanged = |child: &Child| {
            child.role == Role::Keep
                && !child.node.is_changed()
                && child.node.is_valid()
                && child.node.misuse().is_none()
        };
        if !children.iter().all(unchanged) {
            return true;
        }
        // The order of embedded rows is part of the value.
        let there = self.data.associations.get(index);
        self.meta.associations[index].kind == Kind::EmbedsMany
            && there.is_some_and(|there| there.rows.iter().zip(children).any(|(row, child)| *row != child.node.data))
    }

    /// The key of the row is not to be had.
    pub(super) fn blame_key(&mut self, message: &'static str) {
        let field = self.meta.primary_key.first().map_or("", |&field| self.meta.fields[field].name);
        self.errors.push(FieldError::new(message).on(field));
    }
}

/// How `on_replace` takes rows out; `None` if it does not.
pub(super) fn removal(association: &Association) -> Option<Removal> {
    match (association.on_replace, association.kind) {
        (OnReplace::Raise | OnReplace::MarkAsInvalid, _) => None,
        (OnReplace::Delete | OnReplace::DeleteIfExists, Kind::ManyToMany) => Some(Removal::Unlink),
        (OnReplace::Delete, _) => Some(Removal::Delete),
        (OnReplace::DeleteIfExists, _) => Some(Removal::DeleteIfExists),
        (OnReplace::Nilify | OnReplace::Update, _) => Some(Removal::Nilify),
    }
}

/// Embedded rows get their times when they change: they are written as a part of their owner.
fn stamp(child: &mut Child) {
    let changed = child.node.is_changed();
    let Node { meta, data, changes, .. } = &mut child.node;
    for (index, field) in meta.fields.iter().enumerate() {
        let now = match child.role {
            Role::New => field.on_insert.filter(|_| data.get(index).is_none_or(is_null)),
            Role::Keep if changed => field.on_update,
            _ => None,
        };
        if let Some(now) = now.filter(|_| !changes.contains(index)) {
            changes.insert(index, now());
        }
    }
}

/// An action that the row's state does not allow.
fn impossible(child: &Child, action: Action) -> Option<Misuse> {
    let schema = child.node.meta.name;
    match (child.role, action) {
        (Role::New, Action::Update | Action::Delete | Action::Replace) => {
            Some(Misuse::NotAssociated { schema, action: action.name() })
        }
        (Role::Keep | Role::Attach, Action::Insert) => Some(Misuse::AlreadyThere { schema }),
        _ => None,
    }
}

/// What a child's changeset function asks for with [`Action::Delete`].
fn removal_on_request(association: &Association) -> Role {
    Role::Detach(if matches!(association.relation, Relation::Join(_)) { Removal::Unlink } else { Removal::Delete })
}

/// The loaded rows by key; each can be taken once.
pub(crate) struct Candidates<'a> {
    rows: &'a [Arc<Record>],
    by_key: ByKey<'a>,
    /// Rows that are equal in all, the first last; made when it is asked for.
    by_row: Option<HashMap<&'a Record, Vec<usize>>>,
    taken: Vec<bool>,
}

impl<'a> Candidates<'a> {
    pub(crate) fn new(meta: &'a Meta, rows: &'a [Arc<Record>]) -> Self {
        Self { rows, by_key: ByKey::new(meta, rows), by_row: None, taken: vec![false; rows.len()] }
    }

    pub(crate) fn take(&mut self, key: &Key) -> Option<Arc<Record>> {
        let at = self.by_key.find(key)?;
        self.take_at(at)
    }

    pub(crate) fn take_any(&mut self) -> Option<Arc<Record>> {
        self.take_at(0)
    }

    /// A row that equals this one in all, for rows without a key.
    pub(crate) fn take_equal(&mut self, row: &Record) -> Option<Arc<Record>> {
        let by_row = self.by_row.get_or_insert_with(|| {
            let mut by_row: HashMap<_, Vec<_>> = HashMap::new();
            self.rows.iter().enumerate().rev().for_each(|(at, row)| by_row.entry(&**row).or_default().push(at));
            by_row
        });
        let equal = by_row.get_mut(row)?;
        let at = std::iter::from_fn(|| equal.pop()).find(|&at| !self.taken[at])?;
        self.take_at(at)
    }

    fn take_at(&mut self, at: usize) -> Option<Arc<Record>> {
        let taken = self.taken.get_mut(at)?;
        (!std::mem::replace(taken, true)).then(|| self.rows[at].clone())
    }

    pub(crate) fn find(&self, key: &Key) -> Option<&Arc<Record>> {
        self.by_key.find(key).map(|at| &self.rows[at])
    }

    pub(crate) fn contains(&self, key: &Key) -> bool {
        self.by_key.find(key).is_some()
    }

    /// Rows that nobody took. One that is there twice, because its join row is, counts once.
    pub(crate) fn unmatched(self) -> Vec<Arc<Record>> {
        let rows = self.rows.iter().enumerate().filter(|(at, _)| !self.taken[*at] && self.by_key.is_first(*at));
        rows.map(|(_, row)| row.clone()).collect()
    }
}

//! `cast_assoc`: the difference between the rows that an association holds and the input for it.
//!
//! Pure, and linear in the number of rows: rows are matched by a hash of their keys.

use std::{collections::HashMap, sync::Arc};

use super::{
    FieldError, Misuse,
    node::{Child, Node, Removal, Role, State, record_key},
};
use crate::{
    params::Params,
    schema::{Association, Kind, Meta, OnReplace, Record, Relation},
    types::Key,
};

impl Node {
    /// Casts an association from the params of the last cast; `build` is the changeset function of its rows.
    pub(crate) fn cast_assoc(&mut self, index: usize, build: &mut dyn FnMut(Node, &Params) -> Node) {
        let association = self.meta.associations[index];
        let Some(params) = self.params.clone() else { return };
        let Some(input) = params.get(association.name) else { return };
        let loaded = match self.loaded(index) {
            Ok(loaded) => loaded,
            Err(misuse) => return self.blame(misuse),
        };
        match rows_of(association, input) {
            Some(rows) => {
                let children = match_rows(association, &self.data, &loaded.rows, rows, build);
                self.replace(index, children);
            }
            None => self.errors.push(invalid(association)),
        }
    }

    /// Stores what was matched, after `on_replace` has spoken about the rows that were not.
    pub(crate) fn replace(&mut self, index: usize, matched: Matched) {
        let association = self.meta.associations[index];
        let Matched { mut children, unmatched } = matched;
        if !unmatched.is_empty() {
            let removal = match (association.on_replace, association.kind) {
                (OnReplace::Raise, _) => return self.blame(Misuse::Replaced(association)),
                (OnReplace::MarkAsInvalid, _) => return self.errors.push(invalid(association)),
                (OnReplace::Delete | OnReplace::DeleteIfExists, Kind::ManyToMany) => Removal::Unlink,
                (OnReplace::Delete, _) => Removal::Delete,
                (OnReplace::DeleteIfExists, _) => Removal::DeleteIfExists,
                (OnReplace::Nilify | OnReplace::Update, _) => Removal::Nilify,
            };
            let meta = (association.related)();
            let detached = unmatched.into_iter().map(|row| Child {
                role: Role::Detach(removal),
                position: None,
                node: Node::new(meta, State::Loaded, row),
            });
            children.splice(0..0, detached);
        }
        if let Relation::Child(keys) = association.relation {
            // Whose child it is, the owner tells: what its own changeset says of that does not count.
            for child in &mut children {
                keys.iter().for_each(|key| child.node.changes.remove(key.related));
            }
        }
        for child in children.iter_mut().filter(|child| child.node.delete && child.role != Role::New) {
            child.role = removal_on_request(association);
        }
        for child in children.iter().filter(|child| child.role == Role::New && child.node.delete) {
            self.misuse.get_or_insert(Misuse::DeleteOfNew { schema: child.node.meta.name });
        }
        let unchanged = |child: &Child| child.role == Role::Keep && !child.node.is_changed() && child.node.is_valid();
        if children.iter().all(unchanged) && children.iter().all(|child| child.node.misuse().is_none()) {
            self.associations.remove(&index);
            if self.state == State::Built {
                // Nothing is written, but what is known to be empty is loaded.
                self.associations.insert(index, children);
            }
        } else {
            self.associations.insert(index, children);
        }
    }

    pub(crate) fn blame(&mut self, misuse: Misuse) {
        self.misuse.get_or_insert(misuse);
    }
}

/// The rows that stay or come, in the order of the input, and those that the input does not name.
pub(crate) struct Matched {
    pub children: Vec<Child>,
    pub unmatched: Vec<Arc<Record>>,
}

impl Node {
    /// A row that is named twice.
    pub(crate) fn blame_key(&mut self) {
        let field = self.meta.primary_key.first().map_or("", |&field| self.meta.fields[field].name);
        self.errors.push(FieldError::new("has already been taken").with("validation", "unique").on(field));
    }
}

/// The error of an association whose input has the wrong shape.
pub(crate) fn invalid(association: &Association) -> FieldError {
    let kind = if association.is_one() { "map" } else { "list" };
    FieldError::new("is invalid").with("validation", "assoc").with("type", kind).on(association.name)
}

/// The input's rows: a list or an index map for many, an object or `null` for one. `None` if it is neither.
fn rows_of<'p>(association: &Association, input: &'p Params) -> Option<Vec<&'p Params>> {
    let rows = match (association.is_one(), input) {
        (true, Params::Null) => Vec::new(),
        (true, Params::Map(_)) => vec![input],
        (false, Params::List(_) | Params::Map(_)) => input.items(),
        _ => return None,
    };
    rows.iter().all(|row| row.is_map()).then_some(rows)
}

/// Finds for each row of the input the loaded row that it means; all others of the input are new.
fn match_rows(
    association: &Association,
    owner: &Record,
    loaded: &[Arc<Record>],
    input: Vec<&Params>,
    build: &mut dyn FnMut(Node, &Params) -> Node,
) -> Matched {
    let meta = (association.related)();
    let mut rest = Loaded::new(meta, loaded);
    let in_place = association.is_one() && association.on_replace == OnReplace::Update;
    let mut children = Vec::with_capacity(input.len());
    for (position, params) in input.into_iter().enumerate() {
        let key = input_key(association, owner, params);
        let found = if in_place { rest.take_any() } else { key.as_ref().and_then(|key| rest.take(key)) };
        let again = found.is_none() && key.is_some_and(|key| rest.contains(&key));
        let (role, node) = match found {
            Some(row) => (Role::Keep, Node::new(meta, State::Loaded, row)),
            None => (Role::New, Node::new(meta, State::Built, Arc::new(Record::built(meta)))),
        };
        let mut node = build(node, params);
        if again {
            node.blame_key();
        }
        children.push(Child { role, position: Some(position), node });
    }
    Matched { children, unmatched: rest.unmatched() }
}

/// What a child's changeset function asks for with `mark_for_delete`.
fn removal_on_request(association: &Association) -> Role {
    Role::Detach(if matches!(association.relation, Relation::Join(_)) { Removal::Unlink } else { Removal::Delete })
}

/// The key that a row of the input names, if it names one that could be.
fn input_key(association: &Association, owner: &Record, params: &Params) -> Option<Key> {
    let meta = (association.related)();
    // A part of the key that is the owner's need not be repeated.
    let owners = |field: usize| match association.relation {
        Relation::Child(keys) => keys.iter().find(|key| key.related == field).and_then(|key| owner.get(key.owner)),
        _ => None,
    };
    let part = |&field: &usize| match params.get(meta.fields[field].name) {
        Some(input) => (meta.fields[field].cast)(input).ok().filter(|_| !input.is_blank()),
        None => owners(field).cloned(),
    };
    let values: Option<Vec<_>> = meta.primary_key.iter().map(part).collect();
    Key::new(values?)
}

/// The loaded rows by key; each can be taken once.
pub(crate) struct Loaded<'a> {
    meta: &'a Meta,
    rows: &'a [Arc<Record>],
    by_key: HashMap<Key, usize>,
    taken: Vec<bool>,
}

impl<'a> Loaded<'a> {
    pub(crate) fn new(meta: &'a Meta, rows: &'a [Arc<Record>]) -> Self {
        let by_key = rows.iter().enumerate().rev().filter_map(|(at, row)| Some((record_key(meta, row)?, at)));
        Self { meta, rows, by_key: by_key.collect(), taken: vec![false; rows.len()] }
    }

    pub(crate) fn take(&mut self, key: &Key) -> Option<Arc<Record>> {
        let at = *self.by_key.get(key)?;
        self.take_at(at)
    }

    fn take_any(&mut self) -> Option<Arc<Record>> {
        self.take_at(0)
    }

    fn take_at(&mut self, at: usize) -> Option<Arc<Record>> {
        let taken = self.taken.get_mut(at)?;
        (!std::mem::replace(taken, true)).then(|| self.rows[at].clone())
    }

    pub(crate) fn contains(&self, key: &Key) -> bool {
        self.by_key.contains_key(key)
    }

    /// Rows that nobody took. One that is there twice, because its join row is, counts once.
    pub(crate) fn unmatched(self) -> Vec<Arc<Record>> {
        let first = |at, row: &Record| record_key(self.meta, row).is_none_or(|key| self.by_key.get(&key) == Some(&at));
        let rows = self.rows.iter().enumerate().filter(|(at, row)| !self.taken[*at] && first(*at, row));
        rows.map(|(_, row)| row.clone()).collect()
    }
}

//! The untyped changeset: a row as it was, and what is to change.

use std::{collections::BTreeMap, sync::Arc};

use sea_query::Value;

use super::{Declared, FieldError, Misuse, changes::Changes};
use crate::{
    params::Params,
    schema::{Kind, Loaded, Meta, Record},
    types::{Key, is_null},
};

/// Whether the row is in the database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not: saving inserts it.
    Built,
    /// It was loaded: saving updates it.
    Loaded,
}

/// A changeset without its type. [`Changeset`](super::Changeset) is a thin shell around it.
#[derive(Clone, Debug)]
pub struct Node {
    pub(crate) meta: &'static Meta,
    pub(crate) state: State,
    pub(crate) data: Arc<Record>,
    pub(crate) params: Option<Params>,
    pub(crate) changes: Changes,
    pub(crate) associations: BTreeMap<usize, Vec<Child>>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) constraints: Vec<Declared>,
    pub(crate) misuse: Option<Misuse>,
    pub(crate) delete: bool,
}

/// A changeset inside of the association of another one.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub role: Role,
    /// Where it stands in the list that was cast or put; dropped rows stand nowhere.
    pub position: Option<usize>,
    pub node: Node,
}

/// What a child is to its association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is part of it already.
    Keep,
    /// It is a row of the database that becomes part of it.
    Attach,
    /// It is a new row.
    New,
    /// It is no longer part of it.
    Detach(Removal),
}

/// How a row leaves its association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Delete,
    DeleteIfExists,
    /// The foreign key becomes NULL.
    Nilify,
    /// The row of the join table is deleted.
    Unlink,
}

impl Node {
    pub(crate) fn new(meta: &'static Meta, state: State, data: Arc<Record>) -> Self {
        Self {
            meta,
            state,
            data,
            params: None,
            changes: Changes::default(),
            associations: BTreeMap::new(),
            errors: Vec::new(),
            constraints: Vec::new(),
            misuse: None,
            delete: false,
        }
    }

    /// The value of a field as it will be: the change, or else what is there.
    pub(crate) fn get(&self, field: usize) -> Option<&Value> {
        self.changes.get(field).or_else(|| self.data.get(field))
    }

    /// Changes a field, unless it has that value already.
    pub(crate) fn set(&mut self, field: usize, value: Value) {
        self.forgive(field);
        if self.data.get(field) == Some(&value) {
            self.changes.remove(field);
        } else if self.data.get(field).is_some() || self.state == State::Loaded || !is_null(&value) {
            self.changes.insert(field, value);
        }
    }

    /// What the database said about a field is forgotten when the field gets a new value.
    pub(crate) fn forgive(&mut self, field: usize) {
        let name = self.meta.fields[field].name;
        self.errors.retain(|error| error.field != name || !error.params.contains_key("constraint"));
    }

    /// The key as it is in the database.
    pub(crate) fn key(&self) -> Option<Key> {
        record_key(self.meta, &self.data)
    }

    /// Whether saving it would write anything at all.
    pub(crate) fn is_changed(&self) -> bool {
        self.state == State::Built || self.delete || !self.changes.is_empty() || !self.associations.is_empty()
    }

    /// Whether neither it nor a child that will be written has an error.
    pub(crate) fn is_valid(&self) -> bool {
        self.errors.is_empty() && self.children().all(|(_, child)| child.node.is_valid())
    }

    /// The first misuse in the tree.
    pub(crate) fn misuse(&self) -> Option<&Misuse> {
        self.misuse.as_ref().or_else(|| self.children().find_map(|(_, child)| child.node.misuse()))
    }

    /// Whether the call fits the state of the row.
    pub fn check_call(&self, call: &'static str) -> Option<Misuse> {
        let fits = match call {
            "insert" => self.state == State::Built,
            "update" | "delete" => self.state == State::Loaded,
            _ => true,
        };
        (!fits).then_some(Misuse::WrongState { call, schema: self.meta.name })
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = (usize, &Child)> {
        self.associations.iter().flat_map(|(index, children)| children.iter().map(|child| (*index, child)))
    }

    /// The rows of an association as they were loaded. A new row has none, loaded or not.
    pub(crate) fn loaded(&self, association: usize) -> Result<Loaded, Misuse> {
        match (self.data.associations.get(association).and_then(Option::as_ref), self.state) {
            (Some(loaded), _) => Ok(loaded.clone()),
            (None, State::Built) => Ok(Loaded::default()),
            (None, State::Loaded) => Err(Misuse::NotLoaded(self.meta.associations[association])),
        }
    }
}

/// The primary key of a record; `None` if it has none yet.
pub(crate) fn record_key(meta: &Meta, record: &Record) -> Option<Key> {
    key_of(meta.primary_key.iter().map(|&field| record.get(field)))
}

/// The key of these values; `None` if one is missing.
pub(crate) fn key_of<'a>(values: impl Iterator<Item = Option<&'a Value>>) -> Option<Key> {
    let values: Option<Vec<Value>> = values.map(Option::<&Value>::cloned).collect();
    Key::new(values?)
}

/// Whether the row is taken out, so that nothing of it is written but that.
pub(crate) fn leaves(node: &Node, role: Option<Role>) -> bool {
    node.delete || matches!(role, Some(Role::Detach(_)))
}

/// Whether the association's row is a parent, which is written before its owner.
pub(crate) fn is_parent(meta: &Meta, association: usize) -> bool {
    meta.associations[association].kind == Kind::BelongsTo
}

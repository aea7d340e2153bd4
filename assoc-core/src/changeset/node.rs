//! The untyped changeset: a row as it was, and what is to change.

use std::sync::Arc;

use sea_query::Value;

use super::{
    Action, Declared, Errors, FieldError, Misuse, PlanError, Validation, options::Options, repeated::Repeated,
};
use crate::{
    params::Params,
    plan::Plan,
    schema::{Association, ByMember, Kind, Meta, Record, Relation},
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

/// A changeset without its type, for code that knows schemas only by their metadata.
///
/// [`Changeset`](super::Changeset) is a thin shell around it, with the same methods on typed columns.
#[derive(Clone, Debug)]
pub struct Node {
    pub(crate) meta: &'static Meta,
    pub(crate) state: State,
    pub(crate) action: Option<Action>,
    pub(crate) data: Arc<Record>,
    pub(crate) params: Option<Params>,
    pub(crate) changes: ByMember<Value>,
    pub(crate) associations: ByMember<Vec<Child>>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) constraints: Repeated<Declared>,
    pub(crate) validations: Repeated<Validation>,
    pub(crate) misuse: Option<Box<Misuse>>,
    /// The row's `updated_at` moves even if nothing else of it changes: a child did, or somebody asked for it.
    pub(crate) touch: bool,
    pub(crate) options: Option<Box<Options>>,
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

/// A field or an association of a schema, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A field.
    Field(usize),
    /// An association, or an embed.
    Association(usize),
}

impl Member {
    /// The name, as input and errors have it.
    pub fn name(self, meta: &Meta) -> &'static str {
        match self {
            Self::Field(field) => meta.fields[field].name,
            Self::Association(association) => meta.associations[association].name,
        }
    }
}

impl Node {
    /// A changeset over a record, which is a new row or one of the database. Fields and associations that the record
    /// does not have were never given, and not loaded.
    pub fn new(meta: &'static Meta, state: State, mut data: Arc<Record>) -> Self {
        if data.values.len() < meta.fields.len() {
            Arc::make_mut(&mut data).fit(meta);
        }
        Self {
            meta,
            state,
            action: None,
            data,
            params: None,
            changes: ByMember::default(),
            associations: ByMember::default(),
            errors: Vec::new(),
            constraints: Repeated::default(),
            validations: Repeated::default(),
            misuse: None,
            touch: false,
            options: None,
        }
    }

    /// A changeset for a new row of an association: its defaults set, and the foreign key of a `has_*` association.
    pub fn build_assoc(&self, association: usize) -> Self {
        Self::child(self.meta.associations[association], &|field| self.get(field).cloned())
    }

    /// A new row of an association, whose owner has those values.
    pub(crate) fn child(association: &Association, owner: &dyn Fn(usize) -> Option<Value>) -> Self {
        let meta = (association.related)();
        let mut record = Record::built(meta);
        record.give(association.defaults);
        if let Relation::Child(keys) = association.relation {
            keys.iter().for_each(|key| record.values[key.related] = owner(key.owner));
        }
        Self::new(meta, State::Built, Arc::new(record))
    }

    /// It will most likely declare and validate what a sibling does.
    pub(crate) fn resemble(&mut self, sibling: &Self) {
        self.constraints = sibling.constraints.expecting();
        self.validations = sibling.validations.expecting();
    }

    /// The schema.
    pub fn meta(&self) -> &'static Meta {
        self.meta
    }

    /// Whether the row is in the database yet.
    pub fn state(&self) -> State {
        self.state
    }

    /// The row as it was.
    pub fn data(&self) -> &Arc<Record> {
        &self.data
    }

    /// What is to happen to the row, if somebody said so.
    pub fn action(&self) -> Option<Action> {
        self.action
    }

    /// Says what is to happen to the row.
    pub fn set_action(&mut self, action: Action) {
        self.action = Some(action);
    }

    /// The params of the last cast.
    pub fn params(&self) -> Option<&Params> {
        self.params.as_ref()
    }

    /// The value of a field as it will be: the change, or else what is there.
    pub fn get(&self, field: usize) -> Option<&Value> {
        self.changes.get(field).or_else(|| self.data.get(field))
    }

    /// The change of a field, if there is one.
    pub fn change(&self, field: usize) -> Option<&Value> {
        self.changes.get(field)
    }

    /// The fields that change.
    pub fn changed_fields(&self) -> impl Iterator<Item = usize> {
        self.changes.members()
    }

    /// Changes a field, unless it has that value already.
    pub fn set(&mut self, field: usize, value: Value) {
        self.forgive(field);
        let same = match self.data.get(field) {
            Some(present) => *present == value,
            // What a new row does not name is NULL.
            None => self.state == State::Built && is_null(&value),
        };
        if same {
            self.changes.remove(field);
        } else {
            self.changes.insert(field, value);
        }
    }

    /// Changes a field, even to the value that it has.
    pub fn force(&mut self, field: usize, value: Value) {
        self.forgive(field);
        self.changes.insert(field, value);
    }

    /// Forgets the change of a field.
    pub fn delete_change(&mut self, field: usize) {
        self.changes.remove(field);
    }

    /// What the database said about a field is forgotten when the field gets a new value.
    pub(crate) fn forgive(&mut self, field: usize) {
        if self.errors.is_empty() {
            return;
        }
        let name = self.meta.fields[field].name;
        self.errors.retain(|error| error.field != name || !error.params.contains_key("constraint"));
    }

    /// Adds an error to a member, or under any other name.
    pub fn add_error(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// The errors of the row itself, oldest first.
    pub fn own_errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// All errors, with those of the children in place.
    pub fn errors(&self) -> Errors {
        Errors::of(self)
    }

    /// Declares a constraint of the database whose violation becomes an error.
    pub fn declare(&mut self, constraint: Declared) {
        self.constraints.push(constraint);
    }

    /// The constraints that were declared so far.
    pub fn constraints(&self) -> &[Declared] {
        &self.constraints
    }

    /// What saving would write.
    ///
    /// # Errors
    /// See [`Changeset::plan`](super::Changeset::plan).
    pub fn plan(&self) -> Result<Plan<'_>, PlanError> {
        Plan::of(std::slice::from_ref(self))
    }

    /// The key as it is in the database.
    pub fn key(&self) -> Option<Key> {
        record_key(self.meta, &self.data)
    }

    pub(crate) fn deletes(&self) -> bool {
        self.action == Some(Action::Delete)
    }

    pub(crate) fn options(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }

    /// Whether saving it would write anything at all.
    pub(crate) fn is_changed(&self) -> bool {
        self.state == State::Built
            || self.deletes()
            || self.touch
            || !self.changes.is_empty()
            || !self.associations.is_empty()
    }

    /// Whether neither it nor a child that will be written has an error.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty() && self.children().all(|(_, child)| child.node.is_valid())
    }

    /// The first misuse in the tree.
    pub fn misuse(&self) -> Option<&Misuse> {
        self.misuse.as_deref().or_else(|| self.children().find_map(|(_, child)| child.node.misuse()))
    }

    pub(crate) fn blame(&mut self, misuse: Misuse) {
        self.misuse.get_or_insert_with(|| Box::new(misuse));
    }

    /// Whether the call fits the state of the row.
    pub fn check_call(&self, call: Action) -> Result<(), Misuse> {
        let schema = self.meta.name;
        let fits = match call {
            Action::Insert => self.state == State::Built,
            _ => self.state == State::Loaded,
        };
        if !fits {
            return Err(Misuse::WrongState { call: call.name(), schema });
        }
        match self.action.filter(|action| *action != call) {
            Some(action) => Err(Misuse::WrongAction { call: call.name(), action: action.name(), schema }),
            None => Ok(()),
        }
    }

    /// The children's changesets, embedded ones among them, with the index of their association.
    pub(crate) fn children(&self) -> impl Iterator<Item = (usize, &Child)> {
        self.associations.iter().flat_map(|(index, children)| children.iter().map(move |child| (index, child)))
    }

    /// The children that are rows of their own.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, &Child)> {
        self.children().filter(|(index, _)| self.meta.associations[*index].embedded_in().is_none())
    }

    /// The rows of an association as they were loaded. A new row has none, loaded or not.
    pub(crate) fn loaded<'d>(&self, data: &'d Record, association: usize) -> Result<&'d [Arc<Record>], Misuse> {
        match (data.associations.get(association), self.state) {
            (Some(loaded), _) => Ok(&loaded.rows),
            (None, State::Built) => Ok(&[]),
            (None, State::Loaded) => Err(Misuse::NotLoaded(self.meta.associations[association])),
        }
    }

    /// Joins the changes, errors and declarations of another changeset over the same row; where both change a field,
    /// the other one counts.
    pub fn merge(&mut self, other: Self) {
        if self.meta.name != other.meta.name || self.data != other.data {
            return self.blame(Misuse::MergeOfAnother { schema: self.meta.name });
        }
        for (field, value) in other.changes {
            self.changes.insert(field, value);
        }
        for (association, children) in other.associations {
            self.associations.insert(association, children);
        }
        let new: Vec<FieldError> = other.errors.into_iter().filter(|error| !self.errors.contains(error)).collect();
        self.errors.extend(new);
        self.constraints.extend(other.constraints.iter().cloned());
        self.validations.extend(other.validations.iter().cloned());
        self.params = match (other.params, self.params.take()) {
            (Some(above), below) => Some(above.over(below.as_ref())),
            (None, below) => below,
        };
        self.misuse = self.misuse.take().or(other.misuse);
        self.action = other.action.or(self.action);
        self.touch |= other.touch;
        if let Some(options) = other.options {
            self.options().merge(*options);
        }
    }
}

/// The primary key of a record; `None` if it has none yet.
pub(crate) fn record_key(meta: &Meta, record: &Record) -> Option<Key> {
    key_of(meta.primary_key.iter().map(|&field| record.get(field)))
}

/// No key has such a part.
pub(super) const MISSING: Value = Value::Bool(None);

/// The key of these values; `None` if one is missing.
pub(crate) fn key_of<'a>(values: impl Iterator<Item = Option<&'a Value>>) -> Option<Key> {
    Key::new(values.map(|value| value.map_or(MISSING, Value::clone)))
}

/// Whether the row is taken out, so that nothing of it is written but that.
pub(crate) fn leaves(node: &Node, role: Option<Role>) -> bool {
    node.deletes() || matches!(role, Some(Role::Detach(_)))
}

/// Whether the association's row is a parent, which is written before its owner.
pub(crate) fn is_parent(meta: &Meta, association: usize) -> bool {
    meta.associations[association].kind == Kind::BelongsTo
}

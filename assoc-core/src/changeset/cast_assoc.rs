//! `cast_assoc` and `cast_embed`: the difference between the rows that an association holds and the input for it.
//!
//! Pure, and linear in the number of rows: rows are matched by a hash of their keys.

use std::sync::Arc;

use super::{
    FieldError,
    cast::required,
    cast_options::CastOptions,
    match_rows::{Candidates, Matched},
    node::{Child, MISSING, Node, Role, State},
};
use crate::{
    params::Params,
    schema::{Association, Field, Hop, Meta, OnReplace, Record, Relation},
    types::Key,
};

/// Makes the changeset of a row of the input: from the row, its input, and its place in the list.
pub type BuildChild<'f> = &'f mut dyn FnMut(Node, &Params, usize) -> Node;

impl Node {
    /// Casts an association from the params of the last cast; `build` is the changeset function of its rows.
    pub fn cast_assoc(&mut self, index: usize, options: &CastOptions, build: BuildChild<'_>) {
        let association = self.meta.associations[index];
        let (Some(params), data) = (self.params.clone(), self.data.clone()) else { return };
        if let Some(input) = options.input(association, &params) {
            let loaded = match self.loaded(&data, index) {
                Ok(loaded) => loaded,
                Err(misuse) => return self.blame(misuse),
            };
            match options.rows(association, &params, &input) {
                Some(rows) => {
                    let matched = match_input(association, &data, loaded, rows, options, build);
                    let changed = self.replace(index, matched);
                    self.touch |= changed && options.touches_owner();
                }
                None => {
                    let mut error = invalid(association);
                    error.message = options.invalid_message.clone().unwrap_or(error.message);
                    return self.errors.push(error);
                }
            }
        }
        if let Some(message) = &options.required
            && self.count(index) == 0
            && !self.has_error(association.name)
        {
            let mut error = required(association.name);
            error.message = message.clone().unwrap_or(error.message);
            self.errors.push(error);
        }
    }
}

/// The error of an association whose input has the wrong shape.
pub(super) fn invalid(association: &Association) -> FieldError {
    let kind = if association.is_one() { serde_json::json!("map") } else { serde_json::json!(["array", "map"]) };
    let validation = if association.embedded_in().is_some() { "embed" } else { "assoc" };
    FieldError::new("is invalid").with("validation", validation).with("type", kind).on(association.name)
}

/// Finds for each row of the input the loaded row that it means; all others of the input are new.
fn match_input(
    association: Hop,
    owner: &Record,
    loaded: &[Arc<Record>],
    input: Vec<&Params>,
    options: &CastOptions,
    build: BuildChild<'_>,
) -> Matched {
    let meta = (association.related)();
    let mut rest = Candidates::new(meta, loaded);
    let in_place = association.is_one() && association.on_replace == OnReplace::Update;
    // A new row to which nothing is given is the same for all of them.
    let mut blank: Option<Arc<Record>> = None;
    let mut children: Vec<Child> = Vec::with_capacity(input.len());
    for (position, params) in input.into_iter().enumerate() {
        let key = input_key(association, owner, params);
        let found = if in_place { rest.take_any() } else { key.as_ref().and_then(|key| rest.take(key)) };
        let again = found.is_none() && key.as_ref().is_some_and(|key| rest.contains(key));
        let unknown = found.is_none() && !again && key.is_some() && options.rejects_unknown;
        let (role, mut node) = match found {
            Some(row) => (Role::Keep, Node::new(meta, State::Loaded, row)),
            None => {
                let row = blank.take().unwrap_or_else(|| built(association));
                blank = Some(row.clone()).filter(|row| row.values.iter().all(Option::is_none));
                (Role::New, Node::new(meta, State::Built, row))
            }
        };
        if let Some(before) = children.last() {
            node.resemble(&before.node);
        }
        let mut node = build(node, params, position);
        if again {
            node.blame_key("has already been taken");
        } else if unknown {
            node.blame_key("does not exist");
        } else if options.rejects_unknown && !in_place && names_no_key(meta, params) {
            node.blame_key("is invalid");
        }
        children.push(Child { role, position: Some(position), node });
    }
    Matched { children, unmatched: rest.unmatched() }
}

/// A new row of an association, with its defaults.
fn built(association: &Association) -> Arc<Record> {
    let mut record = Record::built((association.related)());
    record.give(association.defaults);
    Arc::new(record)
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
    match meta.primary_key {
        [field] => part(field).and_then(Key::of_value),
        fields => Key::new(fields.iter().map(|field| part(field).unwrap_or(MISSING))),
    }
}

/// Whether a part of the key in a row of the input cannot be one.
fn names_no_key(meta: &Meta, params: &Params) -> bool {
    let input = |field: &Field| params.get(field.name).filter(|input| !input.is_blank());
    let mut fields = meta.primary_key.iter().map(|&field| &meta.fields[field]);
    fields.any(|field| input(field).is_some_and(|input| (field.cast)(input).is_err()))
}

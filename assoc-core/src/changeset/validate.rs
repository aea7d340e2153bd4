//! Validations, on the untyped changeset. Messages and parameters are Ecto's.

use std::{borrow::Cow, sync::Arc};

use sea_query::Value;
use serde_json::Value as Json;

use super::{
    FieldError, Length,
    cast::required,
    node::{Member, Node, Role},
};
use crate::{
    params::Params,
    query::{ColumnAt, Node as Filter, Query},
    schema::Stored,
    types::{ColumnType, is_null, to_json},
};

/// A validation that a changeset went through, whether it found fault or not: for forms that show what is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// The field or association.
    pub field: Cow<'static, str>,
    /// What is asked of it.
    pub rule: Rule,
}

/// What a validation asks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// There is a value.
    Required,
    /// The length lies in a range.
    Length(Length),
    /// A comparison, by its name (`greater_than`) and bound.
    Number(&'static str, Json),
    /// A text has a format.
    Format,
    /// The value is one of these.
    Inclusion(Arc<[Value]>),
    /// The value is none of these.
    Exclusion(Arc<[Value]>),
    /// All items are among these.
    Subset(Arc<[Value]>),
    /// The input repeats the value.
    Confirmation,
    /// The input says yes.
    Acceptance,
    /// A check of the program's own.
    Custom,
}

impl Node {
    /// What was validated so far, oldest first.
    pub fn validations(&self) -> &[Validation] {
        &self.validations
    }

    pub(crate) fn note(&mut self, field: impl Into<Cow<'static, str>>, rule: Rule) {
        self.validations.push(Validation { field: field.into(), rule });
    }

    /// Every member must have a value that is not blank; a change to none is forgotten.
    pub fn validate_required(&mut self, members: &[Member]) {
        for &member in members {
            let name = member.name(self.meta);
            self.note(name, Rule::Required);
            if self.is_missing(member) && !self.has_error(name) {
                if let Member::Field(field) = member {
                    self.changes.remove(field);
                }
                self.errors.push(required(name));
            }
        }
    }

    /// Whether a member counts as having no value (`field_missing?` in Ecto).
    pub fn is_missing(&self, member: Member) -> bool {
        match member {
            Member::Field(field) => match self.get(field) {
                None => true,
                Some(Value::String(Some(text))) => text.trim_start().is_empty(),
                Some(value) => is_null(value),
            },
            Member::Association(index) if self.meta.associations[index].is_one() => self.count(index) == 0,
            Member::Association(_) => false,
        }
    }

    /// How many rows an association will have; those of one that was not loaded are not known.
    pub(super) fn count(&self, index: usize) -> usize {
        match self.associations.get(index) {
            Some(children) => children.iter().filter(|child| !matches!(child.role, Role::Detach(_))).count(),
            None => self.loaded(&self.data, index).map_or(0, <[_]>::len),
        }
    }

    /// Runs a check on a field that was changed to something.
    pub fn validate(&mut self, field: usize, rule: Rule, check: impl FnOnce(&Value) -> Option<FieldError>) {
        let name = self.meta.fields[field].name;
        self.note(name, rule);
        let error = self.changes.get(field).filter(|value| !is_null(value)).and_then(check);
        self.errors.extend(error.map(|error| error.on(name)));
    }

    /// Checks the length of a field or association that was changed.
    pub fn validate_length(&mut self, member: Member, length: &Length) {
        match member {
            Member::Field(field) => {
                self.validate(field, Rule::Length(length.clone()), |value| length.check(value));
            }
            Member::Association(index) => {
                let name = member.name(self.meta);
                self.note(name, Rule::Length(length.clone()));
                if self.associations.contains(index) {
                    let error = length.check_count(self.count(index), "item(s)", "have", "list");
                    self.errors.extend(error.map(|error| error.on(name)));
                }
            }
        }
    }

    /// The input must repeat the value under the name with `_confirmation` behind; with `required`, it must not leave
    /// that out.
    pub fn validate_confirmation(&mut self, field: usize, must_be_there: bool) {
        let name = self.meta.fields[field].name;
        self.note(name, Rule::Confirmation);
        let Some(params) = &self.params else { return };
        let key = format!("{name}_confirmation");
        let error = match (params.get(name), params.get(&key).filter(|given| **given != Params::Null)) {
            (Some(value), Some(given)) if value == given => None,
            (_, Some(_)) => Some(FieldError::new("does not match confirmation").with("validation", "confirmation")),
            (_, None) if must_be_there => Some(required(name)),
            (_, None) => None,
        };
        self.errors.extend(error.map(|error| error.on(key)));
    }

    /// The input must say yes to something that need not be a field.
    pub fn validate_acceptance(&mut self, param: impl Into<Cow<'static, str>>) {
        let param = param.into();
        self.note(param.clone(), Rule::Acceptance);
        let Some(params) = &self.params else { return };
        let accepted = params.get(&param).is_some_and(|given| bool::cast(given).is_ok_and(|accepted| accepted));
        if !accepted {
            self.errors.push(FieldError::new("must be accepted").with("validation", "acceptance").on(param));
        }
    }

    /// For the repo: a query for other rows with the values of these fields. `None` if there is nothing to ask: one of
    /// them has an error or no value, or none changes.
    #[doc(hidden)]
    pub fn others_with<S: Stored>(&self, fields: &[usize]) -> Option<Query<S>> {
        if !fields.iter().any(|&field| self.changes.contains(field)) {
            return None;
        }
        let mut filters = Vec::new();
        for &field in fields {
            let value =
                self.get(field).filter(|value| !is_null(value) && !self.has_error(self.meta.fields[field].name))?;
            filters.push(Filter::eq(ColumnAt::of(self.meta, field), value.clone()));
        }
        if let Some(key) = self.key() {
            let own = self.meta.primary_key.iter().zip(key.values());
            let own = own.map(|(&field, value)| Filter::eq(ColumnAt::of(self.meta, field), value.clone())).collect();
            filters.push(Filter::Not(Box::new(Filter::And(own))));
        }
        // Rows that are out of a repo's scope are in the index nevertheless.
        Some(Query::by_filters(filters).unscoped())
    }

    /// For the repo: what the database answered.
    #[doc(hidden)]
    pub fn note_unsafe_unique(&mut self, fields: &[usize], taken: bool) {
        let names: Vec<&str> = fields.iter().map(|&field| self.meta.fields[field].name).collect();
        if let Some(first) = names.first().filter(|_| taken) {
            let error = FieldError::new("has already been taken").with("validation", "unsafe_unique");
            self.errors.push(error.with("fields", names.clone()).on(*first));
        }
    }

    pub(crate) fn has_error(&self, field: &str) -> bool {
        self.errors.iter().any(|error| error.field == field)
    }

    /// Gives the errors after the first few another field.
    pub fn rename_errors(&mut self, after: usize, field: impl Into<Cow<'static, str>>) {
        let field = field.into();
        for error in self.errors.iter_mut().skip(after) {
            error.field = field.clone();
        }
    }

    /// Gives the errors after the first few another message.
    pub fn reword(&mut self, after: usize, message: impl Into<Cow<'static, str>>) {
        let message = message.into();
        for error in self.errors.iter_mut().skip(after) {
            error.message = message.clone();
        }
    }
}

/// The error of a value that is not as a list of values asks, by the rule's name.
pub fn listed(rule: &Rule, value: &Value) -> Option<FieldError> {
    let (values, ok, message, validation) = match rule {
        Rule::Inclusion(values) => (values, values.contains(value), "is invalid", "inclusion"),
        Rule::Exclusion(values) => (values, !values.contains(value), "is reserved", "exclusion"),
        Rule::Subset(values) => {
            let Value::Array(_, Some(items)) = value else { return None };
            (values, items.iter().all(|item| values.contains(item)), "has an invalid entry", "subset")
        }
        _ => return None,
    };
    let list: Vec<Json> = values.iter().map(to_json).collect();
    (!ok).then(|| FieldError::new(message).with("validation", validation).with("enum", Json::Array(list)))
}

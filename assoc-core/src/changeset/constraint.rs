//! Constraints of the database that a changeset turns into errors of its fields.

use std::{borrow::Cow, marker::PhantomData};

use super::FieldError;
use crate::{
    adapter::{Violation, ViolationKind},
    schema::{Columns, Meta},
};

/// A declared constraint of schema `S`: how to know its violation, and the error to make of it.
///
/// [`Changeset::unique_constraint`](super::Changeset::unique_constraint) and its kin declare the usual ones; one with
/// a name or a message of its own is built here and given to
/// [`Changeset::constraint`](super::Changeset::constraint).
///
/// ```
/// use assoc_core::{Constraint, Schema, doctest::Comment};
///
/// let changeset = Comment::build()
///     .constraint(Constraint::check("comments_rating_range").on(Comment::rating).message("must be 1 to 5"));
/// assert!(changeset.is_valid());
/// ```
pub struct Constraint<S> {
    pub(crate) declared: Declared,
    schema: PhantomData<fn() -> S>,
}

/// A constraint without its schema's type.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub kind: ViolationKind,
    pub name: Option<Cow<'static, str>>,
    pub fields: Vec<usize>,
    message: Cow<'static, str>,
}

impl<S> Constraint<S> {
    fn named(kind: ViolationKind, name: impl Into<Cow<'static, str>>) -> Self {
        Self { declared: Declared::new(kind, Some(name.into()), Vec::new()), schema: PhantomData }
    }

    /// A unique index or constraint of that name.
    pub fn unique(name: impl Into<Cow<'static, str>>) -> Self {
        Self::named(ViolationKind::Unique, name)
    }

    /// A foreign key of that name.
    pub fn foreign_key(name: impl Into<Cow<'static, str>>) -> Self {
        Self::named(ViolationKind::ForeignKey, name)
    }

    /// A check constraint of that name.
    pub fn check(name: impl Into<Cow<'static, str>>) -> Self {
        Self::named(ViolationKind::Check, name)
    }

    /// An exclusion constraint of that name (PostgreSQL).
    pub fn exclusion(name: impl Into<Cow<'static, str>>) -> Self {
        Self::named(ViolationKind::Exclusion, name)
    }

    /// The fields it is about; the first one gets the error.
    #[must_use]
    pub fn on(mut self, columns: impl Columns<S>) -> Self {
        self.declared.fields = columns.fields();
        self
    }

    /// The message instead of the usual one.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.declared.message = message.into();
        self
    }
}

impl Declared {
    /// Without a name, the constraint is known by the names that PostgreSQL and Ecto give it.
    pub fn new(kind: ViolationKind, name: Option<Cow<'static, str>>, fields: Vec<usize>) -> Self {
        let message = match kind {
            ViolationKind::Unique => "has already been taken",
            ViolationKind::ForeignKey => "does not exist",
            ViolationKind::Exclusion => "violates an exclusion constraint",
            _ => "is invalid",
        };
        Self { kind, name, fields, message: Cow::Borrowed(message) }
    }

    /// Whether the violation is one of this constraint. Databases that tell no name tell the columns.
    pub(crate) fn matches(&self, meta: &Meta, violation: &Violation) -> bool {
        if self.kind != violation.kind {
            return false;
        }
        match (&violation.constraint, &self.name) {
            (Some(found), Some(name)) => same_name(found, name),
            (Some(found), None) => self.usual_names(meta).iter().any(|name| same_name(found, name)),
            (None, _) if violation.columns.is_empty() => true,
            (None, _) => {
                let columns: Vec<_> = self.fields.iter().map(|&field| meta.fields[field].column).collect();
                same_columns(&columns, &violation.columns)
            }
        }
    }

    fn usual_names(&self, meta: &Meta) -> Vec<String> {
        let columns: Vec<_> = self.fields.iter().map(|&field| meta.fields[field].column).collect();
        let (table, columns) = (meta.table.name, columns.join("_"));
        let suffixes: &[&str] = match self.kind {
            ViolationKind::Unique => &["index", "key", "idx"],
            ViolationKind::ForeignKey => &["fkey"],
            ViolationKind::Check => &["check"],
            _ => &["excl"],
        };
        let mut names: Vec<String> = suffixes.iter().map(|suffix| format!("{table}_{columns}_{suffix}")).collect();
        names.extend(suffixes.iter().map(|suffix| shortened(table, &columns, suffix)));
        if self.fields == meta.primary_key {
            names.push(shortened(table, "", "pkey"));
        }
        names
    }

    /// The error of the first field.
    pub(crate) fn error(&self, meta: &Meta, violation: &Violation) -> FieldError {
        let field = self.fields.first().map_or("", |&field| meta.fields[field].name);
        let mut error = FieldError::new(self.message.clone()).with("constraint", self.kind.name()).on(field);
        if let Some(name) = violation.constraint.as_deref().or(self.name.as_deref()) {
            error = error.with("constraint_name", name);
        }
        error
    }
}

/// The name that PostgreSQL makes: the longer of its two parts is cut until the whole has 63 bytes.
fn shortened(table: &str, columns: &str, suffix: &str) -> String {
    let (mut table, mut columns) = (table.to_owned(), columns.to_owned());
    let joints = if columns.is_empty() { 1 } else { 2 };
    while table.len() + columns.len() + suffix.len() + joints > 63 {
        let longer = if table.len() > columns.len() { &mut table } else { &mut columns };
        if longer.pop().is_none() {
            break;
        }
    }
    let parts = [table, columns, suffix.to_owned()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// PostgreSQL cuts names at 63 bytes; a distributed one adds the number of a shard.
fn same_name(found: &str, declared: &str) -> bool {
    let declared = &declared[..declared.floor_char_boundary(63)];
    let shard = || found.rsplit_once('_').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    found == declared || shard().is_some_and(|(name, _)| name == declared)
}

fn same_columns(declared: &[&str], found: &[String]) -> bool {
    declared.len() == found.len() && found.iter().all(|column| declared.contains(&column.as_str()))
}

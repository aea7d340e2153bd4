//! Constraints of the database that a changeset turns into errors of its fields.

use std::borrow::Cow;

use super::FieldError;
use crate::{
    adapter::{Violation, ViolationKind},
    schema::Meta,
};

/// A declared constraint: how to know its violation, and the error to make of it.
///
/// Made by [`Changeset::unique_constraint`](super::Changeset::unique_constraint) and its kin; a constraint
/// with a name of its own is built here and given to [`Changeset::constraint`](super::Changeset::constraint).
///
/// ```
/// use assoc_core::{Constraint, Schema, doctest::Comment};
///
/// let changeset = Comment::build()
///     .constraint(Constraint::check("comments_rating_range").on(Comment::rating).message("must be 1 to 5"));
/// assert!(changeset.is_valid());
/// ```
#[derive(Clone, Debug)]
pub struct Constraint {
    pub(crate) kind: ViolationKind,
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) fields: Vec<usize>,
    message: Cow<'static, str>,
}

impl Constraint {
    fn new(kind: ViolationKind, name: Option<Cow<'static, str>>, message: &'static str) -> Self {
        Self { kind, name, fields: Vec::new(), message: Cow::Borrowed(message) }
    }

    /// A unique index or constraint of that name.
    pub fn unique(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ViolationKind::Unique, Some(name.into()), "has already been taken")
    }

    /// A foreign key of that name.
    pub fn foreign_key(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ViolationKind::ForeignKey, Some(name.into()), "does not exist")
    }

    /// A check constraint of that name.
    pub fn check(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ViolationKind::Check, Some(name.into()), "is invalid")
    }

    /// An exclusion constraint of that name (PostgreSQL).
    pub fn exclusion(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ViolationKind::Exclusion, Some(name.into()), "violates an exclusion constraint")
    }

    /// The fields it is about; the first one gets the error.
    #[must_use]
    pub fn on<S>(mut self, columns: impl crate::schema::Columns<S>) -> Self {
        self.fields = columns.fields();
        self
    }

    /// The message instead of the usual one.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// The usual constraint of these fields, by the names that PostgreSQL and Ecto give them.
    pub(crate) fn usual(kind: ViolationKind, fields: Vec<usize>) -> Self {
        let message = match kind {
            ViolationKind::ForeignKey => "does not exist",
            ViolationKind::Unique => "has already been taken",
            _ => "is invalid",
        };
        Self { fields, ..Self::new(kind, None, message) }
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
        let stem = format!("{}_{}", meta.table.name, columns.join("_"));
        let suffixes: &[&str] = match self.kind {
            ViolationKind::Unique => &["_index", "_key", "_idx"],
            ViolationKind::ForeignKey => &["_fkey"],
            ViolationKind::Check => &["_check"],
            _ => &["_excl"],
        };
        let mut names: Vec<String> = suffixes.iter().map(|suffix| format!("{stem}{suffix}")).collect();
        if self.fields == meta.primary_key {
            names.push(format!("{}_pkey", meta.table.name));
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

/// PostgreSQL cuts names at 63 bytes; a distributed one adds the number of a shard.
fn same_name(found: &str, declared: &str) -> bool {
    let declared = declared.get(..63).unwrap_or(declared);
    let shard = || found.rsplit_once('_').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    found == declared || shard().is_some_and(|(name, _)| name == declared)
}

fn same_columns(declared: &[&str], found: &[String]) -> bool {
    declared.len() == found.len() && found.iter().all(|column| declared.contains(&column.as_str()))
}

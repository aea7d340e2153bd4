//! Constraints of the database that a changeset turns into errors of its fields.

use std::{borrow::Cow, marker::PhantomData};

use super::FieldError;
use crate::{
    adapter::{Violation, ViolationKind},
    schema::{Association, Columns, Meta, Relation},
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

/// How the name of a violated constraint is compared with a declared one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Match {
    /// They are the same.
    #[default]
    Exact,
    /// The violated one ends with the declared one.
    Suffix,
    /// The violated one begins with the declared one.
    Prefix,
}

/// A constraint that a changeset declares, without its schema's type.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    pub(crate) kind: ViolationKind,
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) matching: Match,
    pub(crate) fields: Vec<usize>,
    /// The name that the error is on, if it is not that of the first field.
    pub(crate) error_key: Option<Cow<'static, str>>,
    /// What the error says of its kind, if it is not that of the database.
    pub(crate) label: Option<&'static str>,
    pub(crate) message: Cow<'static, str>,
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
        self.declared.fields = columns.fields().into();
        self
    }

    /// How the name is compared, for indexes whose names share an end (those of partitions, for example).
    #[must_use]
    pub fn matching(mut self, matching: Match) -> Self {
        self.declared.matching = matching;
        self
    }

    /// The name that the error is on, instead of that of the first field.
    #[must_use]
    pub fn error_key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.declared.error_key = Some(key.into());
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
        let message = Cow::Borrowed(message);
        Self { kind, name, matching: Match::Exact, fields, error_key: None, label: None, message }
    }

    /// The foreign key of a `belongs_to` association; the error is on the association.
    pub fn assoc(association: &Association) -> Self {
        let fields = match association.relation {
            Relation::Parent(keys) => keys.iter().map(|key| key.owner).collect(),
            _ => Vec::new(),
        };
        let declared = Self::new(ViolationKind::ForeignKey, None, fields);
        Self { error_key: Some(association.name.into()), label: Some("assoc"), ..declared }
    }

    /// The foreign keys of the rows of an association, which keep their owner from being deleted; the error is on the
    /// association.
    pub fn no_assoc(association: &Association) -> Self {
        let related = (association.related)();
        let (table, columns): (_, Vec<_>) = match association.relation {
            Relation::Child(keys) => {
                (related.table, keys.iter().map(|key| related.fields[key.related].column).collect())
            }
            Relation::Join(join) => (join.table(), join.owner.iter().map(|key| key.column).collect()),
            _ => (related.table, Vec::new()),
        };
        let name = shortened(table.name, &columns.join("_"), "fkey");
        let message = match association.is_one() {
            true => "is still associated with this entry",
            false => "are still associated with this entry",
        };
        Self {
            error_key: Some(association.name.into()),
            label: Some("no_assoc"),
            message: message.into(),
            ..Self::new(ViolationKind::ForeignKey, Some(name.into()), Vec::new())
        }
    }

    /// The kind of constraint.
    pub fn kind(&self) -> ViolationKind {
        self.kind
    }

    /// The name that was declared, if it is not a usual one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The message of its error.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Sets what is not as usual.
    #[must_use]
    pub fn with(
        mut self,
        matching: Match,
        error_key: Option<Cow<'static, str>>,
        message: Option<Cow<'static, str>>,
    ) -> Self {
        self.matching = matching;
        self.error_key = error_key.or(self.error_key);
        self.message = message.unwrap_or(self.message);
        self
    }

    /// Whether the violation is one of this constraint. Databases that tell no name tell the columns.
    pub(crate) fn matches(&self, meta: &Meta, violation: &Violation) -> bool {
        if self.kind != violation.kind {
            return false;
        }
        match (&violation.constraint, &self.name) {
            (Some(found), Some(name)) => self.is_name(found, name),
            (Some(found), None) => {
                self.usual_names(meta, &self.columns(meta)).iter().any(|name| same_name(found, name))
            }
            (None, _) if violation.columns.is_empty() => true,
            (None, Some(name)) => {
                let columns: Vec<&str> = violation.columns.iter().map(String::as_str).collect();
                let table = violation.table.as_deref().unwrap_or(meta.table.name);
                let by_name = self.usual_names_in(table, &columns).iter().any(|found| self.is_name(found, name));
                by_name || same_columns(&self.columns(meta), &violation.columns)
            }
            (None, None) => same_columns(&self.columns(meta), &violation.columns),
        }
    }

    fn is_name(&self, found: &str, declared: &str) -> bool {
        match self.matching {
            Match::Exact => same_name(found, declared),
            Match::Suffix => found.ends_with(declared),
            Match::Prefix => found.starts_with(declared),
        }
    }

    fn columns(&self, meta: &Meta) -> Vec<&'static str> {
        self.fields.iter().map(|&field| meta.fields[field].column).collect()
    }

    fn usual_names(&self, meta: &Meta, columns: &[&str]) -> Vec<String> {
        let mut names = self.usual_names_in(meta.table.name, columns);
        if self.fields == meta.primary_key {
            names.push(shortened(meta.table.name, "", "pkey"));
        }
        names
    }

    fn usual_names_in(&self, table: &str, columns: &[&str]) -> Vec<String> {
        let columns = columns.join("_");
        let suffixes: &[&str] = match self.kind {
            ViolationKind::Unique => &["index", "key", "idx"],
            ViolationKind::ForeignKey => &["fkey"],
            ViolationKind::Check => &["check"],
            _ => &["excl", "exclusion"],
        };
        let mut names: Vec<String> = suffixes.iter().map(|suffix| format!("{table}_{columns}_{suffix}")).collect();
        names.extend(suffixes.iter().map(|suffix| shortened(table, &columns, suffix)));
        names
    }

    /// The error of the first field.
    pub(crate) fn error(&self, meta: &Meta, violation: &Violation) -> FieldError {
        let field = self.fields.first().map_or("", |&field| meta.fields[field].name);
        let key = self.error_key.clone().unwrap_or(Cow::Borrowed(field));
        let kind = self.label.unwrap_or(self.kind.name());
        let mut error = FieldError::new(self.message.clone()).with("constraint", kind).on(key);
        // Where the database tells no name, it is the declared one, or the usual one.
        let declared = self.name.as_deref().filter(|_| self.matching == Match::Exact).map(str::to_owned);
        let usual = || match &violation.columns[..] {
            [] => self.usual_names(meta, &self.columns(meta)),
            columns => self.usual_names(meta, &columns.iter().map(String::as_str).collect::<Vec<_>>()),
        };
        if let Some(name) = violation.constraint.clone().or(declared).or_else(|| usual().into_iter().next()) {
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

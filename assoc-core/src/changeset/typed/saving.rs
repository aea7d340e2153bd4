//! How a changeset is saved, and what comes of it.

use std::fmt;

use super::{
    super::{Errors, FieldError, Misuse, Node, Written, finish},
    Changeset, ErrorKey,
};
use crate::{
    plan::Plan,
    schema::{Column, Columns, Schema},
    types::{ColumnType, Counter, TypeError},
};

impl<T: Schema> Changeset<T> {
    /// Counts versions in a field: an update or delete finds its row only if the field there is what it was when the
    /// row was loaded, and increments it; after the largest number of its type it begins again with 1 (`optimistic_lock` in Ecto).
    ///
    /// A row that somebody else changed is [`DbError::Stale`](crate::adapter::DbError::Stale). For a field that always
    /// does so, write `#[schema(version)]` on it.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Comment};
    /// # fn example(comment: Comment) -> Result<(), assoc_core::PlanError> {
    /// let changeset = comment.change().set(Comment::body, "new").optimistic_lock(Comment::rating);
    /// assert!(changeset.plan()?.writes()[0].key.contains_key("rating"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn optimistic_lock<V: ColumnType<Base: Counter>>(self, column: Column<T, V>) -> Self {
        self.with(|node| node.optimistic_lock(column.index()))
    }

    /// Makes a row that is gone, or was changed by somebody else, the error "is stale" instead of
    /// [`DbError::Stale`](crate::adapter::DbError::Stale).
    #[must_use]
    pub fn stale_error(self, key: impl ErrorKey<T>) -> Self {
        self.stale_error_message(key, "is stale")
    }

    /// As [`stale_error`](Self::stale_error), with a message of your own.
    #[must_use]
    pub fn stale_error_message(self, key: impl ErrorKey<T>, message: impl Into<FieldError>) -> Self {
        self.with(|node| node.stale_error(message.into().on(key.key())))
    }

    /// A row that is gone is no error: nothing is written, and the save goes on.
    #[must_use]
    pub fn allow_stale(self) -> Self {
        self.with(Node::allow_stale)
    }

    /// An update moves the times of `#[timestamps]` even if nothing else changed (`force: true` in Ecto).
    #[must_use]
    pub fn force_update(self) -> Self {
        self.with(Node::touch)
    }

    /// An insert that would violate a unique constraint leaves the row that is there as it is. The struct that comes
    /// back then holds what was to be inserted; a key that the database makes is missing, so a schema whose key is no
    /// `Option` needs [`on_conflict_replace`](Self::on_conflict_replace).
    ///
    /// `target` are the columns whose uniqueness is meant; `()` means any constraint. An update does not look at it. A
    /// child's row may be another owner's then: it stays there, whatever the struct that comes back says.
    #[must_use]
    pub fn on_conflict_nothing(self, target: impl Columns<T>) -> Self {
        self.with(|node| node.on_conflict(target.fields().into(), Vec::new()))
    }

    /// An insert that would violate the uniqueness of `target` gives the row that is there these columns instead (an
    /// upsert). What comes back is what was sent, with the key of the row that is there. Both lists name columns; an update
    /// does not look at them.
    ///
    /// The row that a child's changeset replaces must be one of the same owner, or is
    /// [`DbError::Stale`](crate::adapter::DbError::Stale): nobody's input writes to another owner's row. To take it over,
    /// name the foreign key among the columns that are replaced.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Tag};
    /// let changeset = Tag::build().set(Tag::name, "rust").on_conflict_replace(Tag::name, Tag::name);
    /// assert_eq!(changeset.plan()?.statements(), 1);
    /// # Ok::<(), assoc_core::PlanError>(())
    /// ```
    #[must_use]
    pub fn on_conflict_replace(self, target: impl Columns<T>, replace: impl Columns<T>) -> Self {
        self.with(|node| node.on_conflict(target.fields().into(), replace.fields().into()))
    }

    /// What saving would write. Pure: no database is asked.
    ///
    /// # Errors
    /// The changeset is not valid, or asks for something that cannot be meant.
    pub fn plan(&self) -> Result<Plan<'_>, PlanError> {
        self.node.plan()
    }

    /// The struct as it would be after saving, whether valid or not. Nothing is written.
    ///
    /// # Errors
    /// A field that is no `Option` has no value yet, a key that the database makes for one.
    pub fn apply_changes(self) -> Result<T, TypeError> {
        T::from_record(finish(self.into_node(), None, &mut Written::default()))
    }

    /// The struct as it would be after saving, if the changeset is valid. Nothing is written.
    ///
    /// # Errors
    /// The changeset has errors and comes back ([`ApplyError::Invalid`]); or a field that is no `Option` has no value
    /// yet.
    pub fn apply_action(self) -> Result<T, ApplyError<T>> {
        if !self.is_valid() {
            return Err(ApplyError::Invalid(self));
        }
        self.apply_changes().map_err(ApplyError::Type)
    }
}

/// Why a changeset could not be applied.
#[derive(Clone, Debug)]
pub enum ApplyError<T: Schema> {
    /// It has errors.
    Invalid(Changeset<T>),
    /// A field that is no `Option` has no value yet.
    Type(TypeError),
}

impl<T: Schema> fmt::Display for ApplyError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(changeset) => changeset.errors().fmt(f),
            Self::Type(error) => error.fmt(f),
        }
    }
}

impl<T: Schema + fmt::Debug> std::error::Error for ApplyError<T> {}

/// Why there is no plan.
#[derive(Clone, Debug)]
pub enum PlanError {
    /// The input has errors.
    Invalid(Errors),
    /// The program asks for something that cannot be meant.
    Misuse(Misuse),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => write!(f, "the changeset is not valid:\n{errors}"),
            Self::Misuse(misuse) => misuse.fmt(f),
        }
    }
}

impl std::error::Error for PlanError {}

//! Mistakes of the program, not of its input.

use std::fmt;

use crate::schema::Association;

/// A call that cannot mean what was asked for. Nothing is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Misuse {
    /// The association is cast or put, but what it holds now was not loaded.
    NotLoaded(&'static Association),
    /// Rows would be taken out of an association whose `on_replace` is `raise`.
    Replaced(&'static Association),
    /// `on_replace = update` changes the row that is there; another row cannot be put in its place.
    UpdateOnly(&'static Association),
    /// The foreign key and the association were set to different rows.
    KeyConflict(&'static Association),
    /// One row is to get different values from two changesets of one save.
    Twice {
        /// The schema.
        schema: &'static str,
    },
    /// A unique value is to move to another row of the same save, but cannot be taken from its own before.
    CannotFree {
        /// The schema.
        schema: &'static str,
        /// The field.
        field: &'static str,
        /// Whether that is because the version of the row is `xmin`, which every write changes.
        xmin: bool,
    },
    /// A row cannot be written because its key is unknown.
    MissingKey {
        /// The schema.
        schema: &'static str,
        /// The field of the key.
        field: &'static str,
    },
    /// A loaded row was to be inserted, or a new one to be updated or deleted.
    WrongState {
        /// The call: `insert`, `update`, `delete`.
        call: &'static str,
        /// The schema.
        schema: &'static str,
    },
    /// The changeset says of its row that something else is to happen to it.
    WrongAction {
        /// The call: `insert`, `update`, `delete`.
        call: &'static str,
        /// The changeset's action.
        action: &'static str,
        /// The schema.
        schema: &'static str,
    },
    /// A child that is not in the database was to be updated or deleted.
    NotAssociated {
        /// The schema.
        schema: &'static str,
        /// The child's action.
        action: &'static str,
    },
    /// A child that is in the database was to be inserted.
    AlreadyThere {
        /// The schema.
        schema: &'static str,
    },
    /// Two changesets of different rows were to be merged.
    MergeOfAnother {
        /// The schema.
        schema: &'static str,
    },
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoaded(Association { owner, name, .. }) => write!(
                f,
                "association `{name}` of `{owner}` is not loaded, so it cannot be changed; load it first: `repo.preload(&mut value, {owner}::{name})`"
            ),
            Self::Replaced(Association { owner, name, .. }) => write!(
                f,
                "rows of association `{name}` of `{owner}` would be taken out, but its `on_replace` is `raise`; choose another: `#[…(on_replace = delete)]`, `nilify`, `mark_as_invalid`"
            ),
            Self::UpdateOnly(Association { owner, name, .. }) => write!(
                f,
                "association `{name}` of `{owner}` has `on_replace = update`, so another row cannot be put in place of the one that is there"
            ),
            Self::KeyConflict(Association { owner, name, .. }) => {
                write!(
                    f,
                    "the foreign key and the association `{name}` of `{owner}` were set to different rows; set one of the two"
                )
            }
            Self::Twice { schema } => {
                write!(f, "two changesets of one save update the same row of `{schema}` to different values")
            }
            Self::CannotFree { schema, field, xmin } => {
                let why = if *xmin {
                    "the row's version is `xmin`, which would change when it is freed"
                } else {
                    "no value is known that could stand in for it meanwhile"
                };
                write!(
                    f,
                    "`{field}` of `{schema}` is unique, and its value moves to another row of the same save, but {why}; use two saves, or a constraint that is DEFERRABLE and not declared here"
                )
            }
            Self::MissingKey { schema, field } => write!(
                f,
                "the key `{field}` of `{schema}` has no value and the database cannot make one; set it, or use `#[schema(autogenerate)]` or `#[schema(database_default = \"…\")]`"
            ),
            Self::WrongState { call: call @ "insert", schema } => {
                write!(f, "`{call}` needs a new row, but this `{schema}` was loaded; use `update`")
            }
            Self::WrongState { call, schema } => {
                write!(f, "`{call}` needs a row of the database, but this `{schema}` is new; use `insert`")
            }
            Self::WrongAction { call, action, schema } => write!(
                f,
                "a changeset of `{schema}` with the action `{action}` was given to `{call}`; give it to `{action}`, or set another action"
            ),
            Self::NotAssociated { schema, action } => {
                write!(f, "a `{schema}` that is not in the database cannot have the action `{action}`")
            }
            Self::AlreadyThere { schema } => write!(
                f,
                "a `{schema}` that is in the database cannot have the action `insert`; without an action it is updated"
            ),
            Self::MergeOfAnother { schema } => {
                write!(f, "changesets can be merged if they are of the same row; these of `{schema}` are not")
            }
        }
    }
}

impl std::error::Error for Misuse {}

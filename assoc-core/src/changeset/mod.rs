//! Changesets: a row as it was, what is to change, and what is wrong with it.
//!
//! The untyped changeset, [`Node`], does the work; [`Changeset`] is the shell that knows the types.

mod action;
mod by_key;
mod cast;
mod cast_assoc;
mod cast_options;
mod check_embeds;
mod constraint;
mod error;
mod finish;
mod inspect;
mod length;
mod match_rows;
mod misuse;
mod node;
mod number;
mod options;
mod put_assoc;
mod puttable;
mod repeated;
mod typed;
mod validate;
mod written;

pub use action::Action;
pub use cast::Cast;
pub use cast_assoc::BuildChild;
pub use cast_options::{CastAssoc, CastOptions, Castable};
pub use constraint::{Constraint, Declared, Match};
pub use error::{Errors, FieldError, Path};
pub use inspect::ChildChange;
pub use length::{Count, Length};
pub use misuse::Misuse;
pub use node::{Member, Node, State};
pub use number::{Number, Numbers};
pub(crate) use options::OnConflict;
pub use options::Prepare;
pub use puttable::{IntoChangeset, Puttable};
pub use typed::{ApplyError, Changeset, ErrorKey, MemberOf, Members, PlanError};
pub use validate::{Rule, Validation, listed};
pub(crate) use {
    cast::required,
    finish::{finish, is_nilified},
    node::{Child, Removal, Role, is_parent, key_of, leaves},
    options::Options,
    written::Written,
};

//! Saving a plan: statements in turn, values the database makes handed on, failures blamed on their rows.
//!
//! Written once for every database; an adapter only renders and runs.

mod as_one;
mod at_once;
mod blame;
mod columns;
mod named;
mod outcome;
mod returned_rows;
mod saver;
mod search;
mod statement;
mod unguarded;
mod values;

pub(crate) use as_one::text_as_one;
pub use as_one::{AsOne, Check, PartialWrite, Reference, Returned};
pub use statement::WriteStatement;
pub use values::Values;

use crate::{
    adapter::{Connection, DbError, Dialect, Violation},
    changeset::{Misuse, Node, Path, PlanError, finish},
    plan::{Plan, Purpose},
    schema::Record,
    types::TypeError,
};
use saver::Saver;

/// Why a save failed. Nothing was written, unless the database's error says otherwise.
#[derive(Debug)]
pub enum Failure {
    /// The input has errors; they are on the changesets.
    Invalid,
    /// The program asks for something that cannot be meant.
    Misuse(Misuse),
    /// The database refused.
    Database(DbError),
}

/// Saves changesets as a whole or not at all, and gives back their rows as they are now.
///
/// # Errors
/// See [`Failure`]; errors of input are added to `nodes`, which are otherwise as they were.
pub async fn save(
    nodes: &mut Vec<Node>,
    connection: &mut dyn Connection,
    manner: Manner<'_>,
) -> Result<Vec<Record>, Failure> {
    nodes.iter_mut().for_each(Node::check_embeds);
    let saved = {
        let plan = match Plan::of(nodes) {
            Ok(plan) => plan,
            Err(PlanError::Invalid(_)) => return Err(Failure::Invalid),
            Err(PlanError::Misuse(misuse)) => return Err(Failure::Misuse(misuse)),
        };
        Saver { plan: &plan, connection, manner }.save().await
    };
    match saved {
        Ok(mut written) => Ok(std::mem::take(nodes).into_iter().map(|node| finish(node, None, &mut written)).collect()),
        Err(Rejection::Database(error)) => Err(Failure::Database(error)),
        Err(Rejection::Stale(node, path)) => Err(blame::blame_stale(nodes, node, path)),
        Err(Rejection::Rows(violations)) => Err(blame::blame(nodes, violations)),
        Err(Rejection::Unordered) => Err(Failure::Database(DbError::Type(TypeError(UNORDERED.to_owned())))),
        Err(Rejection::Commit(violation)) => Err(blame::blame_deferred(nodes, *violation)),
    }
}

/// Where rows cannot be written one by one instead.
const UNORDERED: &str = "the database made keys that do not ascend in the order of their rows, so that nothing tells which row \
                         is which: say how it makes them, by `#[schema(database_default = \"…\")]` on the key, or save the \
                         rows one by one";

/// How a repo saves.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// How the database writes SQL.
    pub dialect: &'static dyn Dialect,
    /// Whose transaction it runs in.
    pub scope: Scope,
    /// How its statements are sent.
    pub sending: Sending,
    /// The database schema of tables that name none.
    pub prefix: Option<&'a str>,
}

/// How the statements of a save are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sending {
    /// As one, where the plan and the database allow that.
    #[default]
    AsOne,
    /// One after the other, in a transaction.
    InTurn,
}

/// Whose transaction a save runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Its own, if it needs one.
    Own,
    /// One that is open already, in which a savepoint keeps a failure from ending it.
    Joined,
    /// One that is open already and ends with the save.
    Enclosed,
    /// One that is open already, and ends if the save fails.
    Unguarded,
}

/// Why the statements of a plan did not go through.
pub(crate) enum Rejection {
    /// Rows violate constraints.
    Rows(Vec<Culprit>),
    /// Some row violates a deferred constraint, which was looked at when all was written.
    Commit(Box<Violation>),
    /// A row that was to be written is gone.
    Stale(usize, Path),
    /// The keys that the database made for rows of one statement do not tell which row is which.
    Unordered,
    Database(DbError),
}

impl From<DbError> for Rejection {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

/// A row that violates a constraint.
pub(crate) struct Culprit {
    pub node: usize,
    /// The row whose association it is part of.
    pub owner: Option<usize>,
    /// What it was written for: only as a row of its own can its changeset declare the constraint.
    pub purpose: Purpose,
    pub violation: Violation,
}

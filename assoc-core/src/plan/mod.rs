//! Plans: what a save will write, as data.
//!
//! A tree of changesets becomes rows to write, and rows of one table, one operation and one set of
//! columns become one statement. Nothing here talks to a database.

mod batch;
mod batch_rows;
mod between;
mod build;
mod color;
mod embeds;
mod in_turn;
mod links;
mod park;
mod references;
mod rows;
mod tree;
mod turns;
mod view;

use std::fmt;

use crate::{
    changeset::{Errors, Misuse, Node, Path, PlanError},
    run::Sending,
    schema::Association,
};

pub use batch::Col;
pub use batch::Conflict;
pub(crate) use batch::{Batch, Purpose, Slot, compare};
pub(crate) use batch_rows::{BatchRow, BatchRows};
pub(crate) use embeds::absent;
pub use in_turn::InTurn;
pub use view::{Op, PlannedValue, Write};

/// What saving a changeset will write. See [`Changeset::plan`](crate::Changeset::plan).
///
/// It prints as a tree, serialises with serde as its list of writes, and knows its statements before
/// any is sent.
///
/// ```
/// use assoc_core::{Op, Schema, doctest::Post};
///
/// let changeset = Post::build().set(Post::title, "Hello");
/// let plan = changeset.plan()?;
/// assert_eq!((plan.statements(), plan.writes()[0].op), (1, Op::Insert));
/// assert_eq!(plan.to_string(), "posts · insert   title: \"Hello\"\n1 write, 1 statement");
/// # Ok::<(), assoc_core::PlanError>(())
/// ```
#[derive(Debug)]
pub struct Plan<'c> {
    /// All changesets, parents before children.
    pub(crate) nodes: Vec<Planned<'c>>,
    /// The positions of the roots among them, ascending, if there are several.
    pub(crate) roots: Vec<usize>,
    /// Statements, in the order in which they are sent.
    pub(crate) batches: Vec<Batch<'c>>,
}

/// A changeset with its place in the tree.
#[derive(Debug)]
pub(crate) struct Planned<'c> {
    pub node: &'c Node,
    pub parent: Option<Via<'c>>,
    pub action: Action,
    /// Fields that get a value from somewhere else than the changes: foreign keys, timestamps.
    pub set: FieldSlots<'c>,
    pub rank: u32,
}

/// Fields with their values. Most rows have one at most, which takes no list: there are many rows.
#[derive(Debug, Default)]
pub(crate) struct FieldSlots<'c> {
    first: Option<(usize, Slot<'c>)>,
    others: Vec<(usize, Slot<'c>)>,
}

impl<'c> FieldSlots<'c> {
    pub fn push(&mut self, field: usize, slot: Slot<'c>) {
        match &self.first {
            None => self.first = Some((field, slot)),
            Some(_) => self.others.push((field, slot)),
        }
    }

    /// The value of a field.
    pub fn get(&self, field: usize) -> Option<&Slot<'c>> {
        self.iter().find(|(given, _)| *given == field).map(|(_, slot)| slot)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(usize, Slot<'c>)> {
        self.first.iter().chain(&self.others)
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }
}

/// How a child hangs on its owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Via<'c> {
    pub owner: usize,
    pub index: usize,
    pub child: &'c crate::changeset::Child,
}

impl Via<'_> {
    pub fn association(&self, plan: &Plan<'_>) -> &'static Association {
        plan.nodes[self.owner].node.meta.associations[self.index]
    }
}

/// What happens to the row of a changeset; links of join tables are rows of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Keep,
    Insert,
    Update,
    Delete,
}

impl<'c> Plan<'c> {
    pub(crate) fn of(roots: &'c [Node]) -> Result<Self, PlanError> {
        if let Some(misuse) = roots.iter().find_map(Node::misuse) {
            return Err(PlanError::Misuse(misuse.clone()));
        }
        if let Some(invalid) = roots.iter().find(|root| !root.is_valid()) {
            return Err(PlanError::Invalid(Errors::of(invalid)));
        }
        build::build(roots).map_err(PlanError::Misuse)
    }

    /// How many statements write its rows: one for each table, operation and set of columns. Where a database takes them
    /// as one, see [`in_turn`](Self::in_turn), that is what is sent.
    pub fn statements(&self) -> usize {
        self.batches.iter().map(|batch| 1 + batch.draws.len()).sum()
    }

    /// The texts of the statements, as a database of that dialect gets them, without BEGIN and COMMIT. They hold no values
    /// and do not grow with the number of rows.
    pub fn to_sql(&self, dialect: &dyn crate::adapter::Dialect) -> Vec<String> {
        self.to_sql_in(dialect, Sending::AsOne, None)
    }

    /// For the repo: the same in its own way.
    #[doc(hidden)]
    pub fn to_sql_in(
        &self,
        dialect: &dyn crate::adapter::Dialect,
        sending: Sending,
        prefix: Option<&str>,
    ) -> Vec<String> {
        if let Some(text) = crate::run::text_as_one(self, dialect, sending, prefix) {
            return vec![text];
        }
        let mut texts = Vec::new();
        for batch in &self.batches {
            texts.extend(
                batch.draws.iter().map(|(col, expression)| dialect.draw(expression, col.ty, 1).text.to_string()),
            );
            let shape = crate::run::WriteStatement::shape(batch, prefix);
            texts.push(dialect.write(&shape).text.to_string());
        }
        texts
    }

    /// Whether nothing will be written.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// The rows that will be written, in the order in which they are sent.
    pub fn writes(&self) -> Vec<Write> {
        self.batches.iter().flat_map(|batch| batch.rows.iter().map(|row| view::write(self, batch, row))).collect()
    }

    /// Whether several statements, or several rows of one, must succeed or fail together.
    pub(crate) fn needs_transaction(&self) -> bool {
        match self.batches.as_slice() {
            [] => false,
            [only] if only.op == Op::Insert && only.rows.len() == 1 => {
                // What comes back may not fit the schema; then nothing must have been written. What was sent does.
                let known = |col| only.key.contains(col) || only.set.contains(col) || only.is_xmin(col);
                only.returning.iter().any(|col| !known(col) && only.purpose == Purpose::Rows)
            }
            [only] => only.rows.len() > 1,
            _ => true,
        }
    }

    /// Whether one row is all that is written, by one statement.
    pub(crate) fn is_single_row(&self) -> bool {
        matches!(&self.batches[..], [only] if only.rows.len() == 1 && only.draws.is_empty())
    }

    /// Where a changeset stands in the input.
    pub(crate) fn path(&self, id: usize) -> Path {
        let planned = &self.nodes[id];
        match planned.parent {
            Some(via) => {
                let mut path = self.path(via.owner);
                path.push_child(self.nodes[via.owner].node, via.index, via.child);
                path
            }
            None => match self.roots.binary_search(&id) {
                Ok(position) => Path::root().index(position),
                Err(_) => Path::root(),
            },
        }
    }

    /// Prints the plan on standard output, in colour if that is a terminal and `NO_COLOR` is not set.
    pub fn print(&self) {
        println!("{}", color::for_stdout(&self.to_string()));
    }
}

impl fmt::Display for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tree::render(self))
    }
}

impl serde::Serialize for Plan<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut plan = serializer.serialize_struct("Plan", 2)?;
        plan.serialize_field("writes", &self.writes())?;
        plan.serialize_field("statements", &self.statements())?;
        plan.end()
    }
}

/// Two plans are equal if they write the same.
impl PartialEq for Plan<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.writes() == other.writes()
    }
}

pub(crate) type Planning<T> = Result<T, Misuse>;

//! The typed shell around the untyped changeset.

mod associations;
mod constraints;
mod fields;
mod members;
mod saving;
mod validations;

use std::{fmt, marker::PhantomData, sync::Arc};

pub use members::{ErrorKey, MemberOf, Members};
pub use saving::{ApplyError, PlanError};

use super::{Errors, Node, State};
use crate::schema::{Record, Schema};

/// Changes to a row of schema `T` and to its associations: cast from input, set by the program, checked.
///
/// Made by [`Schema::build`] and [`Schema::change`]; saved by the repo's `insert` and `update`; looked at
/// with [`plan`](Changeset::plan). Every call takes the changeset and gives it back, so calls chain.
///
/// ```
/// use assoc_core::{Changeset, Params, Schema, doctest::Post};
///
/// let params = Params::from(serde_json::json!({"title": "Hello", "body": " "}));
/// let changeset = Post::build().cast(&params, (Post::title, Post::body)).validate_required(Post::body);
/// assert_eq!(changeset.get(Post::title), Some("Hello".to_owned()));
/// assert_eq!(changeset.errors().to_string(), "body can't be blank");
/// ```
pub struct Changeset<T> {
    pub(super) node: Box<Node>,
    schema: PhantomData<fn() -> T>,
}

impl<T: Schema> Changeset<T> {
    pub(crate) fn built(record: Record) -> Self {
        Self::from_node(Node::new(T::META, State::Built, Arc::new(record)))
    }

    pub(crate) fn loaded(record: Record) -> Self {
        Self::from_node(Node::new(T::META, State::Loaded, Arc::new(record)))
    }

    /// The typed shell around an untyped changeset of this schema.
    pub fn from_node(node: Node) -> Self {
        Self { node: Box::new(node), schema: PhantomData }
    }

    /// The untyped changeset inside.
    pub fn into_node(self) -> Node {
        *self.node
    }

    /// The untyped changeset inside.
    pub fn node(&self) -> &Node {
        &self.node
    }

    fn with(mut self, change: impl FnOnce(&mut Node)) -> Self {
        change(&mut self.node);
        self
    }

    /// Whether neither the row nor a child has an error.
    pub fn is_valid(&self) -> bool {
        self.node.is_valid()
    }

    /// All errors, with those of the children in place.
    pub fn errors(&self) -> Errors {
        self.node.errors()
    }
}

impl<T> Clone for Changeset<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), schema: PhantomData }
    }
}

impl<T: Schema> fmt::Debug for Changeset<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<_> = self.node.changed_fields().map(|field| T::META.fields[field].name).collect();
        let associations: Vec<_> =
            self.node.changed_associations().map(|index| T::META.associations[index].name).collect();
        f.debug_struct("Changeset")
            .field("schema", &T::META.name)
            .field("state", &self.node.state())
            .field("changes", &changes)
            .field("associations", &associations)
            .field("errors", &self.errors().to_string())
            .finish()
    }
}

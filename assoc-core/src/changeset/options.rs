//! How a changeset's row is written, where that is not as usual.

use std::{any::Any, fmt, sync::Arc};

use super::{FieldError, Node, Path, node::Child};
use crate::adapter::{BoxFuture, DbError};

/// What few changesets need, so that the others do not carry it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub conflict: Option<OnConflict>,
    pub allow_stale: bool,
    /// Where a row that is gone is an error of the changeset.
    pub stale_error: Option<FieldError>,
    /// The field that counts versions.
    pub lock: Option<usize>,
    pub prepare: Vec<Prepare>,
}

impl Options {
    /// Joins those of another changeset; where both say something, the other one counts.
    pub fn merge(&mut self, other: Self) {
        let Self { conflict, allow_stale, stale_error, lock, prepare } = other;
        self.conflict = conflict.or(self.conflict.take());
        self.allow_stale |= allow_stale;
        self.stale_error = stale_error.or(self.stale_error.take());
        self.lock = lock.or(self.lock);
        self.prepare.extend(prepare);
    }
}

/// What an insert does with a row that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OnConflict {
    /// The fields whose uniqueness is meant; none means any constraint.
    pub target: Vec<usize>,
    /// The fields that the row that is there takes over; none leaves it as it is.
    pub replace: Vec<usize>,
}

/// A function that runs in the save's transaction before anything of the changeset is written. It gets the repo of the
/// facade as `Any`: the core knows no repo.
#[derive(Clone)]
pub struct Prepare(Arc<PrepareFn>);

impl Prepare {
    /// A function that makes a changeset of another.
    pub fn new<F>(run: F) -> Self
    where
        F: for<'r> Fn(Node, &'r (dyn Any + Send + Sync)) -> BoxFuture<'r, Result<Node, DbError>>
            + Send
            + Sync
            + 'static,
    {
        Self(Arc::new(run))
    }
}

type PrepareFn =
    dyn for<'r> Fn(Node, &'r (dyn Any + Send + Sync)) -> BoxFuture<'r, Result<Node, DbError>> + Send + Sync;

impl fmt::Debug for Prepare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepare")
    }
}

impl Node {
    /// See [`Changeset::optimistic_lock`](super::Changeset::optimistic_lock).
    pub fn optimistic_lock(&mut self, field: usize) {
        self.options().lock = Some(field);
    }

    /// See [`Changeset::stale_error`](super::Changeset::stale_error).
    pub fn stale_error(&mut self, error: FieldError) {
        self.options().stale_error = Some(error.with("stale", true));
    }

    /// See [`Changeset::allow_stale`](super::Changeset::allow_stale).
    pub fn allow_stale(&mut self) {
        self.options().allow_stale = true;
    }

    /// See [`Changeset::on_conflict_replace`](super::Changeset::on_conflict_replace); without fields to replace, the
    /// row that is there stays as it is.
    pub fn on_conflict(&mut self, target: Vec<usize>, replace: Vec<usize>) {
        self.options().conflict = Some(OnConflict { target, replace });
    }

    /// See [`Changeset::force_update`](super::Changeset::force_update).
    pub fn touch(&mut self) {
        self.touch = true;
    }

    /// Adds a function that runs in the save's transaction.
    pub fn prepare(&mut self, prepare: Prepare) {
        self.options().prepare.push(prepare);
    }

    /// Whether a function is to run in the save's transaction: one of this changeset, or of a child's.
    pub fn has_prepares(&self) -> bool {
        let own = self.options.as_ref().is_some_and(|options| !options.prepare.is_empty());
        (own && self.is_changed()) || (!self.deletes() && self.children().any(|(_, child)| child.node.has_prepares()))
    }

    /// Runs the functions that were added, each on the changeset that the one before left.
    pub fn run_prepares<'r>(self, repo: &'r (dyn Any + Send + Sync)) -> BoxFuture<'r, Result<Self, DbError>> {
        Box::pin(async move {
            let mut node = self;
            if node.is_changed() {
                let prepares = node.options.as_mut().map(|options| std::mem::take(&mut options.prepare));
                for prepare in prepares.unwrap_or_default() {
                    node = (prepare.0)(node, repo).await?;
                }
            }
            // What lies below a deleted row is not written.
            if node.deletes() {
                return Ok(node);
            }
            for (_, children) in node.associations.iter_mut() {
                for child in children {
                    let meta = child.node.meta;
                    let empty = Node::new(meta, child.node.state, child.node.data.clone());
                    child.node = std::mem::replace(&mut child.node, empty).run_prepares(repo).await?;
                }
            }
            Ok(node)
        })
    }

    /// Takes over the errors that another try of the same changeset met. Those of rows that are in that one only, because
    /// a function added them, come with their paths.
    pub fn adopt_errors(&mut self, tried: &Self) {
        self.errors.clone_from(&tried.errors);
        for (index, children) in tried.associations.iter() {
            for (at, tried_child) in children.iter().enumerate() {
                let same =
                    |child: &&mut Child| child.role == tried_child.role && child.position == tried_child.position;
                match self.associations.get_mut(index).and_then(|own| own.get_mut(at)).filter(same) {
                    Some(child) => child.node.adopt_errors(&tried_child.node),
                    None => {
                        let mut path = Path::root();
                        path.push_child(tried, index, tried_child);
                        let errors = tried_child.node.errors();
                        let placed = errors
                            .list()
                            .into_iter()
                            .map(|(below, error)| error.clone().on(path.field(below.as_str()).to_string()));
                        self.errors.extend(placed);
                    }
                }
            }
        }
    }
}

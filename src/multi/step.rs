//! One step of a `Multi`.

use std::{any::Any, borrow::Cow, sync::Arc};

use assoc_core::{Changeset, Stored, adapter::BoxFuture};

use super::{BoxError, Multi, results::MultiResults};
use crate::{error::SaveError, repo::Repo};

pub(super) type Made = Arc<dyn Any + Send + Sync>;
pub(super) type Running = BoxFuture<'static, Result<Made, BoxError>>;

/// Gives more steps.
pub(super) type More = Box<dyn FnOnce(&MultiResults) -> Result<Multi, BoxError> + Send>;

pub(super) struct Step {
    pub name: Option<Cow<'static, str>>,
    /// What it does, for people.
    pub kind: &'static str,
    /// The name of its result's type, for messages.
    pub ty: &'static str,
    pub act: Act,
}

pub(super) enum Act {
    /// Saves what was given.
    Save(Box<dyn Save>),
    Run(Box<dyn FnOnce(Repo, MultiResults) -> Running + Send>),
    Inspect(Box<dyn FnOnce(&MultiResults) + Send>),
    /// More steps.
    Merge(More),
}

/// A save that can be looked at before it runs.
pub(super) trait Save: Send {
    /// What is to be saved.
    fn given(&self) -> &(dyn Any + Send);
    /// The error that it is, if it has errors already.
    fn invalid(&self) -> Option<BoxError>;
    fn run(self: Box<Self>, tx: Repo) -> Running;
}

/// The calls of a repo that save a changeset.
#[derive(Clone, Copy)]
pub(super) enum Call {
    Insert,
    Update,
    InsertOrUpdate,
    Delete,
}

impl Call {
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::InsertOrUpdate => "insert_or_update",
            Self::Delete => "delete",
        }
    }
}

pub(super) struct One<S>(pub Call, pub Changeset<S>);

impl<S: Stored> Save for One<S> {
    fn given(&self) -> &(dyn Any + Send) {
        &self.1
    }

    fn invalid(&self) -> Option<BoxError> {
        let invalid = !self.1.is_valid();
        invalid.then(|| SaveError::Invalid(self.1.clone()).into())
    }

    fn run(self: Box<Self>, tx: Repo) -> Running {
        let Self(call, changeset) = *self;
        Box::pin(async move {
            let saved = match call {
                Call::Insert => tx.insert(changeset).await,
                Call::Update => tx.update(changeset).await,
                Call::InsertOrUpdate => tx.insert_or_update(changeset).await,
                Call::Delete => tx.delete(changeset).await,
            };
            made(saved)
        })
    }
}

pub(super) struct Many<S>(pub Vec<Changeset<S>>);

impl<S: Stored> Save for Many<S> {
    fn given(&self) -> &(dyn Any + Send) {
        &self.0
    }

    fn invalid(&self) -> Option<BoxError> {
        let invalid = !self.0.iter().all(Changeset::is_valid);
        invalid.then(|| SaveError::Invalid(self.0.clone()).into())
    }

    fn run(self: Box<Self>, tx: Repo) -> Running {
        Box::pin(async move { made(tx.insert_many(self.0).await) })
    }
}

/// A result by its pointer, whatever its type.
pub(super) fn made<T: Send + Sync + 'static, E: Into<BoxError>>(result: Result<T, E>) -> Result<Made, BoxError> {
    match result {
        Ok(value) => Ok(Arc::new(value)),
        Err(error) => Err(error.into()),
    }
}

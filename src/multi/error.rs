//! Why a `Multi` failed.

use std::{borrow::Cow, error::Error, fmt};

use assoc_core::{Changeset, Schema, adapter::DbError};

use super::{BoxError, results::MultiResults};
use crate::{error::SaveError, retry::Retryable};

/// A [`Multi`](super::Multi) that failed. Nothing was written, unless the connection was lost at the commit
/// ([`DbError::ConnectionLost`]): then nobody knows.
#[derive(Debug)]
#[non_exhaustive]
pub enum MultiError {
    /// Two steps have the same name.
    Duplicate(Cow<'static, str>),
    /// A step failed.
    Step(FailedStep),
    /// The transaction could not begin, or not be committed.
    Database(DbError),
}

/// The step that ended a [`Multi`](super::Multi).
#[derive(Debug)]
pub struct FailedStep {
    pub(super) name: Cow<'static, str>,
    pub(super) error: BoxError,
    pub(super) done: MultiResults,
}

impl FailedStep {
    /// The name of the step; `merge` of a function that was to give more steps.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it failed with: the [`SaveError`] of a save, a [`DbError`], or an error of your own, to be downcast.
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }

    /// The same, to be kept.
    pub fn into_error(self) -> Box<dyn Error + Send + Sync> {
        self.error
    }

    /// The changeset that was not valid, with its errors, if that was it.
    pub fn changeset<S: Schema>(&self) -> Option<&Changeset<S>> {
        match self.error.downcast_ref::<SaveError<Changeset<S>>>()? {
            SaveError::Invalid(changeset) => Some(changeset),
            SaveError::Misuse(_) | SaveError::Database(_) => None,
        }
    }

    /// What the steps before it gave. All of that was rolled back.
    pub fn done(&self) -> &MultiResults {
        &self.done
    }
}

impl fmt::Display for MultiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(name) => write!(f, "two steps have the name `{name}`; give one of them another"),
            Self::Step(failed) => write!(f, "step `{}` failed: {}", failed.name, failed.error),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl Error for MultiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Duplicate(_) => None,
            Self::Step(failed) => Some(&*failed.error),
            Self::Database(error) => Some(error),
        }
    }
}

impl From<DbError> for MultiError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl Retryable for MultiError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Duplicate(_) => false,
            Self::Step(failed) => failed.error.is_retryable(),
            Self::Database(error) => error.is_retryable(),
        }
    }
}

//! Why a save failed.

use std::fmt;

use assoc_core::{Changeset, Misuse, Schema, adapter::DbError, changeset::Node, run::Failure};

/// A save that failed. Nothing was written, but for two errors of the database, which say so: of a connection that was lost
/// nobody knows ([`DbError::ConnectionLost`]), and rows that were written may be impossible to read back ([`DbError::Type`]).
///
/// `C` is what was to be saved: a [`Changeset`], or a `Vec` of them.
#[non_exhaustive]
pub enum SaveError<C> {
    /// The input has errors; they are on the fields and rows that caused them. The changeset is what it was,
    /// plus errors, and can be corrected and saved again.
    Invalid(C),
    /// The program asks for something that cannot be meant.
    Misuse(Misuse),
    /// The database refused.
    Database(DbError),
}

impl<C> SaveError<C> {
    pub(crate) fn of(failure: Failure, changesets: impl FnOnce() -> C) -> Self {
        match failure {
            Failure::Invalid => Self::Invalid(changesets()),
            Failure::Misuse(misuse) => Self::Misuse(misuse),
            Failure::Database(error) => Self::Database(error),
        }
    }
}

/// The error of sqlx behind one of the database, for what assoc does not name: the code, the detail or the position that the
/// database told. None where there is none, as for a violation, which has all of that itself.
///
/// ```no_run
/// # async fn example(repo: assoc::Repo) {
/// if let Err(error) = repo.execute("REFRESH MATERIALIZED VIEW ranking").await {
///     let code = assoc::sqlx_error(&error).and_then(|error| error.as_database_error()?.code());
///     println!("{error}, SQLSTATE {code:?}");
/// }
/// # }
/// ```
pub fn sqlx_error(error: &DbError) -> Option<&sqlx::Error> {
    let mut sources = std::iter::successors(std::error::Error::source(error), |error| error.source());
    sources.find_map(|error| error.downcast_ref())
}

impl<C> From<DbError> for SaveError<C> {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

/// What was to be saved, and can tell its errors.
pub trait Invalid {
    /// Writes the errors, one a line.
    #[doc(hidden)]
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<S: Schema> Invalid for Changeset<S> {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(self.node(), f)
    }
}

impl<S: Schema> Invalid for Vec<Changeset<S>> {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().enumerate().try_for_each(|(position, changeset)| describe_nth(position, changeset.node(), f))
    }
}

fn describe(node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "\n{}", node.errors())
}

fn describe_nth(position: usize, node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    node.errors().list().into_iter().try_for_each(|(path, error)| write!(f, "\n[{position}].{path} {error}"))
}

impl<C: Invalid> fmt::Display for SaveError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(changesets) => {
                f.write_str("the changeset is not valid:")?;
                changesets.describe(f)
            }
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl<C: Invalid> fmt::Debug for SaveError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<C: Invalid> std::error::Error for SaveError<C> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            Self::Misuse(misuse) => Some(misuse),
            Self::Invalid(_) => None,
        }
    }
}

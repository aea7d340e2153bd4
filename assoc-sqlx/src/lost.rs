//! Connections that are lost.

use assoc_core::adapter::DbError;

use crate::Driver;

/// What went wrong with a statement that was sent.
pub(crate) fn failed<D: Driver>(error: sqlx::Error) -> DbError {
    if is_lost::<D>(&error) { DbError::ConnectionLost(Box::new(error)) } else { D::error(error) }
}

/// Whether the connection is lost: it broke, or the database says that it ends it.
pub(crate) fn is_lost<D: Driver>(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || D::ends_connection(error)
}

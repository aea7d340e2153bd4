//! Connections that are lost.

use assoc_core::adapter::DbError;

use crate::Driver;

/// What went wrong with a statement that was sent.
pub(crate) fn failed<D: Driver>(error: sqlx::Error) -> DbError {
    if is_lost(&error) { DbError::ConnectionLost(Box::new(error)) } else { D::error(error) }
}

/// Whether the connection is lost: it broke, or the database says that it ends it.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return matches!(error, sqlx::Error::Io(_)) };
    // 57P01 to 57P03: an administrator ends the connection, the server crashes, shuts down; class 08 is of connections.
    error.code().is_some_and(|code| matches!(&*code, "57P01" | "57P02" | "57P03") || code.starts_with("08"))
}

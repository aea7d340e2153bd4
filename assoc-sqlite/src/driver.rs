//! SQLite as a driver of sqlx.

use assoc_core::{
    TypeError,
    adapter::{Bind, DbError, Dialect, OnRow},
};
use assoc_sqlx::{Driver, SqlxPool};
use sqlx::{
    error::BoxDynError,
    sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow},
};

use crate::{decode::Decoder, dialect::SqliteDialect, error::error, stored};

/// A pool of connections to SQLite.
pub type Sqlite = SqlxPool<SqliteDriver>;

/// The driver.
pub enum SqliteDriver {}

impl Driver for SqliteDriver {
    type Database = sqlx::Sqlite;
    const DIALECT: &'static dyn Dialect = &SqliteDialect;

    fn bind(arguments: &mut SqliteArguments, bind: &Bind<'_>) -> Result<(), BoxDynError> {
        stored::bind(arguments, bind)
    }

    /// Each value has a type of its own.
    type Known = ();

    fn read(row: &SqliteRow, _known: &mut (), on_row: OnRow<'_>) -> Result<(), TypeError> {
        read(row, on_row)
    }

    fn affected(result: &SqliteQueryResult) -> u64 {
        result.rows_affected()
    }

    fn error(source: sqlx::Error) -> DbError {
        error(source)
    }

    fn ends_connection(_: &sqlx::Error) -> bool {
        false
    }
}

/// Shows a row of sqlx to a function.
///
/// # Errors
/// That of the function.
pub fn read(row: &SqliteRow, on_row: OnRow<'_>) -> Result<(), TypeError> {
    on_row(&mut Decoder(row))
}

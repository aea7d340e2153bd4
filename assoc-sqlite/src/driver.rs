//! SQLite as a driver of sqlx.

use assoc_core::{
    TypeError,
    adapter::{Bind, BoxFuture, DbError, Dialect, OnRow, Pool},
};
use assoc_sqlx::{Driver, SqlxPool};
use sqlx::{
    error::BoxDynError,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePoolOptions, SqliteQueryResult, SqliteRow},
};

use crate::{decode::Decoder, dialect::SqliteDialect, error::error, stored};

/// Opens the database of a URL, with a pool of its own. A file that is not there yet is made, unless the URL says what to do.
///
/// # Errors
/// The URL cannot be read, or the database cannot be opened.
pub fn open(url: &str) -> BoxFuture<'_, Result<Box<dyn Pool>, DbError>> {
    Box::pin(async move {
        let options: SqliteConnectOptions = url.parse().map_err(error)?;
        if url.contains(":memory:") || url.contains("mode=memory") {
            // A database in memory lives as long as its connection: there is one, and it is never closed. A ping that is
            // interrupted would close it.
            let pool_options = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
            let pool_options = pool_options.idle_timeout(None).max_lifetime(None);
            return pool_options.connect_with(options).await.map(pool).map_err(error);
        }
        let options = if url.contains("mode=") { options } else { options.create_if_missing(true) };
        connect(SqlitePoolOptions::new(), options).await
    })
}

/// Opens a database, with a pool of its own.
///
/// # Errors
/// The database cannot be opened.
pub fn connect(
    options: SqlitePoolOptions,
    to: SqliteConnectOptions,
) -> BoxFuture<'static, Result<Box<dyn Pool>, DbError>> {
    Box::pin(async { Ok(Box::new(SqlxPool::<SqliteDriver>::connect(options, to).await?) as Box<dyn Pool>) })
}

/// A pool that others may know, too.
pub fn pool(pool: sqlx::SqlitePool) -> Box<dyn Pool> {
    Box::new(SqlxPool::<SqliteDriver>::from(pool))
}

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

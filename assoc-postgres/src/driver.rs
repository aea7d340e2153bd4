//! PostgreSQL as a driver of sqlx.

use assoc_core::{
    TypeError,
    adapter::{Bind, BoxFuture, DbError, Dialect, OnRow, Pool},
};
use assoc_sqlx::{Driver, SqlxPool};
use sqlx::{
    error::BoxDynError,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgQueryResult, PgRow},
};

use crate::{
    decode::{Decoder, Known},
    dialect::PostgresDialect,
    encode::encode,
    error::{ends_connection, error},
};

/// Connects to PostgreSQL, with a pool of its own.
///
/// This and [`pool`] are where sqlx meets a pointer, so that it is compiled in this crate: an `async fn` would be compiled
/// in that of the caller, and all of sqlx with it.
///
/// # Errors
/// The database cannot be reached.
pub fn connect(options: PgPoolOptions, to: PgConnectOptions) -> BoxFuture<'static, Result<Box<dyn Pool>, DbError>> {
    Box::pin(async { Ok(Box::new(SqlxPool::<PostgresDriver>::connect(options, to).await?) as Box<dyn Pool>) })
}

/// A pool that others may know, too.
pub fn pool(pool: sqlx::PgPool) -> Box<dyn Pool> {
    Box::new(SqlxPool::<PostgresDriver>::from(pool))
}

/// The driver.
pub enum PostgresDriver {}

impl Driver for PostgresDriver {
    type Database = sqlx::Postgres;
    const DIALECT: &'static dyn Dialect = &PostgresDialect;

    fn bind(arguments: &mut PgArguments, bind: &Bind<'_>) -> Result<(), BoxDynError> {
        encode(arguments, bind)
    }

    type Known = Known;

    fn read(row: &PgRow, known: &mut Known, on_row: OnRow<'_>) -> Result<(), TypeError> {
        on_row(&mut Decoder { row, known })
    }

    fn affected(result: &PgQueryResult) -> u64 {
        result.rows_affected()
    }

    fn error(source: sqlx::Error) -> DbError {
        error(source)
    }

    fn ends_connection(error: &sqlx::Error) -> bool {
        ends_connection(error)
    }
}

/// Shows a row of sqlx to a function.
///
/// # Errors
/// That of the function.
pub fn read(row: &PgRow, on_row: OnRow<'_>) -> Result<(), TypeError> {
    on_row(&mut Decoder { row, known: &mut Known::default() })
}

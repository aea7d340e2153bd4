//! PostgreSQL as a driver of sqlx.

use assoc_core::{
    TypeError,
    adapter::{Bind, DbError, Dialect, OnRow},
};
use assoc_sqlx::{Driver, SqlxPool};
use sqlx::{
    error::BoxDynError,
    postgres::{PgArguments, PgQueryResult, PgRow},
};

use crate::{
    decode::{Decoder, Known},
    dialect::PostgresDialect,
    encode::encode,
    error::{ends_connection, error},
};

/// A pool of connections to PostgreSQL.
pub type Postgres = SqlxPool<PostgresDriver>;

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

//! What every adapter of [assoc](https://docs.rs/assoc) on sqlx shares: connections of a pool, transactions,
//! savepoints. An adapter adds a [`Driver`]: bind, decode, dialect, errors.

mod answer;
mod connection;
mod kept;
mod lost;
mod source;

use assoc_core::{
    adapter::{Bind, BoxFuture, Connection, DbError, Dialect, OnRow, Pool},
    types::TypeError,
};
use sqlx::{Database, Executor, IntoArguments, error::BoxDynError, pool::PoolOptions};

pub use answer::boxed;
use connection::Held;
use source::Source;

/// What is particular to a database.
pub trait Driver: Send + Sync + 'static {
    /// The database in sqlx.
    type Database: Database;
    /// How it writes SQL.
    const DIALECT: &'static dyn Dialect;

    /// Adds a bound value.
    ///
    /// # Errors
    /// The value has a type that the database does not know.
    fn bind(arguments: &mut <Self::Database as Database>::Arguments, bind: &Bind<'_>) -> Result<(), BoxDynError>;

    /// What was found out about the columns of a statement, in rows before.
    type Known: Default + Send;

    /// Shows a row of the driver to `on_row`.
    ///
    /// # Errors
    /// That of `on_row`.
    fn read(
        row: &<Self::Database as Database>::Row,
        known: &mut Self::Known,
        on_row: OnRow<'_>,
    ) -> Result<(), TypeError>;

    /// How many rows a statement wrote.
    fn affected(result: &<Self::Database as Database>::QueryResult) -> u64;

    /// Names an error.
    fn error(error: sqlx::Error) -> DbError;

    /// Whether the database ends the connection with this error.
    fn ends_connection(error: &sqlx::Error) -> bool;
}

/// A pool of sqlx as assoc sees it.
pub struct SqlxPool<D: Driver>(Source<D::Database>);

impl<D: Driver> SqlxPool<D> {
    /// Connects, with a pool of its own. Its connections may stay here between two calls, which saves the test that sqlx
    /// makes each time that one comes back.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn connect(
        options: PoolOptions<D::Database>,
        to: <<D::Database as Database>::Connection as sqlx::Connection>::Options,
    ) -> Result<Self, DbError> {
        Source::connect(options, to).await.map(Self).map_err(D::error)
    }
}

/// A pool that others may know, too: after each call, its connections go back to it. It may have hooks for that, which
/// nobody can see from here.
impl<D: Driver> From<sqlx::Pool<D::Database>> for SqlxPool<D> {
    fn from(pool: sqlx::Pool<D::Database>) -> Self {
        Self(Source::Given(pool))
    }
}

impl<D: Driver> Pool for SqlxPool<D>
where
    <D::Database as Database>::Arguments: IntoArguments<D::Database>,
    for<'c> &'c mut <D::Database as Database>::Connection: Executor<'c, Database = D::Database>,
{
    fn connection(&self) -> Box<dyn Connection> {
        Box::new(Held::<D>::new(self.0.clone()))
    }

    fn dialect(&self) -> &'static dyn Dialect {
        D::DIALECT
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self.0.pool()
    }
}

//! What a database adapter provides: rendering, binding, fetching, naming its errors. All else is written once, here.

mod cache;
mod dialect;
mod error;
mod transaction;

use std::{borrow::Cow, future::Future, pin::Pin, sync::Arc, task::Poll};

use sea_query::Value;

use crate::{
    run::Values,
    schema::Row,
    types::{Type, TypeError},
};

pub use cache::Cache;
pub use dialect::Dialect;
pub use error::{DbError, NamedKey, Violation, ViolationKind};
pub use transaction::{Isolation, Retries, TransactionOptions};

/// A boxed future, so that adapters can stand behind a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes the rows of a statement as they arrive.
pub type OnRow<'a> = &'a mut (dyn FnMut(&mut dyn Row) -> Result<(), TypeError> + Send);

/// Whether there is room for one more row. Where there is none, the statement is polled again when there may be.
pub type Room<'a> = &'a mut (dyn FnMut() -> Poll<()> + Send);

/// A source of connections: a pool of some driver.
pub trait Pool: Send + Sync {
    /// A connection, which is taken out of the pool when it is first used.
    fn connection(&self) -> Box<dyn Connection>;
    /// How this database writes SQL.
    fn dialect(&self) -> &'static dyn Dialect;
    /// The driver's own pool, to be downcast.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// One connection. Dropping it inside of a transaction rolls that back.
pub trait Connection: Send {
    /// Runs a statement and hands over its rows.
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>>;
    /// Runs a statement that only reads, and hands over its rows. Outside of a transaction, if the connection turns out to
    /// be lost before the first row, it runs once more on another.
    fn read<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>>;
    /// As [`read`](Self::read), but hands over a row only where there is room for it; until then, it stays with the driver.
    fn read_paced<'a>(
        &'a mut self,
        sql: Sql<'a>,
        on_row: OnRow<'a>,
        room: Room<'a>,
    ) -> BoxFuture<'a, Result<(), DbError>>;
    /// Runs a statement that returns no rows, and tells how many it wrote.
    fn execute<'a>(&'a mut self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>>;
    /// Takes the connection out of the pool, if that has not been done.
    fn ready(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
    /// The driver's own connection, to be downcast.
    fn driver(&mut self) -> BoxFuture<'_, Result<&mut (dyn std::any::Any + Send), DbError>>;
    /// What was done with the driver's connection failed: if that aborts a transaction, this one is.
    fn driver_failed(&mut self);
    /// Runs statements as they are, several perhaps, passes over their rows, and tells how many they wrote.
    fn script<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<u64, DbError>>;
    /// Begins a transaction; inside of one, sets a savepoint.
    fn begin(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
    /// Begins a transaction by the text of [`Dialect::begin`]; there must be none yet.
    fn begin_with(&mut self, text: Cow<'static, str>) -> BoxFuture<'_, Result<(), DbError>>;
    /// Commits the transaction, or releases the savepoint.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
    /// Rolls back the transaction, or to the savepoint.
    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
}

/// A step of a path into JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// The value of a key.
    Key(String),
    /// The item at a position, from 0.
    Index(u32),
}

/// A statement: its text, and what is bound.
#[derive(Clone, Debug)]
pub struct Sql<'a> {
    /// The text. It never holds a value.
    pub text: Arc<str>,
    /// The values, in the order of the placeholders.
    pub binds: Vec<Bind<'a>>,
}

/// A bound value.
#[derive(Clone, Debug)]
pub enum Bind<'a> {
    /// One value.
    One(Value),
    /// One value of a row.
    Scalar(Type, &'a Value),
    /// One value for each row, as an array.
    Column(Type, &'a Values<'a>),
}

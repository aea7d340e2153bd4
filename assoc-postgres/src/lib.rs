//! The PostgreSQL adapter of [assoc](https://docs.rs/assoc), on sqlx: renders plans and queries, binds,
//! decodes, names errors. Users depend on the facade crate `assoc`.
//!
//! A write of several rows is one statement over arrays, `… FROM unnest($1::bigint[], $2::text[])`, whose text does not
//! depend on their number.

mod as_one;
mod begin;
mod decode;
mod dialect;
mod driver;
mod encode;
mod error;
mod returned;
mod sent;
mod shared;
mod single;
mod spelling;
mod texts;
mod write;

pub use dialect::PostgresDialect;
pub use driver::{PostgresDriver, connect, pool, read};
pub use error::error;

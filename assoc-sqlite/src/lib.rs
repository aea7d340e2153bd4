//! The SQLite adapter of [assoc](https://docs.rs/assoc), on sqlx: renders plans and queries, binds, decodes,
//! names errors. Users depend on the facade crate `assoc`.
//!
//! Every write is one statement over JSON, `… FROM json_each(?1)`, whose text does not depend on the number of
//! rows. Bytes travel in hex; floating point numbers, which JSON does not carry exactly, in chunks of VALUES.

mod decode;
mod dialect;
mod driver;
mod error;
mod stored;

pub use dialect::SqliteDialect;
pub use driver::{SqliteDriver, connect, open, pool, read};
pub use error::error;

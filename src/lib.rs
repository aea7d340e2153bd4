#![doc = include_str!("../README.md")]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("assoc needs a database: turn on its feature `postgres` or `sqlite`");

mod connect;
mod error;
mod observe;
mod repo;
mod transaction;

pub use assoc_core::{
    BelongsTo, CastError, Changeset, Column, ColumnType, Condition, Constraint, Errors, FieldError, HasMany, HasOne,
    IntoChangeset, ManyToMany, Misuse, NotLoaded, Number, Op, Params, Path, Plan, PlanError, PlannedValue, Preload,
    Preloads, Puttable, Query, Schema, Type, TypeError, Value, Write,
    adapter::{DbError, Violation, ViolationKind},
    changeset, plan, query, schema, types,
};
pub use assoc_derive::{Enum, Schema};
#[cfg(feature = "postgres")]
pub use assoc_postgres::PostgresDialect;
#[cfg(feature = "sqlite")]
pub use assoc_sqlite::SqliteDialect;
pub use error::SaveError;
pub use repo::Repo;
pub use transaction::Transaction;

/// What most programs need: `use assoc::prelude::*`.
pub mod prelude {
    pub use crate::{BelongsTo, Changeset, HasMany, HasOne, ManyToMany, Params, Query, Repo, SaveError, Schema};
}

/// What the derive writes; not for users.
#[doc(hidden)]
pub mod __private {
    #[cfg(any(feature = "chrono", feature = "time"))]
    pub use assoc_core::types::Timestamp;
    pub use assoc_core::{
        AssocRef, BelongsTo, CastError, Column, ColumnType, HasMany, HasOne, ManyToMany, Params, Schema, Type,
        TypeError, Value, schema,
        schema::{BelongsToRef, HasManyRef, HasManyThroughRef, HasOneRef, HasOneThroughRef, ManyToManyRef},
    };
}

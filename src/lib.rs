#![doc = include_str!("../README.md")]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("assoc needs a database: turn on its feature `postgres` or `sqlite`");

#[cfg(doctest)]
#[doc = include_str!("../docs/coming-from-ecto.md")]
struct ComingFromEcto;

mod after_commit;
mod bulk;
mod connect;
mod error;
mod lease;
mod multi;
mod observe;
mod prepare;
mod raw;
mod read;
mod replicas;
mod repo;
mod retry;
mod save;
mod settings;
mod stream;
mod timed;
mod transaction;

pub use assoc_core::{
    Action, BelongsTo, Bound, Cast, CastError, Changeset, Column, ColumnType, Condition, Constraint, Embedded, Errors,
    ExpressionMethods, FieldError, HasMany, HasOne, InTurn, IntoChangeset, Length, ManyToMany, Match, Misuse,
    NotLoaded, Number, Op, Params, ParamsMap, Path, Plan, PlanError, PlannedValue, Preload, Preloads, Puttable, Query,
    Schema, SqlQuery, Stored, Type, TypeError, Value, Write,
    adapter::{DbError, Retries, TransactionOptions, Violation, ViolationKind},
    alias, changeset, plan, query, schema, statements, types,
};
pub use assoc_derive::{Enum, Schema, Select};
#[cfg(feature = "postgres")]
pub use assoc_postgres::PostgresDialect;
#[cfg(feature = "sqlite")]
pub use assoc_sqlite::SqliteDialect;
pub use error::{SaveError, sqlx_error};
pub use multi::{FailedStep, Multi, MultiError, MultiResults};
pub use observe::StatementEvent;
pub use prepare::PrepareChanges;
pub use raw::{DriverRow, from_row};
pub use repo::Repo;
pub use retry::Retryable;
pub use stream::RowStream;
pub use transaction::Transaction;

/// What most programs need: `use assoc::prelude::*`.
pub mod prelude {
    pub use crate::{
        BelongsTo, Changeset, ExpressionMethods, HasMany, HasOne, ManyToMany, Params, PrepareChanges, Query, Repo,
        SaveError, Schema, Select, Stored, query::Selection,
    };
}

/// What the derive writes; not for users.
#[doc(hidden)]
pub mod __private {
    #[cfg(any(feature = "chrono", feature = "time"))]
    pub use assoc_core::types::Timestamp;
    pub use assoc_core::{
        AssocRef, BelongsTo, CastError, Column, ColumnType, Embedded, HasMany, HasOne, ManyToMany, Params, Schema,
        Stored, Type, TypeError, Value, query, schema,
        schema::{
            BelongsToRef, EmbedsManyRef, EmbedsOneRef, HasManyRef, HasManyThroughRef, HasOneRef, HasOneThroughRef,
            ManyToManyRef,
        },
    };
}

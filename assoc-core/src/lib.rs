//! The pure heart of [assoc](https://docs.rs/assoc): schema metadata, changesets, the diffing engine, plans,
//! preloads, queries. No database, no async runtime, no macros.
//!
//! Users depend on the facade crate `assoc`; this one is for adapters.
//!
//! | module | holds |
//! |---|---|
//! | [`types`] | column types and their casts, keys |
//! | [`params`](Params) | untyped input |
//! | [`schema`] | static metadata, typed columns and association handles, containers, records |
//! | [`changeset`] | changes, errors, the diff of associations |
//! | [`plan`] | what will be written, batched |
//! | [`run`] | a plan's statements in turn, keys handed on, violations blamed on their rows |
//! | [`query`] | typed queries and preloads |
//! | [`statements`] | what a task sends, counted |
//! | [`adapter`] | what a database adapter provides |

pub mod adapter;
pub mod changeset;
mod params;
pub mod plan;
pub mod query;
pub mod run;
pub mod schema;
mod sql;
pub mod statements;
pub mod types;

#[cfg(any(test, feature = "doctest"))]
#[doc(hidden)]
pub mod doctest;

pub use changeset::{
    Action, Cast, Changeset, Constraint, Errors, FieldError, IntoChangeset, Length, Match, Misuse, Number, Path,
    PlanError, Puttable,
};
pub use params::{MAX_DEPTH, Params, ParamsMap};
pub use plan::{InTurn, Op, Plan, PlannedValue, Write};
pub use query::{Condition, ExpressionMethods, Preload, Preloads, Query};
pub use schema::{AssocRef, BelongsTo, Column, Embedded, HasMany, HasOne, ManyToMany, NotLoaded, Schema, Stored};
pub use sea_query::Value;
pub use sql::{Bound, SqlQuery};
pub use types::{CastError, ColumnType, Type, TypeError};

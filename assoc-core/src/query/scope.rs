//! Which tables a query reads: the types behind "a column of a schema that is not in the query does not compile".

use std::marker::PhantomData;

use crate::{
    schema::{Meta, Row, Stored},
    types::{Type, TypeError},
};

/// What a query can read rows from: a schema, an alias of one (see [`alias!`](crate::alias)), or a struct with
/// `#[derive(Select)]`.
#[diagnostic::on_unimplemented(
    message = "a query cannot read from `{Self}`",
    note = "queries read from schemas with a table, from aliases of them, and from structs with `#[derive(Select)]`"
)]
pub trait Source: 'static {
    /// What a row of it is read as.
    type Row;
    /// The name by which a query knows it.
    fn name() -> &'static str;
    /// The name and the type of a column.
    fn column(field: usize) -> (&'static str, Type);
    /// The schema, if there is a table of it.
    fn meta() -> Option<&'static Meta> {
        None
    }
    /// How many columns it has.
    fn width() -> usize;
    /// Reads a row whose values stand in the order of the columns.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    fn read(row: &mut dyn Row) -> Result<Self::Row, TypeError>;
}

impl<S: Stored> Source for S {
    type Row = S;

    fn name() -> &'static str {
        S::META.table.name
    }

    fn column(field: usize) -> (&'static str, Type) {
        S::META.fields.get(field).map_or(("?", Type::Text), |field| (field.column, field.ty))
    }

    fn meta() -> Option<&'static Meta> {
        Some(S::META)
    }

    fn width() -> usize {
        S::META.columns
    }

    fn read(row: &mut dyn Row) -> Result<S, TypeError> {
        S::from_row(row)
    }
}

/// Another name for a schema, so that a query can read its table twice. Made by [`alias!`](crate::alias).
pub trait Alias: Source {
    /// The schema.
    type Schema: Stored;
}

/// Declares an alias of a schema, for a second join of its table.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
///
/// assoc_core::alias!(Other = Comment);
///
/// // Pairs of comments of one post.
/// let query = Post::query()
///     .join(Post::comments)
///     .join(Post::comments.alias(Other))
///     .filter(Comment::id.lt(Comment::id.of(Other)));
/// # drop(query);
/// ```
#[macro_export]
macro_rules! alias {
    ($(#[$meta:meta])* $visibility:vis $name:ident = $schema:ty) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name;

        impl $crate::query::Source for $name {
            type Row = $schema;

            fn name() -> &'static str {
                stringify!($name)
            }

            fn column(field: usize) -> (&'static str, $crate::Type) {
                <$schema as $crate::query::Source>::column(field)
            }

            fn meta() -> Option<&'static $crate::schema::Meta> {
                <$schema as $crate::query::Source>::meta()
            }

            fn width() -> usize {
                <$schema as $crate::query::Source>::width()
            }

            fn read(row: &mut dyn $crate::schema::Row) -> Result<$schema, $crate::TypeError> {
                <$schema as $crate::query::Source>::read(row)
            }
        }

        impl $crate::query::Alias for $name {
            type Schema = $schema;
        }
    };
}

/// The scope of a query on `Q` that joins `C`.
pub struct Join<Q, C>(PhantomData<fn() -> (Q, C)>);

/// The scope of a query on `Q` that left-joins `C`, whose rows may be missing.
pub struct LeftJoin<Q, C>(PhantomData<fn() -> (Q, C)>);

/// Where a source is in a scope: at its end.
pub enum Here {}

/// Where a source is in a scope: before its end.
pub struct There<I>(PhantomData<I>);

/// A source that a query with the scope `Q` reads. The compiler finds out where (`I`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not part of this query",
    label = "the query does not read `{Self}`",
    note = "join it first: `.join(…)` an association that leads to `{Self}`; or ask about rows of an association: `.any(…)`"
)]
pub trait In<Q, I> {}

impl<S: Source> In<S, Here> for S {}
impl<Q, C: Source> In<Join<Q, C>, Here> for C {}
impl<Q, C: Source> In<LeftJoin<Q, C>, Here> for C {}
impl<Q, C, I, S: In<Q, I>> In<Join<Q, C>, There<I>> for S {}
impl<Q, C, I, S: In<Q, I>> In<LeftJoin<Q, C>, There<I>> for S {}

/// A source of which every row of the query has one: not left-joined.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not part of this query, or may be missing in its rows, because it is left-joined",
    label = "there may be no `{Self}`",
    note = "select what may be missing as `….optional()`, which gives an `Option`"
)]
pub trait Present<Q, I>: In<Q, I> {}

impl<S: Source> Present<S, Here> for S {}
impl<Q, C: Source> Present<Join<Q, C>, Here> for C {}
impl<Q, C, I, S: Present<Q, I>> Present<Join<Q, C>, There<I>> for S {}
impl<Q, C, I, S: Present<Q, I>> Present<LeftJoin<Q, C>, There<I>> for S {}

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
    /// The name of what it reads, if there is no table of it: what a `WITH` has named.
    fn origin() -> &'static str {
        Self::name()
    }
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

#[diagnostic::do_not_recommend]
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

/// Another name for the schema `S`, so that a query can read its table twice. Made by [`alias!`](crate::alias).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no alias of `{S}`",
    label = "expected an alias of `{S}`",
    note = "declare one: `assoc::alias!(Other = {S})`"
)]
pub trait Alias<S>: Source {}

/// Declares an alias of a schema, or of a struct with `#[derive(Select)]`, for a second join of its rows.
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

            fn origin() -> &'static str {
                <$schema as $crate::query::Source>::origin()
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

        impl $crate::query::Alias<$schema> for $name {}
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
    note = "join it first: `.join(…)` an association that leads to `{Self}`; or ask about rows of an association: `.any(…)`",
    note = "what a struct with `#[derive(Select)]` reads, it names: `#[select(from(…, {Self}))]`"
)]
pub trait In<Q, I> {
    /// Whether each row of the query has one of its rows: [`Always`] or [`Maybe`].
    type Presence;
}

/// Each row of the query has a row of the source.
pub enum Always {}

/// Rows of the query may have no row of the source, which is left-joined.
pub enum Maybe {}

/// That there is a row of `S` in each row of the query.
#[diagnostic::on_unimplemented(
    message = "`{S}` may be missing in rows of this query, which left-joins it",
    label = "there may be no `{S}`",
    note = "select `….optional()`, which gives an `Option`; a struct with `#[derive(Select)]` reads it into a field of type `Option<…>`"
)]
pub trait Presence<S> {}

impl<S> Presence<S> for Always {}

impl<S: Source> In<S, Here> for S {
    type Presence = Always;
}

impl<Q, C: Source> In<Join<Q, C>, Here> for C {
    type Presence = Always;
}

impl<Q, C: Source> In<LeftJoin<Q, C>, Here> for C {
    type Presence = Maybe;
}

#[diagnostic::do_not_recommend]
impl<Q, C, I, S: In<Q, I>> In<Join<Q, C>, There<I>> for S {
    type Presence = S::Presence;
}

#[diagnostic::do_not_recommend]
impl<Q, C, I, S: In<Q, I>> In<LeftJoin<Q, C>, There<I>> for S {
    type Presence = S::Presence;
}

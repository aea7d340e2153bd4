//! Typed queries, and what they load.
//!
//! A [`Query<Q, O>`](Query) reads the tables of its scope `Q` and returns rows as `O`. Columns know their schema, so that one of
//! a schema that the query does not read is an error of the compiler.

mod aggregate;
mod arriving;
mod branch;
mod bulk;
mod by_key;
mod cache_key;
mod case;
mod combine;
mod condition;
mod expr;
mod insert;
mod join;
mod joined;
#[cfg(feature = "json")]
mod json;
mod kinds;
mod levels;
mod load;
mod lock;
mod methods;
mod node;
mod one_statement;
mod order;
mod page;
mod parts;
mod plain;
mod preload;
mod preloader;
mod reading;
mod related;
mod render;
mod scope;
mod select;
mod selection;
mod shape;
mod ties;
mod union;
mod walk;
mod window;

use std::marker::PhantomData;

pub use aggregate::{Aggregate, Averaged, Summed, count_rows, join_texts};
pub use bulk::{Assignment, Assignments, Statement};
#[doc(hidden)]
pub use by_key::by_key;
pub use case::{Case, Cases, case};
pub use combine::{Cte, NamedRow};
pub use condition::Condition;
pub use expr::{Comparable, Expression, Expressions, IntoExpression, Operand, Raw, Typed, raw, value};
#[doc(hidden)]
pub use insert::InsertTable;
pub use insert::{InsertAll, Numbers};
pub use join::{JoinOf, Joins};
#[cfg(feature = "json")]
pub use json::{JsonMethods, JsonPath};
pub use kinds::{ArrayValue, TextValue};
pub use lock::Lock;
pub use methods::ExpressionMethods;
#[doc(hidden)]
pub use node::Node;
pub use node::{ArrayTest, ColumnAt};
pub use order::{OrderBy, Ordering};
pub use page::{Cursor, Page, Paged};
#[doc(hidden)]
pub use parts::Parts;
pub use preload::{Preload, Preloads, Spec};
pub use preloader::{More, preload};
#[doc(hidden)]
pub use reading::{Arrivals, Preloaded, Reading};
pub use related::{Owners, RowCount};
pub(crate) use render::Renderer;
pub use render::{Context, DefaultScope};
pub use scope::{Alias, Always, Here, In, Join, LeftJoin, Maybe, Presence, Source, There};
pub(crate) use select::Select;
#[doc(hidden)]
pub use selection::{ReadAs, column, expression, read_field};
pub use selection::{SelectFrom, Selection};
#[doc(hidden)]
pub use shape::Selected;
pub use shape::{OptionalRow, RowOf, Shape};
pub use window::{Edge, Window, WindowFunction, dense_rank, first_value, lag, last_value, lead, rank, row_number};

use crate::{
    adapter::{DbError, Sql},
    schema::{Entity, Meta, Row, Schema},
    types::{KeyValues, TypeError},
};
use parts::{Distinct, From};

/// A query that reads the tables of the scope `Q` and returns rows as `O`: one on posts is a `Query<Post>`.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
///
/// let query = Post::query()
///     .filter(Post::title.like("%rust%").and(Post::id.gt(3)))
///     .order_by(Post::id.desc())
///     .limit(20)
///     .preload((Post::tags, Post::comments.then(Comment::post)));
/// # drop(query);
/// ```
#[must_use = "a query does nothing until a repo runs it"]
pub struct Query<Q, O = Q> {
    pub(crate) parts: Parts,
    decoder: Decoder<O>,
    scope: PhantomData<fn() -> Q>,
}

/// How the rows of a query become what it returns.
#[doc(hidden)]
pub struct Decoder<O> {
    /// Reads a row.
    pub read: fn(&mut dyn Row) -> Result<O, TypeError>,
    /// The rows as those of a schema, if they are.
    pub entities: for<'a> fn(&'a mut [O]) -> Vec<&'a mut dyn Entity>,
    /// The schema, if they are rows of one that preload.
    pub(crate) meta: Option<&'static Meta>,
}

impl<O> Clone for Decoder<O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for Decoder<O> {}

impl<O> Decoder<O> {
    pub(crate) fn of(read: fn(&mut dyn Row) -> Result<O, TypeError>) -> Self {
        Self { read, entities: |_| Vec::new(), meta: None }
    }
}

impl<S: Source> Query<S, S::Row> {
    pub(crate) fn new() -> Self {
        Self::on(From::of::<S>())
    }

    /// All columns of a source, wherever its rows come from.
    pub(crate) fn on(source: From) -> Self {
        let parts = Parts::all_of(source, S::meta(), Selected::all_of::<S>());
        Self { parts, decoder: Decoder::of(S::read), scope: PhantomData }
    }

    pub(crate) fn by_filters(filters: Vec<Node>) -> Self {
        let mut query = Self::new();
        query.parts.filters = filters;
        query
    }
}

impl<S: Schema + Source<Row = S>> Query<S> {
    /// The row with that primary key.
    pub fn by_key(key: impl Into<S::Key>) -> Self {
        Self::by_filters(by_key::filters(S::META, key.into().into_values()))
    }
}

impl<Q, O> Query<Q, O> {
    /// Loads associations of the rows, one statement for each; [all in one](Self::in_one_statement), if asked for.
    ///
    /// An association that is named again gets what is to be loaded beyond it; with another condition, order or limit than
    /// before it is [`DbError::Configuration`] when the query runs, unless it is [forced](Preload::force): then it counts alone.
    pub fn preload<P: Preloads<O>>(mut self, preloads: P) -> Self {
        self.parts.preloads.extend(preloads.specs());
        (self.decoder.entities, self.decoder.meta) = (P::entities, Some(P::owner()));
        self
    }

    /// Loads the associations in the same statement, on all levels: their rows come behind the query's own (`UNION ALL`).
    ///
    /// It saves the round trips of the other statements, but the database works longer: for one that is far away, and some
    /// hundreds of rows. Near by it is slower. `BENCHMARKS.md` has both: `assoc` and
    /// `assoc, tuned`, in its tables of what is loaded.
    ///
    /// Preloads that are [`joined`](Preload::joined) are loaded like the others, and may have limits. Where the query
    /// [locks](Self::lock) its rows, all are statements of their own, as without. On PostgreSQL, `char(n)` columns may come
    /// without the blanks at their ends.
    ///
    /// ```
    /// use assoc_core::{Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query().preload((Post::comments.then(Comment::post), Post::tags)).in_one_statement();
    /// # drop(query);
    /// ```
    pub fn in_one_statement(mut self) -> Self {
        self.parts.in_one_statement = true;
        self
    }

    /// The same query in another scope, which its parts fit.
    pub(crate) fn in_scope<R>(self) -> Query<R, O> {
        Query { parts: self.parts, decoder: self.decoder, scope: PhantomData }
    }

    /// Only rows that satisfy the condition, and those of earlier calls.
    pub fn filter(mut self, condition: Condition<Q>) -> Self {
        self.parts.filters.push(condition.node);
        self
    }

    /// Rows in that order; a later call orders what is equal so far.
    pub fn order_by(mut self, order: impl OrderBy<Q>) -> Self {
        self.parts.order.extend(order.orderings());
        self
    }

    /// At most that many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.parts.limit = Some(rows);
        self
    }

    /// Without that many rows at the start.
    pub fn offset(mut self, rows: u64) -> Self {
        self.parts.offset = Some(rows);
        self
    }

    /// Returns something else of each row: a column, an expression, an aggregate, whole rows, or a tuple of these.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query()
    ///     .join(Post::comments)
    ///     .group_by((Post::id, Post::title))
    ///     .having(Comment::id.count().gt(10))
    ///     .order_by(Comment::id.count().desc())
    ///     .select((Post::title, Comment::id.count(), Comment::rating.avg()));
    /// # drop(query);
    /// ```
    pub fn select<T: Shape<Q, I, R>, I, R>(self, shape: T) -> Query<Q, R> {
        let parts = Parts { selection: shape.selected(), preloads: Vec::new(), ..self.parts };
        Query { parts, decoder: Decoder::of(|row| T::decode(row, &mut 0)), scope: PhantomData }
    }

    /// Returns a struct with `#[derive(Select)]`, which says itself what its fields are.
    ///
    /// ```
    /// use assoc_core::{Query, Stored, doctest::{Comment, Total}};
    ///
    /// let query: Query<Comment, Total> = Comment::query().group_by(Comment::post_id).select_as();
    /// # drop(query);
    /// ```
    pub fn select_as<T, I>(self) -> Query<Q, T>
    where
        T: SelectFrom<Q, I>,
    {
        self.selecting::<T>(T::expressions())
    }

    /// Returns a struct with `#[derive(Select)]`, whose fields are these, in their order.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post, Total}};
    ///
    /// let query = Post::query()
    ///     .join(Post::comments)
    ///     .group_by(Post::id)
    ///     .select_into::<Total, _, _>((Post::id.optional(), Comment::id.count()));
    /// # drop(query);
    /// ```
    pub fn select_into<T, X, I>(self, shape: X) -> Query<Q, T>
    where
        T: Selection,
        X: Shape<Q, I, T::Columns>,
    {
        self.selecting::<T>(shape.selected().into_iter().map(|selected| selected.node).collect())
    }

    fn selecting<T: Selection>(self, nodes: Vec<Node>) -> Query<Q, T> {
        let column = |(field, node)| {
            let (name, ty) = T::column(field);
            Selected { node, ty, name: Some(name.into()) }
        };
        let selection = nodes.into_iter().enumerate().map(column).collect();
        let parts = Parts { selection, preloads: Vec::new(), ..self.parts };
        Query { parts, decoder: Decoder::of(T::read), scope: PhantomData }
    }

    /// One row for each group of rows that have the same values.
    pub fn group_by<T: Expressions<Q, I>, I>(mut self, expressions: T) -> Self {
        self.parts.group.extend(expressions.typed());
        self
    }

    /// Only groups that satisfy the condition.
    pub fn having(mut self, condition: Condition<Q>) -> Self {
        self.parts.having.push(condition.node);
        self
    }

    /// Each row once, however often it comes.
    pub fn distinct(mut self) -> Self {
        self.parts.distinct = Distinct::Rows;
        self
    }

    /// The first row, in the order of the query, of those that have the same values (`DISTINCT ON`). On PostgreSQL only,
    /// which wants the order to begin with these values.
    pub fn distinct_on<T: Expressions<Q, I>, I>(mut self, expressions: T) -> Self {
        self.parts.distinct = Distinct::On(expressions.nodes());
        self
    }

    /// Locks the rows of the query's first table until the transaction ends.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.parts.lock = Some(lock);
        self
    }

    /// For the repo: whether it locks rows.
    #[doc(hidden)]
    pub fn locks(&self) -> bool {
        self.parts.lock.is_some()
    }

    /// Reads tables of another schema of the database, as that of a tenant; on SQLite, of an attached database.
    pub fn prefix(mut self, schema: impl AsRef<str>) -> Self {
        self.parts.prefix = Some(schema.as_ref().into());
        self
    }

    /// Without the conditions that the repo adds for all queries of a schema.
    pub fn unscoped(mut self) -> Self {
        self.parts.scoped = false;
        self
    }

    /// For the repo: that many rows tell enough.
    #[doc(hidden)]
    pub fn at_most(mut self, rows: u64) -> Self {
        self.parts.limit = Some(self.parts.limit.map_or(rows, |limit| limit.min(rows)));
        self
    }

    /// For the repo: one row tells that there is one, whatever the order.
    #[doc(hidden)]
    pub fn any(mut self) -> Self {
        if !self.parts.is_windowed() {
            self.parts.order = Vec::new();
        }
        self.at_most(1)
    }

    /// For the repo: the statement.
    ///
    /// # Errors
    /// The database cannot do what is asked for, or keep rows of the schema.
    #[doc(hidden)]
    pub fn to_sql(&self, cx: &Context) -> Result<Sql<'static>, DbError> {
        self.parts.clone().build(cx)
    }

    /// For the repo: what its preloads need to know: they read the schema of the database that it names, and all rows if it
    /// does.
    #[doc(hidden)]
    pub fn preload_context(&self, cx: &Context) -> Context {
        let mut cx = cx.clone();
        cx.query_prefix = self.parts.prefix.clone();
        if !self.parts.scoped {
            cx.scopes = Default::default();
        }
        cx
    }

    /// For the repo: the associations to load.
    #[doc(hidden)]
    pub fn preloads(&self) -> &[Spec] {
        &self.parts.preloads
    }

    /// For the repo: how its rows are read.
    #[doc(hidden)]
    pub fn decoder(&self) -> Decoder<O> {
        self.decoder
    }

    /// For the repo: what its first rows are, for messages.
    #[doc(hidden)]
    pub fn subject(&self) -> &'static str {
        match &self.parts.source {
            From::Table(meta, _) => meta.name,
            From::Named(name, _) => name,
            From::Query(..) => "row",
        }
    }
}

impl<Q, O> Clone for Query<Q, O> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), decoder: self.decoder, scope: PhantomData }
    }
}

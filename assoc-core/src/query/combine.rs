//! Queries of queries: unions, subqueries, `WITH`.

use std::marker::PhantomData;

use sea_query::UnionType;

use super::{
    Condition, Expression, Node, Parts, Query, Source,
    parts::{Combined, CtePart, From},
};
use crate::{
    schema::{AssocRef, Stored, kind},
    types::ColumnType,
};

/// What the rows of a query are, if another query is to read them: a schema, or a struct with `#[derive(Select)]`.
#[diagnostic::on_unimplemented(
    message = "rows of type `{Self}` cannot be read by another query: their columns have no names",
    label = "the rows are a `{Self}`",
    note = "select whole rows of a schema, or a struct with `#[derive(Select)]`: `.select_as::<Struct, _>()`, `.select_into::<Struct, _, _>((…))`"
)]
pub trait NamedRow: Source<Row = Self> + Sized {}

#[diagnostic::do_not_recommend]
impl<S: Source<Row = S>> NamedRow for S {}

impl<Q, O> Query<Q, O> {
    /// The rows, and those of others, as the table of another query, which loads what this one would.
    fn table_with(mut self, others: Vec<(UnionType, Parts)>) -> Query<O>
    where
        O: NamedRow,
    {
        let (preloads, in_one_statement) = (std::mem::take(&mut self.parts.preloads), self.parts.in_one_statement);
        let rows = Combined { first: self.parts, others };
        let mut query = Query::on(From::Query(Box::new(rows), O::name().into()));
        (query.parts.preloads, query.parts.in_one_statement, query.decoder) =
            (preloads, in_one_statement, self.decoder);
        query
    }

    fn combined<R>(self, kind: UnionType, other: Query<R, O>) -> Query<O>
    where
        O: NamedRow,
    {
        self.table_with(vec![(kind, other.parts)])
    }

    /// The rows of both queries, each once. What comes out can be filtered and ordered like a table.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::Post};
    ///
    /// let new = Post::query().order_by(Post::id.desc()).limit(10);
    /// let query = new.union(Post::query().filter(Post::title.like("Rust%"))).order_by(Post::title.asc());
    /// # drop(query);
    /// ```
    pub fn union<R>(self, other: Query<R, O>) -> Query<O>
    where
        O: NamedRow,
    {
        self.combined(UnionType::Distinct, other)
    }

    /// The rows of both queries, as often as they come.
    pub fn union_all<R>(self, other: Query<R, O>) -> Query<O>
    where
        O: NamedRow,
    {
        self.combined(UnionType::All, other)
    }

    /// The rows that both queries return.
    pub fn intersect<R>(self, other: Query<R, O>) -> Query<O>
    where
        O: NamedRow,
    {
        self.combined(UnionType::Intersect, other)
    }

    /// The rows of this query that the other does not return.
    pub fn except<R>(self, other: Query<R, O>) -> Query<O>
    where
        O: NamedRow,
    {
        self.combined(UnionType::Except, other)
    }

    /// The rows of this query as the table of another: `SELECT … FROM (SELECT …)`. So a window's value can be
    /// filtered by, or a limited query joined.
    pub fn subquery(self) -> Query<O>
    where
        O: NamedRow,
    {
        self.table_with(Vec::new())
    }
}

impl std::convert::From<Parts> for Combined {
    fn from(first: Parts) -> Self {
        Self { first, others: Vec::new() }
    }
}

/// A query with a name, for the `WITH` of others. `T` is a struct with `#[derive(Select)]`, whose columns it has.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post, Total}, query::Cte};
///
/// let totals = Cte::of(Comment::query().group_by(Comment::post_id).select_as::<Total, _>());
/// let query = Post::query()
///     .with(totals)
///     .join_on::<Total>(Total::post_id.eq(Post::id))
///     .select((Post::title, Total::comments));
/// # drop(query);
/// ```
#[must_use = "it does nothing until a query has it: `.with(…)`"]
pub struct Cte<T> {
    part: CtePart,
    types: PhantomData<fn() -> T>,
}

impl<T: NamedRow> Cte<T> {
    /// The rows of a query.
    pub fn of<Q>(query: Query<Q, T>) -> Self {
        Self::part(query.parts.into(), false)
    }

    /// The rows of a query, and those of a further one that reads what there is so far, again and again, until it
    /// finds no row that is not there yet. The further one joins `T`.
    pub fn recursive<Q, R>(first: Query<Q, T>, further: Query<R, T>) -> Self {
        Self::part(Combined { first: first.parts, others: vec![(UnionType::Distinct, further.parts)] }, true)
    }

    /// As [`recursive`](Self::recursive), with rows that come several times: faster where none can.
    pub fn recursive_all<Q, R>(first: Query<Q, T>, further: Query<R, T>) -> Self {
        Self::part(Combined { first: first.parts, others: vec![(UnionType::All, further.parts)] }, true)
    }

    fn part(query: Combined, recursive: bool) -> Self {
        Self { part: CtePart { name: T::name(), query, recursive }, types: PhantomData }
    }

    /// A query for its rows.
    pub fn query(self) -> Query<T> {
        let mut query = Query::on(From::Named(T::name(), T::name().into()));
        query.parts.ctes.push(self.part);
        query
    }
}

impl<Q, O> Query<Q, O> {
    /// Names the rows of another query, so that this one can join them: `.join_on::<T>(…)`.
    pub fn with<T>(mut self, cte: Cte<T>) -> Self {
        self.parts.ctes.push(cte.part);
        self
    }

    /// Whether it returns any row, as a condition of another query.
    pub fn any_row<R>(self) -> Condition<R> {
        Condition::new(Node::AnyRow(Box::new(self.parts)))
    }
}

impl<Q, V: ColumnType> Query<Q, V> {
    /// The value that it returns, as an expression of another query; `None` if it returns no row. A query that returns
    /// several is refused by PostgreSQL; SQLite takes the first.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::Comment};
    ///
    /// let mean = Comment::query().select(Comment::rating.avg()).scalar();
    /// let query = Comment::query().filter(Comment::rating.plus(0).gt(3)).select((Comment::row(), mean));
    /// # drop(query);
    /// ```
    pub fn scalar<R>(self) -> Expression<R, Option<V::Base>>
    where
        Option<V::Base>: ColumnType,
    {
        Expression::new(Node::Query(Box::new(self.parts)))
    }
}

impl<S: Stored, K: kind::Step> AssocRef<S, S, K> {
    /// The rows of a query, and all that the association leads to from them, however far: a category's whole tree.
    /// Each row comes once, also where the ways go in circles.
    ///
    /// ```
    /// # use assoc_core::{ExpressionMethods, Query, Stored, schema::{AssocRef, kind}};
    /// # fn example<Category: Stored>(children: AssocRef<Category, Category, kind::HasMany>, root: Query<Category>) {
    /// let tree = children.recursive(root); // Category::children.recursive(Category::query().filter(…))
    /// # drop(tree);
    /// # }
    /// ```
    pub fn recursive(self, start: Query<S>) -> Query<S> {
        // Names that no table of a program is likely to have.
        const TREE: &str = "rows so far";
        const OWNER: &str = "row so far";
        let mut start = start;
        let preloads = std::mem::take(&mut start.parts.preloads);
        let (prefix, scoped) = (start.parts.prefix.clone(), start.parts.scoped);
        let in_one_statement = start.parts.in_one_statement;
        let mut further: Query<S> = Query::on(From::Named(TREE, OWNER.into()));
        further.parts.joins.push(super::join::JoinPart {
            left: false,
            target: super::join::Target::Association {
                owner: S::META,
                owner_at: OWNER.into(),
                association: self.meta(),
                at: S::META.table.name.into(),
                on: Vec::new(),
            },
        });
        let query = Combined { first: start.parts, others: vec![(UnionType::Distinct, further.parts)] };
        let mut tree = Query::on(From::Named(TREE, S::META.table.name.into()));
        tree.parts.ctes.push(CtePart { name: TREE, query, recursive: true });
        (tree.parts.preloads, tree.parts.in_one_statement) = (preloads, in_one_statement);
        (tree.parts.prefix, tree.parts.scoped) = (prefix, scoped);
        tree.decoder = start.decoder;
        tree
    }
}

//! Conditions on the rows of an association: `Post::comments.any(…)`, `.none(…)`, `.count().gt(3)`.

use std::{borrow::Cow, marker::PhantomData};

use sea_query::{Expr, ExprTrait, Func, SelectStatement, Value};

use super::{
    ColumnAt, Condition, In, IntoExpression, Node, Query, Renderer, Typed,
    expr::{Comparable, Operand},
    select::{Select, path},
};
use crate::{
    schema::{AssocRef, Hop, Meta, Relation, Schema, Stored, kind},
    types::{ColumnType, is_null},
};

/// The rows of an association that satisfy conditions, seen from their owner.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Related {
    owner: &'static Meta,
    /// The name of the owner's table in the query.
    pub(super) owner_at: Cow<'static, str>,
    /// The name of the rows' table in the query, where it is about them.
    pub(super) related_at: Cow<'static, str>,
    association: Hop,
    pub(super) filters: Vec<Node>,
}

impl Related {
    /// A name for the table of the rows in a subquery.
    fn inner_name(&self, r: &Renderer) -> String {
        let mut name = format!("s{}", r.depth);
        if [&self.owner_at, &self.related_at].into_iter().any(|at| **at == *name) {
            name.push('_');
        }
        name
    }

    /// The subquery for the owner. `what` is selected of each row.
    fn select(self, what: Expr, r: &mut Renderer) -> Select {
        let related = (self.association.related)();
        let name = self.inner_name(r);
        let mut inner = r.inner();
        let mut select = Select::nothing_of(related, name.clone().into(), &mut inner);
        select.statement.expr(what);
        for (column, field) in select.join_back(self.owner, &path(self.association), &mut inner) {
            let owner = ColumnAt::aliased(self.owner, field, self.owner_at.clone());
            select.statement.and_where(column.expr().eq(owner.expr()));
        }
        for mut filter in self.filters {
            filter.rename(related.table.name, &name);
            select.statement.and_where(filter.render(&mut inner));
        }
        r.absorb(inner);
        select
    }

    /// The keys of its rows, each once.
    fn each(self, r: &mut Renderer) -> SelectStatement {
        let related = (self.association.related)();
        let mut select = self.select(Expr::val(1), r);
        let table = select.table;
        let keys = related.primary_key.iter().map(|&field| ColumnAt::aliased(related, field, table.clone()).expr());
        select.statement.clear_selects().distinct().exprs(keys);
        select.statement
    }

    pub(crate) fn exists(self, r: &mut Renderer) -> Expr {
        let mut select = self.select(Expr::cust("1"), r);
        select.window(r.limit_of_exists(), None);
        Expr::exists(select.statement)
    }

    /// The row is one of the association's, of an owner with one of these keys.
    pub(crate) fn of(self, keys: Vec<Vec<Value>>, r: &mut Renderer) -> Expr {
        let related = (self.association.related)();
        let name = self.inner_name(r);
        let mut inner = r.inner();
        let mut select = Select::nothing_of(related, name.clone().into(), &mut inner);
        select.statement.expr(Expr::cust("1"));
        let columns = select.join_back(self.owner, &path(self.association), &mut inner);
        for &field in related.primary_key {
            let column = |table| ColumnAt::aliased(related, field, table).expr();
            select.statement.and_where(column(name.clone().into()).eq(column(self.related_at.clone())));
        }
        select.filter(vec![Node::any_of(columns.into_iter().map(|(column, _)| column), keys)], &mut inner);
        r.absorb(inner);
        select.window(r.limit_of_exists(), None);
        Expr::exists(select.statement)
    }

    /// The values of an owner that the association's rows refer to; `None` if one is missing.
    fn key_of(owner: &impl Schema, fields: &[usize]) -> Option<Vec<Value>> {
        let value = |&field: &usize| owner.value(field).filter(|value| !is_null(value));
        fields.iter().map(value).collect()
    }

    /// The owner's fields that the first step of the association starts from.
    fn owner_fields(&self) -> Vec<usize> {
        match path(self.association).first() {
            Some(hop) => match hop.relation {
                Relation::Parent(keys) => keys.iter().map(|key| key.owner).collect(),
                _ => hop.owner_fields(),
            },
            None => Vec::new(),
        }
    }

    pub(crate) fn count(self, r: &mut Renderer) -> Expr {
        let count: Expr = Func::count(Expr::cust("*")).into();
        let statement = if matches!(self.association.relation, Relation::Through(_)) {
            // Several ways may lead to a row, which counts once.
            let mut outer = sea_query::Query::select();
            outer.expr(count).from_subquery(self.each(r), "each");
            outer
        } else {
            self.select(count, r).statement
        };
        // In parentheses, as SQL wants it.
        Expr::SubQuery(None, Box::new(statement.into()))
    }
}

impl<P: Schema, C: Schema, K: kind::Step> AssocRef<P, C, K> {
    fn related(self) -> Related {
        let (owner_at, related_at) = (P::META.table.name.into(), C::META.table.name.into());
        Related { owner: P::META, owner_at, related_at, association: self.meta(), filters: Vec::new() }
    }

    /// At least one row of the association satisfies the condition.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query().filter(Post::comments.any(Comment::rating.gt(3)));
    /// # drop(query);
    /// ```
    pub fn any<Q, I>(self, condition: Condition<C>) -> Condition<Q>
    where
        P: In<Q, I>,
    {
        Condition::new(Node::Exists(Related { filters: vec![condition.node], ..self.related() }))
    }

    /// No row of the association satisfies the condition.
    pub fn none<Q, I>(self, condition: Condition<C>) -> Condition<Q>
    where
        P: In<Q, I>,
    {
        !self.any(condition)
    }

    /// The association has no rows.
    pub fn is_empty<Q, I>(self) -> Condition<Q>
    where
        P: In<Q, I>,
    {
        Condition::new(Node::Not(Box::new(Node::Exists(self.related()))))
    }

    /// A query for its rows of some owners: of one, or of a list (`assoc` in Ecto). The owners need not have it loaded.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, doctest::{Comment, Post}};
    ///
    /// # fn example(post: Post) {
    /// let latest = Post::comments.of(&post).order_by(Comment::id.desc()).limit(10);
    /// # drop(latest);
    /// # }
    /// ```
    pub fn of<'o>(self, owners: impl Owners<'o, P>) -> Query<C>
    where
        C: Stored,
    {
        let related = self.related();
        let fields = related.owner_fields();
        let keys = owners.owners().into_iter().filter_map(|owner| Related::key_of(owner, &fields)).collect();
        if let Relation::Child(pairs) = related.association.relation
            && related.association.filter.is_empty()
        {
            let columns = pairs.iter().map(|key| ColumnAt::of(C::META, key.related));
            return Query::by_filters(vec![Node::any_of(columns, keys)]);
        }
        Query::by_filters(vec![Node::Of(related, keys)])
    }

    /// The number of its rows, as an expression: to be compared, selected, ordered by.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query().filter(Post::comments.count().gte(3));
    /// let query = query.filter(Post::comments.count().filter(Comment::rating.eq(5)).eq(1));
    /// let query = query.select((Post::title, Post::comments.count()));
    /// # drop(query);
    /// ```
    pub fn count(self) -> RowCount<P, C> {
        RowCount { related: self.related(), schemas: PhantomData }
    }
}

/// Rows that own those of an association: one, or a list of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of `{P}`, and no list of them",
    label = "expected `&post`, or `&posts`"
)]
pub trait Owners<'o, P: 'o> {
    /// The rows.
    fn owners(self) -> Vec<&'o P>;
}

impl<'o, P: Schema> Owners<'o, P> for &'o P {
    fn owners(self) -> Vec<&'o P> {
        vec![self]
    }
}

impl<'o, P: Schema> Owners<'o, P> for &'o [P] {
    fn owners(self) -> Vec<&'o P> {
        self.iter().collect()
    }
}

impl<'o, P: Schema, const N: usize> Owners<'o, P> for &'o [P; N] {
    fn owners(self) -> Vec<&'o P> {
        self.iter().collect()
    }
}

impl<'o, P: Schema> Owners<'o, P> for &'o Vec<P> {
    fn owners(self) -> Vec<&'o P> {
        self.iter().collect()
    }
}

impl<'o, P: Schema, const N: usize> Owners<'o, P> for [&'o P; N] {
    fn owners(self) -> Vec<&'o P> {
        self.to_vec()
    }
}

impl<'o, P: Schema> Owners<'o, P> for Vec<&'o P> {
    fn owners(self) -> Vec<&'o P> {
        self
    }
}

/// The number of rows of an association. Made by [`AssocRef::count`].
#[derive(Clone, Debug)]
#[must_use = "a number is compared: `.gt(3)`"]
pub struct RowCount<P, C> {
    related: Related,
    schemas: PhantomData<fn() -> (P, C)>,
}

impl<P, C> RowCount<P, C> {
    /// Only of rows that satisfy the condition.
    pub fn filter(mut self, condition: Condition<C>) -> Self {
        self.related.filters.push(condition.node);
        self
    }
}

impl<P, C> Typed for RowCount<P, C> {
    type Value = i64;
}

impl<P: In<Q, I>, C, Q, I> IntoExpression<Q, I> for RowCount<P, C> {
    fn node(self) -> Node {
        Node::Count(self.related)
    }
}

impl<V, P: In<Q, I>, C, Q, I> Operand<Q, V, I> for RowCount<P, C>
where
    i64: ColumnType + Comparable<V>,
{
    fn operand(self) -> Node {
        Node::Count(self.related)
    }
}

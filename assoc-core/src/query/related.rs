//! Conditions on the rows of an association: `Post::comments.any(…)`, `.none(…)`, `.count().gt(3)`.

use std::marker::PhantomData;

use sea_query::{BinOper, Expr, ExprTrait, Func, Value};

use super::{
    ColumnAt, Condition, Filter, Query, Scope,
    select::{Select, path},
};
use crate::{
    adapter::Dialect,
    schema::{AssocRef, Hop, Meta, Relation, Schema, kind},
    types::is_null,
};

/// The rows of an association that satisfy conditions, seen from their owner.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    owner: &'static Meta,
    association: Hop,
    filters: Vec<Filter>,
}

impl Related {
    /// The subquery for the owner that the scope names. `what` is selected of each row.
    fn select(self, what: Expr, scope: &Scope, dialect: &dyn Dialect) -> Select {
        let related = (self.association.related)();
        let inner = scope.inner();
        let mut select = Select::nothing_of(related, inner.table.clone());
        select.statement.expr(what);
        for (column, field) in select.join_back(self.owner, &path(self.association), dialect) {
            let owner = Expr::col((scope.table.to_string(), self.owner.fields[field].column));
            select.statement.and_where(column.expr().eq(owner));
        }
        for mut filter in self.filters {
            filter.rename(related.table.name, &inner.table);
            select.statement.and_where(filter.render(dialect, &inner));
        }
        select
    }

    pub(crate) fn exists(self, scope: &Scope, dialect: &dyn Dialect) -> Expr {
        Expr::exists(self.select(Expr::val(1), scope, dialect).statement)
    }

    /// The row that the scope names is one of the association's, of an owner with one of these keys.
    pub(crate) fn of(self, keys: Vec<Vec<Value>>, scope: &Scope, dialect: &dyn Dialect) -> Expr {
        let related = (self.association.related)();
        let inner = scope.inner();
        let mut select = Select::nothing_of(related, inner.table.clone());
        select.statement.expr(Expr::val(1));
        let columns = select.join_back(self.owner, &path(self.association), dialect);
        for &field in related.primary_key {
            let column = |table| ColumnAt::aliased(related, field, table).expr();
            select.statement.and_where(column(inner.table.clone()).eq(column(scope.table.clone())));
        }
        let columns: Vec<ColumnAt> = columns.into_iter().map(|(column, _)| column).collect();
        select.statement.and_where(dialect.any_of(&columns, keys));
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

    pub(crate) fn count(self, scope: &Scope, dialect: &dyn Dialect) -> Expr {
        let count = self.select(Func::count(Expr::cust("*")).into(), scope, dialect);
        // In parentheses, as SQL wants it.
        Expr::SubQuery(None, Box::new(count.statement.into()))
    }
}

impl<P: Schema, C: Schema, K: kind::Step> AssocRef<P, C, K> {
    fn related(self) -> Related {
        Related { owner: P::META, association: self.meta(), filters: Vec::new() }
    }

    /// At least one row of the association satisfies the condition.
    ///
    /// ```
    /// use assoc_core::{Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query().filter(Post::comments.any(Comment::rating.gt(3)));
    /// # drop(query);
    /// ```
    pub fn any(self, condition: Condition<C>) -> Condition<P> {
        Condition::new(Filter::Exists(Related { filters: vec![condition.filter], ..self.related() }))
    }

    /// No row of the association satisfies the condition.
    pub fn none(self, condition: Condition<C>) -> Condition<P> {
        !self.any(condition)
    }

    /// The association has no rows.
    pub fn is_empty(self) -> Condition<P> {
        Condition::new(Filter::Not(Box::new(Filter::Exists(self.related()))))
    }

    /// A query for its rows of some owners: of one, or of a list (`assoc` in Ecto). The owners need not have it loaded.
    ///
    /// ```
    /// use assoc_core::doctest::{Comment, Post};
    ///
    /// # fn example(post: Post) {
    /// let latest = Post::comments.of([&post]).order_by(Comment::id.desc()).limit(10);
    /// # drop(latest);
    /// # }
    /// ```
    pub fn of<'o>(self, owners: impl IntoIterator<Item = &'o P>) -> Query<C> {
        let related = self.related();
        let fields = related.owner_fields();
        let keys = owners.into_iter().filter_map(|owner| Related::key_of(owner, &fields)).collect();
        if let Relation::Child(pairs) = related.association.relation
            && related.association.filter.is_empty()
        {
            let columns = pairs.iter().map(|key| ColumnAt::of(C::META, key.related)).collect();
            return Query::by_filters(vec![Filter::AnyOf(columns, keys)]);
        }
        Query::by_filters(vec![Filter::Of(related, keys)])
    }

    /// The number of its rows, to be compared.
    ///
    /// ```
    /// use assoc_core::{Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query().filter(Post::comments.count().gte(3));
    /// let query = query.filter(Post::comments.count().of(Comment::rating.eq(5)).eq(1));
    /// # drop(query);
    /// ```
    pub fn count(self) -> RowCount<P, C> {
        RowCount { related: self.related(), schemas: PhantomData }
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
    pub fn of(mut self, condition: Condition<C>) -> Self {
        self.related.filters.push(condition.filter);
        self
    }

    fn compare(self, op: BinOper, number: i64) -> Condition<P> {
        Condition::new(Filter::Count(self.related, op, number))
    }

    /// There are that many.
    pub fn eq(self, number: i64) -> Condition<P> {
        self.compare(BinOper::Equal, number)
    }

    /// There are not that many.
    pub fn ne(self, number: i64) -> Condition<P> {
        self.compare(BinOper::NotEqual, number)
    }

    /// There are more.
    pub fn gt(self, number: i64) -> Condition<P> {
        self.compare(BinOper::GreaterThan, number)
    }

    /// There are that many, or more.
    pub fn gte(self, number: i64) -> Condition<P> {
        self.compare(BinOper::GreaterThanOrEqual, number)
    }

    /// There are fewer.
    pub fn lt(self, number: i64) -> Condition<P> {
        self.compare(BinOper::SmallerThan, number)
    }

    /// There are that many, or fewer.
    pub fn lte(self, number: i64) -> Condition<P> {
        self.compare(BinOper::SmallerThanOrEqual, number)
    }
}

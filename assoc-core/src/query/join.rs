//! Joins: by associations, and by conditions.

use std::{borrow::Cow, marker::PhantomData};

use sea_query::{Expr, ExprTrait, IntoTableRef, JoinType};

use super::{
    Alias, ColumnAt, Condition, In, Join, LeftJoin, Node, Query, Renderer, Select, Source,
    parts::From,
    select::{given, named, path},
};
use crate::schema::{AssocRef, Hop, Meta, Relation, Schema, Stored, kind};

/// A join without its types.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct JoinPart {
    pub left: bool,
    pub target: Target,
}

/// What is joined.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub enum Target {
    /// The rows of an association of rows that the query has.
    Association {
        owner: &'static Meta,
        owner_at: Cow<'static, str>,
        association: Hop,
        at: Cow<'static, str>,
        on: Vec<Node>,
    },
    /// Rows for which a condition holds.
    On(From, Node),
}

impl JoinPart {
    /// The name by which the query knows what is joined.
    pub(crate) fn name(&self) -> &str {
        match &self.target {
            Target::Association { at, .. } => at,
            Target::On(source, _) => source.name(),
        }
    }
}

/// How an association is joined: under another name, from another name, with a further condition. Made by
/// [`AssocRef::alias`], [`AssocRef::from`], [`AssocRef::on`]. `A` and `B` are the sources at its ends.
pub struct JoinOf<P, C, A, B> {
    association: Hop,
    on: Vec<Node>,
    types: PhantomData<JoinEnds<P, C, A, B>>,
}

type JoinEnds<P, C, A, B> = fn() -> (P, C, A, B);

impl<P: Schema, C: Schema, A, B> JoinOf<P, C, A, B> {
    fn new(association: Hop, on: Vec<Node>) -> Self {
        Self { association, on, types: PhantomData }
    }

    /// Joins the rows under another name, so that a query can join their table twice.
    pub fn alias<N: Alias<C>>(self, _alias: N) -> JoinOf<P, C, A, N> {
        JoinOf::new(self.association, self.on)
    }

    /// Joins the association of the rows that the query has under another name.
    pub fn from<N: Alias<P>>(self, _alias: N) -> JoinOf<P, C, N, B> {
        JoinOf::new(self.association, self.on)
    }

    /// Joins only rows that satisfy the condition: with a left join, owners without such rows stay.
    pub fn on(mut self, condition: Condition<C>) -> Self {
        self.on.push(condition.node);
        self
    }
}

impl<P: Schema, C: Schema, K: kind::Step> AssocRef<P, C, K> {
    fn plainly(self) -> JoinOf<P, C, P, C> {
        JoinOf::new(self.meta(), Vec::new())
    }

    /// For a join: the rows under another name, so that a query can join their table twice.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// assoc_core::alias!(Best = Comment);
    /// let query = Post::query().join(Post::comments.alias(Best)).filter(Comment::rating.of(Best).eq(5));
    /// # drop(query);
    /// ```
    pub fn alias<N: Alias<C>>(self, alias: N) -> JoinOf<P, C, P, N> {
        self.plainly().alias(alias)
    }

    /// For a join: of the rows that the query has under another name.
    pub fn from<N: Alias<P>>(self, alias: N) -> JoinOf<P, C, N, C> {
        self.plainly().from(alias)
    }

    /// For a join: only rows that satisfy the condition. With a left join, owners without such rows stay.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query()
    ///     .left_join(Post::comments.on(Comment::rating.gt(3)))
    ///     .group_by(Post::id)
    ///     .select((Post::title, Comment::id.count()));
    /// # drop(query);
    /// ```
    pub fn on(self, condition: Condition<C>) -> JoinOf<P, C, P, C> {
        self.plainly().on(condition)
    }
}

/// An association that a query can join: a handle, or one with an alias or a condition. It leads from `From` to `To`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no association that a query could join",
    label = "expected an association, as `Post::comments`",
    note = "what is no association is joined by a condition: `.join_on::<Comment>(…)`"
)]
pub trait Joins {
    /// The source that it leads from.
    type From: Source;
    /// The source that it leads to.
    type To: Source;
    /// The join without its types.
    #[doc(hidden)]
    fn part(self, left: bool) -> JoinPart;
}

impl<P: Stored, C: Stored, K: kind::Step> Joins for AssocRef<P, C, K> {
    type From = P;
    type To = C;

    fn part(self, left: bool) -> JoinPart {
        self.plainly().part(left)
    }
}

impl<P: Schema, C: Schema, A: Source, B: Source> Joins for JoinOf<P, C, A, B> {
    type From = A;
    type To = B;

    fn part(self, left: bool) -> JoinPart {
        let target = Target::Association {
            owner: P::META,
            owner_at: A::name().into(),
            association: self.association,
            at: B::name().into(),
            on: self.on,
        };
        JoinPart { left, target }
    }
}

impl<Q, O> Query<Q, O> {
    /// Joins an association: a row for each owner and row of the association. Owners without any are left out.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query()
    ///     .join(Post::comments)
    ///     .filter(Comment::rating.gt(3).or(Post::title.like("%!")))
    ///     .select((Post::title, Comment::row()));
    /// # drop(query);
    /// ```
    pub fn join<T: Joins, I>(self, association: T) -> Query<Join<Q, T::To>, O>
    where
        T::From: In<Q, I>,
    {
        self.widened(association.part(false))
    }

    /// Joins an association; owners without any row of it stay, and have none.
    pub fn left_join<T: Joins, I>(self, association: T) -> Query<LeftJoin<Q, T::To>, O>
    where
        T::From: In<Q, I>,
    {
        self.widened(association.part(true))
    }

    /// Joins rows of a source for which a condition holds.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query().join_on::<Comment>(Comment::body.eq(Post::title));
    /// # drop(query);
    /// ```
    pub fn join_on<C: Source>(self, condition: Condition<Join<Q, C>>) -> Query<Join<Q, C>, O> {
        let target = Target::On(From::of::<C>(), condition.node);
        self.widened(JoinPart { left: false, target })
    }

    /// Joins rows of a source for which a condition holds; rows of the query for which there are none stay.
    pub fn left_join_on<C: Source>(self, condition: Condition<LeftJoin<Q, C>>) -> Query<LeftJoin<Q, C>, O> {
        let target = Target::On(From::of::<C>(), condition.node);
        self.widened(JoinPart { left: true, target })
    }

    fn widened<R>(mut self, join: JoinPart) -> Query<R, O> {
        self.parts.joins.push(join);
        self.in_scope()
    }
}

impl From {
    /// The table of a source, or what a `WITH` has named like it.
    pub(crate) fn of<S: Source>() -> Self {
        match S::meta() {
            Some(meta) => Self::Table(meta, S::name().into()),
            None => Self::Named(S::origin(), S::name().into()),
        }
    }
}

impl Select {
    pub(crate) fn join(&mut self, join: JoinPart, r: &mut Renderer) {
        let kind = if join.left { JoinType::LeftJoin } else { JoinType::InnerJoin };
        match join.target {
            Target::On(source, on) => {
                let on = on.render(r);
                self.join_source(kind, source, on, r);
            }
            Target::Association { owner, owner_at, association, at, on } => {
                let path = path(association);
                if join.left && may_miss(&path, &on, r) {
                    self.join_whole((owner, owner_at), &path, at, on, r);
                } else {
                    self.join_forward(kind, (owner, owner_at), &path, at, on, r);
                }
            }
        }
    }

    /// Left-joins all steps of an association as one: a row of a step on the way that leads to none would stay, too,
    /// were each of them left-joined.
    fn join_whole(
        &mut self,
        (owner, owner_at): (&'static Meta, Cow<'static, str>),
        path: &[Hop],
        at: Cow<'static, str>,
        on: Vec<Node>,
        r: &mut Renderer,
    ) {
        let Some(related) = path.last().map(|hop| (hop.related)()) else { return };
        r.check(related);
        let mut inner = r.inner();
        let mut select = Self::nothing_of(related, at.clone(), &mut inner);
        let keys = select.join_back(owner, path, &mut inner);
        select.filter(renamed(on, related, &at), &mut inner);
        for field in 0..related.columns {
            let column = ColumnAt::aliased(related, field, at.clone());
            let name = column.column;
            select.statement.expr_as(inner.cx.dialect.plain(column), name);
        }
        let mut condition = Vec::new();
        for (place, (column, field)) in keys.into_iter().enumerate() {
            let name = format!("key of the owner {place}");
            select.statement.expr_as(column.expr(), name.clone());
            let owner = ColumnAt::aliased(owner, field, owner_at.clone());
            condition.push(Expr::col((at.to_string(), name)).eq(owner.expr()));
        }
        r.absorb(inner);
        let condition = condition.into_iter().reduce(Expr::and).unwrap_or(Expr::val(true));
        self.statement.join_subquery(JoinType::LeftJoin, select.statement, at.into_owned(), condition);
    }

    /// Joins each step of an association, from its owner on.
    fn join_forward(
        &mut self,
        kind: JoinType,
        owner: (&'static Meta, Cow<'static, str>),
        path: &[Hop],
        at: Cow<'static, str>,
        mut on: Vec<Node>,
        r: &mut Renderer,
    ) {
        let (mut owner, mut owner_at) = owner;
        for (step, hop) in path.iter().enumerate() {
            let related = (hop.related)();
            let last = step + 1 == path.len();
            let here = if last { at.clone() } else { self.alias() };
            let keys = self.step_keys(kind, (owner, &owner_at), hop, r);
            let keys = keys.into_iter().map(|(field, near)| (ColumnAt::aliased(related, field, here.clone()), near));
            let mut condition = vec![equal(keys)];
            let mut further = given(hop, here.clone());
            further.extend(r.scope(related, &here));
            if last {
                r.check(related);
                further.extend(renamed(std::mem::take(&mut on), related, &here));
            }
            condition.extend(further.into_iter().map(|node| node.render(r)));
            let table = named(r.table(related.table), related.table.name, &here);
            self.join_table(kind, table, condition.into_iter().reduce(Expr::and).unwrap_or(Expr::val(true)));
            (owner, owner_at) = (related, here);
        }
    }

    /// The related row's fields with the columns before it that they equal; those of a join table, which is joined then.
    fn step_keys(
        &mut self,
        kind: JoinType,
        (owner, owner_at): (&'static Meta, &Cow<'static, str>),
        hop: Hop,
        r: &Renderer,
    ) -> Vec<(usize, ColumnAt)> {
        let owners = |field| ColumnAt::aliased(owner, field, owner_at.clone());
        match hop.relation {
            Relation::Join(join) => {
                let related = (hop.related)();
                let alias = self.alias();
                let column = |column, meta: &Meta, field: usize| ColumnAt {
                    table: alias.clone(),
                    column,
                    ty: meta.fields[field].ty,
                };
                let to_owner = join.owner.iter().map(|key| (column(key.column, owner, key.field), owners(key.field)));
                let table = r.table(join.table()).alias(alias.to_string());
                self.join_table(kind, table, equal(to_owner));
                join.related.iter().map(|key| (key.field, column(key.column, related, key.field))).collect()
            }
            Relation::Child(keys) | Relation::Parent(keys) => {
                keys.iter().map(|key| (key.related, owners(key.owner))).collect()
            }
            // A path has neither: its steps are those of the first, and the second has no table.
            Relation::Through(_) | Relation::Embed { .. } => Vec::new(),
        }
    }

    fn join_source(&mut self, kind: JoinType, source: From, on: Expr, r: &mut Renderer) {
        match source {
            From::Table(meta, at) => {
                r.check(meta);
                let scope = r.scope(meta, &at);
                let on = scope.into_iter().fold(on, |on, node| on.and(node.render(r)));
                let table = named(r.table(meta.table), meta.table.name, &at);
                self.join_table(kind, table, on);
            }
            From::Named(name, at) => {
                r.check_named(name);
                self.join_table(kind, named(name.into_table_ref(), name, &at), on);
            }
            From::Query(query, at) => {
                let statement = query.statement(r);
                self.statement.join_subquery(kind, statement, at.into_owned(), on);
            }
        }
    }
}

/// Whether a left join of each step could keep rows on the way that lead to none.
fn may_miss(path: &[Hop], on: &[Node], r: &Renderer) -> bool {
    let Some((last, before)) = path.split_last() else { return false };
    let conditions = || !on.is_empty() || !last.filter.is_empty() || !r.scope((last.related)(), "").is_empty();
    let several = before.iter().any(|hop| !matches!(hop.relation, Relation::Parent(_)));
    several || (matches!(last.relation, Relation::Join(_)) && conditions())
}

/// Conditions on a schema, where its table has another name.
fn renamed(mut nodes: Vec<Node>, meta: &Meta, at: &str) -> Vec<Node> {
    nodes.iter_mut().for_each(|node| node.rename(meta.table.name, at));
    nodes
}

fn equal(pairs: impl Iterator<Item = (ColumnAt, ColumnAt)>) -> Expr {
    let pairs = pairs.map(|(a, b)| a.expr().eq(b.expr())).reduce(Expr::and);
    pairs.unwrap_or_else(|| Expr::val(true))
}

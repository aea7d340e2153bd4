//! A query without its types, and how it becomes a SELECT.

use std::{borrow::Cow, sync::Arc};

use sea_query::{CommonTableExpression, Expr, IntoIden, IntoTableRef, SelectStatement, UnionType, WithClause};

use super::{
    Context, Node, Ordering, Renderer, Select, Selected, Statement,
    join::JoinPart,
    lock::{Lock, no_rows_to_lock},
    node::grouped,
    preload::Spec,
    select::named,
};
use crate::{
    adapter::{DbError, Sql},
    schema::Meta,
    types::Type,
};

/// A query without its types.
#[derive(Clone)]
#[doc(hidden)]
pub struct Parts {
    pub(crate) source: From,
    /// The schema of the source's rows, if there is one.
    pub(crate) rows_of: Option<&'static Meta>,
    pub(crate) ctes: Vec<CtePart>,
    pub(crate) joins: Vec<JoinPart>,
    pub(crate) filters: Vec<Node>,
    pub(crate) group: Vec<(Node, Type)>,
    pub(crate) having: Vec<Node>,
    pub(crate) distinct: Distinct,
    pub(crate) order: Vec<Ordering>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) lock: Option<Lock>,
    pub(crate) selection: Vec<Selected>,
    pub(crate) preloads: Vec<Spec>,
    /// Whether the preloads are parts of its statement.
    pub(crate) in_one_statement: bool,
    pub(crate) prefix: Option<Arc<str>>,
    pub(crate) scoped: bool,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("from", &self.source).field("filters", &self.filters).finish_non_exhaustive()
    }
}

/// What a query reads first.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub enum From {
    /// The table of a schema, by its name there.
    Table(&'static Meta, Cow<'static, str>),
    /// What one query, or several together, return.
    Query(Box<Combined>, Cow<'static, str>),
    /// What a `WITH` has named.
    Named(&'static str, Cow<'static, str>),
}

/// Queries whose rows are taken together.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Combined {
    pub first: Parts,
    pub others: Vec<(UnionType, Parts)>,
}

/// A query with a name.
#[derive(Clone, Debug)]
pub(crate) struct CtePart {
    pub name: &'static str,
    pub query: Combined,
    pub recursive: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Distinct {
    #[default]
    No,
    Rows,
    On(Vec<Node>),
}

impl Parts {
    pub(crate) fn of(source: From) -> Self {
        Self {
            source,
            rows_of: None,
            ctes: Vec::new(),
            joins: Vec::new(),
            filters: Vec::new(),
            group: Vec::new(),
            having: Vec::new(),
            distinct: Distinct::No,
            order: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
            selection: Vec::new(),
            preloads: Vec::new(),
            in_one_statement: false,
            prefix: None,
            scoped: true,
        }
    }

    /// All rows of a source, and these columns of it.
    pub(crate) fn all_of(source: From, rows_of: Option<&'static Meta>, selection: Vec<Selected>) -> Self {
        Self { selection, rows_of, ..Self::of(source) }
    }

    /// The rows of the query as a source of another.
    pub(crate) fn nested(self, at: impl Into<Cow<'static, str>>) -> Self {
        Self::of(From::Query(Box::new(self.into()), at.into()))
    }

    /// Whether it returns some of the rows, by their place.
    pub(crate) fn is_windowed(&self) -> bool {
        self.limit.is_some() || self.offset.is_some()
    }

    /// Whether each row of its tables is a row that it returns, windows aside.
    pub(crate) fn is_plain(&self) -> bool {
        let single = self.selection.iter().any(|selected| selected.node.aggregates());
        !single && self.group.is_empty() && self.having.is_empty() && matches!(self.distinct, Distinct::No)
    }

    /// Whether a condition on its rows could be one of the query.
    pub(crate) fn has_pages(&self) -> bool {
        let together = self.selection.iter().any(|selected| selected.node.aggregates()) || !self.having.is_empty();
        let grouped = !self.group.is_empty();
        matches!(self.distinct, Distinct::No) && !self.is_windowed() && (grouped || !together)
    }

    /// Notes a name that two tables have: databases refuse it, or take the columns of one for those of the other.
    fn check_names(&self, r: &mut Renderer) {
        let mut names: Vec<&str> = Vec::with_capacity(self.joins.len() + 1);
        for name in std::iter::once(self.source.name()).chain(self.joins.iter().map(JoinPart::name)) {
            if names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                r.fail(DbError::Configuration(format!(
                    "the query reads `{name}` twice by one name; join it by another: `alias!(Other = …)`, `.alias(Other)`"
                )));
            }
            names.push(name);
        }
    }

    /// Notes a condition on rows that looks at groups or windows, which come after it.
    fn check_filters(&self, r: &mut Renderer) {
        let refuse = |what: &str| DbError::Configuration(what.to_owned());
        if self.filters.iter().any(Node::aggregates) {
            r.fail(refuse("a `filter` looks at rows, and has no aggregates: say it in `having`"));
        }
        if self.filters.iter().chain(&self.having).any(Node::looks_through_windows) {
            r.fail(refuse(
                "conditions come before windows: select the window's value, and filter the `.subquery()` by it",
            ));
        }
    }

    /// The same rows, to be counted.
    pub(crate) fn counted(mut self) -> Self {
        self.lock = None;
        let windowed = self.is_windowed();
        if !windowed {
            self.order = Vec::new();
        }
        let count = || vec![Selected::of::<i64>(Node::Sql("count(*)".into(), Vec::new()))];
        if self.is_plain() && !windowed {
            return Self { selection: count(), ..self };
        }
        if self.is_plain() {
            let one = Node::Sql("1".into(), Vec::new());
            self.selection = vec![Selected { name: Some("one".into()), ..Selected::of::<i32>(one) }];
        }
        Self { selection: count(), ..self.nested("rows") }
    }

    /// The SELECT that a repo sends.
    pub(crate) fn build(self, cx: &Context) -> Result<Sql<'static>, DbError> {
        let mut r = Renderer::new(cx);
        let statement = self.statement(&mut r, true);
        Ok(cx.dialect.render(r.finish(Statement::Select(statement))?))
    }

    /// Databases order distinct rows only by what is selected, and a value is selected as what a driver reads.
    fn is_ordered_by_what_is_cast(&self, r: &Renderer) -> bool {
        let cast = |ty| r.cx.dialect.read(Expr::val(1), ty) != Expr::val(1);
        matches!(self.distinct, Distinct::Rows)
            && !self.order.is_empty()
            && self.selection.iter().any(|selected| cast(selected.ty))
    }

    /// The rows as they are, and around them what a driver reads of them.
    fn read_from_outside(mut self, r: &mut Renderer) -> SelectStatement {
        let types: Vec<Type> = self.selection.iter().map(|selected| selected.ty).collect();
        self.selection.iter_mut().for_each(|selected| selected.name = None);
        let mut outer = sea_query::Query::select();
        for (at, ty) in types.into_iter().enumerate() {
            outer.expr(r.cx.dialect.read(Expr::col(("rows", format!("c{at}"))), ty));
        }
        let mut inner = r.inner();
        outer.from_subquery(self.statement(&mut inner, false), "rows");
        r.absorb(inner);
        outer
    }

    /// The SELECT. One that is `read` by a driver gives its values types that drivers know; another names its columns.
    pub(crate) fn statement(self, r: &mut Renderer, read: bool) -> SelectStatement {
        if read && self.is_ordered_by_what_is_cast(r) {
            return self.read_from_outside(r);
        }
        r.of_query(self.prefix.clone(), self.scoped);
        r.of_offset(self.offset);
        r.name(self.ctes.iter().map(|cte| cte.name));
        self.check_names(r);
        self.check_filters(r);
        let lockable = self.is_plain();
        let mut select = Select::from(self.source, r);
        for join in self.joins {
            select.join(join, r);
        }
        select.filter(self.filters, r);
        let mut distinct_on = match self.distinct {
            Distinct::On(nodes) => {
                r.group();
                nodes
            }
            Distinct::Rows => {
                r.group();
                select.statement.distinct();
                Vec::new()
            }
            Distinct::No => Vec::new(),
        };
        for (at, selected) in self.selection.into_iter().enumerate() {
            select.select(selected, at, read, std::mem::take(&mut distinct_on), r);
        }
        if !self.group.is_empty() {
            r.group();
        }
        let group: Vec<Expr> = self.group.into_iter().map(|(node, _)| node.plain(r)).collect();
        select.statement.add_group_by(group);
        for node in grouped(self.having) {
            select.statement.and_having(node.render(r));
        }
        select.order(self.order, r).window(self.limit, self.offset);
        if let Some(lock) = self.lock {
            if !lockable {
                r.fail(no_rows_to_lock());
            }
            select.lock(lock, r);
        }
        if !self.ctes.is_empty() {
            let with = with(self.ctes, r);
            select.statement.with_cte(with);
        }
        select.statement
    }
}

fn with(ctes: Vec<CtePart>, r: &mut Renderer) -> WithClause {
    let mut clause = WithClause::new();
    clause.recursive(ctes.iter().any(|cte| cte.recursive));
    // One that is not recursive knows those before it, not itself.
    r.forget(ctes.iter().map(|cte| cte.name));
    for CtePart { name, query, recursive } in ctes {
        r.name(recursive.then_some(name).into_iter());
        let mut part = CommonTableExpression::new();
        part.table_name(name).query(query.statement(r));
        r.name(std::iter::once(name));
        clause.cte(part);
    }
    clause
}

impl From {
    /// The name by which the query knows it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Table(_, at) | Self::Query(_, at) | Self::Named(_, at) => at,
        }
    }
}

impl Combined {
    pub(crate) fn statement(self, r: &mut Renderer) -> SelectStatement {
        let alone = self.others.is_empty();
        let mut operand = |parts: Parts| {
            let mut inner = r.inner();
            // A part with an order, a window or parts of its own needs parentheses, which not every database takes here.
            let ordered = !parts.order.is_empty() || parts.is_windowed() || !parts.ctes.is_empty();
            if !alone && parts.lock.is_some() {
                inner.fail(no_rows_to_lock());
            }
            let mut statement = parts.statement(&mut inner, false);
            if !alone && ordered {
                let mut outer = sea_query::Query::select();
                outer.expr(Expr::cust("*")).from_subquery(statement, "part");
                statement = outer;
            }
            r.absorb(inner);
            statement
        };
        let mut statement = operand(self.first);
        for (union, parts) in self.others {
            let other = operand(parts);
            statement.union(union, other);
        }
        statement
    }
}

impl Select {
    /// Begins a SELECT.
    pub(crate) fn from(source: From, r: &mut Renderer) -> Self {
        match source {
            From::Table(meta, at) => {
                r.check(meta);
                Self::nothing_of(meta, at, r)
            }
            From::Query(query, at) => {
                let statement = query.statement(r);
                let mut select = Self::empty(at.clone(), r);
                select.statement.from_subquery(statement, at.into_owned().into_iden());
                select
            }
            From::Named(name, at) => {
                r.check_named(name);
                let mut select = Self::empty(at.clone(), r);
                select.statement.from(named(name.into_table_ref(), name, &at));
                select
            }
        }
    }

    fn select(&mut self, selected: Selected, at: usize, read: bool, distinct_on: Vec<Node>, r: &mut Renderer) {
        let Selected { node, ty, name } = selected;
        let dialect = r.cx.dialect;
        let kept = !read || ty != Type::Decimal || node.is_as_kept();
        r.need(
            kept || dialect.calculates(ty),
            "return decimals that are calculated, because it keeps them as texts",
            "select the columns, and order by them for the least or greatest",
        );
        let expr = match node {
            Node::Column(column) if read => dialect.column(column),
            node if read => dialect.read(node.render(r), ty),
            node => node.plain(r),
        };
        let expr = distinct_first(distinct_on, expr, r);
        match name.filter(|_| !read) {
            Some(name) => self.statement.expr_as(expr, name.into_owned()),
            None if read => self.statement.expr(expr),
            None => self.statement.expr_as(expr, format!("c{at}")),
        };
    }
}

/// `DISTINCT ON (…)` stands before the first expression. (sea-query knows it for columns only.)
fn distinct_first(on: Vec<Node>, first: Expr, r: &mut Renderer) -> Expr {
    if on.is_empty() {
        return first;
    }
    let able = r.cx.dialect.distinct_on();
    r.need(able, "return the first row of each group (DISTINCT ON)", "number the rows: `row_number().over(…)`");
    let marks = vec!["?"; on.len()].join(", ");
    let mut nodes: Vec<Expr> = on.into_iter().map(|node| node.plain(r)).collect();
    nodes.push(first);
    r.cx.dialect.fragment(&format!("DISTINCT ON ({marks}) ?"), nodes)
}

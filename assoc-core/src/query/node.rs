//! Expressions and conditions before a dialect renders them.

use std::borrow::Cow;

use sea_query::{BinOper, Expr, ExprTrait, Value};

use super::{Renderer, Source, aggregate::Call, parts::Parts, related::Related, window::WindowParts};
use crate::{
    adapter::PathStep,
    schema::{Meta, Table},
    types::Type,
};

/// An expression before a dialect renders it.
#[derive(Clone, Debug)]
pub enum Node {
    /// A column.
    Column(ColumnAt),
    /// A value of a type.
    Value(Value, Type),
    /// Two expressions and an operator between them.
    Binary(Box<(Node, Node)>, BinOper),
    /// Several expressions, compared as one.
    Tuple(Vec<Node>),
    /// Numbers of a type, calculated with.
    Arithmetic(Box<(Node, Node)>, BinOper, Type),
    /// A text that matches a pattern.
    Like(Box<Node>, String),
    /// The same, whatever the case.
    ILike(Box<Node>, String),
    /// An expression between two others.
    Between(Box<(Node, Node, Node)>),
    /// Expressions that equal one of these keys.
    AnyOf(Vec<(Node, Type)>, Vec<Vec<Value>>),
    /// An expression that is NULL.
    IsNull(Box<Node>),
    /// Rows of an association that are there.
    Exists(Related),
    /// The number of rows of an association.
    Count(Related),
    /// Rows of an association of owners with one of these keys.
    Of(Related, Vec<Vec<Value>>),
    /// All of them.
    And(Vec<Node>),
    /// One of them.
    Or(Vec<Node>),
    /// The opposite.
    Not(Box<Node>),
    /// The condition on all rows of a table.
    Scope(Table, Box<Node>),
    /// Too many expressions in each other: an error.
    TooDeep,
    /// SQL with a `?` for each expression.
    Sql(Cow<'static, str>, Vec<Node>),
    /// The same, written by the program.
    Raw(Cow<'static, str>, Vec<Node>),
    /// An aggregate.
    Aggregate(Box<Call>),
    /// A function over a window.
    Over(Box<(Node, WindowParts)>),
    /// `CASE WHEN … THEN … ELSE … END`
    Case(Vec<(Node, Node)>, Option<Box<Node>>),
    /// The value of a query of one column and at most one row.
    Query(Box<Parts>),
    /// An expression that a query returns.
    InQuery(Box<Node>, Box<Parts>),
    /// A query that returns rows.
    AnyRow(Box<Parts>),
    /// A part of a JSON value, as JSON or as text.
    Json(Box<Node>, Vec<PathStep>, bool),
    /// A JSON value that contains another.
    JsonContains(Box<Node>, Value),
    /// An array that has all, or one, of the items.
    Array(Box<Node>, ArrayTest, Value, Type),
    /// How many items an array has.
    Length(Box<Node>),
}

/// What is asked of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayTest {
    /// It has all of the items.
    All,
    /// It has one of the items at least.
    Any,
}

/// A column of a table that a query reads, by the name or alias the table has there.
#[derive(Clone, Debug)]
pub struct ColumnAt {
    /// The table's name or alias.
    pub table: Cow<'static, str>,
    /// The column's name.
    pub column: &'static str,
    /// Its wire type.
    pub ty: Type,
}

impl ColumnAt {
    pub(crate) fn of(meta: &Meta, field: usize) -> Self {
        Self::aliased(meta, field, Cow::Borrowed(meta.table.name))
    }

    pub(crate) fn aliased(meta: &Meta, field: usize, table: Cow<'static, str>) -> Self {
        let field = &meta.fields[field];
        Self { table, column: field.column, ty: field.ty }
    }

    pub(crate) fn from<S: Source>(field: usize) -> Self {
        let (column, ty) = S::column(field);
        Self { table: Cow::Borrowed(S::name()), column, ty }
    }

    /// The column as an expression.
    pub fn expr(&self) -> Expr {
        Expr::col((self.table.to_string(), self.column))
    }
}

impl From<ColumnAt> for Node {
    fn from(column: ColumnAt) -> Self {
        Self::Column(column)
    }
}

impl Node {
    pub(crate) fn binary(left: impl Into<Node>, op: BinOper, right: impl Into<Node>) -> Self {
        Self::Binary(Box::new((left.into(), right.into())), op)
    }

    pub(crate) fn eq(column: ColumnAt, value: Value) -> Self {
        let ty = column.ty;
        Self::binary(column, BinOper::Equal, Self::Value(value, ty))
    }

    /// The columns have one of the keys. One key is compared as such: for a short list, PostgreSQL makes a plan each time.
    pub(crate) fn any_of(columns: impl IntoIterator<Item = ColumnAt>, mut keys: Vec<Vec<Value>>) -> Self {
        match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => {
                Self::And(columns.into_iter().zip(key).map(|(column, value)| Self::eq(column, value)).collect())
            }
            (last, _) => {
                keys.extend(last);
                Self::AnyOf(columns.into_iter().map(|column| (column.clone().into(), column.ty)).collect(), keys)
            }
        }
    }

    pub(crate) fn is_null(node: impl Into<Node>) -> Self {
        Self::IsNull(Box::new(node.into()))
    }

    /// The columns of a table are those of an alias of it.
    pub(crate) fn rename(&mut self, table: &str, alias: &str) {
        self.each_table(&mut |name| {
            if *name == table {
                *name = Cow::Owned(alias.to_owned());
            }
        });
    }

    /// Shows the names of the tables whose columns it is about. Subqueries have tables of their own.
    fn each_table(&mut self, see: &mut dyn FnMut(&mut Cow<'static, str>)) {
        match self {
            Self::Column(column) => see(&mut column.table),
            Self::Value(..) | Self::Query(_) | Self::AnyRow(_) | Self::TooDeep => {}
            Self::Binary(pair, _) | Self::Arithmetic(pair, ..) => {
                pair.0.each_table(see);
                pair.1.each_table(see);
            }
            Self::Between(parts) => {
                [&mut parts.0, &mut parts.1, &mut parts.2].into_iter().for_each(|it| it.each_table(see))
            }
            Self::Like(node, _)
            | Self::ILike(node, _)
            | Self::IsNull(node)
            | Self::Not(node)
            | Self::Scope(_, node)
            | Self::InQuery(node, _)
            | Self::Json(node, ..)
            | Self::JsonContains(node, _)
            | Self::Array(node, ..)
            | Self::Length(node) => node.each_table(see),
            Self::AnyOf(nodes, _) => nodes.iter_mut().for_each(|(node, _)| node.each_table(see)),
            Self::And(nodes) | Self::Or(nodes) | Self::Tuple(nodes) | Self::Sql(_, nodes) | Self::Raw(_, nodes) => {
                nodes.iter_mut().for_each(|node| node.each_table(see));
            }
            Self::Exists(related) | Self::Count(related) => see(&mut related.owner_at),
            Self::Of(related, _) => see(&mut related.related_at),
            Self::Aggregate(call) => call.nodes_mut().for_each(|node| node.each_table(see)),
            Self::Over(over) => {
                over.0.each_table(see);
                over.1.nodes_mut().for_each(|node| node.each_table(see));
            }
            Self::Case(cases, other) => {
                for (condition, value) in cases {
                    condition.each_table(see);
                    value.each_table(see);
                }
                other.iter_mut().for_each(|node| node.each_table(see));
            }
        }
    }

    pub(crate) fn render(self, r: &mut Renderer) -> Expr {
        let dialect = r.cx.dialect;
        match self {
            Self::Column(column) => dialect.operand(column),
            Self::Value(value, ty) => dialect.value(value, ty),
            Self::Binary(pair, op) => pair.0.render(r).binary(op, pair.1.render(r)),
            Self::Arithmetic(pair, op, ty) => {
                r.need(
                    dialect.calculates(ty),
                    "calculate with decimals, which it keeps as texts",
                    "read the rows, and calculate with their values",
                );
                pair.0.render(r).binary(op, pair.1.render(r))
            }
            Self::Like(node, pattern) => dialect.like(node.render(r), closed(pattern)),
            Self::ILike(node, pattern) => dialect.ilike(node.render(r), closed(pattern)),
            Self::Between(parts) => {
                let (node, low, high) = *parts;
                node.render(r).between(low.render(r), high.render(r))
            }
            Self::AnyOf(nodes, keys) => {
                let nodes: Vec<_> = nodes.into_iter().map(|(node, ty)| (node.plain(r), ty)).collect();
                dialect.any_of(&nodes, keys)
            }
            Self::IsNull(node) => node.plain(r).is_null(),
            Self::Exists(related) => related.exists(r),
            Self::Count(related) => related.count(r),
            Self::Of(related, keys) => related.of(keys, r),
            Self::Tuple(nodes) => Expr::tuple(nodes.into_iter().map(|node| node.render(r)).collect::<Vec<_>>()),
            Self::And(nodes) => all(nodes, r, true),
            Self::Or(nodes) => all(nodes, r, false),
            Self::Not(node) => node.render(r).not(),
            Self::Sql(sql, nodes) => {
                let nodes = nodes.into_iter().map(|node| node.render(r)).collect();
                dialect.fragment(&sql, nodes)
            }
            Self::Raw(sql, nodes) => r.raw(&sql, nodes),
            Self::Scope(table, node) => r.within_scope(table, |r| node.render(r)),
            Self::TooDeep => r.too_deep(),
            Self::Aggregate(call) => call.render(r),
            Self::Over(over) => {
                let (node, window) = *over;
                window.render(node, r)
            }
            Self::Case(cases, other) => case(cases, other, r),
            Self::Query(parts) => r.subquery(*parts, None),
            Self::InQuery(node, parts) => {
                let node = node.render(r);
                r.in_query(node, *parts)
            }
            Self::AnyRow(parts) => r.subquery(*parts, Some(sea_query::SubQueryOper::Exists)),
            Self::Json(node, path, text) => dialect.json(node.render(r), &path, text),
            Self::JsonContains(node, value) => {
                r.need(
                    dialect.contains_json(),
                    "tell whether JSON contains other JSON",
                    "compare its parts: `.path(…)`",
                );
                Expr::cust_with_exprs("$1 @> $2", [node.render(r), Expr::val(value)])
            }
            Self::Array(node, test, items, ty) => dialect.array(node.render(r), test, items, ty),
            Self::Length(node) => dialect.array_length(node.render(r)),
        }
    }

    /// As it is in the table, where no order and no number is needed.
    pub(crate) fn plain(self, r: &mut Renderer) -> Expr {
        match self {
            Self::Column(column) => r.cx.dialect.plain(column),
            other => other.render(r),
        }
    }
}

fn case(cases: Vec<(Node, Node)>, other: Option<Box<Node>>, r: &mut Renderer) -> Expr {
    let mut statement = sea_query::CaseStatement::new();
    for (condition, value) in cases {
        statement = statement.case(condition.render(r), value.render(r));
    }
    match other {
        Some(other) => statement.finally(other.render(r)).into(),
        None => statement.into(),
    }
}

/// A pattern whose last backslash stands for itself, instead of being an error on one database and nothing on another.
fn closed(mut pattern: String) -> String {
    let backslashes = pattern.len() - pattern.trim_end_matches('\\').len();
    if backslashes % 2 == 1 {
        pattern.push('\\');
    }
    pattern
}

/// Joins conditions; none at all is true for AND, false for OR.
fn all(nodes: Vec<Node>, r: &mut Renderer, and: bool) -> Expr {
    let rendered = nodes.into_iter().map(|node| node.render(r)).collect();
    let joined = in_groups(rendered, if and { Expr::and } else { Expr::or });
    joined.unwrap_or_else(|| Expr::val(1).eq(Expr::val(if and { 1 } else { 0 })))
}

/// How many conditions stand side by side without parentheses.
const GROUP: usize = 100;

/// Conditions that all hold, as one if they are many.
pub(crate) fn grouped(nodes: Vec<Node>) -> Vec<Node> {
    if nodes.len() > GROUP { vec![Node::And(nodes)] } else { nodes }
}

/// Joins expressions, long lists in groups: databases and renderers put one into the other.
fn in_groups(mut list: Vec<Expr>, join: fn(Expr, Expr) -> Expr) -> Option<Expr> {
    while list.len() > GROUP {
        let mut groups = Vec::with_capacity(list.len() / GROUP + 1);
        let mut rest = list.into_iter();
        while let Some(group) = rest.by_ref().take(GROUP).reduce(join) {
            groups.push(group);
        }
        list = groups;
    }
    list.into_iter().reduce(join)
}

//! Windows: values of a row among others.

use std::marker::PhantomData;

use sea_query::Expr;

use super::{Expression, Expressions, IntoExpression, Node, OrderBy, Ordering, Renderer};
use crate::types::ColumnType;

/// Which rows a function looks at for each row.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::Comment, query::{Window, row_number}};
///
/// let newest_first = Window::partition_by(Comment::post_id).order_by(Comment::id.desc());
/// let query = Comment::query().select((Comment::row(), row_number().over(newest_first)));
/// # drop(query);
/// ```
#[must_use = "a window does nothing until a function is used over it"]
pub struct Window<Q> {
    parts: WindowParts,
    scope: PhantomData<fn() -> Q>,
}

/// A window without its scope.
#[derive(Clone, Debug, Default)]
#[doc(hidden)]
pub struct WindowParts {
    partition: Vec<Node>,
    order: Vec<Ordering>,
    frame: Option<(Edge, Edge)>,
}

/// Where the rows that a function looks at begin or end, in the order of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The first or last row of the partition.
    Unbounded,
    /// The row itself.
    Current,
    /// So many rows before it.
    Before(u32),
    /// So many rows after it.
    After(u32),
}

impl<Q> Window<Q> {
    fn of(partition: Vec<Node>) -> Self {
        Self { parts: WindowParts { partition, ..WindowParts::default() }, scope: PhantomData }
    }

    /// All rows.
    pub fn all() -> Self {
        Self::of(Vec::new())
    }

    /// The rows that have the same values.
    pub fn partition_by<T: Expressions<Q, I>, I>(expressions: T) -> Self {
        Self::of(expressions.nodes())
    }

    /// In that order. A function that looks at a frame, as `sum` does, then sees the rows up to this one.
    pub fn order_by(mut self, order: impl OrderBy<Q>) -> Self {
        self.parts.order.extend(order.orderings());
        self
    }

    /// Only rows between these, in the order of the window.
    pub fn rows(mut self, from: Edge, to: Edge) -> Self {
        self.parts.frame = Some((from, to));
        self
    }

    /// All rows, in an order.
    pub(crate) fn in_order(order: Vec<Ordering>) -> Self {
        Self { parts: WindowParts { order, ..WindowParts::default() }, scope: PhantomData }
    }

    pub(crate) fn into_parts(self) -> WindowParts {
        self.parts
    }
}

impl<Q> Clone for Window<Q> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), scope: PhantomData }
    }
}

impl WindowParts {
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.partition.iter().chain(self.order.iter().map(|ordering| &ordering.node))
    }

    pub(crate) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.partition.iter_mut().chain(self.order.iter_mut().map(|ordering| &mut ordering.node))
    }

    pub(crate) fn render(self, function: Node, r: &mut Renderer) -> Expr {
        let (function, cast) = match function {
            Node::Aggregate(call) => (call.clone().call(r), Some(call.cast())),
            other => (other.render(r), None),
        };
        let mut nodes = vec![function];
        let mut clauses = Vec::new();
        if !self.partition.is_empty() {
            let marks = vec!["?"; self.partition.len()].join(", ");
            clauses.push(format!("PARTITION BY {marks}"));
            nodes.extend(self.partition.into_iter().map(|node| node.plain(r)));
        }
        let order = order_sql(self.order, &mut nodes, r);
        if !order.is_empty() {
            clauses.push(order.trim_start().to_owned());
        }
        if let Some((from, to)) = self.frame {
            clauses.push(format!("ROWS BETWEEN {} AND {}", edge(from, "PRECEDING"), edge(to, "FOLLOWING")));
        }
        let over = r.cx.dialect.fragment(&format!("? OVER ({})", clauses.join(" ")), nodes);
        cast.map_or(over.clone(), |cast| cast.of(over))
    }
}

fn edge(edge: Edge, side: &str) -> String {
    match edge {
        Edge::Unbounded => format!("UNBOUNDED {side}"),
        Edge::Current => "CURRENT ROW".to_owned(),
        Edge::Before(rows) => format!("{rows} PRECEDING"),
        Edge::After(rows) => format!("{rows} FOLLOWING"),
    }
}

/// ` ORDER BY ? DESC, ?`, with the expressions added to the others.
pub(super) fn order_sql(order: Vec<Ordering>, nodes: &mut Vec<Expr>, r: &mut Renderer) -> String {
    if order.is_empty() {
        return String::new();
    }
    let mut marks = Vec::with_capacity(order.len());
    for Ordering { node, order, nulls, .. } in order {
        nodes.push(node.render(r));
        let direction = if order == sea_query::Order::Desc { "? DESC" } else { "?" };
        let nulls = match nulls {
            Some(sea_query::NullOrdering::First) => " NULLS FIRST",
            Some(sea_query::NullOrdering::Last) => " NULLS LAST",
            None => "",
        };
        marks.push(format!("{direction}{nulls}"));
    }
    format!(" ORDER BY {}", marks.join(", "))
}

/// A function that needs a window: `row_number().over(…)`.
#[must_use = "it needs a window: `.over(…)`"]
pub struct WindowFunction<Q, V> {
    node: Node,
    types: PhantomData<fn() -> (Q, V)>,
}

impl<Q, V> WindowFunction<Q, V> {
    fn new(sql: &'static str, nodes: Vec<Node>) -> Self {
        Self { node: Node::Sql(sql.into(), nodes), types: PhantomData }
    }

    /// The function for each row, over a window.
    pub fn over(self, window: Window<Q>) -> Expression<Q, V> {
        Expression::new(Node::Over(Box::new((self.node, window.into_parts()))))
    }
}

/// The position of a row, from 1.
pub fn row_number<Q>() -> WindowFunction<Q, i64> {
    WindowFunction::new("row_number()", Vec::new())
}

/// The position of a row, where equal rows share one, and the next ones come after a gap.
pub fn rank<Q>() -> WindowFunction<Q, i64> {
    WindowFunction::new("rank()", Vec::new())
}

/// The position of a row, where equal rows share one, and no position is left out.
pub fn dense_rank<Q>() -> WindowFunction<Q, i64> {
    WindowFunction::new("dense_rank()", Vec::new())
}

/// The value of the row before; `None` at the first.
pub fn lag<Q, I, T: IntoExpression<Q, I>>(of: T) -> WindowFunction<Q, Option<<T::Value as ColumnType>::Base>> {
    WindowFunction::new("lag(?)", vec![of.node()])
}

/// The value of the row after; `None` at the last.
pub fn lead<Q, I, T: IntoExpression<Q, I>>(of: T) -> WindowFunction<Q, Option<<T::Value as ColumnType>::Base>> {
    WindowFunction::new("lead(?)", vec![of.node()])
}

/// The value of the window's first row.
pub fn first_value<Q, I, T: IntoExpression<Q, I>>(of: T) -> WindowFunction<Q, Option<<T::Value as ColumnType>::Base>> {
    WindowFunction::new("first_value(?)", vec![of.node()])
}

/// The value of the window's last row.
pub fn last_value<Q, I, T: IntoExpression<Q, I>>(of: T) -> WindowFunction<Q, Option<<T::Value as ColumnType>::Base>> {
    WindowFunction::new("last_value(?)", vec![of.node()])
}

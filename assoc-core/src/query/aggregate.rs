//! Aggregates: one value of a group of rows.

use std::marker::PhantomData;

use sea_query::{Expr, ExprTrait};

use super::{
    Condition, Expression, IntoExpression, Node, OrderBy, Renderer, Typed, Window,
    expr::{Comparable, Operand},
    window::{WindowParts, order_sql},
};
use crate::types::{ColumnType, Type};

/// An aggregate of type `V` in a query with the scope `Q`: `Comment::id.count()`.
#[must_use = "an aggregate does nothing until a query has it"]
pub struct Aggregate<Q, V> {
    call: Call,
    types: PhantomData<fn() -> (Q, V)>,
}

/// The call of an aggregate function.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Call {
    function: Function,
    of: Option<Node>,
    ty: Type,
    distinct: bool,
    filter: Option<Node>,
    order: Vec<super::Ordering>,
}

/// An aggregate function.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub enum Function {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    /// Texts, with this one between them.
    Join(String),
}

impl Call {
    pub fn of(function: Function, of: Node, ty: Type) -> Self {
        Self { of: Some(of), ty, ..Self::rows(function) }
    }

    fn rows(function: Function) -> Self {
        Self { function, of: None, ty: Type::I64, distinct: false, filter: None, order: Vec::new() }
    }

    pub fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        let order = self.order.iter().map(|ordering| &ordering.node);
        self.of.iter().chain(&self.filter).chain(order)
    }

    pub fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        let order = self.order.iter_mut().map(|ordering| &mut ordering.node);
        self.of.iter_mut().chain(&mut self.filter).chain(order)
    }

    pub fn render(self, r: &mut Renderer) -> Expr {
        let cast = self.cast();
        cast.of(self.call(r))
    }

    /// The call, before its value is cast.
    pub fn call(self, r: &mut Renderer) -> Expr {
        let adds = matches!(self.function, Function::Sum | Function::Avg);
        let able = !adds || r.cx.dialect.calculates(self.ty);
        r.need(able, "add decimals up, which it keeps as texts", "read the rows, and add up their values");
        let mut nodes: Vec<Expr> = self.of.into_iter().map(|node| node.render(r)).collect();
        let distinct = if self.distinct { "DISTINCT " } else { "" };
        let argument = if nodes.is_empty() { "*" } else { "?" };
        let order = order_sql(self.order, &mut nodes, r);
        let mut sql = match &self.function {
            Function::Count => format!("count({distinct}{argument})"),
            Function::Sum => format!("sum({distinct}?)"),
            Function::Avg => format!("avg({distinct}?)"),
            Function::Min => format!("min({distinct}?)"),
            Function::Max => format!("max({distinct}?)"),
            Function::Join(between) => {
                nodes.insert(1, Expr::val(between.clone()));
                format!("{}({distinct}?, ?{order})", r.cx.dialect.join_texts())
            }
        };
        if let Some(filter) = self.filter {
            nodes.push(filter.render(r));
            sql.push_str(" FILTER (WHERE ?)");
        }
        r.cx.dialect.fragment(&sql, nodes)
    }

    /// What the value is cast to, where a database returns another type than this crate says.
    pub fn cast(&self) -> CastTo {
        CastTo(match (&self.function, self.ty) {
            (Function::Sum, Type::I16 | Type::I32 | Type::I64) => Some("bigint"),
            (Function::Sum, Type::F32) => Some("double precision"),
            (Function::Avg, Type::I16 | Type::I32 | Type::I64 | Type::F32 | Type::F64) => Some("double precision"),
            _ => None,
        })
    }
}

/// A type that a value is cast to, if any.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct CastTo(Option<&'static str>);

impl CastTo {
    pub fn of(self, expr: Expr) -> Expr {
        match self.0 {
            Some(ty) => expr.cast_as(ty),
            None => expr,
        }
    }
}

impl<Q, V> Aggregate<Q, V> {
    pub(crate) fn new(call: Call) -> Self {
        Self { call, types: PhantomData }
    }

    /// Only of rows that satisfy the condition.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::Comment};
    ///
    /// let query = Comment::query()
    ///     .group_by(Comment::post_id)
    ///     .select((Comment::post_id, Comment::id.count().filter(Comment::rating.gt(3))));
    /// # drop(query);
    /// ```
    pub fn filter(mut self, condition: Condition<Q>) -> Self {
        self.call.filter = Some(match self.call.filter.take() {
            Some(before) => Node::And(vec![before, condition.node]),
            None => condition.node,
        });
        self
    }

    /// Of the rows of a window, for each row.
    pub fn over(self, window: Window<Q>) -> Expression<Q, V> {
        over(self.call, window.into_parts())
    }
}

fn over<Q, V>(call: Call, window: WindowParts) -> Expression<Q, V> {
    Expression::new(Node::Over(Box::new((Node::Aggregate(Box::new(call)), window))))
}

impl<Q, V> Clone for Aggregate<Q, V> {
    fn clone(&self) -> Self {
        Self::new(self.call.clone())
    }
}

impl<Q, V: ColumnType> Typed for Aggregate<Q, V> {
    type Value = V;
}

impl<Q, V: ColumnType> IntoExpression<Q, ()> for Aggregate<Q, V> {
    fn node(self) -> Node {
        Node::Aggregate(Box::new(self.call))
    }
}

impl<Q, V, W: ColumnType + Comparable<V>> Operand<Q, V, ()> for Aggregate<Q, W> {
    fn operand(self) -> Node {
        self.node()
    }
}

/// How many rows a group has: `count(*)`.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::Comment, query::count_rows};
///
/// let query = Comment::query()
///     .group_by(Comment::post_id)
///     .having(count_rows().gt(10))
///     .select((Comment::post_id, count_rows()));
/// # drop(query);
/// ```
pub fn count_rows<Q>() -> Aggregate<Q, i64> {
    Aggregate::new(Call::rows(Function::Count))
}

/// The texts of a group in that order, with another text between them; `None` if there are none (`string_agg`).
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::{Post, Tag}, query::join_texts};
///
/// let query = Post::query()
///     .join(Post::tags)
///     .group_by(Post::id)
///     .select((Post::id, join_texts(Tag::name, ", ", Tag::name.asc())));
/// # drop(query);
/// ```
pub fn join_texts<Q, I, T: IntoExpression<Q, I>>(
    texts: T,
    between: impl Into<String>,
    order: impl OrderBy<Q>,
) -> Aggregate<Q, Option<String>>
where
    <T::Value as ColumnType>::Base: super::TextValue,
{
    let call = Call::of(Function::Join(between.into()), texts.node(), T::Value::TYPE);
    Aggregate::new(Call { order: order.orderings(), ..call })
}

/// Numbers that can be summed up.
#[diagnostic::on_unimplemented(message = "values of type `{Self}` cannot be summed up", label = "expected numbers")]
pub trait Summed {
    /// The type of the sum.
    type Sum: ColumnType;
}

/// Numbers that have a mean.
#[diagnostic::on_unimplemented(message = "values of type `{Self}` have no mean", label = "expected numbers")]
pub trait Averaged {
    /// The type of the mean.
    type Mean: ColumnType;
}

macro_rules! numbers {
    ($($(#[$cfg:meta])* $ty:ty => $sum:ty, $mean:ty;)+) => {$(
        $(#[$cfg])*
        impl Summed for $ty {
            type Sum = $sum;
        }
        $(#[$cfg])*
        impl Averaged for $ty {
            type Mean = $mean;
        }
    )+};
}
numbers! {
    i16 => i64, f64;
    i32 => i64, f64;
    i64 => i64, f64;
    f32 => f64, f64;
    f64 => f64, f64;
    #[cfg(feature = "decimal")]
    rust_decimal::Decimal => rust_decimal::Decimal, rust_decimal::Decimal;
}

//! What can be asked of an expression, and made of it.

use std::ops::{Bound, RangeBounds};

use sea_query::{BinOper, Value};

use super::{
    ArrayTest, Condition, Expression, IntoExpression, Node, Operand, Ordering, Query, Typed,
    aggregate::{Aggregate, Averaged, Call, Function, Summed},
    kinds::{ArrayValue, TextValue},
};
use crate::types::{Assign, ColumnType};

/// Methods of columns and of all other expressions.
#[allow(clippy::wrong_self_convention, reason = "expressions are taken and made; they are small")]
pub trait ExpressionMethods: Typed {
    /// It equals the value or expression. `NULL` equals nothing: see [`is_null`](Self::is_null).
    fn eq<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        compare(self.node(), BinOper::Equal, other.operand())
    }

    /// It does not equal the value or expression.
    fn ne<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        compare(self.node(), BinOper::NotEqual, other.operand())
    }

    /// It is greater.
    fn gt<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        compare(self.node(), BinOper::GreaterThan, other.operand())
    }

    /// It is greater, or equal.
    fn gte<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        compare(self.node(), BinOper::GreaterThanOrEqual, other.operand())
    }

    /// It is less.
    fn lt<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        compare(self.node(), BinOper::SmallerThan, other.operand())
    }

    /// It is less, or equal.
    fn lte<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        compare(self.node(), BinOper::SmallerThanOrEqual, other.operand())
    }

    /// It lies between the two, both included.
    fn between<Q, I, J, K>(
        self,
        low: impl Operand<Q, Self::Value, J>,
        high: impl Operand<Q, Self::Value, K>,
    ) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        Condition::new(Node::Between(Box::new((self.node(), low.operand(), high.operand()))))
    }

    /// It lies in a range of values, as `start..end`, which leaves out its end.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::Post};
    ///
    /// let query = Post::query().filter(Post::id.within(10..20));
    /// # drop(query);
    /// ```
    fn within<Q, I>(self, range: impl RangeBounds<<Self::Value as ColumnType>::Base>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        let node = self.node();
        let bound = |bound: Bound<&<Self::Value as ColumnType>::Base>, open, closed| {
            let (value, op) = match bound {
                Bound::Included(value) => (value, closed),
                Bound::Excluded(value) => (value, open),
                Bound::Unbounded => return None,
            };
            Some(Node::binary(node.clone(), op, Node::Value(value.clone().into_value(), Self::Value::TYPE)))
        };
        let low = bound(range.start_bound(), BinOper::GreaterThan, BinOper::GreaterThanOrEqual);
        let high = bound(range.end_bound(), BinOper::SmallerThan, BinOper::SmallerThanOrEqual);
        Condition::new(Node::And(low.into_iter().chain(high).collect()))
    }

    /// It equals one of the values. The text of the statement does not grow with the list.
    fn is_in<Q, I, T: Assign<Self::Value>>(self, values: impl IntoIterator<Item = T>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        let values = values.into_iter().map(|value| vec![value.assign().into_value()]);
        Condition::new(Node::AnyOf(vec![(self.node(), Self::Value::TYPE)], values.collect()))
    }

    /// It equals a value that a query returns.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let rated = Comment::query().filter(Comment::rating.gt(3)).select(Comment::post_id);
    /// let query = Post::query().filter(Post::id.in_query(rated));
    /// # drop(query);
    /// ```
    fn in_query<Q, I, R, W>(self, query: Query<R, W>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        W: super::expr::Comparable<Self::Value>,
    {
        Condition::new(Node::InQuery(Box::new(self.node()), Box::new(query.parts)))
    }

    /// It is `NULL`.
    fn is_null<Q, I>(self) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        Condition::new(Node::is_null(self.node()))
    }

    /// It is not `NULL`.
    fn is_not_null<Q, I>(self) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        !self.is_null()
    }

    /// The value, or another where it is `NULL`.
    fn coalesce<Q, I, J>(
        self,
        other: impl Operand<Q, Self::Value, J>,
    ) -> Expression<Q, <Self::Value as ColumnType>::Base>
    where
        Self: IntoExpression<Q, I>,
    {
        sql("coalesce(?, ?)", vec![self.node(), other.operand()])
    }

    /// The same expression as an `Option`, as what comes from a left join.
    fn optional<Q, I>(self) -> Expression<Q, Option<<Self::Value as ColumnType>::Base>>
    where
        Self: IntoExpression<Q, I>,
        Option<<Self::Value as ColumnType>::Base>: ColumnType,
    {
        Expression::new(self.node())
    }

    /// The sum of both.
    fn plus<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Expression<Q, Self::Value>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: std::ops::Add,
    {
        arithmetic::<_, Self::Value>(self.node(), BinOper::Add, other.operand())
    }

    /// It, less the other.
    fn minus<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Expression<Q, Self::Value>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: std::ops::Sub,
    {
        arithmetic::<_, Self::Value>(self.node(), BinOper::Sub, other.operand())
    }

    /// The product of both.
    fn times<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Expression<Q, Self::Value>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: std::ops::Mul,
    {
        arithmetic::<_, Self::Value>(self.node(), BinOper::Mul, other.operand())
    }

    /// It, divided by the other; of integers, without the rest.
    fn divided_by<Q, I, J>(self, other: impl Operand<Q, Self::Value, J>) -> Expression<Q, Self::Value>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: std::ops::Div,
    {
        arithmetic::<_, Self::Value>(self.node(), BinOper::Div, other.operand())
    }

    /// The number as an `f64`, to be compared or calculated with those: `Post::views.as_f64().gt(mean)`.
    fn as_f64<Q, I>(self) -> Expression<Q, Option<f64>>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: Summed,
    {
        sql("CAST(? AS double precision)", vec![self.node()])
    }

    /// The text matches a pattern, in which `%` stands for any text and `_` for one character; a backslash
    /// makes the next character stand for itself. Case matters, on SQLite, too.
    fn like<Q, I>(self, pattern: impl Into<String>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        Condition::new(Node::Like(Box::new(self.node()), pattern.into()))
    }

    /// As [`like`](Self::like), whatever the case; on SQLite, of the letters of ASCII.
    fn ilike<Q, I>(self, pattern: impl Into<String>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        Condition::new(Node::ILike(Box::new(self.node()), pattern.into()))
    }

    /// The text has that text in it, whatever signs it is made of.
    fn contains<Q, I>(self, text: impl AsRef<str>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        self.like(format!("%{}%", escaped(text.as_ref())))
    }

    /// The text begins with that text.
    fn starts_with<Q, I>(self, text: impl AsRef<str>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        self.like(format!("{}%", escaped(text.as_ref())))
    }

    /// The text ends with that text.
    fn ends_with<Q, I>(self, text: impl AsRef<str>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        self.like(format!("%{}", escaped(text.as_ref())))
    }

    /// The text in small letters; on SQLite, those of ASCII.
    fn lower<Q, I>(self) -> Expression<Q, Self::Value>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        sql("lower(?)", vec![self.node()])
    }

    /// The text in capital letters; on SQLite, those of ASCII.
    fn upper<Q, I>(self) -> Expression<Q, Self::Value>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        sql("upper(?)", vec![self.node()])
    }

    /// How many characters the text has; `None` of `NULL`.
    fn length<Q, I>(self) -> Expression<Q, Option<i32>>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: TextValue,
    {
        sql("length(?)", vec![self.node()])
    }

    /// The array has that item.
    fn has<Q, I, E: ColumnType>(self, item: impl Assign<E>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: ArrayValue<E>,
    {
        self.has_all([item])
    }

    /// The array has all of these items.
    fn has_all<Q, I, E: ColumnType>(self, items: impl IntoIterator<Item = impl Assign<E>>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: ArrayValue<E>,
    {
        Condition::new(array(self.node(), ArrayTest::All, items))
    }

    /// The array has one of these items at least.
    fn has_any<Q, I, E: ColumnType>(self, items: impl IntoIterator<Item = impl Assign<E>>) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: ArrayValue<E>,
    {
        Condition::new(array(self.node(), ArrayTest::Any, items))
    }

    /// How many items the array has; `None` of `NULL`.
    fn items<Q, I, E: ColumnType>(self) -> Expression<Q, Option<i32>>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: ArrayValue<E>,
    {
        Expression::new(Node::Length(Box::new(self.node())))
    }

    /// How many rows of a group have a value here.
    fn count<Q, I>(self) -> Aggregate<Q, i64>
    where
        Self: IntoExpression<Q, I>,
    {
        Aggregate::new(Call::of(Function::Count, self.node(), Self::Value::TYPE))
    }

    /// How many different values a group has here.
    fn count_distinct<Q, I>(self) -> Aggregate<Q, i64>
    where
        Self: IntoExpression<Q, I>,
    {
        Aggregate::new(Call::of(Function::Count, self.node(), Self::Value::TYPE).distinct())
    }

    /// The sum of the group's values; `None` if there are none. Integers sum up to an `i64`.
    fn sum<Q, I>(self) -> Aggregate<Q, Option<<<Self::Value as ColumnType>::Base as Summed>::Sum>>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: Summed,
        Option<<<Self::Value as ColumnType>::Base as Summed>::Sum>: ColumnType,
    {
        Aggregate::new(Call::of(Function::Sum, self.node(), Self::Value::TYPE))
    }

    /// The mean of the group's values; `None` if there are none.
    fn avg<Q, I>(self) -> Aggregate<Q, Option<<<Self::Value as ColumnType>::Base as Averaged>::Mean>>
    where
        Self: IntoExpression<Q, I>,
        <Self::Value as ColumnType>::Base: Averaged,
        Option<<<Self::Value as ColumnType>::Base as Averaged>::Mean>: ColumnType,
    {
        Aggregate::new(Call::of(Function::Avg, self.node(), Self::Value::TYPE))
    }

    /// The least of the group's values; `None` if there are none.
    fn min<Q, I>(self) -> Aggregate<Q, Option<<Self::Value as ColumnType>::Base>>
    where
        Self: IntoExpression<Q, I>,
        Option<<Self::Value as ColumnType>::Base>: ColumnType,
    {
        Aggregate::new(Call::of(Function::Min, self.node(), Self::Value::TYPE))
    }

    /// The greatest of the group's values; `None` if there are none.
    fn max<Q, I>(self) -> Aggregate<Q, Option<<Self::Value as ColumnType>::Base>>
    where
        Self: IntoExpression<Q, I>,
        Option<<Self::Value as ColumnType>::Base>: ColumnType,
    {
        Aggregate::new(Call::of(Function::Max, self.node(), Self::Value::TYPE))
    }

    /// Ascending order.
    fn asc<Q, I>(self) -> Ordering<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        Ordering::new::<Self::Value>(self.node(), sea_query::Order::Asc)
    }

    /// Descending order.
    fn desc<Q, I>(self) -> Ordering<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        Ordering::new::<Self::Value>(self.node(), sea_query::Order::Desc)
    }
}

impl<T: Typed> ExpressionMethods for T {}

fn compare<Q>(left: Node, op: BinOper, right: Node) -> Condition<Q> {
    Condition::new(Node::binary(left, op, right))
}

fn sql<Q, V>(sql: &'static str, nodes: Vec<Node>) -> Expression<Q, V> {
    Expression::new(Node::Sql(sql.into(), nodes))
}

fn arithmetic<Q, V: ColumnType>(left: Node, op: BinOper, right: Node) -> Expression<Q, V> {
    Expression::new(Node::Arithmetic(Box::new((left, right)), op, V::TYPE))
}

fn array<E: ColumnType>(node: Node, test: ArrayTest, items: impl IntoIterator<Item = impl Assign<E>>) -> Node {
    let items = items.into_iter().map(|item| item.assign().into_value()).collect();
    let items = Value::Array(E::TYPE.array_type(), Some(Box::new(items)));
    Node::Array(Box::new(node), test, items, E::TYPE)
}

/// A text as a pattern that only it matches.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        if matches!(sign, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

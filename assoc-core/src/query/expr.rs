//! Typed expressions: columns, values, and what is made of them.

use std::marker::PhantomData;

use sea_query::Value;

use super::{ColumnAt, Condition, In, Node, Source};
use crate::{
    schema::Column,
    types::{ColumnType, Type},
};

/// An expression of type `V` in a query with the scope `Q`. Made by methods of columns (see
/// [`ExpressionMethods`](super::ExpressionMethods)), by functions as [`value`] and [`raw`].
pub struct Expression<Q, V> {
    pub(crate) node: Node,
    types: PhantomData<fn() -> (Q, V)>,
}

impl<Q, V> Expression<Q, V> {
    pub(crate) fn new(node: Node) -> Self {
        Self { node: node.checked(), types: PhantomData }
    }
}

impl<Q, V> Clone for Expression<Q, V> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

/// What has a type in SQL: columns, expressions, aggregates.
pub trait Typed: Sized {
    /// The type.
    type Value: ColumnType;
}

/// What can be used as an expression in a query with the scope `Q`. The compiler finds out where in it (`I`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no expression of this query",
    label = "expected a column, or an expression of columns",
    note = "a value is an expression as `value(7)`"
)]
pub trait IntoExpression<Q, I>: Typed {
    /// The expression without its types.
    #[doc(hidden)]
    fn node(self) -> Node;
}

impl<S, V: ColumnType> Typed for Column<S, V> {
    type Value = V;
}

impl<S: In<Q, I> + Source, V: ColumnType, Q, I> IntoExpression<Q, I> for Column<S, V> {
    fn node(self) -> Node {
        ColumnAt::from::<S>(self.index()).into()
    }
}

impl<Q, V: ColumnType> Typed for Expression<Q, V> {
    type Value = V;
}

impl<Q, V: ColumnType> IntoExpression<Q, ()> for Expression<Q, V> {
    fn node(self) -> Node {
        self.node
    }
}

impl<Q> Typed for Condition<Q> {
    type Value = bool;
}

impl<Q> IntoExpression<Q, ()> for Condition<Q> {
    fn node(self) -> Node {
        self.node
    }
}

/// A value as an expression. It is bound, not written into the SQL.
///
/// ```
/// use assoc_core::{Stored, doctest::Post, query::value};
///
/// let query = Post::query().select((Post::title, value(7)));
/// # drop(query);
/// ```
pub fn value<Q, V: ColumnType>(value: V) -> Expression<Q, V> {
    Expression::new(Node::Value(value.into_value(), V::TYPE))
}

/// SQL of your own that is of type `V`, with a `?` for each of some expressions, and `??` for a question mark.
///
/// Only texts of the program can be SQL here, not such that are put together at run time: values are bound by
/// [`value`]. It must only read: a query whose connection was lost is sent once more.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::Post, query::{raw, value}};
///
/// let letters = raw::<i32>("length(replace(?, ?, ''))").of((Post::title, value(" ".to_owned())));
/// let query = Post::query().filter(letters.gt(10)).order_by(raw::<f64>("random()").of(()).asc());
/// # drop(query);
/// ```
pub fn raw<V: ColumnType>(sql: &'static str) -> Raw<V> {
    Raw { sql, ty: PhantomData }
}

/// SQL of the program. Made by [`raw`].
#[must_use = "say what stands for each `?`: `.of((Post::title, value(7)))`, or `.of(())`"]
pub struct Raw<V> {
    sql: &'static str,
    ty: PhantomData<fn() -> V>,
}

impl<V: ColumnType> Raw<V> {
    /// What stands for each `?`: an expression, a tuple of them, or `()`.
    pub fn of<Q, T: Expressions<Q, I>, I>(self, expressions: T) -> Expression<Q, V> {
        Expression::new(Node::Raw(self.sql.into(), expressions.nodes()))
    }
}

/// A list of expressions: one, a tuple of them, or `()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of expressions of this query",
    label = "expected a column, an expression, or a tuple of them"
)]
pub trait Expressions<Q, I> {
    /// The expressions with the types that their values have.
    #[doc(hidden)]
    fn typed(self) -> Vec<(Node, Type)>;
    /// The expressions without their types.
    #[doc(hidden)]
    fn nodes(self) -> Vec<Node>
    where
        Self: Sized,
    {
        self.typed().into_iter().map(|(node, _)| node).collect()
    }
}

impl<Q> Expressions<Q, ()> for () {
    fn typed(self) -> Vec<(Node, Type)> {
        Vec::new()
    }
}

impl<Q, I, S: In<Q, I> + Source, V: ColumnType> Expressions<Q, I> for Column<S, V> {
    fn typed(self) -> Vec<(Node, Type)> {
        vec![(self.node(), V::TYPE)]
    }
}

impl<Q, V: ColumnType> Expressions<Q, ()> for Expression<Q, V> {
    fn typed(self) -> Vec<(Node, Type)> {
        vec![(self.node, V::TYPE)]
    }
}

impl<Q, V: ColumnType> Expressions<Q, ()> for super::Aggregate<Q, V> {
    fn typed(self) -> Vec<(Node, Type)> {
        vec![(self.node(), V::TYPE)]
    }
}

impl<Q, I, P: In<Q, I>, C> Expressions<Q, I> for super::RowCount<P, C> {
    fn typed(self) -> Vec<(Node, Type)> {
        vec![(self.node(), Type::I64)]
    }
}

macro_rules! tuple_expressions {
    ($($name:ident $index:ident)+) => {
        impl<Q, $($index, $name: IntoExpression<Q, $index>),+> Expressions<Q, ($($index,)+)> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn typed(self) -> Vec<(Node, Type)> {
                let ($($name,)+) = self;
                vec![$(($name.node(), $name::Value::TYPE)),+]
            }
        }
    };
}
tuple_expressions!(A IA);
tuple_expressions!(A IA B IB);
tuple_expressions!(A IA B IB C IC);
tuple_expressions!(A IA B IB C IC D ID);
tuple_expressions!(A IA B IB C IC D ID E IE);
tuple_expressions!(A IA B IB C IC D ID E IE F IF);

/// What an expression of type `V` can be compared with, or set to: a value, for an `Option` also what is inside of it,
/// `&str` for a `String`; a column or an expression of the same type.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{V}` cannot be compared with `{Self}`",
    label = "expected a value, a column or an expression of type `{V}`"
)]
pub trait Operand<Q, V, I> {
    /// The operand without its types.
    #[doc(hidden)]
    fn operand(self) -> Node;
}

fn bound<V: ColumnType>(value: V) -> Node {
    Node::Value(value.into_value(), V::TYPE)
}

impl<Q, V: ColumnType> Operand<Q, V, ()> for V {
    fn operand(self) -> Node {
        bound(self)
    }
}

impl<Q, V: ColumnType> Operand<Q, Option<V>, ()> for V {
    fn operand(self) -> Node {
        bound(self)
    }
}

macro_rules! text_operands {
    ($($text:ty => $target:ty),+) => {$(
        impl<Q> Operand<Q, $target, ()> for $text {
            fn operand(self) -> Node {
                text(Some(self))
            }
        }
    )+};
}
text_operands!(&str => String, &str => Option<String>, &String => String, &String => Option<String>);

impl<Q> Operand<Q, Option<String>, ()> for Option<&str> {
    fn operand(self) -> Node {
        text(self)
    }
}

fn text(text: Option<impl Into<String>>) -> Node {
    Node::Value(Value::String(text.map(Into::into)), Type::Text)
}

impl<Q, V, W: ColumnType + Comparable<V>, S: In<Q, I> + Source, I> Operand<Q, V, I> for Column<S, W> {
    fn operand(self) -> Node {
        self.node()
    }
}

impl<Q, V, W: ColumnType + Comparable<V>> Operand<Q, V, ()> for Expression<Q, W> {
    fn operand(self) -> Node {
        self.node
    }
}

/// Types whose values the database can compare: the same, be it in an `Option` or not.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{V}` cannot be compared with one of type `{Self}`",
    label = "this is one of type `{Self}`"
)]
pub trait Comparable<V> {}

impl<V: ColumnType> Comparable<V> for V {}
impl<V: ColumnType> Comparable<Option<V>> for V {}
impl<V: ColumnType> Comparable<V> for Option<V> {}

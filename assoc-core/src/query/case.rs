//! `CASE`: one of several values.

use std::marker::PhantomData;

use super::{Condition, Expression, Node, Operand};
use crate::types::ColumnType;

/// One of several values of type `V`: that of the first condition that holds.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::Comment, query::case};
///
/// let mood = case::<String>()
///     .when(Comment::rating.gt(3), "good")
///     .when(Comment::rating.lt(2), "bad")
///     .otherwise("fair");
/// let query = Comment::query().select((Comment::id, mood));
/// # drop(query);
/// ```
pub fn case<V: ColumnType>() -> Case<V> {
    Case(PhantomData)
}

/// No case yet.
#[must_use = "it needs cases: `.when(…)`"]
pub struct Case<V>(PhantomData<fn() -> V>);

/// Cases so far.
#[must_use = "end it with `.otherwise(…)` or `.or_null()`"]
pub struct Cases<Q, V> {
    cases: Vec<(Node, Node)>,
    types: PhantomData<fn() -> (Q, V)>,
}

impl<V: ColumnType> Case<V> {
    /// A value where a condition holds.
    pub fn when<Q, I>(self, condition: Condition<Q>, then: impl Operand<Q, V, I>) -> Cases<Q, V> {
        Cases { cases: Vec::new(), types: PhantomData }.when(condition, then)
    }
}

impl<Q, V: ColumnType> Cases<Q, V> {
    /// A value where a condition holds, and none of those before.
    pub fn when<I>(mut self, condition: Condition<Q>, then: impl Operand<Q, V, I>) -> Self {
        self.cases.push((condition.node, then.operand()));
        self
    }

    /// The value where no condition holds.
    pub fn otherwise<I>(self, value: impl Operand<Q, V, I>) -> Expression<Q, V> {
        Expression::new(Node::Case(self.cases, Some(Box::new(value.operand()))))
    }

    /// NULL where no condition holds.
    pub fn or_null(self) -> Expression<Q, Option<V::Base>> {
        Expression::new(Node::Case(self.cases, None))
    }
}

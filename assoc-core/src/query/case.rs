//! `CASE`: one of several values.

use std::marker::PhantomData;

use super::{Condition, Expression, Node, Operand};
use crate::types::ColumnType;

/// A first case: a value where a condition holds.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::Comment, query::case};
///
/// let mood = case::<_, String, _>(Comment::rating.gt(3), "good").when(Comment::rating.lt(2), "bad").otherwise("fair");
/// let query = Comment::query().select((Comment::id, mood));
/// # drop(query);
/// ```
pub fn case<Q, V: ColumnType, I>(condition: Condition<Q>, then: impl Operand<Q, V, I>) -> Cases<Q, V> {
    Cases { cases: Vec::new(), types: PhantomData }.when(condition, then)
}

/// Cases so far.
#[must_use = "end it with `.otherwise(…)` or `.or_null()`"]
pub struct Cases<Q, V> {
    cases: Vec<(Node, Node)>,
    types: PhantomData<fn() -> (Q, V)>,
}

/// All cases.
pub type Case<Q, V> = Expression<Q, V>;

impl<Q, V: ColumnType> Cases<Q, V> {
    /// A value where a condition holds, and none of those before.
    pub fn when<I>(mut self, condition: Condition<Q>, then: impl Operand<Q, V, I>) -> Self {
        self.cases.push((condition.node, then.operand()));
        self
    }

    /// The value where no condition holds.
    pub fn otherwise<I>(self, value: impl Operand<Q, V, I>) -> Case<Q, V> {
        Expression::new(Node::Case(self.cases, Some(Box::new(value.operand()))))
    }

    /// NULL where no condition holds.
    pub fn or_null(self) -> Case<Q, Option<V::Base>> {
        Expression::new(Node::Case(self.cases, None))
    }
}

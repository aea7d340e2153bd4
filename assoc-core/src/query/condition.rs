//! Conditions.

use std::marker::PhantomData;

use super::{In, Node};

/// A condition in a query with the scope `Q`: that of a query on `Post` is a `Condition<Post>`. Made by methods of
/// columns: `Post::title.eq("Hello")`.
#[must_use = "a condition does nothing until a query has it"]
pub struct Condition<Q> {
    pub(crate) node: Node,
    scope: PhantomData<fn() -> Q>,
}

impl<Q> Condition<Q> {
    pub(crate) fn new(node: Node) -> Self {
        Self::of(node.checked())
    }

    /// A condition of parts that are checked.
    fn of(node: Node) -> Self {
        Self { node, scope: PhantomData }
    }

    /// Both conditions.
    pub fn and(self, other: Self) -> Self {
        Self::of(Node::And(side_by_side(self.node, other.node, |node| match node {
            Node::And(nodes) => Ok(nodes),
            other => Err(other),
        })))
    }

    /// One of the conditions, or both.
    pub fn or(self, other: Self) -> Self {
        Self::of(Node::Or(side_by_side(self.node, other.node, |node| match node {
            Node::Or(nodes) => Ok(nodes),
            other => Err(other),
        })))
    }

    /// All of the conditions; every row where there are none.
    ///
    /// ```
    /// use assoc_core::{Condition, ExpressionMethods, Stored, doctest::Post};
    ///
    /// fn search(title: Option<&str>, least_id: Option<i64>) -> Condition<Post> {
    ///     let title = title.map(|title| Post::title.contains(title));
    ///     Condition::all([title, least_id.map(|id| Post::id.gte(id))].into_iter().flatten())
    /// }
    /// # drop(Post::query().filter(search(Some("rust"), None)));
    /// ```
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Node::And(conditions.into_iter().map(|condition| condition.node).collect()))
    }

    /// One of the conditions at least; no row where there are none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Node::Or(conditions.into_iter().map(|condition| condition.node).collect()))
    }

    /// The same condition in a query that joins more: a `Condition<Post>` in one that also reads comments.
    ///
    /// ```
    /// use assoc_core::{Condition, ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// fn listed() -> Condition<Post> {
    ///     Post::title.ne("Draft")
    /// }
    /// let query = Post::query().join(Post::comments).filter(listed().widen().and(Comment::rating.gt(3)));
    /// # drop(query);
    /// ```
    pub fn widen<R, I>(self) -> Condition<R>
    where
        Q: In<R, I>,
    {
        Condition::of(self.node)
    }
}

impl<Q> std::ops::Not for Condition<Q> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(Node::Not(Box::new(self.node)))
    }
}

impl<Q> Clone for Condition<Q> {
    fn clone(&self) -> Self {
        Self::of(self.node.clone())
    }
}

/// Two conditions as one list, so that thousands in a row do not end up in each other.
fn side_by_side(first: Node, second: Node, opened: fn(Node) -> Result<Vec<Node>, Node>) -> Vec<Node> {
    let mut all = opened(first).unwrap_or_else(|node| vec![node.checked()]);
    match opened(second) {
        Ok(nodes) => all.extend(nodes),
        Err(node) => all.push(node.checked()),
    }
    all
}

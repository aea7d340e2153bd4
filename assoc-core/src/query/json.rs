//! Parts of JSON.

use super::{Condition, Expression, IntoExpression, Node, Typed};
use crate::{adapter::PathStep, types::ColumnType};

/// Methods of expressions that are JSON.
pub trait JsonMethods: Typed
where
    Self::Value: ColumnType<Base = serde_json::Value>,
{
    /// The part of it at a path, as JSON; `None` if there is none.
    ///
    /// ```
    /// # use assoc_core::{Column, ExpressionMethods, Stored, doctest::Post};
    /// use assoc_core::query::JsonMethods;
    ///
    /// # let settings: Column<Post, serde_json::Value> = Column::new(0);
    /// let query = Post::query().filter(settings.path_text(("theme", "color")).eq("red"));
    /// # drop(query);
    /// ```
    fn path<Q, I>(self, path: impl JsonPath) -> Expression<Q, Option<serde_json::Value>>
    where
        Self: IntoExpression<Q, I>,
    {
        Expression::new(Node::Json(Box::new(self.node()), path.steps(), false))
    }

    /// The part of it at a path, as text: what is in a JSON string, else the JSON; `None` if there is none, or `null`.
    fn path_text<Q, I>(self, path: impl JsonPath) -> Expression<Q, Option<String>>
    where
        Self: IntoExpression<Q, I>,
    {
        Expression::new(Node::Json(Box::new(self.node()), path.steps(), true))
    }

    /// It contains that JSON, as PostgreSQL's `@>` does; SQLite cannot tell.
    fn contains_json<Q, I>(self, json: serde_json::Value) -> Condition<Q>
    where
        Self: IntoExpression<Q, I>,
    {
        Condition::new(Node::JsonContains(Box::new(self.node()), json.into_value()))
    }
}

impl<T: Typed> JsonMethods for T where T::Value: ColumnType<Base = serde_json::Value> {}

/// A path into JSON: a key, a position in a list, or a tuple of them.
pub trait JsonPath {
    /// Its steps.
    fn steps(self) -> Vec<PathStep>;
}

impl JsonPath for &str {
    fn steps(self) -> Vec<PathStep> {
        vec![PathStep::Key(self.to_owned())]
    }
}

impl JsonPath for String {
    fn steps(self) -> Vec<PathStep> {
        vec![PathStep::Key(self)]
    }
}

impl JsonPath for u32 {
    fn steps(self) -> Vec<PathStep> {
        vec![PathStep::Index(self)]
    }
}

macro_rules! tuple_paths {
    ($($name:ident)+) => {
        impl<$($name: JsonPath),+> JsonPath for ($($name,)+) {
            #[allow(non_snake_case)]
            fn steps(self) -> Vec<PathStep> {
                let ($($name,)+) = self;
                [$($name.steps()),+].concat()
            }
        }
    };
}
tuple_paths!(A);
tuple_paths!(A B);
tuple_paths!(A B C);
tuple_paths!(A B C D);

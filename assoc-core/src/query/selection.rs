//! Structs of your own as what a query returns.

use super::{Expression, IntoExpression, Node, RowOf, Source};
use crate::{
    schema::Row,
    types::{ColumnType, Type, TypeError, read_column},
};

/// A struct whose fields a query selects. Derive it: `#[derive(Select)]`.
///
/// ```
/// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Total}, query::Selection};
///
/// let totals = Comment::query().group_by(Comment::post_id).select_as::<Total, _>();
/// let query = totals.subquery().filter(Total::comments.gt(10)).select((Total::row(), Total::comments.times(2)));
/// # drop(query);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct that a query can select",
    label = "expected a struct with `#[derive(Select)]`"
)]
pub trait Selection: Source<Row = Self> + Sized {
    /// The types of its fields, as a tuple.
    type Columns;

    /// All of its fields, for the selection of a query that reads it.
    fn row() -> RowOf<Self> {
        RowOf::new()
    }
}

/// A struct that says what its fields are in a query with the scope `Q`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what its fields are in this query",
    label = "expected a struct with `#[derive(Select)]` and `#[select(from = …)]` of what the query reads",
    note = "where it has no `from`, give its fields: `.select_into::<{Self}, _, _>((…))`; whole rows of a schema are selected as `….row()`"
)]
pub trait SelectFrom<Q, I>: Selection {
    /// What its fields are.
    #[doc(hidden)]
    fn expressions() -> Vec<Node>;
}

/// For the derive: an expression in a scope.
#[doc(hidden)]
pub fn expression<Q, I, T: IntoExpression<Q, I>>(of: T) -> Expression<Q, T::Value> {
    Expression::new(of.node())
}

impl<Q, X> Expression<Q, X> {
    /// For the derive: the expression, read into a field of type `V`.
    #[doc(hidden)]
    pub fn read_as<V: ColumnType>(self) -> Node
    where
        V::Base: ReadAs<X, V>,
    {
        self.node
    }
}

/// For the derive: an expression of type `X` can be read as a `V`. Said of what is in the `Option`, if `V` is one, so that
/// a type that is no column type is blamed for that alone.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{X}` cannot be read into a field of type `{V}`",
    label = "the expression is a `{X}`"
)]
#[doc(hidden)]
pub trait ReadAs<X, V> {}

impl<B: ColumnType> ReadAs<B, B> for B {}
impl<B: ColumnType> ReadAs<B, Option<B>> for B {}
impl<B: ColumnType> ReadAs<Option<B>, Option<B>> for B {}

/// For the derive: one of the columns.
#[doc(hidden)]
#[must_use]
pub fn column(columns: &[(&'static str, Type)], field: usize) -> (&'static str, Type) {
    columns.get(field).copied().unwrap_or(("?", Type::Text))
}

/// For the derive: reads a field.
///
/// # Errors
/// The value is NULL or of another type; the message names the field.
#[doc(hidden)]
pub fn read_field<V: ColumnType>(row: &mut dyn Row, index: usize, of: &str, field: &str) -> Result<V, TypeError> {
    read_column(row, index).map_err(|error: TypeError| TypeError(format!("{of}.{field}: {error}")))
}

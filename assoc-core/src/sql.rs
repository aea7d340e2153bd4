//! Hand-written SQL whose rows are those of a schema.

use std::{borrow::Cow, fmt, marker::PhantomData};

use sea_query::Value;

use crate::{
    adapter::{Bind, Sql},
    types::ColumnType,
};

/// A statement of your own whose rows are read as `S`: `Post::from_sql("SELECT * FROM posts WHERE id = $1").bind(7)`.
///
/// Columns are found by their names; their order does not matter, and there may be more of them. Values are bound in the
/// order of their placeholders, `$1` on PostgreSQL, `$1` or `?` on SQLite.
#[must_use = "a statement does nothing until a repo runs it"]
pub struct SqlQuery<S> {
    text: Cow<'static, str>,
    binds: Vec<Value>,
    schema: PhantomData<fn() -> S>,
}

impl<S> SqlQuery<S> {
    pub(crate) fn new(text: Cow<'static, str>) -> Self {
        Self { text, binds: Vec::new(), schema: PhantomData }
    }

    /// Binds the value of the next placeholder.
    pub fn bind(mut self, value: impl Bound) -> Self {
        self.binds.push(value.into_bound());
        self
    }

    /// For the repo: the statement.
    #[doc(hidden)]
    pub fn into_sql(self) -> Sql<'static> {
        Sql { text: self.text.into(), binds: self.binds.into_iter().map(Bind::One).collect() }
    }
}

impl<S> Clone for SqlQuery<S> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), binds: self.binds.clone(), schema: PhantomData }
    }
}

impl<S> fmt::Debug for SqlQuery<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlQuery").field("text", &self.text).field("binds", &self.binds).finish()
    }
}

/// A value for a placeholder: whatever a column can hold, and `&str`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound to a placeholder",
    label = "expected what a column can hold",
    note = "bind a value of a type that implements `assoc::ColumnType`, or a `&str`"
)]
pub trait Bound {
    /// The value as it is bound.
    fn into_bound(self) -> Value;
}

impl<V: ColumnType> Bound for V {
    fn into_bound(self) -> Value {
        self.into_value()
    }
}

impl Bound for &str {
    fn into_bound(self) -> Value {
        self.to_owned().into_value()
    }
}

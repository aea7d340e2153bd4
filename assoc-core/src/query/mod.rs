//! Typed queries, and what they load.

mod branch;
mod bulk;
mod condition;
mod filter;
mod order;
mod preload;
mod preloader;
mod related;
mod select;

use std::marker::PhantomData;

pub use bulk::{Assignment, Assignments, Statement};
pub use condition::Condition;
pub use filter::ColumnAt;
pub(crate) use filter::{Filter, Scope};
pub use order::{OrderBy, Ordering};

pub use preload::{Preload, Preloads, Spec};
pub use preloader::{More, preload};
pub use related::RowCount;
pub use select::Select;

use crate::{
    adapter::{DbError, Dialect},
    schema::Schema,
    types::KeyValues,
};

/// A query for rows of schema `S`: conditions, order, a window, and what to preload.
///
/// ```
/// use assoc_core::{Stored, doctest::{Comment, Post}};
///
/// let query = Post::query()
///     .filter(Post::title.like("%rust%").and(Post::id.gt(3)))
///     .order_by(Post::id.desc())
///     .limit(20)
///     .preload((Post::tags, Post::comments.then(Comment::post)));
/// # drop(query);
/// ```
#[must_use = "a query does nothing until a repo runs it"]
pub struct Query<S> {
    pub(crate) filters: Vec<Filter>,
    pub(crate) order: Vec<Ordering>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) preloads: Vec<Spec>,
    schema: PhantomData<fn() -> S>,
}

impl<S: Schema> Query<S> {
    pub(crate) fn new() -> Self {
        Self {
            filters: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: None,
            preloads: Vec::new(),
            schema: PhantomData,
        }
    }

    /// Only rows that satisfy the condition, and those of earlier calls.
    pub fn filter(mut self, condition: Condition<S>) -> Self {
        self.filters.push(condition.filter);
        self
    }

    /// Rows in that order; a later call orders what is equal so far.
    pub fn order_by(mut self, order: impl OrderBy<S>) -> Self {
        self.order.extend(order.orderings());
        self
    }

    /// At most that many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Without that many rows at the start.
    pub fn offset(mut self, rows: u64) -> Self {
        self.offset = Some(rows);
        self
    }

    /// Loads associations of the rows, one statement for each.
    pub fn preload(mut self, preloads: impl Preloads<S>) -> Self {
        self.preloads.extend(preloads.specs());
        self
    }

    /// The row with that primary key.
    pub fn by_key(key: impl Into<S::Key>) -> Self {
        let columns = S::META.primary_key.iter().map(|&field| ColumnAt::of(S::META, field));
        let filters = columns.zip(key.into().into_values()).map(|(column, value)| Filter::eq(column, value));
        Self::by_filters(filters.collect())
    }

    pub(crate) fn by_filters(filters: Vec<Filter>) -> Self {
        Self { filters, ..Self::new() }
    }

    /// For the repo: that many rows tell enough.
    #[doc(hidden)]
    pub fn at_most(mut self, rows: u64) -> Self {
        self.limit = Some(self.limit.map_or(rows, |limit| limit.min(rows)));
        self
    }

    /// For the repo: the statement, and the associations to load.
    ///
    /// # Errors
    /// The database cannot keep rows of the schema.
    #[doc(hidden)]
    pub fn into_select(self, dialect: &'static dyn Dialect) -> Result<(Select, Vec<Spec>), DbError> {
        let Self { filters, order, limit, offset, preloads, .. } = self;
        let mut select = Select::of(S::META, dialect)?;
        select.filter(filters, dialect).order(&order, dialect).window(limit, offset);
        Ok((select, preloads))
    }
}

impl<S> Clone for Query<S> {
    fn clone(&self) -> Self {
        Self {
            filters: self.filters.clone(),
            order: self.order.clone(),
            limit: self.limit,
            offset: self.offset,
            preloads: self.preloads.clone(),
            schema: PhantomData,
        }
    }
}

//! Conditions on typed columns.

use std::marker::PhantomData;

use sea_query::BinOper;

use super::{ColumnAt, Filter, Ordering};
use crate::{
    schema::{Column, Schema},
    types::{Assign, ColumnType},
};

/// A condition on rows of schema `S`. Made by methods of columns: `Post::title.eq("Hello")`.
pub struct Condition<S> {
    pub(crate) filter: Filter,
    schema: PhantomData<fn() -> S>,
}

impl<S> Condition<S> {
    pub(crate) fn new(filter: Filter) -> Self {
        Self { filter, schema: PhantomData }
    }

    /// Both conditions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(Filter::And(vec![self.filter, other.filter]))
    }

    /// One of the conditions, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::new(Filter::Or(vec![self.filter, other.filter]))
    }

    /// All of the conditions; every row where there are none.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::And(conditions.into_iter().map(|condition| condition.filter).collect()))
    }

    /// One of the conditions at least; no row where there are none.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Filter::Or(conditions.into_iter().map(|condition| condition.filter).collect()))
    }
}

impl<S> std::ops::Not for Condition<S> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(Filter::Not(Box::new(self.filter)))
    }
}

impl<S> Clone for Condition<S> {
    fn clone(&self) -> Self {
        Self::new(self.filter.clone())
    }
}

impl<S: Schema, V: ColumnType> Column<S, V> {
    fn at(self) -> ColumnAt {
        ColumnAt::of(S::META, self.index())
    }

    fn compare(self, op: BinOper, value: impl Assign<V>) -> Condition<S> {
        Condition::new(Filter::Compare(self.at(), op, value.assign().into_value()))
    }

    /// The column equals the value. `NULL` equals nothing: see [`is_null`](Self::is_null).
    pub fn eq(self, value: impl Assign<V>) -> Condition<S> {
        self.compare(BinOper::Equal, value)
    }

    /// The column does not equal the value.
    pub fn ne(self, value: impl Assign<V>) -> Condition<S> {
        self.compare(BinOper::NotEqual, value)
    }

    /// The column is greater than the value.
    pub fn gt(self, value: impl Assign<V>) -> Condition<S> {
        self.compare(BinOper::GreaterThan, value)
    }

    /// The column is greater than the value, or equal.
    pub fn gte(self, value: impl Assign<V>) -> Condition<S> {
        self.compare(BinOper::GreaterThanOrEqual, value)
    }

    /// The column is less than the value.
    pub fn lt(self, value: impl Assign<V>) -> Condition<S> {
        self.compare(BinOper::SmallerThan, value)
    }

    /// The column is less than the value, or equal.
    pub fn lte(self, value: impl Assign<V>) -> Condition<S> {
        self.compare(BinOper::SmallerThanOrEqual, value)
    }

    /// The column lies between the values, both included.
    pub fn between(self, low: impl Assign<V>, high: impl Assign<V>) -> Condition<S> {
        Condition::new(Filter::Between(self.at(), low.assign().into_value(), high.assign().into_value()))
    }

    /// The column equals one of the values. The text of the statement does not grow with the list.
    pub fn is_in<I: Assign<V>>(self, values: impl IntoIterator<Item = I>) -> Condition<S> {
        let values = values.into_iter().map(|value| vec![value.assign().into_value()]);
        Condition::new(Filter::AnyOf(vec![self.at()], values.collect()))
    }

    fn compare_column(self, op: BinOper, other: Self) -> Condition<S> {
        Condition::new(Filter::Columns(self.at(), op, other.at()))
    }

    /// The column equals another one of the row.
    pub fn eq_column(self, other: Self) -> Condition<S> {
        self.compare_column(BinOper::Equal, other)
    }

    /// The column is less than another one of the row.
    pub fn lt_column(self, other: Self) -> Condition<S> {
        self.compare_column(BinOper::SmallerThan, other)
    }

    /// The column is greater than another one of the row.
    pub fn gt_column(self, other: Self) -> Condition<S> {
        self.compare_column(BinOper::GreaterThan, other)
    }

    /// The column is `NULL`.
    pub fn is_null(self) -> Condition<S> {
        Condition::new(Filter::IsNull(self.at()))
    }

    /// The column is not `NULL`.
    pub fn is_not_null(self) -> Condition<S> {
        !self.is_null()
    }

    /// Ascending order.
    pub fn asc(self) -> Ordering<S> {
        Ordering::new(self.at(), sea_query::Order::Asc)
    }

    /// Descending order.
    pub fn desc(self) -> Ordering<S> {
        Ordering::new(self.at(), sea_query::Order::Desc)
    }
}

impl<S: Schema, V: ColumnType> Column<S, V>
where
    V::Base: AsRef<str>,
{
    /// The text matches a pattern, in which `%` stands for any text and `_` for one character; a backslash
    /// makes the next character stand for itself. Case matters, on SQLite, too.
    pub fn like(self, pattern: impl Into<String>) -> Condition<S> {
        Condition::new(Filter::Like(self.at(), pattern.into()))
    }

    /// As [`like`](Self::like), whatever the case; on SQLite, of the letters of ASCII.
    pub fn ilike(self, pattern: impl Into<String>) -> Condition<S> {
        Condition::new(Filter::ILike(self.at(), pattern.into()))
    }
}

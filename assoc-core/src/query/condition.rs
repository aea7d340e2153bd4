//! Conditions on typed columns.

use std::{borrow::Cow, marker::PhantomData};

use sea_query::{BinOper, Expr, ExprTrait, Value};

use super::related::Related;
use crate::{
    adapter::Dialect,
    schema::{Association, Column, Meta, Ordered, Schema},
    types::{Assign, ColumnType, Type},
};

/// A condition on rows of schema `S`. Made by methods of columns: `Post::title.eq("Hello")`.
pub struct Condition<S> {
    pub(crate) filter: Filter,
    schema: PhantomData<fn() -> S>,
}

/// A condition before a dialect renders it.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// A column compared with a value.
    Compare(ColumnAt, BinOper, Value),
    /// A text that matches a pattern.
    Like(ColumnAt, String),
    /// The same, whatever the case.
    ILike(ColumnAt, String),
    /// A column between two values.
    Between(ColumnAt, Value, Value),
    /// Columns that equal one of these keys.
    AnyOf(Vec<ColumnAt>, Vec<Vec<Value>>),
    /// A column that is NULL.
    IsNull(ColumnAt),
    /// Two columns compared.
    Columns(ColumnAt, BinOper, ColumnAt),
    /// Rows of an association that are there.
    Exists(Related),
    /// The number of rows of an association, compared.
    Count(Related, BinOper, i64),
    /// Rows of an association of owners with one of these keys.
    Of(Related, Vec<Vec<Value>>),
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
}

/// A column of a table that a query reads, by the name or alias the table has there.
#[derive(Clone, Debug)]
pub struct ColumnAt {
    /// The table's name or alias.
    pub table: Cow<'static, str>,
    /// The column's name.
    pub column: &'static str,
    /// Its wire type.
    pub ty: Type,
}

impl ColumnAt {
    pub(crate) fn of(meta: &Meta, field: usize) -> Self {
        Self::aliased(meta, field, Cow::Borrowed(meta.table.name))
    }

    pub(crate) fn aliased(meta: &Meta, field: usize, table: Cow<'static, str>) -> Self {
        let field = &meta.fields[field];
        Self { table, column: field.column, ty: field.ty }
    }

    /// The column as an expression.
    pub fn expr(&self) -> Expr {
        Expr::col((self.table.to_string(), self.column))
    }
}

impl Filter {
    pub(crate) fn eq(column: ColumnAt, value: Value) -> Self {
        Self::Compare(column, BinOper::Equal, value)
    }

    /// The columns of a table are those of an alias of it.
    pub(crate) fn rename(&mut self, table: &str, alias: &str) {
        let rename = |column: &mut ColumnAt| {
            if column.table == table {
                column.table = Cow::Owned(alias.to_owned());
            }
        };
        match self {
            Self::Compare(column, ..)
            | Self::Like(column, _)
            | Self::ILike(column, _)
            | Self::Between(column, ..)
            | Self::IsNull(column) => {
                rename(column);
            }
            Self::Columns(a, _, b) => [a, b].into_iter().for_each(rename),
            Self::AnyOf(columns, _) => columns.iter_mut().for_each(rename),
            Self::And(filters) | Self::Or(filters) => filters.iter_mut().for_each(|filter| filter.rename(table, alias)),
            Self::Not(filter) => filter.rename(table, alias),
            // What these look at is named when they are rendered.
            Self::Exists(_) | Self::Count(..) | Self::Of(..) => {}
        }
    }

    pub(crate) fn render(self, dialect: &dyn Dialect, scope: &Scope) -> Expr {
        match self {
            Self::Compare(column, op, value) => {
                let value = dialect.value(value, column.ty);
                dialect.operand(column).binary(op, value)
            }
            Self::Like(column, pattern) => dialect.like(column, pattern),
            Self::ILike(column, pattern) => dialect.ilike(column, pattern),
            Self::Between(column, low, high) => {
                let (low, high) = (dialect.value(low, column.ty), dialect.value(high, column.ty));
                dialect.operand(column).between(low, high)
            }
            Self::AnyOf(columns, keys) => dialect.any_of(&columns, keys),
            Self::IsNull(column) => column.expr().is_null(),
            Self::Columns(a, op, b) => dialect.operand(a).binary(op, dialect.operand(b)),
            Self::Exists(related) => related.exists(scope, dialect),
            Self::Count(related, op, number) => related.count(scope, dialect).binary(op, Expr::val(number)),
            Self::Of(related, keys) => related.of(keys, scope, dialect),
            Self::And(filters) => all(filters, dialect, scope, true),
            Self::Or(filters) => all(filters, dialect, scope, false),
            Self::Not(filter) => filter.render(dialect, scope).not(),
        }
    }
}

/// Where a condition stands: the table that it is about, and how many subqueries are around it.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub table: Cow<'static, str>,
    depth: usize,
}

impl Scope {
    /// Outside of any subquery.
    pub fn of(table: Cow<'static, str>) -> Self {
        Self { table, depth: 0 }
    }

    /// Inside of a subquery, whose table has an alias of its own.
    pub fn inner(&self) -> Self {
        let mut table = format!("s{}", self.depth);
        if *table == *self.table {
            table.push('_');
        }
        Self { table: table.into(), depth: self.depth + 1 }
    }
}

/// Joins conditions; none at all is true for AND, false for OR.
fn all(filters: Vec<Filter>, dialect: &dyn Dialect, scope: &Scope, and: bool) -> Expr {
    let rendered = filters.into_iter().map(|filter| filter.render(dialect, scope));
    let joined = rendered.reduce(|a, b| if and { a.and(b) } else { a.or(b) });
    joined.unwrap_or_else(|| Expr::val(1).eq(Expr::val(if and { 1 } else { 0 })))
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

/// A column and a direction.
pub struct Ordering<S = ()> {
    pub(crate) column: ColumnAt,
    pub(crate) order: sea_query::Order,
    schema: PhantomData<fn() -> S>,
}

impl<S> Ordering<S> {
    fn new(column: ColumnAt, order: sea_query::Order) -> Self {
        Self { column, order, schema: PhantomData }
    }

    /// The order in which an association says that its rows are loaded.
    pub(crate) fn of(association: &Association) -> Vec<Ordering> {
        let related = (association.related)();
        let order = |descending| if descending { sea_query::Order::Desc } else { sea_query::Order::Asc };
        let by = |by: &Ordered| Ordering::new(ColumnAt::of(related, by.field), order(by.descending));
        association.order.iter().map(by).collect()
    }

    /// The order without its schema's type.
    #[doc(hidden)]
    pub fn erase(self) -> Ordering {
        Ordering::new(self.column, self.order)
    }
}

impl<S> Clone for Ordering<S> {
    fn clone(&self) -> Self {
        Self::new(self.column.clone(), self.order.clone())
    }
}

/// An order of rows of `S`: a direction of a column, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of rows of `{S}`",
    label = "expected directions of columns of `{S}`",
    note = "write `{S}::id.asc()`, `{S}::id.desc()`, or a tuple of these"
)]
pub trait OrderBy<S> {
    /// The directions, without the schema's type.
    #[doc(hidden)]
    fn orderings(self) -> Vec<Ordering>;
}

impl<S> OrderBy<S> for Ordering<S> {
    fn orderings(self) -> Vec<Ordering> {
        vec![self.erase()]
    }
}

macro_rules! tuple_orders {
    ($($name:ident)+) => {
        impl<S, $($name: OrderBy<S>),+> OrderBy<S> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn orderings(self) -> Vec<Ordering> {
                let ($($name,)+) = self;
                let mut orderings = Vec::new();
                $(orderings.extend($name.orderings());)+
                orderings
            }
        }
    };
}
tuple_orders!(A);
tuple_orders!(A B);
tuple_orders!(A B C);
tuple_orders!(A B C D);

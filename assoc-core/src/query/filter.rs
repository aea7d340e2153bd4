//! Conditions before a dialect renders them.

use std::borrow::Cow;

use sea_query::{BinOper, Expr, ExprTrait, Value};

use super::related::Related;
use crate::{adapter::Dialect, schema::Meta, types::Type};

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
            Self::Like(column, pattern) => dialect.like(column, closed(pattern)),
            Self::ILike(column, pattern) => dialect.ilike(column, closed(pattern)),
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

/// A pattern whose last backslash stands for itself, instead of being an error on one database and nothing on another.
fn closed(mut pattern: String) -> String {
    let backslashes = pattern.len() - pattern.trim_end_matches('\\').len();
    if backslashes % 2 == 1 {
        pattern.push('\\');
    }
    pattern
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

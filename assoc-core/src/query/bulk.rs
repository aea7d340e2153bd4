//! Statements on all rows of a query: counted, updated, deleted.

use std::marker::PhantomData;

use sea_query::{DeleteStatement, Expr, ExprTrait, Func, SelectStatement, UpdateStatement, Value};

use super::{ColumnAt, Query, Select, select::table_ref};
use crate::{
    adapter::{DbError, Dialect},
    schema::{Column, Schema},
    types::{Assign, ColumnType, Type},
};

/// A statement that a dialect renders.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `SELECT`
    Select(SelectStatement),
    /// `UPDATE`
    Update(UpdateStatement),
    /// `DELETE`
    Delete(DeleteStatement),
}

/// What `update_all` does to a column: made by [`Column::to`], [`Column::plus`], [`Column::push`].
#[derive(Clone, Debug)]
pub struct Assignment<S> {
    column: &'static str,
    ty: Type,
    change: Change,
    schema: PhantomData<fn() -> S>,
}

#[derive(Clone, Debug)]
enum Change {
    To(Value),
    Plus(Value),
    Push(Value),
}

impl<S: Schema, V: ColumnType> Column<S, V> {
    fn assignment(self, change: Change) -> Assignment<S> {
        Assignment { column: S::META.fields[self.index()].column, ty: V::TYPE, change, schema: PhantomData }
    }

    /// For `update_all`: the column gets the value (`set` in Ecto).
    pub fn to(self, value: impl Assign<V>) -> Assignment<S> {
        self.assignment(Change::To(value.assign().into_value()))
    }

    /// For `update_all`: the number is added to the column (`inc` in Ecto).
    pub fn plus(self, number: impl Assign<V>) -> Assignment<S>
    where
        V::Base: std::ops::Add,
    {
        self.assignment(Change::Plus(number.assign().into_value()))
    }
}

impl<S: Schema, E: ColumnType, V: ColumnType<Base = Vec<E>>> Column<S, V> {
    /// For `update_all`: the item is added to the end of the array (`push` in Ecto).
    pub fn push(self, item: impl Assign<E>) -> Assignment<S> {
        self.assignment(Change::Push(item.assign().into_value()))
    }
}

/// Assignments to columns of `S`: one, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of assignments to columns of `{S}`",
    label = "expected assignments to columns of `{S}`",
    note = "write one, as in `{S}::id.to(7)`, or a tuple of them"
)]
pub trait Assignments<S> {
    /// The assignments.
    fn assignments(self) -> Vec<Assignment<S>>;
}

impl<S> Assignments<S> for Assignment<S> {
    fn assignments(self) -> Vec<Assignment<S>> {
        vec![self]
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {$(
        impl<S, $($name: Assignments<S>),+> Assignments<S> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn assignments(self) -> Vec<Assignment<S>> {
                let ($($name,)+) = self;
                let mut all = Vec::new();
                $(all.extend($name.assignments());)+
                all
            }
        }
    )+};
}
tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H));

impl<S: Schema> Query<S> {
    /// For the repo: how many rows there are.
    #[doc(hidden)]
    pub fn into_count(self, dialect: &dyn Dialect) -> Select {
        let windowed = self.limit.is_some() || self.offset.is_some();
        let mut rows = Select::nothing(S::META);
        rows.filter(self.filters, dialect);
        if !windowed {
            rows.statement.expr(Func::count(Expr::cust("*")));
            return rows;
        }
        rows.statement.expr(Expr::val(1));
        rows.order(&self.order, dialect).window(self.limit, self.offset);
        let mut counted = Select::nothing(S::META);
        counted.statement = sea_query::Query::select();
        counted.statement.expr(Func::count(Expr::cust("*"))).from_subquery(rows.statement, "rows");
        counted
    }

    /// For the repo: the least or greatest value of a column.
    #[doc(hidden)]
    pub fn into_extreme(self, field: usize, greatest: bool, dialect: &dyn Dialect) -> Select {
        let column = ColumnAt::of(S::META, field);
        let mut rows = Select::nothing(S::META);
        rows.statement.expr(dialect.column(column.clone())).and_where(column.expr().is_not_null());
        if let Some(condition) = self.into_where(dialect) {
            rows.statement.and_where(condition);
        }
        let order = if greatest { sea_query::Order::Desc } else { sea_query::Order::Asc };
        rows.statement.order_by_expr(dialect.operand(column), order);
        rows.window(Some(1), None);
        rows
    }

    /// For the repo: deletes the rows.
    #[doc(hidden)]
    pub fn into_delete(self, dialect: &dyn Dialect) -> Statement {
        let mut delete = sea_query::Query::delete();
        delete.from_table(table_ref(S::META.table));
        if let Some(condition) = self.into_where(dialect) {
            delete.and_where(condition);
        }
        Statement::Delete(delete)
    }

    /// For the repo: updates the rows.
    #[doc(hidden)]
    pub fn into_update(self, assignments: Vec<Assignment<S>>, dialect: &dyn Dialect) -> Result<Statement, DbError> {
        let mut update = sea_query::Query::update();
        update.table(table_ref(S::META.table));
        for Assignment { column, ty, change, .. } in assignments {
            let value = match change {
                Change::To(value) => dialect.assigned(value, ty),
                Change::Plus(number) => dialect.plus(column, number, ty)?,
                Change::Push(item) => dialect.append(column, item, ty),
            };
            update.value(column, value);
        }
        if let Some(condition) = self.into_where(dialect) {
            update.and_where(condition);
        }
        Ok(Statement::Update(update))
    }

    /// The rows of the query as a condition; those of a window by their keys.
    fn into_where(self, dialect: &dyn Dialect) -> Option<Expr> {
        if self.limit.is_none() && self.offset.is_none() {
            let scope = super::Scope::of(S::META.table.name.into());
            return self.filters.into_iter().map(|filter| filter.render(dialect, &scope)).reduce(Expr::and);
        }
        let keys = || S::META.primary_key.iter().map(|&field| ColumnAt::of(S::META, field).expr());
        let mut rows = Select::nothing(S::META);
        rows.statement.exprs(keys());
        rows.filter(self.filters, dialect).order(&self.order, dialect).window(self.limit, self.offset);
        let mut keys: Vec<Expr> = keys().collect();
        let key = if keys.len() == 1 { keys.remove(0) } else { Expr::tuple(keys) };
        Some(key.in_subquery(rows.statement))
    }
}

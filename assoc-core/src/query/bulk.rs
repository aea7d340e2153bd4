//! Statements on all rows of a query: counted, updated, deleted.

use std::marker::PhantomData;

use sea_query::{DeleteStatement, Expr, ExprTrait, SelectStatement, UpdateStatement, Value};

use super::{
    ColumnAt, Context, Decoder, Node, Operand, Ordering, Parts, Query, Renderer, Selected, Source, node::grouped,
    parts::From,
};
use crate::{
    adapter::DbError,
    schema::{Column, Meta, Schema, Stored},
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
    /// The same, with groups: an expression that is selected, grouped and ordered by must be one expression for the
    /// database, so that equal values in it share a placeholder, where those have numbers.
    Grouped(Box<Statement>),
}

/// What `update_all` does to a column: made by [`Column::set`], [`Column::inc`], [`Column::push`].
#[derive(Clone, Debug)]
pub struct Assignment<S> {
    field: usize,
    column: &'static str,
    ty: Type,
    change: Change,
    schema: PhantomData<fn() -> S>,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Set(Node),
    Inc(Value),
    Push(Value),
}

impl<S> Assignment<S> {
    pub(super) fn into_parts(self) -> (usize, Change) {
        (self.field, self.change)
    }
}

impl<S: Schema, V: ColumnType> Column<S, V> {
    fn assignment(self, change: Change) -> Assignment<S> {
        let field = self.index();
        Assignment { field, column: S::META.fields[field].column, ty: V::TYPE, change, schema: PhantomData }
    }

    /// For `update_all`: the column gets the value, or that of an expression of the row.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, doctest::Post};
    ///
    /// let louder = Post::title.set(Post::title.upper());
    /// # drop(louder);
    /// ```
    pub fn set<I>(self, value: impl Operand<S, V, I>) -> Assignment<S> {
        self.assignment(Change::Set(value.operand()))
    }

    /// For `update_all`: the number is added to the column.
    pub fn inc(self, number: impl Assign<V>) -> Assignment<S>
    where
        V::Base: std::ops::Add,
    {
        self.assignment(Change::Inc(number.assign().into_value()))
    }
}

impl<S: Schema, E: ColumnType, V: ColumnType<Base = Vec<E>>> Column<S, V> {
    /// For `update_all`: the item is added to the end of the array.
    pub fn push(self, item: impl Assign<E>) -> Assignment<S> {
        self.assignment(Change::Push(item.assign().into_value()))
    }
}

/// Assignments to columns of `S`: one, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of assignments to columns of `{S}`",
    label = "expected assignments to columns of `{S}`",
    note = "write one, as in `{S}::id.set(7)`, or a tuple of them"
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

impl<S> Assignments<S> for Vec<Assignment<S>> {
    fn assignments(self) -> Vec<Assignment<S>> {
        self
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

impl<Q, O> Query<Q, O> {
    /// For the repo: how many rows there are.
    #[doc(hidden)]
    pub fn counted(self) -> Query<Q, i64> {
        let parts = self.parts.counted();
        Query { parts, decoder: Decoder::of(|row| super::shape::take(row, &mut 0)), scope: PhantomData }
    }

    /// For the repo: the least or greatest value of a column among its rows.
    #[doc(hidden)]
    pub fn extreme<V: ColumnType, S: Source>(self, column: Column<S, V>, greatest: bool) -> Query<Q, V> {
        let order = if greatest { sea_query::Order::Desc } else { sea_query::Order::Asc };
        let column: Node = ColumnAt::from::<S>(column.index()).into();
        let mut parts = Parts { lock: None, preloads: Vec::new(), ..self.parts };
        let value = |node| vec![Selected { name: Some("value".into()), ..Selected::of::<V>(node) }];
        let node = if parts.is_windowed() || !parts.is_plain() {
            parts.selection = value(column);
            parts = parts.nested("rows");
            Node::Column(ColumnAt { table: "rows".into(), column: "value", ty: V::TYPE })
        } else {
            column
        };
        parts.filters.push(Node::Not(Box::new(Node::is_null(node.clone()))));
        parts.selection = value(node.clone());
        parts.order = vec![Ordering::new::<V>(node, order)];
        parts.limit = Some(1);
        Query { parts, decoder: Decoder::of(|row| super::shape::take(row, &mut 0)), scope: PhantomData }
    }
}

impl<Q, S: Stored> Query<Q, S> {
    /// For the repo: deletes the rows.
    ///
    /// # Errors
    /// The database cannot do what is asked for.
    #[doc(hidden)]
    pub fn into_delete(self, returning: bool, cx: &Context) -> Result<Statement, DbError> {
        let mut r = Renderer::new(cx);
        r.of_query(self.parts.prefix.clone(), self.parts.scoped);
        let mut delete = sea_query::Query::delete();
        delete.from_table(r.table(S::META.table));
        if let Some(condition) = matching(self.parts, S::META, &mut r) {
            delete.and_where(condition);
        }
        if returning {
            delete.returning(columns(S::META, &r));
        }
        r.finish(Statement::Delete(delete))
    }

    /// For the repo: updates the rows.
    ///
    /// # Errors
    /// The database cannot do what is asked for.
    #[doc(hidden)]
    pub fn into_update(self, changes: Vec<Assignment<S>>, returning: bool, cx: &Context) -> Result<Statement, DbError> {
        let mut r = Renderer::new(cx);
        r.of_query(self.parts.prefix.clone(), self.parts.scoped);
        let mut update = sea_query::Query::update();
        update.table(r.table(S::META.table));
        for Assignment { column, ty, change, .. } in changes {
            let value = match change {
                Change::Set(Node::Value(value, ty)) => cx.dialect.assigned(value, ty),
                Change::Set(node) => node.plain(&mut r),
                Change::Inc(number) => cx.dialect.plus(column, number, ty)?,
                Change::Push(item) => cx.dialect.append(column, item, ty),
            };
            update.value(column, value);
        }
        if let Some(condition) = matching(self.parts, S::META, &mut r) {
            update.and_where(condition);
        }
        if returning {
            update.returning(columns(S::META, &r));
        }
        r.finish(Statement::Update(update))
    }
}

/// All columns, as a driver reads them.
fn columns(meta: &'static Meta, r: &Renderer) -> sea_query::ReturningClause {
    let column = |field| r.cx.dialect.column(ColumnAt::of(meta, field));
    sea_query::Query::returning().exprs((0..meta.columns).map(column))
}

/// Whether each group is one row, because the row's key is among what it is grouped by.
fn has_key(parts: &Parts, meta: &Meta) -> bool {
    meta.primary_key.iter().all(|&field| {
        let key = parts.selection.get(field).map(|selected| &selected.node);
        parts.group.iter().any(|(node, _)| match (node, key) {
            (Node::Column(by), Some(Node::Column(key))) => by.table == key.table && by.column == key.column,
            _ => false,
        })
    })
}

/// The rows of the query as a condition: its own, if it has no more than that; else by the keys of its rows.
fn matching(mut parts: Parts, meta: &'static Meta, r: &mut Renderer) -> Option<Expr> {
    let own = matches!(&parts.source, From::Table(table, at) if table.table == meta.table && *at == meta.table.name);
    if own
        && parts.joins.is_empty()
        && parts.ctes.is_empty()
        && parts.is_plain()
        && !parts.is_windowed()
        && parts.lock.is_none()
    {
        parts.filters.extend(r.scope(meta, meta.table.name));
        return grouped(parts.filters).into_iter().map(|node| node.render(r)).reduce(Expr::and);
    }
    if !parts.group.is_empty() && !has_key(&parts, meta) {
        r.fail(DbError::Configuration(
            "a query with groups has no rows of its own to update or delete; name them by `in_query`".to_owned(),
        ));
    }
    let keys = || meta.primary_key.iter().map(|&field| ColumnAt::of(meta, field));
    if parts.is_plain() {
        // The rows may be those of an alias: their keys are where the rows are.
        let selected = |field: &usize| parts.selection.get(*field).cloned();
        parts.selection = meta.primary_key.iter().filter_map(selected).collect();
    } else {
        parts = parts.nested("rows");
        let row = |column: ColumnAt| ColumnAt { table: "rows".into(), ..column };
        parts.selection = keys().map(row).map(Selected::column).collect();
    }
    let mut keys: Vec<Expr> = keys().map(|column| column.expr()).collect();
    let key = if keys.len() == 1 { keys.remove(0) } else { Expr::tuple(keys) };
    Some(r.in_query(key, parts))
}

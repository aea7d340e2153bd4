//! The SELECT of one preload: by itself, or as a part of a statement.

use sea_query::{Expr, ExprTrait, Value};

use super::{
    ColumnAt, Context, Node, Ordering, Renderer,
    preload::Spec,
    select::{Select, path},
    union::Part,
};
use crate::{
    adapter::{DbError, Sql},
    schema::{Hop, Meta},
    types::Type,
};

/// The SELECT of one preload.
pub(super) struct Load<'s> {
    pub spec: &'s Spec,
    select: Select,
    r: Renderer,
    /// The columns that hold the owner's key.
    columns: Vec<ColumnAt>,
    /// Where they stand in a row, and their types: among those of the schema, or behind them.
    pub at: Vec<(usize, Type)>,
    /// The owner's fields that they equal.
    pub fields: Vec<usize>,
}

impl<'s> Load<'s> {
    pub fn of(spec: &'s Spec, owner: &Meta, cx: &Context) -> Self {
        let related = related(spec.association);
        let mut r = Renderer::new(cx);
        let mut select = match spec.association.embedded_in() {
            None => Select::of(related, &mut r),
            Some(_) => Select::nothing(related, &mut r),
        };
        let (columns, fields): (Vec<ColumnAt>, _) =
            select.join_back(owner, &path(spec.association), &mut r).into_iter().unzip();
        let mut behind = related.columns..;
        let at = columns.iter().map(|column| (field_of(related, column).or_else(|| behind.next()), column.ty));
        let at = at.filter_map(|(at, ty)| at.map(|at| (at, ty))).collect();
        Self { spec, select, r, columns, at, fields }
    }

    /// The statement for the rows of owners with one of the keys.
    ///
    /// # Errors
    /// The database cannot do what is asked for.
    pub fn sql(mut self, keys: Vec<Vec<Value>>) -> Result<Sql<'static>, DbError> {
        let owners = Node::any_of(self.columns.clone(), keys).render(&mut self.r);
        self.only_of(owners);
        let Self { spec, mut select, mut r, columns, .. } = self;
        if let Some(rows) = spec.limit_each {
            select = select.limit_each(&columns, rows, related(spec.association), &mut r);
        } else if spec.order.is_empty() {
            select.order_by_key(related(spec.association));
        }
        select.sql(r)
    }

    /// The rows of owners that are those of another part, whose columns these are, in the order of `fields`.
    pub fn part(mut self, owners: &[ColumnAt]) -> (Part, Renderer) {
        let owners = self.among(owners);
        self.only_of(owners);
        let related = related(self.spec.association);
        let own = related.column_fields().iter().map(|field| (field.column.into(), field.ty));
        let behind = self.behind().enumerate().map(|(at, column)| (format!("key {at}").into(), column.ty));
        let named = own.chain(behind).collect();
        let Self { spec, mut select, mut r, columns, .. } = self;
        let mut order = Type::I64;
        if let Some(rows) = spec.limit_each {
            select = select.limit_each(&columns, rows, related, &mut r);
            select.statement.clear_order_by().expr(Select::place());
        } else if let Some(key) = select.sorting_key(related) {
            order = if matches!(key.ty, Type::I16 | Type::I32) { Type::I64 } else { key.ty };
            if spec.limit.is_some() {
                select.order_by_key(related);
            }
            select.statement.expr(key.expr());
        } else {
            select.number(related, &mut r);
            if spec.limit.is_none() {
                select.statement.clear_order_by();
            }
        }
        (Part { select: select.statement, columns: named, order }, r)
    }

    /// The columns of its rows behind those of the schema.
    fn behind(&self) -> impl Iterator<Item = &ColumnAt> {
        let related = related(self.spec.association);
        self.columns.iter().filter(move |column| field_of(related, column).is_none())
    }

    /// The columns equal those of a row of another part.
    fn among(&self, owners: &[ColumnAt]) -> Expr {
        let dialect = self.r.cx.dialect;
        // What other parts have was read already.
        let own = self.columns.iter().map(|column| dialect.read(dialect.operand(column.clone()), column.ty));
        let mut keys = sea_query::Query::select();
        keys.exprs(owners.iter().map(|column| dialect.operand(column.clone())));
        if let Some(owner) = owners.first() {
            keys.from(owner.table.to_string());
        }
        Expr::tuple(own.collect::<Vec<_>>()).in_subquery(keys)
    }

    /// What is selected of the owners' rows, narrowed and ordered as the preload says.
    fn only_of(&mut self, owners: Expr) {
        let spec = self.spec;
        let behind: Vec<ColumnAt> = self.behind().cloned().collect();
        for column in behind {
            self.select.column(column, &self.r);
        }
        self.select.statement.and_where(owners);
        self.select.filter(spec.filters.clone(), &mut self.r).window(spec.limit, None);
        let order = if spec.order.is_empty() { Ordering::of(spec.association) } else { spec.order.clone() };
        self.select.order(order, &mut self.r);
    }
}

fn related(association: Hop) -> &'static Meta {
    (association.related)()
}

/// The field of the schema whose column it is.
fn field_of(related: &Meta, column: &ColumnAt) -> Option<usize> {
    let own = related.column_fields().iter().position(|field| field.column == column.column && field.ty == column.ty);
    own.filter(|_| column.table == related.table.name)
}

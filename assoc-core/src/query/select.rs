//! A SELECT of a schema's columns.

use std::borrow::Cow;

use sea_query::{
    Expr, ExprTrait, IntoColumnRef, IntoIden, IntoTableRef, JoinType, OverStatement, Query, SelectExprTrait,
    SelectStatement, TableRef, WindowStatement,
};

use super::{ColumnAt, Filter, Ordering, Scope};
use crate::{
    adapter::{DbError, Dialect},
    schema::{Hop, Meta, Relation, Table},
    types::is_null,
};

/// A SELECT that a dialect can render.
#[derive(Clone, Debug)]
pub struct Select {
    /// The statement.
    pub statement: SelectStatement,
    table: Cow<'static, str>,
    joins: usize,
    orderings: Vec<(Expr, sea_query::Order)>,
}

impl Select {
    /// All columns of a schema.
    ///
    /// # Errors
    /// The database cannot keep rows of the schema.
    pub(crate) fn of(meta: &Meta, dialect: &'static dyn Dialect) -> Result<Self, DbError> {
        dialect.check(meta)?;
        let mut select = Self::nothing(meta);
        for field in 0..meta.columns {
            select.statement.expr(dialect.column(ColumnAt::of(meta, field)));
        }
        Ok(select)
    }

    /// No column yet of a schema.
    pub(crate) fn nothing(meta: &Meta) -> Self {
        let mut statement = Query::select();
        statement.from(table_ref(meta.table));
        Self { statement, table: Cow::Borrowed(meta.table.name), joins: 0, orderings: Vec::new() }
    }

    /// No column yet of a schema, whose table has an alias.
    pub(crate) fn nothing_of(meta: &Meta, alias: Cow<'static, str>) -> Self {
        let mut statement = Query::select();
        statement.from(table_ref(meta.table).alias(alias.to_string()));
        Self { statement, table: alias, joins: 0, orderings: Vec::new() }
    }

    pub(crate) fn filter(&mut self, filters: Vec<Filter>, dialect: &dyn Dialect) -> &mut Self {
        let scope = Scope::of(self.table.clone());
        for filter in filters {
            self.statement.and_where(filter.render(dialect, &scope));
        }
        self
    }

    pub(crate) fn order(&mut self, order: &[Ordering], dialect: &dyn Dialect) -> &mut Self {
        for Ordering { column, order, .. } in order {
            let column = dialect.operand(column.clone());
            self.statement.order_by_expr(column.clone(), order.clone());
            self.orderings.push((column, order.clone()));
        }
        self
    }

    /// The order of the primary key, so that lists are the same each time.
    pub(crate) fn order_by_key(&mut self, meta: &Meta) -> &mut Self {
        for &field in meta.primary_key {
            self.statement.order_by_expr(ColumnAt::of(meta, field).expr(), sea_query::Order::Asc);
        }
        self
    }

    pub(crate) fn window(&mut self, limit: Option<u64>, offset: Option<u64>) -> &mut Self {
        const ALL: u64 = i64::MAX as u64;
        if let Some(limit) = limit.or(offset.map(|_| ALL)) {
            self.statement.limit(Ord::min(limit, ALL));
        }
        if let Some(offset) = offset {
            self.statement.offset(Ord::min(offset, ALL));
        }
        self
    }

    pub(crate) fn column(&mut self, column: ColumnAt, dialect: &dyn Dialect) {
        self.statement.expr(dialect.column(column));
    }

    /// At most that many rows for each value of the columns, by the order so far and the primary key. Rows that come
    /// twice, because several ways lead to them, count once.
    pub(crate) fn limit_each(mut self, columns: &[ColumnAt], rows: u64, meta: &Meta, dialect: &dyn Dialect) -> Self {
        let mut window = WindowStatement::new();
        for column in columns {
            window.add_partition_by(dialect.operand(column.clone()));
        }
        for (column, order) in std::mem::take(&mut self.orderings) {
            window.order_by_expr(column, order);
        }
        for &field in meta.primary_key {
            window.order_by_expr(ColumnAt::of(meta, field).expr(), sea_query::Order::Asc);
        }
        self.statement.clear_order_by();
        let mut names = Vec::new();
        self.statement.exprs_mut_for_each(|selected| {
            let name = format!("c{}", names.len());
            selected.alias = Some(name.clone().into_iden());
            names.push(name);
        });
        self.statement.expr(Expr::cust("dense_rank()").over(window).alias("place"));
        let mut outer = Query::select();
        outer.columns(names.into_iter().map(|name| ("r", name).into_column_ref()));
        outer.from_subquery(self.statement, "r");
        let place = || Expr::col(("r", "place"));
        outer.and_where(place().lte(Ord::min(rows, i64::MAX as u64))).order_by_expr(place(), sea_query::Order::Asc);
        Self { statement: outer, table: "r".into(), joins: 0, orderings: Vec::new() }
    }

    /// Joins from the selected table back to the first step's owner. Returns the columns that hold the
    /// owner's key, with the owner's fields that they equal. Each step only passes the rows that its association has.
    pub(crate) fn join_back(&mut self, owner: &Meta, path: &[Hop], dialect: &dyn Dialect) -> Vec<(ColumnAt, usize)> {
        let mut at = self.table.clone();
        for (step, hop) in path.iter().enumerate().rev() {
            let related = (hop.related)();
            let given = hop.filter.iter().map(|given| {
                let (column, value) = (ColumnAt::aliased(related, given.field, at.clone()), (given.value)());
                if is_null(&value) { Filter::IsNull(column) } else { Filter::eq(column, value) }
            });
            self.filter(given.collect(), dialect);
            let pairs: Vec<(ColumnAt, usize)> = match hop.relation {
                Relation::Child(keys) | Relation::Parent(keys) => {
                    keys.iter().map(|key| (ColumnAt::aliased(related, key.related, at.clone()), key.owner)).collect()
                }
                Relation::Join(join) => {
                    let alias = self.alias();
                    let column = |column, field: usize, meta: &Meta| ColumnAt {
                        table: alias.clone(),
                        column,
                        ty: meta.fields[field].ty,
                    };
                    let on = join.related.iter().map(|key| {
                        (column(key.column, key.field, related), ColumnAt::aliased(related, key.field, at.clone()))
                    });
                    let on = on.collect();
                    self.join(join.table(), alias.clone(), on);
                    let owner = step.checked_sub(1).map_or(owner, |before| (path[before].related)());
                    join.owner.iter().map(|key| (column(key.column, key.field, owner), key.field)).collect()
                }
                Relation::Through(_) | Relation::Embed { .. } => Vec::new(),
            };
            let Some(before) = step.checked_sub(1) else { return pairs };
            let owner = (path[before].related)();
            let alias = self.alias();
            let on = pairs.into_iter().map(|(column, field)| (column, ColumnAt::aliased(owner, field, alias.clone())));
            let on = on.collect();
            self.join(owner.table, alias.clone(), on);
            at = alias;
        }
        Vec::new()
    }

    fn alias(&mut self) -> Cow<'static, str> {
        self.joins += 1;
        format!("j{}", self.joins - 1).into()
    }

    fn join(&mut self, table: Table, alias: Cow<'static, str>, on: Vec<(ColumnAt, ColumnAt)>) {
        let on = on.into_iter().map(|(a, b)| a.expr().eq(b.expr())).reduce(Expr::and);
        let table = table_ref(table).alias(alias.into_owned());
        self.statement.join(JoinType::InnerJoin, table, on.unwrap_or_else(|| Expr::val(true)));
    }
}

pub(crate) fn table_ref(table: Table) -> TableRef {
    match table.schema {
        Some(schema) => (schema, table.name).into_table_ref(),
        None => table.name.into_table_ref(),
    }
}

/// The steps of an association, with those of `through` associations in their place.
pub(crate) fn path(association: Hop) -> Vec<Hop> {
    match association.relation {
        Relation::Through(hops) => hops.iter().flat_map(|hop| path(hop)).collect(),
        _ => vec![association],
    }
}

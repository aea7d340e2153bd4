//! A SELECT of a schema's columns.

use std::borrow::Cow;

use sea_query::{
    Expr, ExprTrait, IntoColumnRef, IntoIden, JoinType, OrderedStatement, OverStatement, Query, SelectExprTrait,
    SelectStatement, TableRef, WindowStatement,
};

use super::{ColumnAt, Node, Ordering, Renderer, Statement, node::grouped};
use crate::{
    adapter::{DbError, Sql},
    schema::{Hop, Meta, Relation},
    types::{Type, is_null},
};

/// A SELECT that a dialect can render.
#[derive(Clone, Debug)]
pub struct Select {
    /// The statement.
    pub statement: SelectStatement,
    pub(crate) table: Cow<'static, str>,
    joins: usize,
    depth: usize,
    orderings: Vec<Ordering>,
}

impl Select {
    /// All columns of a schema.
    pub(crate) fn of(meta: &Meta, r: &mut Renderer) -> Self {
        r.check(meta);
        let mut select = Self::nothing(meta, r);
        for field in 0..meta.columns {
            select.statement.expr(r.cx.dialect.column(ColumnAt::of(meta, field)));
        }
        select
    }

    pub(crate) fn empty(at: Cow<'static, str>, r: &Renderer) -> Self {
        Self { statement: Query::select(), table: at, joins: 0, depth: r.depth, orderings: Vec::new() }
    }

    /// No column yet of a schema.
    pub(crate) fn nothing(meta: &Meta, r: &mut Renderer) -> Self {
        Self::nothing_of(meta, Cow::Borrowed(meta.table.name), r)
    }

    /// No column yet of a schema, whose table has an alias.
    pub(crate) fn nothing_of(meta: &Meta, alias: Cow<'static, str>, r: &mut Renderer) -> Self {
        let mut select = Self::empty(alias, r);
        let table = named(r.table(meta.table), meta.table.name, &select.table);
        select.statement.from(table);
        let scope = r.scope(meta, &select.table);
        select.filter(scope, r);
        select
    }

    /// The statement for a driver.
    ///
    /// # Errors
    /// The database cannot do what is asked for.
    pub(crate) fn sql(self, r: Renderer) -> Result<Sql<'static>, DbError> {
        let dialect = r.cx.dialect;
        Ok(dialect.render(r.finish(Statement::Select(self.statement))?))
    }

    pub(crate) fn filter(&mut self, filters: Vec<Node>, r: &mut Renderer) -> &mut Self {
        for filter in grouped(filters) {
            self.statement.and_where(filter.render(r));
        }
        self
    }

    pub(crate) fn order(&mut self, order: Vec<Ordering>, r: &mut Renderer) -> &mut Self {
        for ordering in order {
            self.orderings.push(ordering.clone());
            add_order(&mut self.statement, ordering, r);
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

    pub(crate) fn column(&mut self, column: ColumnAt, r: &Renderer) {
        self.statement.expr(r.cx.dialect.column(column));
    }

    /// At most that many rows for each value of the columns, by the order so far and the primary key. Rows that come
    /// twice, because several ways lead to them, count once.
    pub(crate) fn limit_each(mut self, columns: &[ColumnAt], rows: u64, meta: &Meta, r: &mut Renderer) -> Self {
        let mut window = self.window_in_order(meta, r);
        for column in columns {
            window.add_partition_by(r.cx.dialect.operand(column.clone()));
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
        outer.and_where(Self::place().lte(Ord::min(rows, i64::MAX as u64)));
        outer.order_by_expr(Self::place(), sea_query::Order::Asc);
        Self { statement: outer, table: "r".into(), joins: 0, orderings: Vec::new(), ..self }
    }

    /// The place that [`limit_each`](Self::limit_each) gives to a row.
    pub(crate) fn place() -> Expr {
        Expr::col(("r", "place"))
    }

    /// The number of each row as the last column, by the order so far and the primary key.
    pub(crate) fn number(&mut self, meta: &Meta, r: &mut Renderer) {
        let window = self.window_in_order(meta, r);
        self.statement.expr(Expr::cust("row_number()").over(window));
    }

    /// The key, if that alone is the order of the rows, wherever they are sorted.
    pub(crate) fn sorting_key(&self, meta: &Meta) -> Option<ColumnAt> {
        let [key] = meta.primary_key else { return None };
        let key = ColumnAt::of(meta, *key);
        let alike = matches!(key.ty, Type::I16 | Type::I32 | Type::I64 | Type::Uuid);
        (alike && self.orderings.is_empty()).then_some(key)
    }

    /// A window in the order so far, and in that of the primary key.
    fn window_in_order(&mut self, meta: &Meta, r: &mut Renderer) -> WindowStatement {
        let mut window = WindowStatement::new();
        for ordering in std::mem::take(&mut self.orderings) {
            add_order(&mut window, ordering, r);
        }
        for &field in meta.primary_key {
            window.order_by_expr(ColumnAt::of(meta, field).expr(), sea_query::Order::Asc);
        }
        window
    }

    /// Joins from the selected table back to the first step's owner. Returns the columns that hold the
    /// owner's key, with the owner's fields that they equal. Each step only passes the rows that its association has.
    pub(crate) fn join_back(&mut self, owner: &Meta, path: &[Hop], r: &mut Renderer) -> Vec<(ColumnAt, usize)> {
        let mut at = self.table.clone();
        for (step, hop) in path.iter().enumerate().rev() {
            let related = (hop.related)();
            let mut filters = given(hop, at.clone());
            if step + 1 < path.len() {
                filters.extend(r.scope(related, &at));
            }
            self.filter(filters, r);
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
                    self.join_inner(r.table(join.table()), alias.clone(), on);
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
            self.join_inner(r.table(owner.table), alias.clone(), on);
            at = alias;
        }
        Vec::new()
    }

    /// A name that no table around has, nor one in a subquery around: conditions of both can meet.
    pub(crate) fn alias(&mut self) -> Cow<'static, str> {
        self.joins += 1;
        let at = self.joins - 1;
        if self.depth == 0 { format!("j{at}").into() } else { format!("j{}_{at}", self.depth).into() }
    }

    fn join_inner(&mut self, table: TableRef, alias: Cow<'static, str>, on: Vec<(ColumnAt, ColumnAt)>) {
        let on = on.into_iter().map(|(a, b)| a.expr().eq(b.expr())).reduce(Expr::and);
        let table = table.alias(alias.into_owned());
        self.join_table(JoinType::InnerJoin, table, on.unwrap_or_else(|| Expr::val(true)));
    }

    pub(crate) fn join_table(&mut self, kind: JoinType, table: TableRef, on: Expr) {
        self.statement.join(kind, table, on);
    }
}

fn add_order(statement: &mut impl OrderedStatement, ordering: Ordering, r: &mut Renderer) {
    let Ordering { node, order, nulls, .. } = ordering;
    let expr = node.render(r);
    match nulls {
        Some(nulls) => statement.order_by_expr_with_nulls(expr, order, nulls),
        None => statement.order_by_expr(expr, order),
    };
}

/// A table under a name, if that is not its own.
pub(crate) fn named(table: TableRef, own: &str, name: &str) -> TableRef {
    if own == name { table } else { table.alias(name.to_owned()) }
}

/// What an association says of its rows.
pub(crate) fn given(hop: &Hop, at: Cow<'static, str>) -> Vec<Node> {
    let related = (hop.related)();
    let given = hop.filter.iter().map(|given| {
        let (column, value) = (ColumnAt::aliased(related, given.field, at.clone()), (given.value)());
        if is_null(&value) { Node::is_null(column) } else { Node::eq(column, value) }
    });
    given.collect()
}

/// The steps of an association, with those of `through` associations in their place.
pub(crate) fn path(association: Hop) -> Vec<Hop> {
    match association.relation {
        Relation::Through(hops) => hops.iter().flat_map(|hop| path(hop)).collect(),
        _ => vec![association],
    }
}

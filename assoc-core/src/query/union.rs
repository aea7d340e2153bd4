//! SELECTs of different rows, one after the other.

use std::borrow::Cow;

use sea_query::{CommonTableExpression, Expr, IntoIden, Order, Query, SelectStatement, UnionType, WithClause};

use crate::{
    adapter::Dialect,
    types::{SharedColumns, Type},
};

/// SELECTs with names, so that later ones can read what earlier ones return, and one SELECT of all of their rows. These begin
/// with the number of their part, from 0; then come columns that the parts share by type, and at the end those that order.
pub(super) struct Union {
    dialect: &'static dyn Dialect,
    parts: Vec<(Part, Vec<usize>)>,
    /// The types of the shared columns.
    columns: Vec<Type>,
    /// The types of the columns at the end by which the rows of a part are ordered.
    orders: Vec<Type>,
}

/// A SELECT of some rows.
pub(super) struct Part {
    pub select: SelectStatement,
    /// The names of its columns, and their types.
    pub columns: Vec<(Cow<'static, str>, Type)>,
    /// The type of one more column, whose values ascend in the order of the rows.
    pub order: Type,
}

/// The name of that column. Names with blanks are none of a program's.
const ORDER: &str = "in order";

/// The name of a part.
pub(super) fn part_name(at: usize) -> String {
    format!("rows {at}")
}

impl Union {
    pub fn new(dialect: &'static dyn Dialect) -> Self {
        Self { dialect, parts: Vec::new(), columns: Vec::new(), orders: Vec::new() }
    }

    /// Adds a part, and tells where its columns stand in a row.
    pub fn add(&mut self, part: Part) -> Vec<usize> {
        let mut shared = SharedColumns::of(&mut self.columns);
        let places: Vec<usize> = part.columns.iter().map(|(_, ty)| shared.place(*ty) + 1).collect();
        if !self.orders.contains(&part.order) {
            self.orders.push(part.order);
        }
        self.parts.push((part, places.clone()));
        places
    }

    /// The rows of all parts, in their order.
    pub fn statement(self) -> SelectStatement {
        let mut arms = (0..self.parts.len()).map(|at| self.arm(at));
        let mut statement = arms.next().unwrap_or_default();
        statement.unions(arms.map(|arm| (UnionType::All, arm)).collect::<Vec<_>>());
        let first = self.columns.len() + 2;
        for at in first..=first + self.orders.len() {
            statement.order_by_expr(Expr::cust(at.to_string()), Order::Asc);
        }
        let mut with = WithClause::new();
        for (at, (part, _)) in self.parts.into_iter().enumerate() {
            let names = part.columns.into_iter().map(|(name, _)| name.into_owned().into_iden());
            let mut cte = CommonTableExpression::new();
            cte.table_name(part_name(at)).columns(names.chain([ORDER.into_iden()])).query(part.select);
            with.cte(cte);
        }
        statement.with_cte(with);
        statement
    }

    /// The rows of a part, with NULL in the columns of others.
    fn arm(&self, number: usize) -> SelectStatement {
        let (part, places) = &self.parts[number];
        let mut arm = Query::select();
        arm.expr(Expr::cust(number.to_string()));
        for (at, &ty) in self.columns.iter().enumerate() {
            arm.expr(match places.iter().position(|&place| place == at + 1) {
                // There may be several types of JSON.
                Some(own) if ty == Type::Json => self.dialect.typed(Expr::col(part.columns[own].0.to_string()), ty),
                Some(own) => Expr::col(part.columns[own].0.to_string()),
                None => self.dialect.typed(Expr::cust("NULL"), ty),
            });
        }
        arm.expr(Expr::cust(sorted(number, part.order)));
        for &ty in &self.orders {
            arm.expr(if ty == part.order { Expr::col(ORDER) } else { self.dialect.typed(Expr::cust("NULL"), ty) });
        }
        arm.from(part_name(number));
        arm
    }
}

/// An integer that ascends with the number of the part, and in it with what its rows are ordered by, as far as that is within
/// these bounds; beyond, they are equal. Nearly all rows are told apart by it alone: databases sort by one integer in half the
/// time that two columns take.
fn sorted(number: usize, order: Type) -> String {
    const BITS: u32 = 48;
    let (least, greatest) = (-(1_i64 << (BITS - 1)), (1_i64 << (BITS - 1)) - 1);
    let first = format!("{number} * {}", 1_i64 << BITS);
    if order != Type::I64 {
        return first;
    }
    format!(
        "{first} + CASE WHEN \"{ORDER}\" < {least} THEN {least} WHEN \"{ORDER}\" > {greatest} THEN {greatest} ELSE \"{ORDER}\" END"
    )
}

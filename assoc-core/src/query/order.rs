//! Orders of rows.

use std::marker::PhantomData;

use sea_query::{NullOrdering, Order};

use super::{ColumnAt, Node};
use crate::{
    schema::{Association, Ordered},
    types::{ColumnType, Type},
};

/// An expression and a direction.
#[derive(Debug)]
#[must_use = "an order does nothing until a query has it"]
pub struct Ordering<Q = ()> {
    pub(crate) node: Node,
    pub(crate) order: Order,
    pub(crate) nulls: Option<NullOrdering>,
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
    pub(super) scope: PhantomData<fn() -> Q>,
}

impl<Q> Ordering<Q> {
    pub(super) fn new<V: ColumnType>(node: Node, order: Order) -> Self {
        Self { node, order, nulls: None, ty: V::TYPE, nullable: V::NULLABLE, scope: PhantomData }
    }

    /// A column in ascending order.
    pub(super) fn of_column(column: ColumnAt) -> Self {
        let ty = column.ty;
        Self::of_node(column.into(), ty)
    }

    /// An expression in ascending order.
    pub(super) fn of_node(node: Node, ty: Type) -> Self {
        Self { node, order: Order::Asc, nulls: None, ty, nullable: true, scope: PhantomData }
    }

    /// `NULL`s come first, whatever the direction. Without it PostgreSQL takes them for the greatest values, SQLite for
    /// the least.
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Some(NullOrdering::First);
        self
    }

    /// `NULL`s come last, whatever the direction.
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Some(NullOrdering::Last);
        self
    }

    /// The order in which an association says that its rows are loaded.
    pub(crate) fn of(association: &Association) -> Vec<Self> {
        let related = (association.related)();
        let order = |descending| if descending { Order::Desc } else { Order::Asc };
        let by =
            |by: &Ordered| Self { order: order(by.descending), ..Self::of_column(ColumnAt::of(related, by.field)) };
        association.order.iter().map(by).collect()
    }

    /// The order without its scope's type.
    #[doc(hidden)]
    pub fn erase(self) -> Ordering {
        let Self { node, order, nulls, ty, nullable, .. } = self;
        Ordering { node, order, nulls, ty, nullable, scope: PhantomData }
    }
}

impl<Q> Clone for Ordering<Q> {
    fn clone(&self) -> Self {
        let Self { nulls, ty, nullable, .. } = *self;
        Self { node: self.node.clone(), order: self.order.clone(), nulls, ty, nullable, scope: PhantomData }
    }
}

/// An order of the rows of a query with the scope `Q`: a direction of an expression, a tuple or a list of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of rows of this query",
    label = "expected directions of columns or expressions",
    note = "write `Post::id.asc()`, `Post::id.desc()`, or a tuple of these"
)]
pub trait OrderBy<Q> {
    /// The directions, without the scope's type.
    #[doc(hidden)]
    fn orderings(self) -> Vec<Ordering>;
}

impl<Q> OrderBy<Q> for Ordering<Q> {
    fn orderings(self) -> Vec<Ordering> {
        vec![self.erase()]
    }
}

impl<Q> OrderBy<Q> for Vec<Ordering<Q>> {
    fn orderings(self) -> Vec<Ordering> {
        self.into_iter().map(Ordering::erase).collect()
    }
}

macro_rules! tuple_orders {
    ($($name:ident)*) => {
        impl<Q, $($name: OrderBy<Q>),*> OrderBy<Q> for ($($name,)*) {
            #[allow(non_snake_case, unused_mut)]
            fn orderings(self) -> Vec<Ordering> {
                let ($($name,)*) = self;
                let mut orderings = Vec::new();
                $(orderings.extend($name.orderings());)*
                orderings
            }
        }
    };
}
tuple_orders!();
tuple_orders!(A);
tuple_orders!(A B);
tuple_orders!(A B C);
tuple_orders!(A B C D);
tuple_orders!(A B C D E);
tuple_orders!(A B C D E F);

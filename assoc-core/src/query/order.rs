//! Orders of rows.

use std::marker::PhantomData;

use super::ColumnAt;
use crate::schema::{Association, Ordered};

/// A column and a direction.
pub struct Ordering<S = ()> {
    pub(crate) column: ColumnAt,
    pub(crate) order: sea_query::Order,
    schema: PhantomData<fn() -> S>,
}

impl<S> Ordering<S> {
    pub(super) fn new(column: ColumnAt, order: sea_query::Order) -> Self {
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

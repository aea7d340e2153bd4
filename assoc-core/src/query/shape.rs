//! What a query returns: whole rows, columns, aggregates, tuples of these.

use std::{borrow::Cow, marker::PhantomData};

use super::{Aggregate, Alias, ColumnAt, Expression, In, IntoExpression, Node, Presence, RowCount, Source};
use crate::{
    schema::{Column, Row},
    types::{ColumnType, Type, TypeError, is_null, read_column},
};

/// An expression that a query selects.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Selected {
    pub node: Node,
    pub ty: Type,
    /// The name of the column, where others can ask for it.
    pub name: Option<Cow<'static, str>>,
}

impl Selected {
    pub fn of<V: ColumnType>(node: Node) -> Self {
        Self { node, ty: V::TYPE, name: None }
    }

    /// All columns of a source.
    pub(crate) fn all_of<S: Source>() -> Vec<Self> {
        Self::all(S::width(), &ColumnAt::from::<S>)
    }

    /// So many columns.
    pub(crate) fn all(width: usize, column: &dyn Fn(usize) -> ColumnAt) -> Vec<Self> {
        (0..width).map(column).map(Self::column).collect()
    }

    pub(crate) fn column(column: ColumnAt) -> Self {
        let (ty, name) = (column.ty, Some(Cow::Borrowed(column.column)));
        Self { node: column.into(), ty, name }
    }
}

/// What can be selected in a query with the scope `Q`, and comes back as an `R`: a column, an expression, an aggregate,
/// all of a row (`Post::row()`), or a tuple of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that this query can select and return as `{R}`",
    label = "expected a column, an expression, a row as `Post::row()`, or a tuple of these",
    note = "a value of the program is an expression as `value(7)`"
)]
pub trait Shape<Q, I, R> {
    /// The expressions without their types.
    #[doc(hidden)]
    fn selected(self) -> Vec<Selected>;
    /// Reads what was selected, from a position on.
    ///
    /// # Errors
    /// A value is NULL or of another type.
    #[doc(hidden)]
    fn decode(row: &mut dyn Row, at: &mut usize) -> Result<R, TypeError>;
}

/// Reads one selected value.
pub(crate) fn take<V: ColumnType>(row: &mut dyn Row, at: &mut usize) -> Result<V, TypeError> {
    let position = *at;
    *at += 1;
    read_column(row, position)
        .map_err(|error: TypeError| TypeError(format!("value {} of the selection: {error}", position + 1)))
}

macro_rules! single {
    ($([$($generic:tt)*] $ty:ty, $index:ty, $value:ty;)+) => {$(
        impl<Q, $($generic)*> Shape<Q, $index, $value> for $ty {
            fn selected(self) -> Vec<Selected> {
                vec![Selected::of::<$value>(self.node())]
            }

            fn decode(row: &mut dyn Row, at: &mut usize) -> Result<$value, TypeError> {
                take(row, at)
            }
        }
    )+};
}
single! {
    [I, S: In<Q, I, Presence: Presence<S>> + Source, V: ColumnType] Column<S, V>, I, V;
    [V: ColumnType] Expression<Q, V>, (), V;
    [V: ColumnType] Aggregate<Q, V>, (), V;
    [I, P: In<Q, I>, C] RowCount<P, C>, I, i64;
}

/// All columns of a source. Made by [`Stored::row`](crate::Stored::row).
pub struct RowOf<S>(PhantomData<fn() -> S>);

impl<S: Source> RowOf<S> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }

    /// The row of an alias.
    pub fn of<A: Alias<S>>(self, _alias: A) -> RowOf<A> {
        RowOf::new()
    }

    /// The row, or `None` where a left join found none.
    pub fn optional(self) -> OptionalRow<S> {
        OptionalRow(PhantomData)
    }
}

impl<Q, I, S: In<Q, I, Presence: Presence<S>> + Source> Shape<Q, I, S::Row> for RowOf<S> {
    fn selected(self) -> Vec<Selected> {
        Selected::all_of::<S>()
    }

    fn decode(row: &mut dyn Row, at: &mut usize) -> Result<S::Row, TypeError> {
        let by = *at;
        *at += S::width();
        S::read(&mut Shifted { row, by })
    }
}

/// All columns of a source that a left join may miss. Made by [`RowOf::optional`].
pub struct OptionalRow<S>(PhantomData<fn() -> S>);

impl<Q, I, S: In<Q, I> + Source> Shape<Q, I, Option<S::Row>> for OptionalRow<S> {
    fn selected(self) -> Vec<Selected> {
        Selected::all_of::<S>()
    }

    fn decode(row: &mut dyn Row, at: &mut usize) -> Result<Option<S::Row>, TypeError> {
        let by = *at;
        *at += S::width();
        let mut row = Shifted { row, by };
        let all: Vec<usize> = (0..S::width()).collect();
        let telling = S::meta().map_or(&*all, |meta| meta.primary_key);
        for &field in telling {
            if !is_null(&row.take(field, S::column(field).1)?) {
                return S::read(&mut row).map(Some);
            }
        }
        Ok(None)
    }
}

/// A row from a position on.
pub(super) struct Shifted<'r> {
    pub row: &'r mut dyn Row,
    pub by: usize,
}

impl Row for Shifted<'_> {
    fn take(&mut self, index: usize, ty: Type) -> Result<crate::Value, TypeError> {
        self.row.take(self.by + index, ty)
    }

    fn integer(&mut self, index: usize, ty: Type) -> Result<Option<i64>, TypeError> {
        self.row.integer(self.by + index, ty)
    }

    fn text(&mut self, index: usize) -> Result<Option<String>, TypeError> {
        self.row.text(self.by + index)
    }
}

macro_rules! tuple_shapes {
    ($($name:ident $index:ident $value:ident)+) => {
        impl<Q, $($index, $value, $name: Shape<Q, $index, $value>),+> Shape<Q, ($($index,)+), ($($value,)+)> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn selected(self) -> Vec<Selected> {
                let ($($name,)+) = self;
                let mut selected = Vec::new();
                $(selected.extend($name.selected());)+
                selected
            }

            fn decode(row: &mut dyn Row, at: &mut usize) -> Result<($($value,)+), TypeError> {
                Ok(($($name::decode(row, at)?,)+))
            }
        }
    };
}
tuple_shapes!(A IA RA);
tuple_shapes!(A IA RA B IB RB);
tuple_shapes!(A IA RA B IB RB C IC RC);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI J IJ RJ);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI J IJ RJ K IK RK);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI J IJ RJ K IK RK L IL RL);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI J IJ RJ K IK RK L IL RL M IM RM);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI J IJ RJ K IK RK L IL RL M IM RM N IN RN);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI J IJ RJ K IK RK L IL RL M IM RM N IN RN O IO RO);
tuple_shapes!(A IA RA B IB RB C IC RC D ID RD E IE RE F IF RF G IG RG H IH RH I II RI J IJ RJ K IK RK L IL RL M IM RM N IN RN O IO RO P IP RP);

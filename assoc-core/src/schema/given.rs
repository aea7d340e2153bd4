//! For the derive: values of other schemas' columns, checked against their types.

use sea_query::Value;

use super::{Column, JoinDefault, Schema};
use crate::types::{Assign, ColumnType, Type};

/// A constant that is a column, not an association.
pub const fn column<S, V>(column: Column<S, V>) -> Column<S, V> {
    column
}

/// A value for a column.
pub fn assign<S, V: ColumnType>(_: Column<S, V>, value: impl Assign<V>) -> Value {
    value.assign().into_value()
}

/// The same, with the wire type.
pub fn typed<S, V: ColumnType>(column: Column<S, V>, value: impl Assign<V>) -> (Type, Value) {
    (V::TYPE, assign(column, value))
}

/// A value whose type alone says what column it is for.
pub fn typed_by_itself<V: OfColumn>(value: V) -> (Type, Value) {
    (V::Column::TYPE, value.own().into_value())
}

/// A value of a column of a join schema.
#[track_caller]
pub const fn join_default<J: Schema, V>(column: Column<J, V>, value: fn() -> (Type, Value)) -> JoinDefault {
    JoinDefault { column: J::META.fields[column.stored_index()].column, value }
}

/// A value that says by itself what column it is for: one of a join table without a schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no column mapping",
    label = "a column of the join table cannot hold this",
    note = "give a value of a column type, as in `true`, `7` or `\"text\"`"
)]
pub trait OfColumn {
    /// The type of the column.
    type Column: ColumnType;
    /// The value as the column's type.
    fn own(self) -> Self::Column;
}

impl<V: ColumnType> OfColumn for V {
    type Column = V;

    fn own(self) -> V {
        self
    }
}

impl OfColumn for &str {
    type Column = String;

    fn own(self) -> String {
        self.to_owned()
    }
}

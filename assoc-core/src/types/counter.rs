//! Numbers of versions.

use super::ColumnType;

/// Numbers that count the versions of a row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot count the versions of a row",
    label = "expected an integer",
    note = "versions are `i16`, `i32` or `i64`"
)]
pub trait Counter: ColumnType {
    /// The version of a new row.
    const FIRST: Self;
}

impl Counter for i16 {
    const FIRST: Self = 1;
}
impl Counter for i32 {
    const FIRST: Self = 1;
}
impl Counter for i64 {
    const FIRST: Self = 1;
}

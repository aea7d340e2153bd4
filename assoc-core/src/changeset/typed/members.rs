//! Columns and associations of a schema, where either will do.

use std::borrow::Cow;

use super::super::Member;
use crate::schema::{AssocRef, Column, Schema};

/// A column or an association of schema `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a column nor an association of `{S}`",
    label = "expected a column or an association of `{S}`",
    note = "write one of this schema, as in `{S}::id`"
)]
pub trait MemberOf<S> {
    /// Which one.
    fn member(&self) -> Member;
}

impl<S, V> MemberOf<S> for Column<S, V> {
    fn member(&self) -> Member {
        Member::Field(self.index())
    }
}

impl<S: Schema, C, K> MemberOf<S> for AssocRef<S, C, K> {
    fn member(&self) -> Member {
        Member::Association(self.index())
    }
}

/// Columns and associations of schema `S`: one, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of columns and associations of `{S}`",
    label = "expected columns or associations of `{S}`",
    note = "write one, as in `{S}::id`, or a tuple of them; those of another schema cannot be listed here"
)]
pub trait Members<S> {
    /// Which ones.
    fn members(&self) -> impl AsRef<[Member]>;
}

impl<S, V> Members<S> for Column<S, V> {
    fn members(&self) -> impl AsRef<[Member]> {
        [MemberOf::<S>::member(self)]
    }
}

impl<S: Schema, C, K> Members<S> for AssocRef<S, C, K> {
    fn members(&self) -> impl AsRef<[Member]> {
        [MemberOf::<S>::member(self)]
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {$(
        impl<S, $($name: MemberOf<S>),+> Members<S> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn members(&self) -> impl AsRef<[Member]> {
                let ($($name,)+) = self;
                [$($name.member()),+]
            }
        }
    )+};
}
tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H)(A B C D E F G H I));
tuples!((A B C D E F G H I J)(A B C D E F G H I J K)(A B C D E F G H I J K L)(A B C D E F G H I J K L M));
tuples!((A B C D E F G H I J K L M N)(A B C D E F G H I J K L M N O)(A B C D E F G H I J K L M N O P));

/// What an error can be on: a column, an association, or any name, as `"base"` for the whole.
#[diagnostic::on_unimplemented(
    message = "an error of a `{S}` cannot be on `{Self}`",
    label = "expected a column or an association of `{S}`, or a name"
)]
pub trait ErrorKey<S> {
    /// The name.
    fn key(self) -> Cow<'static, str>;
}

impl<S: Schema, V> ErrorKey<S> for Column<S, V> {
    fn key(self) -> Cow<'static, str> {
        Cow::Borrowed(self.name())
    }
}

impl<S: Schema, C, K> ErrorKey<S> for AssocRef<S, C, K> {
    fn key(self) -> Cow<'static, str> {
        Cow::Borrowed(self.meta().name)
    }
}

impl<S> ErrorKey<S> for &'static str {
    fn key(self) -> Cow<'static, str> {
        Cow::Borrowed(self)
    }
}

//! Which values a method is for.

/// Texts: what `like`, `lower` and their kin are for.
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` are no texts",
    label = "expected an expression that is a text"
)]
pub trait TextValue {}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> TextValue for T {}

/// Lists of `E`: what `has` and its kin are for.
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` are no arrays",
    label = "expected an expression that is an array, as a column of type `Vec<String>`"
)]
pub trait ArrayValue<E> {}

impl<E> ArrayValue<E> for Vec<E> {}

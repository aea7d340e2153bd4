//! How a cast fails.

use std::borrow::Cow;

/// Input that cannot be read as the column's type; becomes an error of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CastError {
    /// The message template, `is invalid` unless the type knows better.
    pub message: Cow<'static, str>,
}

impl CastError {
    /// The message that Ecto gives for every failed cast.
    pub fn invalid() -> Self {
        Self { message: Cow::Borrowed("is invalid") }
    }

    /// A message of the type's own.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into() }
    }
}

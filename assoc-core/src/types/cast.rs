//! How a cast fails.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value as Json;

use super::Type;
use crate::changeset::FieldError;

/// Input that cannot be read as the column's type; becomes an error of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CastError {
    /// The message template, `is invalid` unless the type knows better.
    pub message: Cow<'static, str>,
    /// Parameters of the error beside, or instead of, `validation` and `type`.
    pub params: BTreeMap<&'static str, Json>,
}

impl CastError {
    /// The message that Ecto gives for every failed cast.
    pub fn invalid() -> Self {
        Self::new("is invalid")
    }

    /// A message of the type's own.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), params: BTreeMap::new() }
    }

    /// Input that is none of an enumeration's texts.
    pub fn not_among(texts: &[&str]) -> Self {
        Self::invalid().with("validation", "inclusion").with("type", "enum").with("enum", texts)
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Json>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    /// The error of a field of that type.
    pub(crate) fn of_type(self, ty: Type) -> FieldError {
        let mut error = FieldError::new(self.message).with("validation", "cast").with("type", ty.name());
        error.params.extend(self.params);
        error
    }
}

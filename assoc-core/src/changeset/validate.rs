//! Validations, on the untyped changeset. Messages and parameters are Ecto's.

use std::ops::{Bound, RangeBounds};

use sea_query::Value;
use serde_json::Value as Json;

use super::{FieldError, cast::required, node::Node};
use crate::types::is_null;

impl Node {
    /// Every field must have a value that is not blank; a change to none is forgotten.
    pub(crate) fn validate_required(&mut self, fields: &[usize]) {
        for &field in fields {
            let name = self.meta.fields[field].name;
            let blank = match self.get(field) {
                None => true,
                Some(Value::String(Some(text))) => text.trim().is_empty(),
                Some(value) => is_null(value),
            };
            if blank && !self.has_error(name) {
                self.changes.remove(field);
                self.errors.push(required(name));
            }
        }
    }

    /// Runs a check on a field that was changed to something.
    pub(crate) fn validate(&mut self, field: usize, check: impl FnOnce(&Value) -> Option<FieldError>) {
        let error = self.changes.get(field).filter(|value| !is_null(value)).and_then(check);
        if let Some(error) = error {
            let name = self.meta.fields[field].name;
            self.errors.push(error.on(name));
        }
    }

    pub(crate) fn has_error(&self, field: &str) -> bool {
        self.errors.iter().any(|error| error.field == field)
    }
}

/// The first bound that a length breaks: characters of a text, bytes, or items of an array.
pub(crate) fn length(value: &Value, range: &impl RangeBounds<usize>) -> Option<FieldError> {
    let (length, unit, verb) = match value {
        Value::String(Some(text)) => (text.chars().count(), "character(s)", "be"),
        Value::Bytes(Some(bytes)) => (bytes.len(), "byte(s)", "be"),
        Value::Array(_, Some(items)) => (items.len(), "item(s)", "have"),
        _ => return None,
    };
    let min = match range.start_bound() {
        Bound::Included(&min) => min,
        Bound::Excluded(&min) => min.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let max = match range.end_bound() {
        Bound::Included(&max) => max,
        Bound::Excluded(&max) => max.saturating_sub(1),
        Bound::Unbounded => usize::MAX,
    };
    let kind = match unit {
        "character(s)" => "string",
        "byte(s)" => "binary",
        _ => "list",
    };
    let error = |bound: &str, name: &str, count: usize| {
        FieldError::new(format!("should {verb} {bound}%{{count}} {unit}"))
            .with("validation", "length")
            .with("kind", name)
            .with("count", count)
            .with("type", kind)
    };
    if min == max && length != min {
        Some(error("", "is", min))
    } else if length < min {
        Some(error("at least ", "min", min))
    } else if length > max {
        Some(error("at most ", "max", max))
    } else {
        None
    }
}

/// A comparison for [`Changeset::validate_number`](super::Changeset::validate_number).
///
/// ```
/// use assoc_core::{Number, Schema, doctest::Comment};
///
/// let changeset = Comment::build().set(Comment::rating, 9).validate_number(Comment::rating, Number::LessThanOrEqualTo(5));
/// assert_eq!(changeset.errors().to_string(), "rating must be less than or equal to 5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number<V> {
    /// `<`
    LessThan(V),
    /// `>`
    GreaterThan(V),
    /// `<=`
    LessThanOrEqualTo(V),
    /// `>=`
    GreaterThanOrEqualTo(V),
    /// `==`
    EqualTo(V),
    /// `!=`
    NotEqualTo(V),
}

impl<V: PartialOrd + crate::types::ColumnType> Number<V> {
    pub(crate) fn check(self, value: V) -> Option<FieldError> {
        let (ok, kind, message, bound) = match self {
            Self::LessThan(bound) => (value < bound, "less_than", "must be less than %{number}", bound),
            Self::GreaterThan(bound) => (value > bound, "greater_than", "must be greater than %{number}", bound),
            Self::LessThanOrEqualTo(bound) => {
                (value <= bound, "less_than_or_equal_to", "must be less than or equal to %{number}", bound)
            }
            Self::GreaterThanOrEqualTo(bound) => {
                (value >= bound, "greater_than_or_equal_to", "must be greater than or equal to %{number}", bound)
            }
            Self::EqualTo(bound) => (value == bound, "equal_to", "must be equal to %{number}", bound),
            Self::NotEqualTo(bound) => (value != bound, "not_equal_to", "must be not equal to %{number}", bound),
        };
        let number = || crate::types::to_json(&bound.clone().into_value());
        (!ok).then(|| FieldError::new(message).with("validation", "number").with("kind", kind).with("number", number()))
    }
}

/// The error of a value that is not, or should not be, in a list.
pub(crate) fn listed(values: &[Value], value: &Value, wanted: bool) -> Option<FieldError> {
    let (message, validation) = if wanted { ("is invalid", "inclusion") } else { ("is reserved", "exclusion") };
    let list: Vec<Json> = values.iter().map(crate::types::to_json).collect();
    (values.contains(value) != wanted)
        .then(|| FieldError::new(message).with("validation", validation).with("enum", Json::Array(list)))
}

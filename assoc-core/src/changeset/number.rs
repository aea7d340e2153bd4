//! Comparisons of numbers.

use super::{FieldError, Rule};
use crate::types::{ColumnType, to_json};

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

/// One comparison or several; the first that fails is the error.
pub trait Numbers<V> {
    /// The comparisons.
    fn numbers(self) -> impl Iterator<Item = Number<V>>;
}

impl<V> Numbers<V> for Number<V> {
    fn numbers(self) -> impl Iterator<Item = Self> {
        std::iter::once(self)
    }
}

impl<V, const N: usize> Numbers<V> for [Number<V>; N] {
    fn numbers(self) -> impl Iterator<Item = Number<V>> {
        self.into_iter()
    }
}

impl<V: PartialOrd + ColumnType> Number<V> {
    /// The comparison's name in errors, and its bound.
    fn parts(&self) -> (&'static str, &V) {
        match self {
            Self::LessThan(bound) => ("less_than", bound),
            Self::GreaterThan(bound) => ("greater_than", bound),
            Self::LessThanOrEqualTo(bound) => ("less_than_or_equal_to", bound),
            Self::GreaterThanOrEqualTo(bound) => ("greater_than_or_equal_to", bound),
            Self::EqualTo(bound) => ("equal_to", bound),
            Self::NotEqualTo(bound) => ("not_equal_to", bound),
        }
    }

    /// The comparison as a validation.
    pub fn rule(&self) -> Rule {
        let (name, bound) = self.parts();
        Rule::Number(name, to_json(&bound.clone().into_value()))
    }

    /// The error of a value for which it does not hold.
    pub fn check(&self, value: &V) -> Option<FieldError> {
        let (kind, bound) = self.parts();
        let (ok, message) = match self {
            Self::LessThan(_) => (value < bound, "must be less than %{number}"),
            Self::GreaterThan(_) => (value > bound, "must be greater than %{number}"),
            Self::LessThanOrEqualTo(_) => (value <= bound, "must be less than or equal to %{number}"),
            Self::GreaterThanOrEqualTo(_) => (value >= bound, "must be greater than or equal to %{number}"),
            Self::EqualTo(_) => (value == bound, "must be equal to %{number}"),
            Self::NotEqualTo(_) => (value != bound, "must be not equal to %{number}"),
        };
        let number = || to_json(&bound.clone().into_value());
        (!ok).then(|| FieldError::new(message).with("validation", "number").with("kind", kind).with("number", number()))
    }
}

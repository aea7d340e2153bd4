//! `cast`: untyped input to typed changes, or errors.

use std::borrow::Cow;

use super::{
    FieldError,
    node::{Node, State},
};
use crate::{
    params::Params,
    types::{Type, is_null},
};

/// How input is cast, where that is not as usual. See [`Changeset::cast_with`](super::Changeset::cast_with).
///
/// ```
/// use assoc_core::{Cast, Params, Schema, doctest::Post};
///
/// let params = Params::from(serde_json::json!({"title": "N/A", "body": ""}));
/// let cast = Cast::new().empty_values(["N/A"]);
/// let changeset = Post::build().set(Post::body, "x").cast_with(&params, (Post::title, Post::body), &cast);
/// assert_eq!((changeset.changed(Post::title), changeset.get(Post::body)), (None, Some(Some(String::new()))));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cast {
    empty_values: Option<Vec<Params>>,
    force_changes: bool,
    message: Option<Cow<'static, str>>,
}

impl Cast {
    /// As usual: texts of nothing but white space are empty, the present value is no change.
    pub fn new() -> Self {
        Self::default()
    }

    /// What counts as no value at all, instead of texts of nothing but white space.
    #[must_use]
    pub fn empty_values<V: Into<serde_json::Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.empty_values = Some(values.into_iter().map(|value| Params::from(value.into())).collect());
        self
    }

    /// The present value is a change, too.
    #[must_use]
    pub fn force_changes(mut self) -> Self {
        self.force_changes = true;
        self
    }

    /// The message of input that cannot be read, instead of "is invalid".
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    fn is_empty(&self, input: &Params) -> bool {
        self.empty_values.as_ref().map_or_else(|| input.is_blank(), |values| values.contains(input))
    }

    /// Lists lose their empty items.
    fn without_empty<'p>(&self, ty: Type, input: &'p Params) -> Cow<'p, Params> {
        match (ty, input) {
            (Type::Array(_), Params::List(items)) if items.iter().any(|item| self.is_empty(item)) => {
                Cow::Owned(Params::List(items.iter().filter(|item| !self.is_empty(item)).cloned().collect()))
            }
            _ => Cow::Borrowed(input),
        }
    }
}

impl Node {
    /// Casts the permitted fields that the input has.
    pub fn cast(&mut self, params: &Params, permitted: &[usize], how: &Cast) {
        for &field in permitted {
            let name = self.meta.fields[field].name;
            if let Some(input) = params.get(name) {
                self.cast_field(field, input, how);
            }
        }
        if params.is_map() {
            self.params = Some(params.over(self.params.as_ref()));
        } else if !matches!(params, Params::Null) {
            self.errors.push(FieldError::new("expected an object").with("validation", "cast").on("base"));
        }
    }

    fn cast_field(&mut self, field: usize, input: &Params, how: &Cast) {
        self.forgive(field);
        let meta = &self.meta.fields[field];
        let empty = how.is_empty(input);
        let value = if empty || matches!(input, Params::Null) {
            let default = meta.default.filter(|_| empty).map(|default| default());
            if default.is_none() && !meta.nullable {
                return self.cast_blank(field);
            }
            default.unwrap_or_else(|| meta.ty.null())
        } else {
            match (meta.cast)(&how.without_empty(meta.ty, input)) {
                Ok(value) => value,
                Err(error) => {
                    let mut error = error.of_type(meta.ty).on(meta.name);
                    error.message = how.message.clone().unwrap_or(error.message);
                    self.errors.push(error);
                    return;
                }
            }
        };
        // Compared with an earlier change, as in Ecto: what is cast back to the old value stays a change.
        let current = self.get(field);
        let absent = current.is_none() && is_null(&value);
        if how.force_changes || (current != Some(&value) && !absent) {
            self.changes.insert(field, value);
        }
    }

    /// No value for a field that is no `Option`: a new row goes without, a loaded one cannot.
    fn cast_blank(&mut self, field: usize) {
        if self.state == State::Built && self.data.get(field).is_none() {
            self.changes.remove(field);
        } else {
            self.errors.push(required(self.meta.fields[field].name));
        }
    }
}

/// The error of a field that has no value.
pub(crate) fn required(field: &'static str) -> FieldError {
    FieldError::new("can't be blank").with("validation", "required").on(field)
}

//! `cast`: untyped input to typed changes, or errors.

use super::{
    FieldError,
    node::{Node, State},
};
use crate::params::Params;

impl Node {
    /// Casts the permitted fields that the input has.
    pub(crate) fn cast(&mut self, params: &Params, permitted: &[usize]) {
        for &field in permitted {
            let name = self.meta.fields[field].name;
            if let Some(input) = params.get(name) {
                self.cast_field(field, input);
            }
        }
        if params.is_map() {
            self.params = Some(params.clone());
        } else if !matches!(params, Params::Null) {
            self.errors.push(FieldError::new("expected an object").with("validation", "cast").on("base"));
        }
    }

    fn cast_field(&mut self, field: usize, input: &Params) {
        self.forgive(field);
        let meta = &self.meta.fields[field];
        let blank = input.is_blank();
        let value = if blank || *input == Params::Null {
            let default = meta.default.filter(|_| blank).map(|default| default());
            if default.is_none() && !meta.nullable {
                return self.cast_blank(field);
            }
            default.unwrap_or_else(|| meta.ty.null())
        } else {
            match (meta.cast)(input) {
                Ok(value) => value,
                Err(error) => {
                    let error = FieldError::new(error.message).with("validation", "cast").on(meta.name);
                    self.errors.push(error);
                    return;
                }
            }
        };
        // Compared with an earlier change, so that casting back to the old value is a change of mind.
        let current = self.get(field);
        let absent = current.is_none() && crate::types::is_null(&value);
        if current != Some(&value) && !absent {
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

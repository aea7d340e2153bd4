//! What the steps of a `Multi` gave.

use std::{any::type_name, borrow::Cow, fmt, sync::Arc};

use assoc_core::adapter::DbError;

use super::step::Made;

/// The results of steps, each by its name and with its type: the row of `insert`, `update` and `delete`, a `Vec` of rows
/// of `insert_many` and `all`, a count (`u64`) of `insert_all`, `update_all` and `delete_all`, whatever the function of `run` gives.
#[derive(Clone, Default)]
pub struct MultiResults {
    made: Vec<Named>,
}

#[derive(Clone)]
struct Named {
    name: Cow<'static, str>,
    /// The name of its type, for messages.
    ty: &'static str,
    made: Made,
}

impl MultiResults {
    pub(super) fn add(&mut self, name: Cow<'static, str>, ty: &'static str, made: Made) {
        self.made.push(Named { name, ty, made });
    }

    /// The names of the steps, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.made.iter().map(|named| &*named.name)
    }

    /// The result of a step.
    ///
    /// # Errors
    /// [`DbError::Configuration`] if no step of that name has run yet, or its result has another type; the message tells
    /// which.
    pub fn get<T: 'static>(&self, name: &str) -> Result<&T, DbError> {
        let named = self.named(name)?;
        named.made.downcast_ref().ok_or_else(|| named.is_no(type_name::<T>()))
    }

    /// Takes the result of a step.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`DbError::Configuration`] as well if a clone of these results is still around.
    pub fn take<T: Send + Sync + 'static>(&mut self, name: &str) -> Result<T, DbError> {
        self.get::<T>(name)?;
        let at = self.made.iter().position(|named| named.name == name);
        let named = at.map(|at| self.made.remove(at)).ok_or_else(|| self.missing(name))?;
        let Named { name, ty, made } = named;
        match made.downcast().map(Arc::try_unwrap) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(made)) => {
                self.made.push(Named { name, ty, made });
                Err(DbError::Configuration("a step has kept these results: what they hold cannot be taken".to_owned()))
            }
            Err(made) => Err(Named { name, ty, made }.is_no(type_name::<T>())),
        }
    }

    fn named(&self, name: &str) -> Result<&Named, DbError> {
        self.made.iter().find(|named| named.name == name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> DbError {
        let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
        let known = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
        DbError::Configuration(format!("no step `{name}` has a result; those that do: {known}"))
    }
}

impl Named {
    fn is_no(&self, asked: &str) -> DbError {
        DbError::Configuration(format!("the result of step `{}` is a `{}`, and no `{asked}`", self.name, self.ty))
    }
}

impl fmt::Debug for MultiResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.made.iter().map(|named| (&named.name, named.ty))).finish()
    }
}

//! Schemas behind a pointer.

use std::sync::Arc;

use sea_query::Value;

use super::{Erased, Meta, Record, Row, Schema, Slot};
use crate::types::TypeError;

/// A row whose schema is not known: what loading and saving need of it. The derive implements it for every [`Schema`].
pub trait Entity: Send {
    /// The metadata of the schema.
    fn meta(&self) -> &'static Meta;

    /// The value of the field with that index in [`Meta::fields`].
    fn value(&self, field: usize) -> Option<Value>;

    /// Hands out the containers of all associations, with their indices in [`Meta::associations`].
    fn each_slot<'s>(&'s mut self, each: &mut dyn FnMut(usize, &'s mut dyn Slot));

    /// The container of the association with that index in [`Meta::associations`].
    fn slot(&mut self, association: usize) -> Option<&mut dyn Slot> {
        let mut found = None;
        self.each_slot(&mut |index, slot| {
            if index == association {
                found = Some(slot);
            }
        });
        found
    }

    /// [`Schema::META`], as a function.
    fn metadata() -> &'static Meta
    where
        Self: Sized;

    /// Adds a row of these values, to a list if there may be many; where there is room for one only, the first stays.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    fn add(rows: &mut Erased, row: &mut dyn Row, many: bool) -> Result<(), TypeError>
    where
        Self: Sized;

    /// The row at a position, to be changed in place.
    fn entity(rows: &mut Erased, at: usize) -> Option<&mut dyn Entity>
    where
        Self: Sized;

    /// All rows, to be changed in place.
    fn entities<'a>(rows: &'a mut Erased, into: &mut Vec<&'a mut dyn Entity>)
    where
        Self: Sized;

    /// The rows as records.
    fn into_records(rows: Erased) -> Vec<Arc<Record>>
    where
        Self: Sized;
}

/// What a repo can preload into: one row, or several.
#[diagnostic::on_unimplemented(
    message = "associations cannot be preloaded into `{Self}`",
    note = "give `preload` a `&mut` to a schema, or to a `Vec`, a slice or an `Option` of one"
)]
pub trait PreloadInto<S> {
    /// The rows.
    fn entities(&mut self) -> Vec<&mut dyn Entity>;
}

impl<S: Schema> PreloadInto<S> for S {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        vec![self]
    }
}

impl<S: Schema> PreloadInto<S> for [S] {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.iter_mut().map(|row| row as &mut dyn Entity).collect()
    }
}

impl<S: Schema> PreloadInto<S> for Vec<S> {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.as_mut_slice().entities()
    }
}

impl<S: Schema> PreloadInto<S> for Option<S> {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.as_mut_slice().entities()
    }
}

impl<S: Schema> PreloadInto<S> for Vec<Option<S>> {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.iter_mut().flatten().map(|row| row as &mut dyn Entity).collect()
    }
}

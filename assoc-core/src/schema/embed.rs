//! Embedded rows: a value of their owner, kept as JSON in one of its columns.

use std::sync::Arc;

use super::{Entity, Loaded, Meta, Row, Schema, Slot, embed_json::read_rows, meta::Association};
use crate::types::TypeError;

/// What an `#[embeds_one]` or `#[embeds_many]` field is: an `Option` of a schema, or a `Vec`.
pub trait Embeds: Default + Send {
    /// The schema of the rows.
    type Item: Schema;
    /// Adds a row; where there is room for one only, the first stays.
    fn add(&mut self, row: Self::Item);
    /// The rows by value.
    fn into_rows(self) -> impl Iterator<Item = Self::Item>;
}

impl<T: Schema> Embeds for Vec<T> {
    type Item = T;

    fn add(&mut self, row: T) {
        self.push(row);
    }

    fn into_rows(self) -> impl Iterator<Item = T> {
        self.into_iter()
    }
}

impl<T: Schema> Embeds for Option<T> {
    type Item = T;

    fn add(&mut self, row: T) {
        self.get_or_insert(row);
    }

    fn into_rows(self) -> impl Iterator<Item = T> {
        self.into_iter()
    }
}

/// For the derive: the field as records.
pub fn into_loaded<E: Embeds>(field: E) -> Option<Loaded> {
    let rows = field.into_rows().map(|row| Arc::new(row.into_record())).collect();
    Some(Loaded { rows, partial: false })
}

/// For the derive: reads the field from its column.
///
/// # Errors
/// The JSON there does not fit the schema; the message names the field.
pub fn read_embed<E: Embeds>(row: &mut dyn Row, meta: &Meta, index: usize) -> Result<E, TypeError> {
    let mut read = || {
        let mut field = E::default();
        for record in read_rows(row, meta, index)? {
            field.add(E::Item::from_record(record)?);
        }
        Ok(field)
    };
    read().map_err(|TypeError(error)| {
        let name = meta.fields.get(index).map_or("?", |field| field.name);
        TypeError(format!("{}.{name}: {error}", meta.name))
    })
}

impl<E: Embeds> Slot for E {
    fn is_loaded(&self) -> bool {
        true
    }

    fn reset(&mut self, _partial: bool) {
        *self = E::default();
    }

    fn unload(&mut self, _association: &'static Association) {}

    fn push(&mut self, _association: &Association, row: &mut dyn Row) -> Result<(), TypeError> {
        E::Item::from_row(row).map(|row| self.add(row))
    }

    fn fill(&mut self, _association: &Association, loaded: Loaded) -> Result<(), TypeError> {
        *self = E::default();
        for record in loaded.rows {
            self.add(E::Item::from_record(Arc::unwrap_or_clone(record))?);
        }
        Ok(())
    }

    fn entity(&mut self, _association: &Association, _at: usize) -> Option<&mut dyn Entity> {
        None
    }

    fn entities<'a>(&'a mut self, _association: &Association, _into: &mut Vec<&'a mut dyn Entity>) {}
}

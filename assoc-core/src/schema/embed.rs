//! Embedded rows: a value of their owner, kept as JSON in one of its columns.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{Entity, Loaded, Meta, Record, Relation, Row, Schema, Slot, meta::Association};
use crate::types::{Type, TypeError, is_null, to_json};

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
        if let (Some(embed), sea_query::Value::Json(Some(json))) = (meta.embed_in(index), row.take(index, Type::Json)?)
        {
            for record in records(meta.associations[embed], *json)? {
                field.add(E::Item::from_record(record)?);
            }
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

    fn push(&mut self, row: &mut dyn Row) -> Result<(), TypeError> {
        E::Item::from_row(row).map(|row| self.add(row))
    }

    fn fill(&mut self, loaded: Loaded) -> Result<(), TypeError> {
        *self = E::default();
        for record in loaded.rows {
            self.add(E::Item::from_record(Arc::unwrap_or_clone(record))?);
        }
        Ok(())
    }

    fn entities<'a>(&'a mut self, _into: &mut Vec<&'a mut dyn Entity>) {}
}

/// The rows that a JSON value holds: a list where there may be many, one object where there may be one, or none.
fn records(embed: &Association, json: Json) -> Result<Vec<Record>, TypeError> {
    let meta = (embed.related)();
    match json {
        Json::Null => Ok(Vec::new()),
        one if embed.is_one() => record(meta, one).map(|record| vec![record]),
        Json::Array(items) => items.into_iter().map(|item| record(meta, item)).collect(),
        _ => Err(TypeError(format!("rows of `{}` are kept as a JSON list, but something else was found", meta.name))),
    }
}

fn record(meta: &'static Meta, json: Json) -> Result<Record, TypeError> {
    let Json::Object(mut members) = json else {
        return Err(TypeError(format!("a `{}` is kept as a JSON object, but something else was found", meta.name)));
    };
    // What the object lacks has its default; keys are not made anew.
    let defaults = meta.fields.iter().map(|field| field.default.map(|default| default()));
    let mut record = Record { values: defaults.collect(), associations: vec![None; meta.associations.len()] };
    for (index, field) in meta.column_fields().iter().enumerate() {
        let Some(member) = members.remove(field.column) else { continue };
        if let Some(association) = meta.embed_in(index) {
            let rows = records(meta.associations[association], member)?;
            let rows = rows.into_iter().map(Arc::new).collect();
            record.associations[association] = Some(Loaded { rows, partial: false });
            continue;
        }
        record.values[index] =
            match member {
                // JSON's null is a value of JSON.
                Json::Null if field.nullable || field.ty != Type::Json => None,
                member => {
                    let value = field.ty.from_json(member);
                    Some(value.ok_or_else(|| {
                        TypeError(format!("{}.{} holds a value of another type", meta.name, field.name))
                    })?)
                }
            };
    }
    Ok(record)
}

/// The rows as the JSON value of their column.
pub(crate) fn rows_to_json<'r>(association: &Association, rows: impl IntoIterator<Item = &'r Record>) -> Json {
    let meta = (association.related)();
    let mut rows = rows.into_iter().map(|row| row_to_json(meta, row));
    if association.is_one() { rows.next().unwrap_or(Json::Null) } else { rows.collect() }
}

fn row_to_json(meta: &Meta, row: &Record) -> Json {
    let mut object = Map::new();
    for (index, field) in meta.column_fields().iter().enumerate() {
        let value = row.get(index).filter(|value| !is_null(value)).map_or(Json::Null, to_json);
        object.insert(field.column.to_owned(), value);
    }
    for (association, loaded) in meta.associations.iter().zip(&row.associations) {
        if let Relation::Embed { field } = association.relation {
            let rows = loaded.iter().flat_map(|loaded| &loaded.rows).map(|row| &**row);
            object.insert(meta.fields[field].column.to_owned(), rows_to_json(association, rows));
        }
    }
    Json::Object(object)
}

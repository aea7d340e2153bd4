//! Embedded rows as JSON.

#[cfg(feature = "json")]
mod with_json {
    use std::sync::Arc;

    use sea_query::Value;
    use serde_json::{Map, Value as Json};

    use super::super::{ByMember, Loaded, Meta, Record, Relation, Row, meta::Association};
    use crate::types::{Type, TypeError, is_null, to_json};

    /// The rows that a column holds.
    pub fn read_rows(row: &mut dyn Row, meta: &Meta, index: usize) -> Result<Vec<Record>, TypeError> {
        match (meta.embed_in(index), row.take(index, Type::Json)?) {
            (Some(embed), Value::Json(Some(json))) => records(meta.associations[embed], *json),
            _ => Ok(Vec::new()),
        }
    }

    /// The rows that a JSON value holds: a list where there may be many, one object where there may be one, or none.
    fn records(embed: &Association, json: Json) -> Result<Vec<Record>, TypeError> {
        let meta = (embed.related)();
        match json {
            Json::Null => Ok(Vec::new()),
            one if embed.is_one() => record(meta, one).map(|record| vec![record]),
            Json::Array(items) => items.into_iter().map(|item| record(meta, item)).collect(),
            _ => {
                Err(TypeError(format!("rows of `{}` are kept as a JSON list, but something else was found", meta.name)))
            }
        }
    }

    fn record(meta: &'static Meta, json: Json) -> Result<Record, TypeError> {
        let Json::Object(mut members) = json else {
            return Err(TypeError(format!("a `{}` is kept as a JSON object, but something else was found", meta.name)));
        };
        // What the object lacks has its default; keys are not made anew.
        let defaults = meta.fields.iter().map(|field| field.default.map(|default| default()));
        let mut record = Record { values: defaults.collect(), associations: ByMember::default() };
        for (index, field) in meta.column_fields().iter().enumerate() {
            let Some(member) = members.remove(field.column) else { continue };
            if let Some(association) = meta.embed_in(index) {
                let rows = records(meta.associations[association], member)?;
                let rows = rows.into_iter().map(Arc::new).collect();
                record.associations.insert(association, Loaded { rows, partial: false });
                continue;
            }
            record.values[index] = match member {
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
    pub fn rows_to_json<'r>(association: &Association, rows: impl IntoIterator<Item = &'r Record>) -> Json {
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
        for (index, association) in meta.associations.iter().enumerate() {
            if let Relation::Embed { field } = association.relation {
                let rows = row.associations.get(index).into_iter().flat_map(|loaded| &loaded.rows).map(|row| &**row);
                object.insert(meta.fields[field].column.to_owned(), rows_to_json(association, rows));
            }
        }
        Json::Object(object)
    }
}

#[cfg(feature = "json")]
pub(crate) use with_json::{read_rows, rows_to_json};

/// Without JSON there are no embeds: see [`Embeddable`](super::Embeddable).
#[cfg(not(feature = "json"))]
pub(super) fn read_rows(
    _: &mut dyn super::Row,
    _: &super::Meta,
    _: usize,
) -> Result<Vec<super::Record>, crate::types::TypeError> {
    Ok(Vec::new())
}

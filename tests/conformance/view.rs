//! Changesets and rows as the format shows them.

use std::collections::BTreeMap;

use assoc::{
    Action, FieldError, Value,
    changeset::{ChildChange, Node, State},
    schema::{Meta, Record},
    types::to_json,
};
use serde_json::{Map, Value as Json, json};

/// A changeset: `valid`, `action`, `errors`, `error_details`, `error_keys`, `changes`.
pub fn changeset(node: &Node) -> Json {
    json!({
        "valid": node.is_valid(),
        "action": node.action().map(Action::name),
        "errors": newest_first(node.errors().traverse(&mut |error| error.to_string().into())),
        "error_details": newest_first(node.errors().traverse(&mut details)),
        "error_keys": node.own_errors().iter().map(|error| error.field.to_string()).collect::<Vec<_>>(),
        "changes": changes(node),
    })
}

/// What Ecto keeps of an error beside its message.
fn details(error: &FieldError) -> Json {
    let meta: BTreeMap<&str, Json> = error.params.iter().map(|(name, value)| (*name, value.clone())).collect();
    json!({"message": error.message, "meta": meta})
}

/// Ecto lists the errors of a field newest first.
fn newest_first(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            Json::Object(members.into_iter().map(|(name, value)| (name, newest_first(value))).collect())
        }
        Json::Array(mut items) => {
            if items.iter().all(is_error) {
                items.reverse();
                Json::Array(items)
            } else {
                items.into_iter().map(newest_first).collect()
            }
        }
        other => other,
    }
}

/// A message, or one with its parameters; not the errors of a child.
fn is_error(json: &Json) -> bool {
    json.is_string() || json.get("meta").is_some_and(|_| json.get("message").is_some())
}

pub fn changes(node: &Node) -> Json {
    let meta = node.meta();
    let mut changes = Map::new();
    for field in node.changed_fields() {
        changes.insert(meta.fields[field].name.to_owned(), node.change(field).map_or(Json::Null, value));
    }
    for index in node.changed_associations() {
        changes.insert(meta.associations[index].name.to_owned(), association(node, index));
    }
    Json::Object(changes)
}

/// The changesets of an association: null, one child, or a list of children.
pub fn association(node: &Node, index: usize) -> Json {
    let rows = node.changed_rows(index).unwrap_or_default();
    if node.meta().associations[index].is_one() {
        // The row that is replaced is not shown.
        return rows.iter().find(|row| row.action != Action::Replace).map_or(Json::Null, child);
    }
    rows.iter().map(child).collect()
}

fn child(row: &ChildChange<'_>) -> Json {
    let node = row.node;
    let mut child = json!({
        "action": row.action.name(),
        "valid": node.is_valid(),
        "id": key(node),
        "changes": changes(node),
    });
    if !node.own_errors().is_empty() {
        child["errors"] = node.own_errors().iter().map(|error| json!([error.field, error.to_string()])).collect();
    }
    child
}

/// The key of an unsaved row that the client made is null here, as in the format.
fn key(node: &Node) -> Json {
    let meta = node.meta();
    let Some(&field) = meta.primary_key.first() else { return Json::Null };
    let made = node.state() == State::Built && meta.fields[field].autogenerate.is_some();
    node.data().get(field).filter(|_| !made).map_or(Json::Null, to_json)
}

/// A struct: its fields, embeds and associations.
pub fn record(meta: &Meta, record: &Record) -> Json {
    let mut members = Map::new();
    for (index, field) in meta.fields.iter().enumerate() {
        members.insert(field.name.to_owned(), record.get(index).map_or(Json::Null, value));
    }
    for (index, association) in meta.associations.iter().enumerate() {
        let loaded = record.associations.get(index);
        let related = (association.related)();
        let rows = loaded.as_ref().map(|loaded| loaded.rows.iter().map(|row| self::record(related, row)));
        let json = match rows {
            None if association.embedded_in().is_some() && association.is_one() => Json::Null,
            None if association.embedded_in().is_some() => json!([]),
            None => json!("not_loaded"),
            Some(mut rows) if association.is_one() => rows.next().unwrap_or(Json::Null),
            Some(rows) => rows.collect(),
        };
        members.insert(association.name.to_owned(), json);
    }
    Json::Object(members)
}

fn value(value: &Value) -> Json {
    match value {
        Value::Bytes(Some(bytes)) => String::from_utf8_lossy(bytes).into_owned().into(),
        value => to_json(value),
    }
}

//! Embedded rows as the value of their column.

#[cfg(feature = "json")]
mod with_json {
    use sea_query::Value;

    use super::super::Slot;
    use crate::{
        changeset::{Node, Role, State, Written, finish},
        schema::{Field, Record, rows_to_json},
    };

    /// The embeds that a row writes.
    pub fn values<'c>(node: &Node) -> Vec<(usize, Slot<'c>)> {
        let embeds = node.meta.associations.iter().enumerate();
        let embeds = embeds.filter_map(|(index, association)| Some((index, *association, association.embedded_in()?)));
        let mut values = Vec::new();
        for (index, association, field) in embeds {
            let rows: Vec<Record> = match (node.associations.get(index), node.data.associations.get(index)) {
                (Some(children), _) => {
                    let stay = children.iter().filter(|child| !matches!(child.role, Role::Detach(_)));
                    stay.map(|child| finish(child.node.clone(), Some(child.role), &mut Written::default())).collect()
                }
                (None, Some(loaded)) if node.state == State::Built => {
                    loaded.rows.iter().map(|row| (**row).clone()).collect()
                }
                _ => continue,
            };
            if rows.is_empty() && node.state == State::Built {
                continue;
            }
            let json = rows_to_json(association, &rows);
            let value = if json.is_null() { Value::Json(None) } else { Value::Json(Some(Box::new(json))) };
            values.push((field, Slot::made(value)));
        }
        values
    }

    /// What is written where nothing was given: NULL, or an empty list of embeds.
    pub fn absent(field: &Field) -> Value {
        if field.nullable { field.ty.null() } else { Value::Json(Some(Box::new(serde_json::Value::Array(Vec::new())))) }
    }
}

#[cfg(feature = "json")]
pub(crate) use with_json::absent;
#[cfg(feature = "json")]
pub(super) use with_json::values;

/// Without JSON there are no embeds.
#[cfg(not(feature = "json"))]
pub(super) fn values<'c>(_: &crate::changeset::Node) -> Vec<(usize, super::Slot<'c>)> {
    Vec::new()
}

#[cfg(not(feature = "json"))]
pub(crate) fn absent(field: &crate::schema::Field) -> sea_query::Value {
    field.ty.null()
}

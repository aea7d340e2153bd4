//! Value expressions: what steps put into associations, embeds and fields.

use std::sync::Arc;

use assoc::{
    Schema, Type, Value,
    changeset::{Node, State},
    schema::{Association, Meta, Record},
};
use serde_json::{Map, Value as Json, json};

use crate::{Stop, case::Run, schemas::with_schema, world::members};

/// A value of a field's type, written as JSON. A typed program cannot give another.
pub fn typed(meta: &Meta, field: usize, json: &Json) -> Result<Value, Stop> {
    let field = &meta.fields[field];
    if json.is_null() {
        return Ok(field.ty.null());
    }
    let fits = match field.ty {
        Type::Bool => json.is_boolean(),
        Type::I16 | Type::I32 | Type::I64 => json.is_i64(),
        Type::F32 | Type::F64 => json.is_number(),
        Type::Json => json.is_object(),
        Type::Array(_) => json.is_array(),
        _ => json.is_string(),
    };
    let value = match field.ty {
        Type::Bytes => json.as_str().map(|text| Value::Bytes(Some(text.as_bytes().to_vec()))),
        ty => ty.from_json(json.clone()),
    };
    let value = value.filter(|_| fits).filter(|value| (field.fits)(value).is_ok());
    value.ok_or_else(|| Stop::typed("bad_value", format!("`{json}` is no value of `{}`", field.name)))
}

/// The field of that name. A typed program cannot name one that is not there, nor an association for one.
pub fn field(meta: &Meta, name: &str) -> Result<usize, Stop> {
    let found = meta.field_index(name).filter(|_| meta.association_index(name).is_none());
    found.ok_or_else(|| match meta.association_index(name) {
        Some(_) => Stop::typed("wrong_relation_kind", format!("`{name}` is no column")),
        None => Stop::typed("unknown_field", format!("no field `{name}` in `{}`", meta.name)),
    })
}

/// The association or embed of that name.
pub fn association(meta: &Meta, name: &str, embed: bool) -> Result<usize, Stop> {
    match meta.association_index(name) {
        Some(index) if matches!(meta.associations[index].relation, assoc::schema::Relation::Through(_)) => {
            Err(Stop::typed("unknown_assoc", format!("`{name}` goes through others")))
        }
        Some(index) if meta.associations[index].embedded_in().is_some() == embed => Ok(index),
        Some(_) => Err(Stop::typed("wrong_relation_kind", format!("`{name}` is of another kind"))),
        None if meta.field_index(name).is_some() => {
            Err(Stop::typed("wrong_relation_kind", format!("`{name}` is a column")))
        }
        None => Err(Stop::typed("unknown_assoc", format!("no association `{name}` in `{}`", meta.name))),
    }
}

impl Run {
    /// The rows that an association is set to.
    pub fn rows(&self, owner: &Node, index: usize, value: &Json) -> Result<Vec<Node>, Stop> {
        let association = owner.meta().associations[index];
        match value {
            Json::Null if association.is_one() => Ok(Vec::new()),
            Json::Array(items) if !association.is_one() => {
                items.iter().map(|item| self.row(Some((owner, association)), item)).collect()
            }
            value if association.is_one() && value.is_object() => {
                Ok(vec![self.row(Some((owner, association)), value)?])
            }
            other => Err(Stop::typed("bad_value", format!("`{other}` is no value of `{}`", association.name))),
        }
    }

    /// A row; `place` is the association that it is for.
    pub fn row(&self, place: Option<(&Node, &Association)>, value: &Json) -> Result<Node, Stop> {
        let (kind, value) = members(value).next().ok_or_else(|| Stop::harness(format!("value {value}")))?;
        let node = match (kind.as_str(), place) {
            ("map", Some((owner, association))) => return self.map(owner, association, value),
            ("keyword", Some((owner, association))) => {
                let pairs = value.as_array().into_iter().flatten();
                let map: Map<String, Json> =
                    pairs.map(|pair| (pair[0].as_str().unwrap_or_default().to_owned(), pair[1].clone())).collect();
                return self.map(owner, association, &Json::Object(map));
            }
            ("existing", _) => self.existing(value)?,
            ("new", _) => self.fresh(text(value, "schema")?, &value["fields"])?,
            ("loaded", _) => self.loaded(value)?,
            ("changeset", _) => {
                let steps = value["steps"].as_array().map_or(&[][..], Vec::as_slice);
                let mut node = self.steps(self.row(place, &value["of"])?, steps, &mut 0)?;
                if let Some(action) = value["action"].as_str() {
                    node.set_action(crate::steps::action(action)?);
                }
                node
            }
            ("raw", _) => return Err(Stop::typed("bad_value", format!("`{value}` is no row"))),
            (other, _) => return Err(Stop::harness(format!("value expression `{other}`"))),
        };
        let wrong = place.filter(|(_, association)| (association.related)().name != node.meta().name);
        match wrong {
            Some((_, association)) => {
                let (found, expected) = (node.meta().name, (association.related)().name);
                Err(Stop::typed("wrong_schema", format!("a `{found}` is no `{expected}`")))
            }
            None => Ok(node),
        }
    }

    /// Attributes of a row: of the loaded one whose key they name, or of a new one.
    fn map(&self, owner: &Node, association: &Association, attributes: &Json) -> Result<Node, Stop> {
        let meta = (association.related)();
        let key = meta.primary_key.first().copied();
        let wanted = key.and_then(|key| typed(meta, key, attributes.get(meta.fields[key].name)?).ok());
        let index = owner.meta().association_index(association.name).unwrap_or_default();
        let loaded = owner.data().associations.get(index).into_iter().flat_map(|loaded| &loaded.rows);
        let in_place = association.is_one() && association.on_replace == assoc::schema::OnReplace::Update;
        let found = loaded
            .clone()
            .find(|row| in_place || key.is_some_and(|key| wanted.is_some() && row.get(key) == wanted.as_ref()));
        let mut node = match found {
            Some(row) => Node::new(meta, State::Loaded, row.clone()),
            None => {
                let mut record = Record::built(meta);
                for given in association.defaults {
                    record.values[given.field] = Some((given.value)());
                }
                Node::new(meta, State::Built, Arc::new(record))
            }
        };
        for (name, value) in members(attributes) {
            self.change(&mut node, name, value)?;
        }
        Ok(node)
    }

    /// Sets a field, an association or an embed.
    pub fn change(&self, node: &mut Node, name: &str, value: &Json) -> Result<(), Stop> {
        match node.meta().association_index(name) {
            Some(index) => {
                let rows = self.rows(node, index, value)?;
                node.put_assoc(index, rows);
            }
            None => {
                let field = field(node.meta(), name)?;
                node.set(field, typed(node.meta(), field, value)?);
            }
        }
        Ok(())
    }

    /// A row of the database, loaded now.
    fn existing(&self, value: &Json) -> Result<Node, Stop> {
        let node = self.load(text(value, "schema")?, &value["id"], &value["preload"])?;
        let (meta, mut record) = (node.meta(), (**node.data()).clone());
        for (name, value) in members(&value["set"]) {
            let field = field(meta, name)?;
            record.values[field] = Some(typed(meta, field, value)?);
        }
        Ok(Node::new(meta, State::Loaded, Arc::new(record)))
    }

    /// A new, unsaved struct.
    pub fn fresh(&self, schema: &str, fields: &Json) -> Result<Node, Stop> {
        let meta = self.world.meta(schema)?;
        let mut record = Record::built(meta);
        let (associations, plain): (Vec<_>, Vec<_>) =
            members(fields).partition(|(name, _)| meta.association_index(name).is_some());
        for (name, value) in plain {
            let field = field(meta, name)?;
            record.values[field] = Some(typed(meta, field, value)?);
        }
        let mut node = Node::new(meta, State::Built, Arc::new(record));
        for (name, value) in associations {
            self.change(&mut node, name, value)?;
        }
        Ok(node)
    }

    /// The very element of a loaded association of the target.
    fn loaded(&self, value: &Json) -> Result<Node, Stop> {
        let target = self.target.as_ref().ok_or_else(|| Stop::harness("no target".to_owned()))?;
        let name = text(value, "assoc")?;
        let index = target.meta().association_index(name).ok_or_else(|| Stop::harness(format!("loaded {name}")))?;
        let meta = (target.meta().associations[index].related)();
        let rows = target.data().associations.get(index).into_iter().flat_map(|loaded| &loaded.rows);
        let wanted = |row: &&Arc<Record>| {
            let key = meta.primary_key.first().and_then(|&key| row.get(key)).map_or(Json::Null, assoc::types::to_json);
            value.get("id").is_none_or(|id| *id == key)
        };
        let row = rows.clone().find(wanted).ok_or_else(|| Stop::harness(format!("no loaded row {value}")))?;
        Ok(Node::new(meta, State::Loaded, row.clone()))
    }

    /// A row by its key, with associations loaded.
    pub fn load(&self, schema: &str, id: &Json, preload: &Json) -> Result<Node, Stop> {
        let id = id.as_i64().ok_or_else(|| Stop::harness(format!("id {id}")))?;
        let specs = self.specs(self.world.meta(schema)?, preload)?;
        let record = with_schema!(self.world, schema, S => {
            let row: Option<S> = self.block(self.repo.get(id))?;
            let mut row = row.ok_or_else(|| Stop::harness(format!("{schema} {id} is not there")))?;
            self.block(self.repo.preload(&mut row, specs))?;
            Ok::<_, Stop>(row.into_record())
        })?;
        Ok(Node::new(self.world.meta(schema)?, State::Loaded, Arc::new(record)))
    }
}

/// A text member that must be there.
pub fn text<'j>(json: &'j Json, name: &str) -> Result<&'j str, Stop> {
    json[name].as_str().ok_or_else(|| Stop::harness(format!("no `{name}` in {json}")))
}

/// What the case's text does not hold cannot be known.
pub fn mask_uuids(json: &mut Json, known: &str) {
    match json {
        Json::String(text) if uuid::Uuid::try_parse(text).is_ok() && !known.contains(text.as_str()) => {
            *json = json!("<uuid>");
        }
        Json::Array(items) => items.iter_mut().for_each(|item| mask_uuids(item, known)),
        Json::Object(members) => members.values_mut().for_each(|member| mask_uuids(member, known)),
        _ => {}
    }
}

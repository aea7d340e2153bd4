//! Tables in memory that know just enough to apply a plan, and to be compared with a row and what hangs on it.

use std::collections::{BTreeMap, HashMap};

use assoc::{
    Op, PlannedValue, Value, Write,
    schema::{Association, Join, KeyPair, Meta, Record, Relation},
    types::to_json,
};
use serde_json::{Map, Value as Json, json};

type Row = BTreeMap<&'static str, Value>;

/// Keys that the database makes begin here.
const MADE: i64 = 1_000_000;

#[derive(Default)]
pub struct Tables {
    tables: HashMap<&'static str, Vec<Row>>,
    /// Where the rows are that the plan wrote: by path, the table and the place.
    written: HashMap<String, Row>,
    made: i64,
}

/// A row cannot be written, as a real database would say, too.
#[derive(Debug)]
pub struct Violation;

impl Tables {
    /// The rows that were loaded.
    pub fn of(meta: &'static Meta, record: &Record) -> Self {
        let mut tables = Self { made: MADE, ..Self::default() };
        tables.load(meta, record);
        tables
    }

    fn load(&mut self, meta: &'static Meta, record: &Record) {
        let mut row: Row =
            meta.column_fields().iter().enumerate().map(|(at, field)| (field.column, value(record, at))).collect();
        for (index, loaded) in record.associations.iter() {
            let association = meta.associations[index];
            let related = (association.related)();
            if let Some(field) = association.embedded_in() {
                let rows = loaded.rows.iter().map(|row| embedded(related, row));
                row.insert(meta.fields[field].column, json_value(association, rows.collect()));
                continue;
            }
            for child in &loaded.rows {
                self.load(related, child);
                if let Relation::Join(join) = association.relation {
                    let link = join_row(join, record, child);
                    self.tables.entry(join.table().name).or_default().push(link);
                }
            }
        }
        self.tables.entry(meta.table.name).or_default().push(row);
    }

    /// Whether a row with these columns is there.
    pub fn has(&self, write: &Write) -> bool {
        self.rows(write.table).iter().any(|row| matches(row, &write.key))
    }

    fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    /// Applies writes in their order. `keys` are the key columns of a table.
    pub fn apply(&mut self, writes: &[Write], keys: &dyn Fn(&str) -> Vec<&'static str>) -> Result<(), Violation> {
        for write in writes {
            let set: Row = write.set.iter().filter_map(|(name, value)| Some((*name, self.known(value)?))).collect();
            let key = keys(write.table);
            let rows = self.tables.entry(write.table).or_default();
            match write.op {
                Op::Insert => {
                    let mut row = set;
                    for name in &key {
                        row.entry(name).or_insert_with(|| {
                            self.made += 1;
                            Value::BigInt(Some(self.made))
                        });
                    }
                    let same = |other: &Row| key.iter().all(|name| other.get(name) == row.get(name));
                    if !key.is_empty() && rows.iter().any(same) {
                        return Err(Violation);
                    }
                    if !key.is_empty() {
                        self.written.insert(write.path.to_string(), row.clone());
                    }
                    rows.push(row);
                }
                Op::Update => {
                    let mut found = rows.iter_mut().filter(|row| matches(row, &write.key));
                    let row = found.next().ok_or(Violation)?;
                    assert!(found.next().is_none(), "{write:?} changes several rows");
                    row.extend(set);
                    self.written.insert(write.path.to_string(), row.clone());
                }
                Op::Delete => {
                    let before = rows.len();
                    rows.retain(|row| !matches(row, &write.key));
                    assert!(rows.len() == before - 1 || key.is_empty(), "{write:?} deletes no row, or several");
                }
            }
        }
        Ok(())
    }

    fn known(&self, value: &PlannedValue) -> Option<Value> {
        match value {
            PlannedValue::Known(value) => Some(value.clone()),
            PlannedValue::Of(path, field) => Some(self.written[path.as_str()][field].clone()),
            PlannedValue::Now => None,
        }
    }

    /// What the tables hold of the row, as deep as the record is loaded.
    pub fn view(&self, meta: &'static Meta, record: &Record) -> Json {
        let key: Vec<_> =
            meta.primary_key.iter().map(|&field| (meta.fields[field].column, value(record, field))).collect();
        let row =
            self.rows(meta.table.name).iter().find(|row| key.iter().all(|(name, value)| row.get(name) == Some(value)));
        row.map_or(json!("no such row"), |row| self.view_row(meta, row, &[record]))
    }

    /// One row, as deep as one of these records of its association is loaded.
    fn view_row(&self, meta: &'static Meta, row: &Row, like: &[&Record]) -> Json {
        let column =
            |field: usize| row.get(meta.fields[field].column).cloned().unwrap_or_else(|| meta.fields[field].ty.null());
        let mut view = Map::new();
        for (index, field) in meta.column_fields().iter().enumerate().filter(|(at, _)| is_shown(meta, *at)) {
            view.insert(field.name.to_owned(), shown(&column(index)));
        }
        for (index, association) in meta.associations.iter().enumerate() {
            let related = (association.related)();
            let like: Vec<&Record> =
                like.iter().copied().filter(|record| record.associations.contains(index)).collect();
            // Which of several new rows is which is not known; what is not loaded of one holds nothing.
            if like.is_empty() {
                continue;
            }
            let below: Vec<&Record> = like
                .iter()
                .flat_map(|record| record.associations.get(index))
                .flat_map(|loaded| &loaded.rows)
                .map(|row| &**row)
                .collect();
            if let Some(field) = association.embedded_in() {
                insert(&mut view, association, to_json(&column(field)));
                continue;
            }
            let here = |keys: &[KeyPair]| -> Vec<Value> { keys.iter().map(|key| column(key.owner)).collect() };
            let rows: Vec<&Row> = match association.relation {
                Relation::Child(keys) | Relation::Parent(keys) => {
                    let here = here(keys);
                    let there = |row: &&Row| {
                        keys.iter()
                            .zip(&here)
                            .all(|(key, here)| row.get(related.fields[key.related].column) == Some(here))
                    };
                    self.rows(related.table.name).iter().filter(there).collect()
                }
                Relation::Join(join) => {
                    let mine = |link: &&Row| join.owner.iter().all(|key| link[key.column] == column(key.field));
                    let linked = self.rows(join.table().name).iter().filter(mine);
                    linked
                        .filter_map(|link| {
                            let there = |row: &&Row| {
                                join.related.iter().all(|key| row[related.fields[key.field].column] == link[key.column])
                            };
                            self.rows(related.table.name).iter().find(there)
                        })
                        .collect()
                }
                _ => continue,
            };
            let views = rows.into_iter().map(|row| {
                let same = |record: &&&Record| {
                    related.primary_key.iter().all(|&field| match record.get(field) {
                        Some(value) => row.get(related.fields[field].column) == Some(value),
                        None => row.get(related.fields[field].column).is_some_and(is_made),
                    })
                };
                let like: Vec<&Record> = below.iter().filter(same).copied().collect();
                self.view_row(related, row, &like)
            });
            insert(&mut view, association, in_order(views.collect()));
        }
        Json::Object(view)
    }
}

/// The same of a record.
pub fn view(meta: &'static Meta, record: &Record) -> Json {
    let mut shows = Map::new();
    for (index, field) in meta.column_fields().iter().enumerate().filter(|(at, _)| is_shown(meta, *at)) {
        shows.insert(field.name.to_owned(), shown(&value(record, index)));
    }
    for (index, association) in
        meta.associations.iter().enumerate().filter(|(index, _)| record.associations.contains(*index))
    {
        let related = (association.related)();
        let rows = record.associations.get(index).into_iter().flat_map(|loaded| &loaded.rows);
        let json = match association.embedded_in() {
            Some(_) => to_json(&json_value(association, rows.map(|row| embedded(related, row)).collect())),
            None => in_order(rows.map(|row| view(related, row)).collect()),
        };
        insert(&mut shows, association, json);
    }
    Json::Object(shows)
}

/// Times are not known before, and embeds are shown as associations.
fn is_shown(meta: &Meta, field: usize) -> bool {
    let Some(column) = meta.fields.get(field) else { return false };
    let embed = meta.associations.iter().any(|association| association.embedded_in() == Some(field));
    column.on_insert.is_none() && column.on_update.is_none() && !embed
}

/// Rows of an association, if there are any.
fn insert(view: &mut Map<String, Json>, association: &Association, rows: Json) {
    if rows != json!([]) && !rows.is_null() {
        view.insert(association.name.to_owned(), rows);
    }
}

/// A value; a key that the database made is none.
fn shown(value: &Value) -> Json {
    if is_made(value) { Json::Null } else { to_json(value) }
}

fn is_made(value: &Value) -> bool {
    matches!(value, Value::BigInt(Some(made)) if (MADE..2 * MADE).contains(made))
}

fn in_order(mut rows: Vec<Json>) -> Json {
    rows.sort_by_cached_key(Json::to_string);
    rows.into()
}

fn value(record: &Record, field: usize) -> Value {
    record.get(field).cloned().unwrap_or(Value::BigInt(None))
}

fn matches(row: &Row, key: &BTreeMap<&'static str, PlannedValue>) -> bool {
    key.iter().all(|(name, value)| matches!(value, PlannedValue::Known(value) if row.get(name) == Some(value)))
}

fn join_row(join: &Join, owner: &Record, related: &Record) -> Row {
    let ends = [(join.owner, owner), (join.related, related)];
    ends.into_iter().flat_map(|(keys, record)| keys.iter().map(|key| (key.column, value(record, key.field)))).collect()
}

/// An embedded row as the JSON of its owner.
fn embedded(meta: &'static Meta, record: &Record) -> Json {
    let mut members = Map::new();
    for (index, field) in meta.column_fields().iter().enumerate() {
        members.insert(field.column.to_owned(), to_json(&value(record, index)));
    }
    for (index, association) in meta.associations.iter().enumerate() {
        let loaded = record.associations.get(index);
        if let Some(field) = association.embedded_in() {
            let rows = loaded.iter().flat_map(|loaded| &loaded.rows).map(|row| embedded((association.related)(), row));
            members.insert(meta.fields[field].column.to_owned(), to_json(&json_value(association, rows.collect())));
        }
    }
    Json::Object(members)
}

fn json_value(association: &Association, rows: Vec<Json>) -> Value {
    let json = if association.is_one() { rows.into_iter().next().unwrap_or(Json::Null) } else { Json::Array(rows) };
    Value::Json((!json.is_null()).then(|| Box::new(json)))
}

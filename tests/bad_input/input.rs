//! Rows that were loaded, and input for them: near-valid, so that the code behind the first checks is reached.

use std::sync::Arc;

use assoc::{
    Type, Value,
    schema::{Association, ByMember, Loaded, Meta, OnReplace, Record, Relation},
    types::to_json,
};
use serde_json::{Map, Value as Json, json};

/// A stream of choices; the same seed makes the same ones.
pub struct Choices {
    state: u64,
    /// Whether the input is to be wrong here and there.
    wild: bool,
}

impl Choices {
    /// Of two seeds, one is wild.
    pub fn new(seed: u64) -> Self {
        let mut choices = Self { state: seed, wild: false };
        choices.wild = choices.one_in(2);
        choices
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

const TEXTS: [&str; 8] = ["a", "b", "x y", "Straße", "e\u{301}", "👩\u{200d}👧", "0", "draft"];
const DATES: [&str; 4] = ["2024-02-29", "1999-12-31", "0001-01-01", "2026-11-24"];
const TIMES: [&str; 4] = ["00:00:00", "23:59:59", "12:30", "12:30:15.123456"];
const ODD_TEXTS: [&str; 30] = [
    "",
    " ",
    "\0",
    "a\0b",
    "\u{301}",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "1e-999999999999",
    "-",
    "+",
    "0x10",
    "9223372036854775808",
    "-9223372036854775809",
    "340282366920938463463374607431768211456",
    "79228162514264337593543950336",
    "1e28",
    ".5",
    "5.",
    "true",
    "null",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00+23:59",
    "-9999-01-01",
    "+262142-12-31T23:59:60.9999999",
    "2024-02-30",
    "24:00:00",
    "\u{202e}\u{feff}",
    "%{count}",
];

/// A value of a column type, as a loaded row has it and input gives it.
fn near(ty: Type, choices: &mut Choices) -> Json {
    let small = choices.below(10);
    match ty {
        Type::Bool => json!(small.is_multiple_of(2)),
        Type::I16 | Type::I32 | Type::I64 => json!(small),
        Type::F32 | Type::F64 => json!(small as f64 / 4.0),
        Type::Text | Type::Bytes => json!(choices.of(&TEXTS)),
        Type::Enum(_) => json!("draft"),
        Type::Json => json!({"a": [small, {"b": null}]}),
        Type::Uuid => json!(uuid(small)),
        Type::Decimal => json!(format!("{small}.50")),
        Type::ChronoDate | Type::TimeDate => json!(choices.of(&DATES)),
        Type::ChronoTime | Type::TimeTime => json!(choices.of(&TIMES)),
        Type::ChronoDateTime | Type::TimeDateTime => json!(format!("{}T{}", choices.of(&DATES), choices.of(&TIMES))),
        Type::ChronoUtc | Type::TimeOffset => json!(format!("{}T{}Z", choices.of(&DATES), "12:30:15")),
        Type::Array(item) => (0..choices.below(4)).map(|_| near(*item, choices)).collect(),
    }
}

pub fn uuid(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// JSON of any shape.
pub fn odd(choices: &mut Choices, depth: usize) -> Json {
    match choices.below(if depth == 0 { 9 } else { 48 }) {
        0 => Json::Null,
        1 => json!(choices.one_in(2)),
        2 => json!(choices.next() as i64),
        3 => json!(u64::MAX),
        4 => json!(f64::from_bits(choices.next())),
        5 => json!(-1),
        6 => json!(3.0),
        7 => json!(choices.of(&ODD_TEXTS)),
        8 => json!(choices.of(&TEXTS)),
        9..28 => (0..choices.below(4)).map(|_| odd(choices, depth - 1)).collect(),
        28..47 => Json::Object((0..choices.below(4)).map(|_| (key(choices), odd(choices, depth - 1))).collect()),
        _ => {
            let levels = choices.of(&[2, 60, 126, 127, 128, 129, 400]);
            (0..levels).fold(odd(choices, 0), |below, at| match at % 3 {
                0 => Json::Object(Map::from_iter([("marks".to_owned(), below)])),
                _ => Json::Array(vec![below]),
            })
        }
    }
}

/// A key of an index map, or of any other.
fn key(choices: &mut Choices) -> String {
    match choices.below(6) {
        0 => choices.of(&ODD_TEXTS).to_owned(),
        1 => choices.of(&["4294967295", "18446744073709551615", "18446744073709551616", "007", "+7", "-1"]).to_owned(),
        2 => choices.of(&["id", "title", "name", "action", "__proto__", "sort"]).to_owned(),
        _ => choices.below(12).to_string(),
    }
}

/// A loaded row, with all that hangs on it. Ids are handed out from one number up.
pub fn loaded(meta: &Meta, choices: &mut Choices, size: usize, next: &mut i64) -> Record {
    let mut values: Vec<Option<Value>> = Vec::new();
    for (index, field) in meta.fields.iter().enumerate() {
        let value = match () {
            () if meta.primary_key.contains(&index) && field.ty == Type::Uuid => {
                (field.cast)(&json!(uuid(*next as usize)).into())
            }
            () if meta.primary_key.contains(&index) => (field.cast)(&json!(*next).into()),
            () if field.nullable && choices.one_in(3) => Ok(field.ty.null()),
            () => (field.cast)(&near(field.ty, choices).into()),
        };
        values.push(Some(value.unwrap_or_else(|_| field.ty.null())));
    }
    *next += 1;
    let mut record = Record { values, associations: ByMember::default() };
    for index in 0..meta.associations.len() {
        let association = meta.associations[index];
        let related = (association.related)();
        // Root's associations are loaded, and of the others all but a few.
        if related.name == "Root" || (meta.name != "Root" && association.embedded_in().is_none() && choices.one_in(8)) {
            continue;
        }
        let most = if association.is_one() { 1 } else { 3 };
        let count = if size > 0 && choices.one_in(2) { 1 + choices.below(most) } else { 0 };
        let rows: Vec<_> = (0..count).map(|_| loaded(related, choices, size / 4, next)).collect();
        let rows = rows.into_iter().map(|row| Arc::new(belonging(&mut record, association, row))).collect();
        record.associations.insert(index, Loaded { rows, partial: false });
    }
    for (index, association) in meta.associations.iter().enumerate() {
        if let (Relation::Parent(keys), Some(loaded)) = (association.relation, record.associations.get(index))
            && loaded.rows.is_empty()
        {
            keys.iter().for_each(|key| record.values[key.owner] = Some(meta.fields[key.owner].ty.null()));
        }
    }
    record
}

/// Sets the keys by which owner and row find each other.
fn belonging(owner: &mut Record, association: &Association, mut row: Record) -> Record {
    match association.relation {
        Relation::Child(keys) => keys.iter().for_each(|key| row.values[key.related] = owner.values[key.owner].clone()),
        Relation::Parent(keys) => keys.iter().for_each(|key| {
            let Some(Value::BigInt(id)) = row.values[key.related].clone() else { return };
            owner.values[key.owner] = Some(Value::BigInt(id));
        }),
        _ => {}
    }
    row
}

/// The values of a loaded row as input that changes nothing.
pub fn same(meta: &Meta, record: &Record) -> Json {
    let mut members = Map::new();
    for (index, field) in meta.fields.iter().enumerate() {
        let embed = meta.associations.iter().any(|association| association.embedded_in() == Some(index));
        let value = record.get(index).map_or(Json::Null, |value| match value {
            Value::Bytes(Some(bytes)) => String::from_utf8_lossy(bytes).into(),
            value => to_json(value),
        });
        if !embed {
            members.insert(field.name.to_owned(), value);
        }
    }
    for (index, association) in meta.associations.iter().enumerate() {
        if let Some(loaded) = record.associations.get(index) {
            let mut rows = loaded.rows.iter().map(|row| same((association.related)(), row));
            let rows = if association.is_one() { rows.next().unwrap_or(Json::Null) } else { rows.collect() };
            members.insert(association.name.to_owned(), rows);
        }
    }
    Json::Object(members)
}

/// Input for a row, most of it valid.
pub fn given(meta: &Meta, choices: &mut Choices, size: usize) -> Json {
    let mut members = Map::new();
    for (index, field) in meta.fields.iter().enumerate() {
        let key = meta.primary_key.contains(&index);
        if meta.associations.iter().any(|association| association.embedded_in() == Some(index)) {
            continue;
        }
        let usual = field.name == "name" || field.name == "title" || field.name == "text";
        let value = match choices.below(if choices.wild { 48 } else { 1000 }) {
            0 => odd(choices, 2),
            1 => Json::Null,
            2 => json!(choices.of(&ODD_TEXTS)),
            _ if key && choices.one_in(3) => continue,
            _ if key && field.ty == Type::Uuid => json!(uuid(choices.below(30))),
            // Ids of loaded rows, of others, of none; as forms send them, too.
            _ if key && choices.one_in(2) => json!(choices.below(30)),
            _ if key => json!(choices.below(30).to_string()),
            // A foreign key and its parent at once are a conflict.
            _ if field.name.ends_with("_id") && !choices.wild => continue,
            _ if usual || choices.one_in(3) => near(field.ty, choices),
            _ => continue,
        };
        members.insert(field.name.to_owned(), value);
    }
    for association in meta.associations {
        let refuses = matches!(association.on_replace, OnReplace::Raise | OnReplace::MarkAsInvalid);
        if size > 0 && choices.one_in(if refuses { 12 } else { 3 }) {
            members.insert(association.name.to_owned(), rows(association, choices, size));
        }
    }
    if choices.one_in(if choices.wild { 8 } else { 100 }) {
        let action = choices.of(&["insert", "update", "delete", "replace", "ignore", "drop"]);
        members.insert("action".to_owned(), json!(action));
    }
    for name in ["sort", "drop"] {
        if meta.name == "Root" && choices.one_in(6) {
            members.insert(name.to_owned(), (0..choices.below(5)).map(|_| json!(key(choices))).collect());
        }
    }
    Json::Object(members)
}

/// Input for an association: a list, an index map, an object, or something else.
fn rows(association: &Association, choices: &mut Choices, size: usize) -> Json {
    let related = (association.related)();
    let row = |choices: &mut Choices| match choices.wild && choices.one_in(40) {
        true => odd(choices, 1),
        false => given(related, choices, size / 4),
    };
    match choices.below(24) {
        0 if choices.wild => odd(choices, 2),
        1 => Json::Null,
        2..6 if !association.is_one() => {
            Json::Object((0..choices.below(4)).map(|_| (key(choices), row(choices))).collect())
        }
        _ if association.is_one() => row(choices),
        _ => {
            let mut rows: Vec<Json> = (0..choices.below(5)).map(|_| row(choices)).collect();
            if choices.wild && choices.one_in(8) {
                rows.extend(rows.first().cloned());
            }
            rows.into()
        }
    }
}

/// The input as a form sends it.
pub fn form(json: &Json) -> String {
    let mut pairs = Vec::new();
    flatten(json, String::new(), &mut pairs);
    pairs.join("&")
}

fn flatten(json: &Json, name: String, pairs: &mut Vec<String>) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}[{key}]") };
    match json {
        Json::Object(members) => members.iter().for_each(|(key, json)| flatten(json, below(key), pairs)),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(at, json)| flatten(json, below(&at.to_string()), pairs))
        }
        Json::String(text) => pairs.push(format!("{name}={text}")),
        other => pairs.push(format!("{name}={other}")),
    }
}

//! The metadata of the schemas, with the options that a case gives its associations.
//!
//! Metadata is data, so a copy of it can be altered: changesets made over the copy work as if the options had been
//! derived. A copy refers to its related schemas through functions, which look the world of the running thread up.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use assoc::{
    Schema, Type, Value,
    schema::{Association, Given, Hop, Join, JoinDefault, Kind, Meta, OnDelete, OnReplace, Ordered, Relation},
};
use serde_json::{Map, Value as Json};

use crate::{
    Stop,
    schemas::{
        Category, Comment, Document, Enrollment, KeyedPost, KeyedSettings, Link, Post, Profile, Sample, Settings, Tag,
        User,
    },
};

/// The schemas of a case, by name.
pub struct World {
    pub keyed_settings: bool,
    metas: HashMap<&'static str, &'static Meta>,
}

thread_local! {
    static CURRENT: Cell<Option<&'static World>> = const { Cell::new(None) };
    /// Values of options: metadata makes them by functions that capture nothing.
    static VALUES: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Name, derived metadata, and how copies refer to it.
macro_rules! schemas {
    ($($name:literal $schema:ident)+) => {
        fn derived() -> Vec<(&'static str, &'static Meta, fn() -> &'static Meta)> {
            vec![$(($name, $schema::META, || current($name))),+]
        }
    };
}
schemas! {
    "user" User "profile" Profile "post" Post "keyed_post" KeyedPost "comment" Comment "tag" Tag "category" Category
    "enrollment" Enrollment "document" Document "sample" Sample "settings" Settings "keyed_settings" KeyedSettings
    "link" Link
}

fn current(name: &'static str) -> &'static Meta {
    CURRENT.with(|current| current.get().expect("a world is entered").meta(name).expect("the world has all schemas"))
}

impl World {
    /// The world of a case: its `on_replace` and `assoc_options`.
    pub fn of(case: &Json) -> Result<&'static Self, Stop> {
        VALUES.with_borrow_mut(Vec::clear);
        let mut options: HashMap<String, Map<String, Json>> = HashMap::new();
        for (path, given) in members(&case["assoc_options"]) {
            options.entry(path.clone()).or_default().extend(members(given).map(|(k, v)| (k.clone(), v.clone())));
        }
        for (path, on_replace) in members(&case["on_replace"]) {
            options.entry(path.clone()).or_default().insert("on_replace".to_owned(), on_replace.clone());
        }
        let keyed_settings = options.values().any(|options| options.get("with_id") == Some(&Json::Bool(true)));
        let mut world = Self { keyed_settings, metas: HashMap::new() };
        for (path, options) in &options {
            let (schema, association) =
                path.split_once('.').ok_or_else(|| Stop::harness(format!("option of {path}")))?;
            let meta = derived().into_iter().find(|(name, ..)| *name == schema).map(|(_, meta, _)| meta);
            let known = meta.is_some_and(|meta| meta.association_index(association).is_some());
            if !known {
                return Err(Stop::harness(format!("options of an unknown association {path}: {options:?}")));
            }
        }
        world.copy(&options)?;
        let world: &'static Self = Box::leak(Box::new(world));
        CURRENT.set(Some(world));
        Ok(world)
    }

    pub fn meta(&self, name: &str) -> Result<&'static Meta, Stop> {
        let name = match name {
            "post" if self.keyed_settings => "keyed_post",
            "settings" if self.keyed_settings => "keyed_settings",
            name => name,
        };
        self.metas.get(name).copied().ok_or_else(|| Stop::harness(format!("no schema `{name}`")))
    }

    fn copy(&mut self, options: &HashMap<String, Map<String, Json>>) -> Result<(), Stop> {
        let mut copies: HashMap<(&str, &str), Hop> = HashMap::new();
        let none = Map::new();
        for through in [false, true] {
            for (name, meta, _) in derived() {
                for association in meta.associations {
                    let is_through = matches!(association.relation, Relation::Through(_));
                    if is_through != through {
                        continue;
                    }
                    let path = format!("{}.{}", name.trim_start_matches("keyed_"), association.name);
                    let copy = copy(association, options.get(&path).unwrap_or(&none), &copies)?;
                    copies.insert((meta.name, association.name), copy);
                }
            }
        }
        for (name, meta, _) in derived() {
            let associations: Vec<Hop> = meta.associations.iter().map(|it| copies[&(meta.name, it.name)]).collect();
            let copy = Meta {
                name: meta.name.trim_start_matches("Keyed"),
                table: meta.table,
                fields: meta.fields,
                columns: meta.columns,
                primary_key: meta.primary_key,
                associations: associations.leak(),
                rows: meta.rows,
            };
            self.metas.insert(name, Box::leak(Box::new(copy)));
        }
        Ok(())
    }
}

fn copy(association: Hop, options: &Map<String, Json>, copies: &HashMap<(&str, &str), Hop>) -> Result<Hop, Stop> {
    let related = (association.related)();
    let (_, _, refer) = derived().into_iter().find(|(_, meta, _)| meta.name == related.name).expect("all are derived");
    let relation = match association.relation {
        Relation::Through(hops) => {
            let hops: Vec<Hop> = hops.iter().map(|hop| copies[&(hop.owner, hop.name)]).collect();
            Relation::Through(hops.leak())
        }
        Relation::Join(join) => Relation::Join(copy_join(join, options)?),
        relation => relation,
    };
    let mut copy = Association {
        on_replace: association.on_replace,
        ..Association::new(association.name, association.owner, association.kind, refer, relation)
    };
    for (key, value) in options {
        match (key.as_str(), value.as_str()) {
            ("on_replace", Some(text)) => copy.on_replace = on_replace(association, text)?,
            ("on_delete", Some(text)) => copy.on_delete = on_delete(association, text)?,
            ("defaults", _) => copy.defaults = given(related, value)?,
            ("where", _) => copy.filter = given(related, value)?,
            ("preload_order", _) => copy.order = order(related, value)?,
            // Here, rows of an association are always unique.
            ("unique" | "with_id" | "join_defaults" | "on_join_through_conflict", _) => {}
            (other, _) => return Err(Stop::schema(format!("invalid option `{other}`"))),
        }
    }
    Ok(Box::leak(Box::new(copy)))
}

fn copy_join(join: &'static Join, options: &Map<String, Json>) -> Result<&'static Join, Stop> {
    let mut defaults = Vec::new();
    for (column, value) in members(options.get("join_defaults").unwrap_or(&Json::Null)) {
        let value = Type::Text.from_json(value.clone()).ok_or_else(|| Stop::harness("a join default".to_owned()))?;
        defaults.push(JoinDefault { column: column.clone().leak(), value: made_text(value) });
    }
    Ok(Box::leak(Box::new(Join {
        table: join.table,
        owner: join.owner,
        related: join.related,
        defaults: defaults.leak(),
        skip_existing: options.get("on_join_through_conflict").is_some_and(|value| value == "nothing"),
    })))
}

/// The derive refuses what a kind does not have; here it is refused in the same way.
fn on_replace(association: &Association, text: &str) -> Result<OnReplace, Stop> {
    let embed = association.embedded_in().is_some();
    let many_to_many = association.kind == Kind::ManyToMany;
    Ok(match text {
        "raise" => OnReplace::Raise,
        "mark_as_invalid" => OnReplace::MarkAsInvalid,
        "delete" => OnReplace::Delete,
        "nilify" if !embed && !many_to_many => OnReplace::Nilify,
        "delete_if_exists" if !embed && !many_to_many => OnReplace::DeleteIfExists,
        "update" if association.is_one() => OnReplace::Update,
        other => return Err(Stop::schema(format!("invalid on_replace `{other}`"))),
    })
}

fn on_delete(association: &Association, text: &str) -> Result<OnDelete, Stop> {
    Ok(match (text, association.kind) {
        ("nothing", _) => OnDelete::Nothing,
        ("delete_all", Kind::HasOne | Kind::HasMany | Kind::ManyToMany) => OnDelete::DeleteAll,
        ("nilify_all", Kind::HasOne | Kind::HasMany) => OnDelete::NilifyAll,
        (other, _) => return Err(Stop::schema(format!("invalid on_delete `{other}`"))),
    })
}

fn given(meta: &Meta, values: &Json) -> Result<&'static [Given], Stop> {
    let mut all = Vec::new();
    for (name, value) in members(values) {
        let field = meta.field_index(name).ok_or_else(|| Stop::schema(format!("no field `{name}`")))?;
        let ty = meta.fields[field].ty;
        let value = ty.from_json(value.clone()).ok_or_else(|| Stop::harness(format!("a value of `{name}`")))?;
        all.push(Given { field, value: made(value) });
    }
    Ok(all.leak())
}

fn order(meta: &Meta, order: &Json) -> Result<&'static [Ordered], Stop> {
    let mut all = Vec::new();
    for part in order.as_array().into_iter().flatten() {
        let name = part[1].as_str().unwrap_or_default();
        let field = meta.field_index(name).ok_or_else(|| Stop::schema(format!("no field `{name}`")))?;
        all.push(Ordered { field, descending: part[0] == "desc" });
    }
    Ok(all.leak())
}

/// Functions that make values, each its own.
macro_rules! makers {
    ($maker:ident: $made:ty, $value:ident => $make:expr, $($at:literal)+) => {
        fn $maker(value: Value) -> fn() -> $made {
            let makers = [$((|| {
                let $value = VALUES.with_borrow(|values| values[$at].clone());
                $make
            }) as fn() -> $made),+];
            VALUES.with_borrow_mut(|values| {
                values.push(value);
                makers[values.len() - 1]
            })
        }
    };
}
makers!(made: Value, value => value, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
makers!(made_text: (Type, Value), value => (Type::Text, value), 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);

/// The members of an object; of anything else, none.
pub fn members(json: &Json) -> impl Iterator<Item = (&String, &Json)> {
    json.as_object().into_iter().flatten()
}

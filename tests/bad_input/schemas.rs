//! Every kind of association, `on_replace` and column type there is.

use assoc::{Enum, changeset::CastAssoc, prelude::*, schema::kind};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use uuid::Uuid;

#[derive(Debug, Clone, Schema)]
pub struct Root {
    pub id: i64,
    pub title: String,
    pub note: Option<String>,
    pub owner_id: Option<i64>,
    pub editor_id: Option<i64>,
    #[belongs_to(on_replace = nilify)]
    pub owner: BelongsTo<Person>,
    #[belongs_to(on_replace = update)]
    pub editor: BelongsTo<Person>,
    #[has_one(on_replace = delete)]
    pub kinds: HasOne<Kinds>,
    #[has_one(on_replace = update)]
    pub cover: HasOne<Cover>,
    #[has_many(on_replace = delete)]
    pub items: HasMany<Item>,
    #[has_many(on_replace = nilify)]
    pub loose: HasMany<Loose>,
    #[has_many(on_replace = mark_as_invalid)]
    pub fixed: HasMany<Fixed>,
    #[has_many(on_replace = raise)]
    pub strict: HasMany<Strict>,
    #[has_many(on_replace = delete_if_exists)]
    pub tokens: HasMany<Token>,
    #[has_many(on_replace = delete)]
    pub parcels: HasMany<Parcel>,
    #[many_to_many(join_through = "roots_tags", on_replace = delete)]
    pub tags: ManyToMany<Tag>,
    #[embeds_one(on_replace = update)]
    pub settings: Option<Settings>,
    #[embeds_many(on_replace = delete)]
    pub lines: Vec<Line>,
    #[embeds_many(on_replace = delete)]
    pub marks: Vec<Mark>,
    #[has_one(on_replace = delete)]
    pub mark: HasOne<Chain>,
}

/// A row with one row with one row: input goes down a level with each.
#[derive(Debug, Clone, Schema)]
pub struct Chain {
    pub id: i64,
    pub text: Option<String>,
    pub root_id: Option<i64>,
    pub chain_id: Option<i64>,
    #[has_one(on_replace = delete)]
    pub mark: HasOne<Chain>,
}

#[derive(Debug, Clone, Schema)]
#[timestamps]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub inserted_at: Option<NaiveDateTime>,
    pub updated_at: Option<NaiveDateTime>,
    #[has_many(foreign_key = owner_id, on_replace = nilify)]
    pub roots: HasMany<Root>,
}

#[derive(Debug, Clone, Schema)]
pub struct Kinds {
    pub id: i64,
    pub root_id: i64,
    #[schema(default = false)]
    pub flag: bool,
    pub small: Option<i16>,
    pub whole: Option<i32>,
    pub big: Option<i64>,
    pub real: Option<f32>,
    pub double: Option<f64>,
    pub bytes: Option<Vec<u8>>,
    pub json: Option<Json>,
    pub uuid: Option<Uuid>,
    pub decimal: Option<Decimal>,
    pub date: Option<NaiveDate>,
    pub clock: Option<NaiveTime>,
    pub naive: Option<NaiveDateTime>,
    pub moment: Option<DateTime<Utc>>,
    pub day: Option<time::Date>,
    pub hour: Option<time::Time>,
    pub plain: Option<time::PrimitiveDateTime>,
    pub instant: Option<time::OffsetDateTime>,
    pub labels: Option<Vec<String>>,
    pub numbers: Vec<i32>,
    pub state: Option<State>,
    #[schema(virtual)]
    pub shown: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
pub enum State {
    Draft,
    Published,
}

/// Children with children, and with values that are unique.
#[derive(Debug, Clone, Schema)]
pub struct Item {
    pub id: i64,
    pub name: String,
    pub slug: Option<String>,
    pub rating: Option<i32>,
    pub root_id: i64,
    pub item_id: Option<i64>,
    #[has_many(on_replace = delete)]
    pub items: HasMany<Item>,
    #[has_one(on_replace = nilify, foreign_key = item_id)]
    pub loose: HasOne<Loose>,
}

macro_rules! child {
    ($($Child:ident $key:ty, $fk:ty)+) => {$(
        #[derive(Debug, Clone, Schema)]
        pub struct $Child {
            pub id: $key,
            pub name: String,
            pub root_id: $fk,
            pub item_id: Option<i64>,
        }

        impl $Child {
            pub fn changeset(row: Changeset<Self>, params: &Params) -> Changeset<Self> {
                act(row.cast(params, (Self::id, Self::name, Self::root_id)).validate_required(Self::name), params)
            }
        }
    )+};
}
child!(Cover i64, i64 Loose i64, Option<i64> Fixed i64, i64 Strict i64, i64 Token Uuid, i64);

/// A part of the key is the owner's.
#[derive(Debug, Clone, Schema)]
pub struct Parcel {
    #[schema(primary_key)]
    pub root_id: i64,
    #[schema(primary_key)]
    pub number: i32,
    pub weight: Option<f64>,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Settings {
    pub theme: Option<String>,
    #[schema(default = 1)]
    pub size: i32,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Line {
    pub id: Uuid,
    pub text: String,
    pub at: Option<NaiveDate>,
    #[embeds_many(on_replace = delete)]
    pub marks: Vec<Mark>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Mark {
    pub text: Option<String>,
    #[embeds_many(on_replace = delete)]
    pub marks: Vec<Mark>,
}

/// What the input asks to happen to the row.
fn act<T: Schema>(row: Changeset<T>, params: &Params) -> Changeset<T> {
    use assoc::Action::{Delete, Ignore, Insert, Replace, Update};
    let actions = [Insert, Update, Delete, Replace, Ignore];
    let asked = params.get("action").and_then(Params::as_str);
    match actions.into_iter().find(|action| asked == Some(action.name())) {
        Some(action) => row.set_action(action),
        None => row,
    }
}

/// An association of many, sorted and thinned out by params of the input.
fn sorted<P, C>(rows: assoc::schema::HasManyRef<P, C>) -> CastAssoc<P, C, kind::HasMany> {
    rows.sort_param("sort").drop_param("drop").invalid_message("is no list")
}

impl Root {
    pub fn changeset(root: Changeset<Self>, params: &Params) -> Changeset<Self> {
        let kinds = Self::kinds.required_message("are needed");
        let kinds = if params.get("sort").is_some() { kinds } else { Self::kinds.force_update_on_change(false) };
        root.cast(params, (Self::title, Self::note, Self::owner_id))
            .validate_required(Self::title)
            .validate_length(Self::note, ..=6)
            .validate_confirmation(Self::title)
            .cast_assoc(Self::owner, Person::changeset)
            .cast_assoc(Self::editor, Person::changeset)
            .cast_assoc(kinds, Kinds::changeset)
            .cast_assoc(Self::cover, Cover::changeset)
            .cast_assoc(sorted(Self::items), Item::changeset)
            .cast_assoc(Self::loose, Loose::changeset)
            .cast_assoc(Self::fixed, Fixed::changeset)
            .cast_assoc(Self::strict.reject_unknown(), Strict::changeset)
            .cast_assoc(Self::tokens, Token::changeset)
            .cast_assoc(Self::parcels, Parcel::changeset)
            .cast_assoc(Self::tags, Tag::changeset)
            .cast_assoc(Self::mark, Chain::changeset)
            .cast_embed(Self::settings, Settings::changeset)
            .cast_embed(Self::lines, Line::changeset)
            .cast_embed(Self::marks, Mark::changeset)
            .validate_length(Self::tags, ..=4)
    }
}

impl Person {
    pub fn changeset(person: Changeset<Self>, params: &Params) -> Changeset<Self> {
        act(person.cast(params, Self::name).validate_required(Self::name), params)
    }
}

impl Kinds {
    pub fn changeset(kinds: Changeset<Self>, params: &Params) -> Changeset<Self> {
        let kinds = kinds
            .cast(params, (Self::flag, Self::small, Self::whole, Self::big, Self::real, Self::double, Self::bytes))
            .cast(
                params,
                (Self::json, Self::uuid, Self::decimal, Self::labels, Self::numbers, Self::state, Self::shown),
            )
            .cast(params, (Self::date, Self::clock, Self::naive, Self::moment))
            .cast(params, (Self::day, Self::hour, Self::plain, Self::instant))
            .validate_number(Self::small, assoc::Number::LessThan(1000))
            .validate_subset(Self::numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        act(kinds, params)
    }
}

impl Item {
    pub fn changeset(item: Changeset<Self>, params: &Params) -> Changeset<Self> {
        let item = item
            .cast(params, (Self::name, Self::slug, Self::rating, Self::root_id))
            .validate_required(Self::name)
            .unique_constraint(Self::slug)
            .cast_assoc(Self::items, Self::changeset)
            .cast_assoc(Self::loose, Loose::changeset);
        act(item, params)
    }
}

impl Parcel {
    pub fn changeset(parcel: Changeset<Self>, params: &Params) -> Changeset<Self> {
        act(parcel.cast(params, (Self::root_id, Self::number, Self::weight)), params)
    }
}

impl Tag {
    pub fn changeset(tag: Changeset<Self>, params: &Params) -> Changeset<Self> {
        act(tag.cast(params, Self::name).validate_required(Self::name), params)
    }
}

impl Settings {
    pub fn changeset(settings: Changeset<Self>, params: &Params) -> Changeset<Self> {
        settings.cast(params, (Self::theme, Self::size))
    }
}

impl Line {
    pub fn changeset(line: Changeset<Self>, params: &Params) -> Changeset<Self> {
        let line = line.cast(params, (Self::text, Self::at)).validate_required(Self::text);
        act(line.cast_embed(Self::marks, Mark::changeset), params)
    }
}

impl Chain {
    pub fn changeset(chain: Changeset<Self>, params: &Params) -> Changeset<Self> {
        chain.cast(params, Self::text).cast_assoc(Self::mark, Self::changeset)
    }
}

impl Mark {
    pub fn changeset(mark: Changeset<Self>, params: &Params) -> Changeset<Self> {
        mark.cast(params, Self::text).cast_embed(Self::marks, Mark::changeset)
    }
}

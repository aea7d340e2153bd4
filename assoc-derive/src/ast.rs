//! The schema as the user wrote it. It borrows syn's tokens, so that any later stage can blame them.

use proc_macro2::Ident;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Path, ext::IdentExt, parse_quote};

use crate::{
    association::Association,
    attr::Args,
    column::{Column, Timestamp},
    ctxt::Ctxt,
    home::Home,
    keys::{self, Place},
    kind::Kind,
    member::{Embed, Member},
};

/// A struct that derives `Schema`.
pub struct Schema<'a> {
    /// The struct.
    pub input: &'a DeriveInput,
    /// Where the facade is.
    pub facade: &'a Path,
    /// Where its rows are.
    pub home: Home,
    /// The fields that the row itself holds; those without a column last, as in the metadata.
    pub fields: Vec<Member<'a>>,
    /// The associations, embeds among them.
    pub associations: Vec<Association<'a>>,
}

impl<'a> Schema<'a> {
    /// Reads the struct; `None` if it has no shape that can be a schema.
    pub fn parse(cx: &Ctxt, input: &'a DeriveInput, facade: &'a Path) -> Option<Self> {
        let fields = named_fields(cx, input)?;
        let home = Home::parse(cx, input);
        let mut schema = Self { input, facade, home, fields: Vec::new(), associations: Vec::new() };
        for (field, ident) in fields {
            schema.read(cx, field, ident);
        }
        schema.fields.sort_by_key(|field| field.column_name().is_none());
        schema.timestamps(cx);
        Some(schema)
    }

    fn read(&mut self, cx: &Ctxt, field: &'a Field, ident: &'a Ident) {
        let Some(kind) = Kind::of(cx, field) else {
            return self.fields.push(Member::Column(Column::parse(cx, field, ident)));
        };
        let association = Association::parse(cx, &self.input.ident, field, ident, kind);
        self.fields.extend(Embed::of(&association).map(Member::Embed));
        self.associations.push(association);
    }

    /// `#[timestamps]` may stand on any field; it marks two fields by their names.
    fn timestamps(&mut self, cx: &Ctxt) {
        let input = self.input;
        let mut attrs = input_fields(input).flat_map(|field| named(&field.attrs, "timestamps"));
        let Some(attr) = attrs.next() else { return };
        for again in attrs {
            cx.error(again, "`#[timestamps]` is given twice; one of them marks both fields");
        }
        let mut args = Args::parse(cx, Place::Timestamps, [attr]);
        let mut found = false;
        for (key, timestamp) in [(keys::INSERTED_AT, Timestamp::Inserted), (keys::UPDATED_AT, Timestamp::Updated)] {
            let given = args.take(key).map(|entry| entry.value::<Ident>(cx, key));
            let name = given.iter().flatten().next().map_or(key.name.to_owned(), |ident| ident.unraw().to_string());
            let mut columns = self.fields.iter_mut().filter_map(Member::as_column_mut);
            match (columns.find(|column| column.name == name), given) {
                (Some(column), _) => column.timestamp = Some(timestamp),
                (None, Some(Some(ident))) => {
                    cx.error(&ident, format!("no field `{name}` in `{}` for `{}`", input.ident, key.name));
                }
                (None, Some(None)) => {}
                (None, None) => continue,
            }
            found = true;
        }
        if !found {
            cx.error(
                attr,
                "no field `inserted_at` or `updated_at`; add one, or name others: `#[timestamps(inserted_at = created_at)]`",
            );
        }
    }

    /// The name of the struct.
    pub fn name(&self) -> String {
        self.input.ident.unraw().to_string()
    }

    /// The fields that are values, with their indices.
    pub fn columns(&self) -> impl Iterator<Item = (usize, &Column<'a>)> {
        self.fields.iter().enumerate().filter_map(|(index, field)| Some((index, field.as_column()?)))
    }

    /// The field of that name, with its index.
    pub fn field(&self, ident: &Ident) -> Option<(usize, &Member<'a>)> {
        self.fields.iter().enumerate().find(|(_, field)| field.ident().unraw() == ident.unraw())
    }

    /// The key fields with their indices: those that are marked, else `id`. Empty if there are none.
    pub fn primary_key(&self) -> Vec<(usize, &Column<'a>)> {
        let marked: Vec<_> = self.columns().filter(|(_, column)| column.is_primary_key).collect();
        if !marked.is_empty() {
            return marked;
        }
        self.columns().filter(|(_, column)| column.name == "id").collect()
    }

    /// Whether the client makes this key by itself: a UUID that is the whole primary key and not taken from a parent.
    pub fn makes_own_key(&self, column: &Column<'_>) -> bool {
        let alone = matches!(self.primary_key()[..], [(_, key)] if key.ident == column.ident);
        let from_parent = self.associations.iter().any(|association| association.takes_from_parent(column.ident));
        alone && !from_parent && column.is_uuid() && column.database_default.is_none() && column.default.is_none()
    }
}

/// The attributes of that name.
pub fn named<'a>(attrs: &'a [Attribute], name: &'static str) -> impl Iterator<Item = &'a Attribute> {
    attrs.iter().filter(move |attr| attr.path().is_ident(name))
}

/// Where the facade is: `crate = path`, else `::assoc`. Known even when all else fails.
pub fn facade(cx: &Ctxt, input: &DeriveInput, place: Place) -> Path {
    let silent = Ctxt::default();
    let attribute = if place == Place::Select { "select" } else { "schema" };
    let given = Args::parse(&silent, place, named(&input.attrs, attribute)).take(keys::CRATE);
    given.and_then(|entry| entry.value(cx, keys::CRATE)).unwrap_or_else(|| parse_quote!(::assoc))
}

fn input_fields(input: &DeriveInput) -> impl Iterator<Item = &Field> {
    let fields = match &input.data {
        Data::Struct(data) => Some(&data.fields),
        _ => None,
    };
    fields.into_iter().flatten()
}

/// A schema is a struct with named fields and no parameters.
fn named_fields<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<Vec<(&'a Field, &'a Ident)>> {
    const REMEDY: &str = "write a struct with named fields, as in `struct Post { id: i64 }`";
    match &input.data {
        Data::Enum(data) => {
            cx.error(data.enum_token, format!("an enum cannot be a schema; {REMEDY}, or derive `Enum` for a column"));
            None
        }
        Data::Union(data) => {
            cx.error(data.union_token, format!("a union cannot be a schema; {REMEDY}"));
            None
        }
        Data::Struct(data) if !matches!(data.fields, Fields::Named(_)) => {
            cx.error(&input.ident, format!("`{}` has no named fields that could be columns; {REMEDY}", input.ident));
            None
        }
        Data::Struct(_) if !input.generics.params.is_empty() => {
            cx.error(&input.generics, "a schema cannot be generic: it stands for one table; remove the parameters");
            None
        }
        Data::Struct(data) => {
            Some(data.fields.iter().filter_map(|field| Some((field, field.ident.as_ref()?))).collect())
        }
    }
}

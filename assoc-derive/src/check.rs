//! What can be wrong although every attribute reads well: fields that do not fit together.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Path, ext::IdentExt};

use crate::{
    association::Association,
    ast::Schema,
    ctxt::Ctxt,
    given::Given,
    join::Join,
    keys::{DEFAULTS, FOREIGN_KEY, JOIN_DEFAULTS, Key, OWNER_KEY},
    member::Member,
    naming::nearest,
    relation::{Keys, Relation},
};

/// Composite keys are tuples, and the core knows them up to this length.
const MOST_KEYS: usize = 4;

/// Reports what does not fit together, and drops the relations that it makes meaningless.
pub fn check<'a>(cx: &Ctxt, mut schema: Schema<'a>) -> Schema<'a> {
    primary_key(cx, &schema);
    columns(cx, &schema);
    version(cx, &schema);
    embedded(cx, &schema);
    let sound: Vec<bool> = schema.associations.iter().map(|association| relation(cx, &schema, association)).collect();
    for (association, sound) in schema.associations.iter_mut().zip(sound) {
        association.relation.take_if(|_| !sound);
    }
    schema
}

/// Rows without a key could be neither updated nor told apart; embedded rows are replaced as a whole.
fn primary_key(cx: &Ctxt, schema: &Schema<'_>) {
    let name = &schema.input.ident;
    match schema.primary_key().len() {
        0 if schema.home.is_embedded() => {}
        0 => cx.error(
            name,
            format!("`{name}` has no primary key; add a field `id`, or mark a field with `#[schema(primary_key)]`"),
        ),
        count if count > MOST_KEYS => {
            cx.error(name, format!("a primary key has at most {MOST_KEYS} fields, not {count}"));
        }
        _ => {}
    }
}

/// Two fields of one column would overwrite each other.
fn columns(cx: &Ctxt, schema: &Schema<'_>) {
    let named: Vec<_> = schema.fields.iter().filter_map(|field| Some((field.ident(), field.column_name()?))).collect();
    for (index, (ident, column)) in named.iter().enumerate() {
        if named[..index].iter().any(|(_, other)| other == column) {
            cx.error(ident, format!("the column `{column}` already belongs to another field"));
        }
    }
}

/// A save compares one version, and finds the row by a key that stays.
fn version(cx: &Ctxt, schema: &Schema<'_>) {
    let key = schema.primary_key();
    let versions: Vec<_> = schema.columns().filter(|(_, column)| column.version.is_some()).collect();
    for (index, (field, column)) in versions.iter().enumerate() {
        if key.iter().any(|(key, _)| key == field) {
            cx.error(column.ident, "a primary key stays as it is; put `version` on a field of its own");
        }
        if let Some((_, first)) = versions[..index].first() {
            cx.error(column.ident, format!("the version is already in `{}`; keep one of them", first.name));
        }
    }
}

/// The fields of an embedded schema are no columns that a database knows.
fn embedded(cx: &Ctxt, schema: &Schema<'_>) {
    for (_, column) in schema.columns().filter(|_| schema.home.is_embedded()) {
        if column.version.is_some() {
            cx.error(column.ident, "an embedded row has no version; put `version` on the schema that embeds it");
        }
        if column.database_default.is_some() {
            cx.error(column.ident, "the database knows no defaults of embedded rows; write `default = …`");
        }
    }
}

/// Whether the association has a relation that makes sense.
fn relation(cx: &Ctxt, schema: &Schema<'_>, association: &Association<'_>) -> bool {
    match &association.relation {
        None => false,
        Some(Relation::Embed { .. }) => true,
        Some(_) if schema.home.is_embedded() => {
            cx.error(
                Ident::new(association.kind.attribute(), association.origin),
                "an embedded schema holds columns and embeds only; put this association on the schema that embeds it, or remove `#[schema(embedded)]`",
            );
            false
        }
        Some(Relation::Parent { foreign_key, references }) => parent(cx, schema, foreign_key, references.as_deref()),
        Some(Relation::Child { foreign_key, references }) => {
            leaves_key(cx, &association.options.defaults, foreign_key, DEFAULTS);
            child(cx, schema, foreign_key, references.as_deref())
        }
        Some(Relation::Join(join_table)) => join(cx, schema, join_table),
        Some(Relation::Through(steps)) => through(cx, schema, association, steps),
    }
}

/// The foreign key is on this struct, so a missing one can be blamed with the remedy at hand.
fn parent(cx: &Ctxt, schema: &Schema<'_>, foreign_key: &Keys, references: Option<&[Ident]>) -> bool {
    let remedy =
        |key: &Ident| format!("add `pub {key}: Option<i64>`, or name another with `#[belongs_to(foreign_key = …)]`");
    let exist = all(foreign_key.idents(), |key| is_column(cx, schema, key, &remedy(key)));
    let same_length = references.is_none_or(|fields| lengths(cx, foreign_key, FOREIGN_KEY, &names(fields)));
    exist && same_length
}

/// The foreign key is on the other struct; what it refers to is on this one.
fn child(cx: &Ctxt, schema: &Schema<'_>, foreign_key: &Keys, references: Option<&[Ident]>) -> bool {
    match references {
        Some(fields) => {
            let exist = all(fields, |field| is_column(cx, schema, field, "`references` names fields of this struct"));
            lengths(cx, foreign_key, FOREIGN_KEY, &names(fields)) && exist
        }
        None => to_primary_key(cx, schema, foreign_key, FOREIGN_KEY),
    }
}

/// Both ends put their keys into one table, so the columns must differ.
fn join(cx: &Ctxt, schema: &Schema<'_>, Join { owner_key, related_key, defaults, .. }: &Join) -> bool {
    leaves_key(cx, defaults, owner_key, JOIN_DEFAULTS);
    leaves_key(cx, defaults, related_key, JOIN_DEFAULTS);
    let shared = related_key.idents().iter().find(|key| owner_key.idents().contains(key));
    if let Some(key) = shared {
        cx.error(
            key,
            format!(
                "both ends of the join table would use the column `{key}`; name them: `owner_key = …, related_key = …`"
            ),
        );
    }
    to_primary_key(cx, schema, owner_key, OWNER_KEY) && shared.is_none()
}

/// The first step starts here. The derive knows its target, but not where the second step leads.
fn through(cx: &Ctxt, schema: &Schema<'_>, association: &Association<'_>, steps: &[Path]) -> bool {
    let [first, _, further @ ..] = steps else {
        cx.error(steps.first(), "a `through` path has two steps or more, as in `through(comments, author)`");
        return false;
    };
    let known = first_step(cx, schema, association, first);
    let named = all(further, |step| {
        let bare = step.get_ident();
        if let Some(step) = bare {
            cx.error(step, format!("from the third step on, name the schema too: `through(…, Comment::{step})`"));
        }
        bare.is_none()
    });
    known && named
}

fn first_step(cx: &Ctxt, schema: &Schema<'_>, association: &Association<'_>, step: &Path) -> bool {
    let others = || schema.associations.iter().filter(|other| other.ident != association.ident);
    match step.get_ident().and_then(|step| others().find(|other| other.ident == step)) {
        Some(embed) if embed.kind.is_embed() => {
            cx.error(step, format!("`{}` is an embed; a `through` path goes from table to table", embed.name));
            false
        }
        Some(_) => true,
        None => {
            let name = step.to_token_stream().to_string();
            let near = nearest(&name, others().map(|other| &*other.name));
            let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            cx.error(step, format!("`{}` has no other association `{name}`{hint}", schema.input.ident));
            false
        }
    }
}

/// A key is taken from the row that it refers to, so a value beside it would be one too many.
fn leaves_key(cx: &Ctxt, defaults: &[Given], key: &Keys, option: Key) {
    for Given { field, .. } in defaults.iter().filter(|default| key.idents().contains(&default.field)) {
        cx.error(
            field,
            format!("`{field}` holds the key of the row that it refers to; remove it from `{}`", option.name),
        );
    }
}

/// Whether this struct has a column for the key.
fn is_column(cx: &Ctxt, schema: &Schema<'_>, key: &Ident, remedy: &str) -> bool {
    let owner = &schema.input.ident;
    let complaint = match schema.field(key).map(|(_, field)| field) {
        Some(Member::Column(column)) if !column.is_virtual => return true,
        Some(Member::Column(_)) => format!("the field `{key}` is virtual and cannot be a key; name another one"),
        Some(Member::Embed(_)) => {
            format!("the field `{key}` holds embedded rows and cannot be a key; name another one")
        }
        None => format!("no field `{key}` in `{owner}`; {remedy}"),
    };
    cx.error(key, complaint);
    false
}

/// Whether the key has as many columns as the primary key. A missing primary key is reported elsewhere.
fn to_primary_key(cx: &Ctxt, schema: &Schema<'_>, given: &Keys, key: Key) -> bool {
    let fields: Vec<String> = schema.primary_key().iter().map(|(_, column)| column.name.clone()).collect();
    !fields.is_empty() && lengths(cx, given, key, &fields)
}

/// Whether a key has as many columns as the fields that it refers to.
fn lengths(cx: &Ctxt, given: &Keys, key: Key, fields: &[String]) -> bool {
    let (count, expected) = (given.idents().len(), fields.len());
    if count == expected {
        return true;
    }
    let list = fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
    let message = match given {
        Keys::Conventional(_) => {
            format!("the key has {expected} fields ({list}); name the column for each, as in `{}(a, b)`", key.name)
        }
        Keys::Given(_) => {
            format!("{count} named, but the key has {expected} fields ({list}); name one column for each")
        }
    };
    cx.error(given.idents().last(), message);
    false
}

fn names(fields: &[Ident]) -> Vec<String> {
    fields.iter().map(|field| field.unraw().to_string()).collect()
}

/// Like `Iterator::all`, but goes on after a failure, so that all of them are reported.
fn all<T>(items: &[T], mut holds: impl FnMut(&T) -> bool) -> bool {
    items.iter().filter(|item| !holds(item)).count() == 0
}

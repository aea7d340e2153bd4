//! How the two ends of an association find each other, as the user wrote it or by convention.

use std::slice;

use proc_macro2::{Ident, Span};
use syn::{
    LitStr, Path,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use crate::{
    association::{Association, Kind, last_segment},
    attr::{Args, Entry},
    ctxt::Ctxt,
    keys::{self, Key},
    naming::snake_case,
};

/// How rows of the two ends find each other.
pub enum Relation {
    /// The owner holds the key of the related row.
    Parent { foreign_key: Keys, references: Option<Vec<Ident>> },
    /// The related row holds the key of the owner.
    Child { foreign_key: Keys, references: Option<Vec<Ident>> },
    /// A row of a join table holds both keys.
    Join { table: JoinTable, owner_key: Keys, related_key: Keys },
    /// By way of other associations.
    Through(Vec<Path>),
}

/// Fields that are a key together.
pub enum Keys {
    /// Named by the user.
    Given(Vec<Ident>),
    /// Named by convention; it has the span of the attribute.
    Conventional(Ident),
}

impl Keys {
    /// The fields.
    pub fn idents(&self) -> &[Ident] {
        match self {
            Self::Given(idents) => idents,
            Self::Conventional(ident) => slice::from_ref(ident),
        }
    }
}

/// `join_through = …`
pub enum JoinTable {
    /// A table by its name.
    Name(LitStr),
    /// A schema.
    Schema(Path),
}

impl Parse for JoinTable {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) { input.parse().map(Self::Name) } else { input.parse().map(Self::Schema) }
    }
}

/// Reads the keys of an association; `None` after a mistake.
pub fn parse(cx: &Ctxt, owner: &Ident, association: &Association<'_>, args: &mut Args) -> Option<Relation> {
    let span = association.origin;
    let by_owner = || key_of(&owner.unraw().to_string(), span);
    match association.kind {
        Kind::BelongsTo => Some(Relation::Parent {
            foreign_key: keys(cx, args, keys::FOREIGN_KEY, || key_of(&association.name, span))?,
            references: references(cx, args)?,
        }),
        Kind::HasOne | Kind::HasMany => match args.take(keys::THROUGH) {
            Some(entry) => through(cx, entry, args),
            None => Some(Relation::Child {
                foreign_key: keys(cx, args, keys::FOREIGN_KEY, by_owner)?,
                references: references(cx, args)?,
            }),
        },
        Kind::ManyToMany => {
            let related = last_segment(association.target).map(|segment| segment.ident.unraw().to_string());
            let by_related = || key_of(related.as_deref().unwrap_or("related"), span);
            let owner_key = keys(cx, args, keys::OWNER_KEY, by_owner);
            let related_key = keys(cx, args, keys::RELATED_KEY, by_related);
            Some(Relation::Join {
                table: join_table(cx, args, span)?,
                owner_key: owner_key?,
                related_key: related_key?,
            })
        }
    }
}

/// The name of a foreign key by convention: `Post` → `post_id`, `author` → `author_id`.
fn key_of(name: &str, span: Span) -> Ident {
    Ident::new(&format!("{}_id", snake_case(name)), span)
}

fn keys(cx: &Ctxt, args: &mut Args, key: Key, conventional: impl FnOnce() -> Ident) -> Option<Keys> {
    match args.take(key) {
        Some(entry) => entry.list(cx, key).map(Keys::Given),
        None => Some(Keys::Conventional(conventional())),
    }
}

/// `Some(None)` is the primary key of the schema that is referred to.
fn references(cx: &Ctxt, args: &mut Args) -> Option<Option<Vec<Ident>>> {
    match args.take(keys::REFERENCES) {
        Some(entry) => entry.list(cx, keys::REFERENCES).map(Some),
        None => Some(None),
    }
}

fn through(cx: &Ctxt, entry: Entry, args: &mut Args) -> Option<Relation> {
    for other in args.drain() {
        cx.error(
            &other.key,
            format!("`through` takes everything from the associations on its path; remove `{}`", other.key),
        );
    }
    entry.list(cx, keys::THROUGH).map(Relation::Through)
}

fn join_table(cx: &Ctxt, args: &mut Args, span: Span) -> Option<JoinTable> {
    match args.take(keys::JOIN_THROUGH) {
        Some(entry) => entry.value(cx, keys::JOIN_THROUGH),
        None => {
            let attribute = Ident::new("many_to_many", span);
            cx.error(
                attribute,
                "`#[many_to_many]` needs its join table: `join_through = \"posts_tags\"`, or a schema: `join_through = PostTag`",
            );
            None
        }
    }
}

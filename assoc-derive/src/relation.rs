//! How the two ends of an association find each other, as the user wrote it or by convention.

use std::slice;

use proc_macro2::{Ident, Span};
use syn::{LitStr, Path, ext::IdentExt};

use crate::{
    association::Association,
    attr::{Args, Entry},
    ctxt::Ctxt,
    join::Join,
    keys::{self, Key},
    kind::Kind,
    naming::snake_case,
};

/// How rows of the two ends find each other.
pub enum Relation {
    /// The owner holds the key of the related row.
    Parent { foreign_key: Keys, references: Option<Vec<Ident>> },
    /// The related row holds the key of the owner.
    Child { foreign_key: Keys, references: Option<Vec<Ident>> },
    /// A row of a join table holds both keys.
    Join(Join),
    /// By way of other associations.
    Through(Vec<Path>),
    /// The rows are a value of the owner, in a column of that name.
    Embed { column: String },
}

/// Fields that are a key together.
pub enum Keys {
    /// Named by the user.
    Given(Vec<Ident>),
    /// Named by convention; it has the span of the attribute.
    Conventional(Ident),
}

impl Keys {
    /// Reads a key; by convention, it is named after `referred`: `Post` → `post_id`, `author` → `author_id`.
    pub fn parse(cx: &Ctxt, args: &mut Args, key: Key, referred: &str, span: Span) -> Option<Self> {
        match args.take(key) {
            Some(entry) => entry.list(cx, key).map(Self::Given),
            None => Some(Self::Conventional(Ident::new(&format!("{}_id", snake_case(referred)), span))),
        }
    }

    /// The fields.
    pub fn idents(&self) -> &[Ident] {
        match self {
            Self::Given(idents) => idents,
            Self::Conventional(ident) => slice::from_ref(ident),
        }
    }
}

/// Reads the keys of an association; `None` after a mistake.
pub fn parse(cx: &Ctxt, owner: &Ident, association: &Association<'_>, args: &mut Args) -> Option<Relation> {
    let span = association.origin;
    let owner = owner.unraw().to_string();
    match association.kind {
        Kind::BelongsTo => Some(Relation::Parent {
            foreign_key: Keys::parse(cx, args, keys::FOREIGN_KEY, &association.name, span)?,
            references: references(cx, args)?,
        }),
        Kind::HasOne | Kind::HasMany => match args.take(keys::THROUGH) {
            Some(entry) => through(cx, entry, args),
            None => Some(Relation::Child {
                foreign_key: Keys::parse(cx, args, keys::FOREIGN_KEY, &owner, span)?,
                references: references(cx, args)?,
            }),
        },
        Kind::ManyToMany => Join::parse(cx, &owner, association, args).map(Relation::Join),
        Kind::EmbedsOne | Kind::EmbedsMany => {
            let column = args.take(keys::COLUMN).and_then(|entry| entry.value::<LitStr>(cx, keys::COLUMN));
            Some(Relation::Embed { column: column.map_or_else(|| association.name.clone(), |text| text.value()) })
        }
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

//! The kinds of associations.

use syn::{Attribute, Field};

use crate::{container::generic, ctxt::Ctxt, keys::Place};

/// The kinds of associations; each has the name of its variant in the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `#[belongs_to]`
    BelongsTo,
    /// `#[has_one]`
    HasOne,
    /// `#[has_many]`
    HasMany,
    /// `#[many_to_many]`
    ManyToMany,
    /// `#[embeds_one]`
    EmbedsOne,
    /// `#[embeds_many]`
    EmbedsMany,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::BelongsTo, Self::HasOne, Self::HasMany, Self::ManyToMany, Self::EmbedsOne, Self::EmbedsMany];

    /// The name of the attribute.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::BelongsTo => "belongs_to",
            Self::HasOne => "has_one",
            Self::HasMany => "has_many",
            Self::ManyToMany => "many_to_many",
            Self::EmbedsOne => "embeds_one",
            Self::EmbedsMany => "embeds_many",
        }
    }

    /// The name of the field's type.
    pub fn container(self) -> &'static str {
        match self {
            Self::BelongsTo => "BelongsTo",
            Self::HasOne => "HasOne",
            Self::HasMany => "HasMany",
            Self::ManyToMany => "ManyToMany",
            Self::EmbedsOne => "Option",
            Self::EmbedsMany => "Vec",
        }
    }

    /// Where its keys stand.
    pub fn place(self) -> Place {
        match self {
            Self::BelongsTo => Place::BelongsTo,
            Self::HasOne => Place::HasOne,
            Self::HasMany => Place::HasMany,
            Self::ManyToMany => Place::ManyToMany,
            Self::EmbedsOne => Place::EmbedsOne,
            Self::EmbedsMany => Place::EmbedsMany,
        }
    }

    /// Whether its rows are a value of the owner.
    pub fn is_embed(self) -> bool {
        matches!(self, Self::EmbedsOne | Self::EmbedsMany)
    }

    /// The kind of a field; `None` if it is a column. A container without its attribute is a mistake, but an `Option`
    /// or a `Vec` can be a column as well.
    pub fn of(cx: &Ctxt, field: &Field) -> Option<Self> {
        let of_attr = |attr: &Attribute| Self::ALL.into_iter().find(|kind| attr.path().is_ident(kind.attribute()));
        let mut found = field.attrs.iter().filter_map(|attr| Some((attr, of_attr(attr)?)));
        if let Some((_, kind)) = found.next() {
            for (attr, _) in found {
                cx.error(attr, "a field holds one association; give the other one a field of its own");
            }
            return Some(kind);
        }
        let (container, _) = generic(&field.ty)?;
        let kind = Self::ALL.into_iter().find(|kind| !kind.is_embed() && container == kind.container())?;
        cx.error(
            &field.ty,
            format!("a `{container}` field needs the attribute that says how; add `#[{}]`", kind.attribute()),
        );
        Some(kind)
    }
}

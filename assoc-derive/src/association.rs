//! An association as the user wrote it.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Attribute, Field, GenericArgument, PathArguments, PathSegment, Type, ext::IdentExt, spanned::Spanned};

use crate::{
    ast::named,
    attr::Args,
    ctxt::Ctxt,
    keys::Place,
    on_replace::OnReplace,
    relation::{self, Relation},
};

/// A field that holds an association.
pub struct Association<'a> {
    /// The field.
    pub field: &'a Field,
    /// Its identifier.
    pub ident: &'a Ident,
    /// Its name without `r#`.
    pub name: String,
    /// The kind.
    pub kind: Kind,
    /// The attribute that made it one; blamed for what it implies.
    pub origin: Span,
    /// The schema at the other end.
    pub target: &'a Type,
    /// How the two ends find each other; `None` after a mistake that was reported.
    pub relation: Option<Relation>,
    /// What happens to rows that are taken out.
    pub on_replace: OnReplace,
}

/// The kinds of associations.
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
}

impl Kind {
    const ALL: [Self; 4] = [Self::BelongsTo, Self::HasOne, Self::HasMany, Self::ManyToMany];

    /// The name of the attribute.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::BelongsTo => "belongs_to",
            Self::HasOne => "has_one",
            Self::HasMany => "has_many",
            Self::ManyToMany => "many_to_many",
        }
    }

    /// The name of the field's type, and of the variant in the metadata.
    pub fn container(self) -> &'static str {
        match self {
            Self::BelongsTo => "BelongsTo",
            Self::HasOne => "HasOne",
            Self::HasMany => "HasMany",
            Self::ManyToMany => "ManyToMany",
        }
    }

    fn place(self) -> Place {
        match self {
            Self::BelongsTo => Place::BelongsTo,
            Self::HasOne => Place::HasOne,
            Self::HasMany => Place::HasMany,
            Self::ManyToMany => Place::ManyToMany,
        }
    }

    /// The kind of a field; `None` if it is a column. A container without its attribute is a mistake.
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
        let kind = Self::ALL.into_iter().find(|kind| container == kind.container())?;
        cx.error(
            &field.ty,
            format!("a `{container}` field needs the attribute that says how; add `#[{}]`", kind.attribute()),
        );
        Some(kind)
    }
}

impl<'a> Association<'a> {
    /// Reads a field of that kind; `owner` is the name of the struct.
    pub fn parse(cx: &Ctxt, owner: &Ident, field: &'a Field, ident: &'a Ident, kind: Kind) -> Self {
        let attr = named(&field.attrs, kind.attribute()).next();
        let origin = attr.map_or_else(|| ident.span(), |attr| attr.path().span());
        reject_other_attributes(cx, field, kind);
        let mut association = Self {
            field,
            ident,
            name: ident.unraw().to_string(),
            kind,
            origin,
            target: target(cx, &field.ty, kind, attr),
            relation: None,
            on_replace: OnReplace::raise(origin),
        };
        let mut args = Args::parse(cx, kind.place(), attr);
        if attr.is_some() {
            association.relation = relation::parse(cx, owner, &association, &mut args);
            association.on_replace = OnReplace::parse(cx, kind, &mut args, origin);
        }
        association
    }

    /// Whether that field is a foreign key of a `belongs_to`.
    pub fn takes_from_parent(&self, field: &Ident) -> bool {
        matches!(&self.relation, Some(Relation::Parent { foreign_key, .. }) if foreign_key.idents().contains(field))
    }
}

fn reject_other_attributes(cx: &Ctxt, field: &Field, kind: Kind) {
    for attr in named(&field.attrs, "schema").chain(named(&field.attrs, "timestamps")) {
        cx.error(
            attr,
            format!("this attribute describes columns; an association takes its keys in `#[{}(…)]`", kind.attribute()),
        );
    }
}

/// The schema inside of the container. If it is another container, the best guess at what was meant.
fn target<'a>(cx: &Ctxt, ty: &'a Type, kind: Kind, attr: Option<&Attribute>) -> &'a Type {
    let mut target = ty;
    if let Some((container, inner)) = generic(ty) {
        target = inner;
        if container == kind.container() {
            return target;
        }
    }
    while let Some((_, inner)) = generic(target) {
        target = inner;
    }
    if attr.is_some() {
        let (attribute, container) = (kind.attribute(), kind.container());
        let target = target.to_token_stream();
        cx.error(ty, format!("a field with `#[{attribute}]` is a `{container}<…>`; write `{container}<{target}>`"));
    }
    target
}

/// `Name` and `T` of a type `path::Name<T>`.
fn generic(ty: &Type) -> Option<(&Ident, &Type)> {
    let segment = last_segment(ty)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some((&segment.ident, inner)),
        _ => None,
    }
}

/// `Name<T>` of a type `path::Name<T>`. A type that came through a macro is in an invisible group.
pub fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

//! An association as the user wrote it.

use proc_macro2::{Ident, Span};
use syn::{Field, Type, ext::IdentExt, spanned::Spanned};

use crate::{
    ast::named,
    attr::Args,
    container,
    ctxt::Ctxt,
    kind::Kind,
    options::Options,
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
    /// All else that was said about it.
    pub options: Options,
}

impl<'a> Association<'a> {
    /// Reads a field of that kind; `owner` is the name of the struct.
    pub fn parse(cx: &Ctxt, owner: &Ident, field: &'a Field, ident: &'a Ident, kind: Kind) -> Self {
        let attr = named(&field.attrs, kind.attribute()).next();
        reject_other_attributes(cx, field, kind);
        let mut association = Self {
            field,
            ident,
            name: ident.unraw().to_string(),
            kind,
            origin: attr.map_or_else(|| ident.span(), |attr| attr.path().span()),
            target: container::target(cx, &field.ty, kind, attr),
            relation: None,
            options: Options::default(),
        };
        let mut args = Args::parse(cx, kind.place(), attr);
        if attr.is_some() {
            association.relation = relation::parse(cx, owner, &association, &mut args);
            association.options = Options::parse(cx, kind, &mut args);
        }
        association
    }

    /// Whether that field is a foreign key of a `belongs_to`.
    pub fn takes_from_parent(&self, field: &Ident) -> bool {
        matches!(&self.relation, Some(Relation::Parent { foreign_key, .. }) if foreign_key.idents().contains(field))
    }
}

fn reject_other_attributes(cx: &Ctxt, field: &Field, kind: Kind) {
    let what = if kind.is_embed() { "an embed" } else { "an association" };
    for attr in named(&field.attrs, "schema").chain(named(&field.attrs, "timestamps")) {
        cx.error(
            attr,
            format!("this attribute describes columns; {what} takes its keys in `#[{}(…)]`", kind.attribute()),
        );
    }
}

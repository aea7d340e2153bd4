//! What an association does beside connecting two schemas.

use proc_macro2::Span;

use crate::{
    attr::Args,
    choice::{self, Chosen, OnDelete, OnReplace},
    ctxt::Ctxt,
    given::{Given, Ordered},
    keys,
    kind::Kind,
};

/// The options that the user gave.
#[derive(Default)]
pub struct Options {
    /// What happens to rows that are taken out.
    pub on_replace: Option<Chosen<OnReplace>>,
    /// What happens to the rows of a deleted owner.
    pub on_delete: Option<Chosen<OnDelete>>,
    /// Values of every row that is built.
    pub defaults: Vec<Given>,
    /// Values of the rows that belong to it.
    pub filter: Vec<Given>,
    /// The order of the rows.
    pub order: Vec<Ordered>,
}

impl Options {
    /// Reads the options; the table of keys has left those only that the kind can have.
    pub fn parse(cx: &Ctxt, kind: Kind, args: &mut Args) -> Self {
        Self {
            on_replace: choice::ON_REPLACE.parse(cx, kind, args),
            on_delete: choice::ON_DELETE.parse(cx, kind, args),
            defaults: Given::parse_all(cx, args, keys::DEFAULTS),
            filter: Given::parse_all(cx, args, keys::FILTER),
            order: args.take(keys::ORDER_BY).and_then(|entry| entry.list(cx, keys::ORDER_BY)).unwrap_or_default(),
        }
    }

    /// The option that sets foreign keys to NULL. If both do, the first: one foreign key is blamed once.
    pub fn nilifies(&self) -> Option<Span> {
        let on_replace = self.on_replace.as_ref().filter(|chosen| chosen.option == OnReplace::Nilify);
        let on_delete = self.on_delete.as_ref().filter(|chosen| chosen.option == OnDelete::NilifyAll);
        on_replace.map(|chosen| chosen.span).or_else(|| on_delete.map(|chosen| chosen.span))
    }
}

//! The options of an association, as fields of its metadata.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    given::{self, default, ordered},
    variant,
};
use crate::{association::Association, options::Options};

/// Those that were given; none after a mistake in the relation, which they could be about.
pub fn expand(association: &Association<'_>) -> Vec<TokenStream> {
    if association.relation.is_none() {
        return Vec::new();
    }
    let target = association.target;
    let Options { on_replace, on_delete, defaults, filter, order } = &association.options;
    let on_replace = on_replace.as_ref().map(|chosen| variant("OnReplace", chosen.option));
    let on_delete = on_delete.as_ref().map(|chosen| variant("OnDelete", chosen.option));
    [
        on_replace.map(|option| quote!(on_replace: #option)),
        on_delete.map(|option| quote!(on_delete: #option)),
        list("defaults", defaults, |value| default(target, value)),
        list("filter", filter, |value| given::filter(target, value)),
        list("order", order, |field| ordered(target, field)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn list<T>(field: &str, items: &[T], item: impl Fn(&T) -> TokenStream) -> Option<TokenStream> {
    let field = format_ident!("{field}");
    let items: Vec<_> = items.iter().map(item).collect();
    (!items.is_empty()).then(|| quote!(#field: &[#(#items),*]))
}

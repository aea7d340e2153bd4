//! The handle of an association. Its body is where rustc checks keys and paths, at the user's tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Path, spanned::Spanned};

use super::{blame, join, number, options, updated, variant};
use crate::{
    association::Association,
    ast::Schema,
    relation::{Keys, Relation},
};

/// The constant.
pub fn constant(schema: &Schema<'_>, association: &Association<'_>) -> TokenStream {
    let (name, owner_name, owner) = (&association.name, schema.name(), &schema.input.ident);
    let (vis, ident, target) = (&association.field.vis, association.ident, association.target);
    let doc = format!("{} `{name}`.", if association.kind.is_embed() { "Embed" } else { "Association" });
    let through = if matches!(association.relation, Some(Relation::Through(_))) { "Through" } else { "" };
    let handle = format_ident!("{}", format!("{:?}{through}Ref", association.kind));
    let (kind, related) = (variant("Kind", association.kind), blame::related(association));
    let (bindings, relation) = relation(schema, association);
    let plain = quote! {
        __assoc::schema::Association::new(#name, #owner_name, #kind, #related(), const {
            #bindings
            __assoc::schema::Relation::#relation
        })
    };
    let association = updated("Association", &options::expand(association), plain);
    quote! {
        #[doc = #doc]
        #vis const #ident: __assoc::#handle<#owner, #target> = __assoc::AssocRef::new(const { &#association });
    }
}

/// What must be bound first, and the variant of `Relation`.
fn relation(schema: &Schema<'_>, association: &Association<'_>) -> (TokenStream, TokenStream) {
    match &association.relation {
        None => (quote!(), quote!(Through(&[]))),
        Some(Relation::Parent { foreign_key, references }) => {
            let (bindings, keys) = related_keys(association, foreign_key, references.as_deref());
            let pairs = keys.iter().zip(foreign_key.idents()).map(|(key, foreign_key)| {
                let owner = &schema.input.ident;
                pair(association, "parent_key", key, owner, foreign_key)
            });
            (bindings, quote!(Parent(&[#(#pairs),*])))
        }
        Some(Relation::Child { foreign_key, references }) => {
            let keys = owner_keys(schema, foreign_key, references.as_deref());
            let pairs = keys
                .iter()
                .zip(foreign_key.idents())
                .map(|(key, foreign_key)| pair(association, "child_key", key, association.target, foreign_key));
            (quote!(), quote!(Child(&[#(#pairs),*])))
        }
        Some(Relation::Join(join)) => {
            let (bindings, join) = join::expand(schema, association, join);
            (bindings, quote!(Join(&#join)))
        }
        Some(Relation::Through(steps)) => {
            let hops = hops(schema, association, steps);
            (quote!(), quote!(Through(&[#(#hops),*])))
        }
        Some(Relation::Embed { .. }) => {
            let field = schema.field(association.ident).map(|(index, _)| number(index));
            (quote!(), quote!(Embed { field: #field }))
        }
    }
}

/// The owner's fields that a key refers to, each at the token that refers to it.
pub fn owner_keys(schema: &Schema<'_>, key: &Keys, references: Option<&[Ident]>) -> Vec<TokenStream> {
    let owner = &schema.input.ident;
    let primary_key = || schema.primary_key().into_iter().map(|(_, column)| column.ident.clone()).collect();
    let fields: Vec<Ident> = references.map_or_else(primary_key, <[Ident]>::to_vec);
    let at = |(field, key): (&Ident, &Ident)| {
        let mut field = field.clone();
        field.set_span(key.span());
        quote_spanned!(key.span()=> <#owner>::#field)
    };
    fields.iter().zip(key.idents()).map(at).collect()
}

/// The related schema's fields that a key refers to. Its primary key is known to rustc only.
pub fn related_keys(
    association: &Association<'_>,
    key: &Keys,
    references: Option<&[Ident]>,
) -> (TokenStream, Vec<TokenStream>) {
    let target = association.target;
    if let Some(fields) = references {
        return (quote!(), fields.iter().map(|field| quote_spanned!(field.span()=> <#target>::#field)).collect());
    }
    let name = |(index, key): (usize, &Ident)| format_ident!("key_{index}", span = key.span());
    let names: Vec<Ident> = key.idents().iter().enumerate().map(name).collect();
    let span = key.idents().first().map_or(association.origin, Ident::span);
    let bindings = quote_spanned!(span=> let (#(#names,)*) = <#target>::__PRIMARY_KEY;);
    (bindings, names.iter().map(|name| quote!(#name)).collect())
}

/// One `parent_key(…)` or `child_key(…)`; `holder` is the schema that has the foreign key.
fn pair(
    association: &Association<'_>,
    check: &str,
    key: &TokenStream,
    holder: &impl ToTokens,
    foreign_key: &Ident,
) -> TokenStream {
    let span = foreign_key.span();
    let check = Ident::new(check, span);
    let mut column = quote_spanned!(span=> <#holder>::#foreign_key);
    if let Some(nilify) = association.options.nilifies() {
        column = quote_spanned!(nilify=> __assoc::schema::nullable(#column));
    }
    quote_spanned!(span=> __assoc::schema::#check(#key, #column))
}

/// Each step after the first is checked to start where the one before ended, the last to lead to the field's schema.
fn hops(schema: &Schema<'_>, association: &Association<'_>, steps: &[Path]) -> Vec<TokenStream> {
    let target = association.target;
    let steps: Vec<Step> =
        steps.iter().enumerate().map(|(index, path)| Step::new(schema, steps, index, path)).collect();
    let hop = |(index, step): (usize, &Step)| {
        let Step { span, start, handle } = step;
        let Some(before) = index.checked_sub(1).and_then(|before| steps.get(before)) else {
            return quote!(#handle.meta());
        };
        let before = &before.handle;
        let mut handle = handle.clone();
        if index + 1 == steps.len() {
            handle = quote_spanned!(*span=> __assoc::schema::leads_to::<#target, _, _, _>(#handle));
        }
        quote_spanned!(*span=> __assoc::schema::next_hop::<_, _, #start, _, _, _>(#before, #handle))
    };
    steps.iter().enumerate().map(hop).collect()
}

/// A step of a `through` path. `start` is written down so that rustc compares it instead of inferring it.
struct Step {
    span: Span,
    start: TokenStream,
    handle: TokenStream,
}

impl Step {
    /// A bare name is an association of this struct in the first step, of the first step's schema in the second.
    fn new(schema: &Schema<'_>, steps: &[Path], index: usize, path: &Path) -> Self {
        let span = path.span();
        let Some(step) = path.get_ident() else {
            let mut start = path.clone();
            start.segments.pop();
            start.segments.pop_punct();
            return Self { span, start: quote!(#start), handle: quote!(#path) };
        };
        let owner = &schema.input.ident;
        let first = steps.first().and_then(Path::get_ident);
        let start = match schema.associations.iter().find(|association| Some(association.ident) == first) {
            Some(first) if index > 0 => first.target.to_token_stream(),
            _ => owner.to_token_stream(),
        };
        Self { span, handle: quote_spanned!(span=> <#start>::#step), start }
    }
}

//! The handle of an association. Its body is where rustc checks keys and paths, at the user's tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Path, spanned::Spanned};

use crate::{
    association::Association,
    ast::Schema,
    on_replace::Choice,
    relation::{JoinTable, Keys, Relation},
};

/// The constant.
pub fn constant(schema: &Schema<'_>, association: &Association<'_>) -> TokenStream {
    let (name, owner_name, owner) = (&association.name, schema.name(), &schema.input.ident);
    let (vis, ident, target) = (&association.field.vis, association.ident, association.target);
    let doc = format!("Association `{name}`.");
    let kind = format_ident!("{}", association.kind.container());
    let through = if matches!(association.relation, Some(Relation::Through(_))) { "Through" } else { "" };
    let handle = format_ident!("{kind}{through}Ref");
    let on_replace = format_ident!("{}", format!("{:?}", association.on_replace.choice));
    let (bindings, relation) = relation(schema, association);
    quote! {
        #[doc = #doc]
        #vis const #ident: __assoc::#handle<#owner, #target> = __assoc::AssocRef::new(const {
            #bindings
            &__assoc::schema::Association {
                name: #name,
                owner: #owner_name,
                kind: __assoc::schema::Kind::#kind,
                related: || <#target as __assoc::Schema>::META,
                relation: __assoc::schema::Relation::#relation,
                on_replace: __assoc::schema::OnReplace::#on_replace,
            }
        });
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
        Some(Relation::Join { table, owner_key, related_key }) => {
            let owner = owner_keys(schema, owner_key, None);
            let owner = join_keys(table, &owner, owner_key);
            let (bindings, related) = related_keys(association, related_key, None);
            let related = join_keys(table, &related, related_key);
            let table = join_table(table);
            let join = quote! {
                Join(&__assoc::schema::Join {
                    table: __assoc::schema::JoinTable::#table,
                    owner: &[#(#owner),*],
                    related: &[#(#related),*],
                })
            };
            (bindings, join)
        }
        Some(Relation::Through(steps)) => {
            let hops = hops(schema, association, steps);
            (quote!(), quote!(Through(&[#(#hops),*])))
        }
    }
}

/// The owner's fields that a key refers to, each at the token that refers to it.
fn owner_keys(schema: &Schema<'_>, key: &Keys, references: Option<&[Ident]>) -> Vec<TokenStream> {
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
fn related_keys(
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
    if association.on_replace.choice == Choice::Nilify {
        column = quote_spanned!(association.on_replace.span=> __assoc::schema::nullable(#column));
    }
    quote_spanned!(span=> __assoc::schema::#check(#key, #column))
}

/// Columns of a join table: by name nothing can be checked, a schema knows their types.
fn join_keys(table: &JoinTable, keys: &[TokenStream], columns: &Keys) -> Vec<TokenStream> {
    let key = |(key, column): (&TokenStream, &Ident)| match table {
        JoinTable::Name(_) => {
            let name = column.to_string();
            quote!(__assoc::schema::JoinKey { column: #name, field: #key.index() })
        }
        JoinTable::Schema(schema) => {
            quote_spanned!(column.span()=> __assoc::schema::join_key(#key, <#schema>::#column))
        }
    };
    keys.iter().zip(columns.idents()).map(key).collect()
}

fn join_table(table: &JoinTable) -> TokenStream {
    match table {
        JoinTable::Name(name) => {
            quote!(Table(__assoc::schema::Table { schema: ::core::option::Option::None, name: #name }))
        }
        JoinTable::Schema(schema) => quote!(Schema(|| <#schema as __assoc::Schema>::META)),
    }
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

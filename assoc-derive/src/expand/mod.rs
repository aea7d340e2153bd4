//! From the AST to tokens. What comes out is data; loops and decisions live in the core.

mod association;
pub mod blame;
mod constants;
mod fallback;
mod given;
mod join;
mod meta;
mod options;
mod row;

use std::fmt::Debug;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::{DeriveInput, Path};

use crate::{
    ast::{self, Schema},
    check,
    ctxt::Ctxt,
    keys::Place,
};

/// The pipeline: read, check, write down.
pub fn derive(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::default();
    let facade = ast::facade(&cx, input, Place::Struct);
    let schema = Schema::parse(&cx, input, &facade).map(|schema| check::check(&cx, schema));
    let errors = cx.into_errors();
    let expanded = match &schema {
        Some(schema) if errors.is_empty() => expand(schema, row::bodies(schema), row::entity(schema), &[home(schema)]),
        Some(schema) => expand(schema, fallback::bodies(), fallback::entity(), &fallback::HOMES),
        None => fallback::schema(input),
    };
    in_private(&facade, quote!(#errors #expanded))
}

fn expand(schema: &Schema<'_>, bodies: TokenStream, entity: TokenStream, homes: &[&str]) -> TokenStream {
    let ident = &schema.input.ident;
    let homes = homes.iter().map(|home| format_ident!("{home}"));
    let constants = constants::expand(schema);
    let key = meta::key(schema);
    let meta = meta::expand(schema);
    quote! {
        #constants
        #[automatically_derived]
        impl __assoc::Schema for #ident {
            #key
            #meta
            #bodies
        }
        #[automatically_derived]
        impl __assoc::schema::Entity for #ident {
            #entity
        }
        #(#[automatically_derived] impl __assoc::#homes for #ident {})*
    }
}

/// The trait that says where the rows are.
fn home(schema: &Schema<'_>) -> &'static str {
    if schema.home.is_embedded() { "Embedded" } else { "Stored" }
}

/// Puts the expansion where its one import disturbs nobody.
pub fn in_private(facade: &Path, body: TokenStream) -> TokenStream {
    quote! {
        #[allow(non_upper_case_globals, dead_code, unused_qualifications)]
        const _: () = {
            use #facade::__private as __assoc;
            #body
        };
    }
}

/// A variant of an enum of the metadata; ours have the same names.
fn variant(ty: &str, variant: impl Debug) -> TokenStream {
    let (ty, variant) = (format_ident!("{ty}"), format_ident!("{}", format!("{variant:?}")));
    quote!(__assoc::schema::#ty::#variant)
}

/// A struct with some of its fields changed.
fn updated(ty: &str, fields: &[TokenStream], plain: TokenStream) -> TokenStream {
    let ty = format_ident!("{ty}");
    if fields.is_empty() { plain } else { quote!(__assoc::schema::#ty { #(#fields,)* ..#plain }) }
}

/// An index as one writes it, `7` rather than `7usize`.
pub fn number(index: usize) -> Literal {
    Literal::usize_unsuffixed(index)
}

//! From the AST to tokens. What comes out is data; loops and decisions live in the core.

mod association;
mod blame;
mod constants;
mod fallback;
mod meta;
mod row;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
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
        Some(schema) if errors.is_empty() => expand(schema, row::bodies(schema)),
        Some(schema) => expand(schema, fallback::bodies()),
        None => fallback::schema(input),
    };
    in_private(&facade, quote!(#errors #expanded))
}

fn expand(schema: &Schema<'_>, bodies: TokenStream) -> TokenStream {
    let ident = &schema.input.ident;
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
    }
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

/// An index as one writes it, `7` rather than `7usize`.
fn number(index: usize) -> Literal {
    Literal::usize_unsuffixed(index)
}

//! `#[derive(Enum)]`: an enum without data as a text column.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitStr, Variant, ext::IdentExt};

use crate::{
    ast::{facade, named},
    attr::Args,
    ctxt::Ctxt,
    expand::in_private,
    keys::{self, Place},
    naming::snake_case,
};

/// The pipeline: read, check, write down.
pub fn derive(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::default();
    let facade = facade(&cx, input, Place::Enum);
    let database_type = database_type(&cx, input);
    let variants = variants(&cx, input);
    check_names(&cx, &variants);
    let errors = cx.into_errors();
    let expanded = if errors.is_empty() { conversions(&input.ident, &variants) } else { inert() };
    let ident = &input.ident;
    let ty = match database_type {
        Some(name) => quote!(__assoc::Type::Enum(#name)),
        None => quote!(__assoc::Type::Text),
    };
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let body = quote! {
        #errors
        #[automatically_derived]
        impl #impl_generics __assoc::ColumnType for #ident #ty_generics #where_clause {
            type Base = Self;
            const TYPE: __assoc::Type = #ty;
            #expanded
        }
    };
    in_private(&facade, body)
}

/// A variant and the text that stands for it.
struct Named<'a> {
    ident: &'a Ident,
    text: String,
}

fn database_type(cx: &Ctxt, input: &DeriveInput) -> Option<LitStr> {
    let mut args = Args::parse(cx, Place::Enum, named(&input.attrs, "schema"));
    args.take(keys::DATABASE_TYPE).and_then(|entry| entry.value(cx, keys::DATABASE_TYPE))
}

fn variants<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Vec<Named<'a>> {
    if !input.generics.params.is_empty() {
        cx.error(&input.generics, "a column type cannot be generic; remove the parameters");
    }
    let Data::Enum(data) = &input.data else {
        cx.error(
            &input.ident,
            format!("`{}` is no enum; implement `ColumnType` for it, or derive `Schema`", input.ident),
        );
        return Vec::new();
    };
    if data.variants.is_empty() {
        cx.error(&input.ident, format!("`{}` has no variants, so no text could be one; add some", input.ident));
    }
    data.variants.iter().map(|variant| name(cx, variant)).collect()
}

fn name<'a>(cx: &Ctxt, variant: &'a Variant) -> Named<'a> {
    if !matches!(variant.fields, Fields::Unit) {
        cx.error(&variant.fields, format!("`{}` carries data, which a text cannot; remove it", variant.ident));
    }
    let mut args = Args::parse(cx, Place::Variant, named(&variant.attrs, "schema"));
    let given = args.take(keys::NAME).and_then(|entry| entry.value::<LitStr>(cx, keys::NAME));
    let by_convention = || snake_case(&variant.ident.unraw().to_string());
    Named { ident: &variant.ident, text: given.map_or_else(by_convention, |text| text.value()) }
}

/// Two variants with one text could not be told apart when they are read.
fn check_names(cx: &Ctxt, variants: &[Named<'_>]) {
    for (index, variant) in variants.iter().enumerate() {
        if let Some(other) = variants[..index].iter().find(|other| other.text == variant.text) {
            cx.error(
                variant.ident,
                format!("`{}` already stands for `{}`; give one a `#[schema(name = …)]`", variant.text, other.ident),
            );
        }
    }
}

fn conversions(ident: &Ident, variants: &[Named<'_>]) -> TokenStream {
    let unknown = format!("no `{ident}` is stored as `{{text}}`");
    let (idents, texts): (Vec<_>, Vec<_>) = variants.iter().map(|variant| (variant.ident, &variant.text)).unzip();
    quote! {
        fn into_value(self) -> __assoc::Value {
            let text = match self {
                #(Self::#idents => #texts,)*
            };
            __assoc::Value::String(::core::option::Option::Some(::core::convert::From::from(text)))
        }

        fn from_value(value: __assoc::Value) -> ::core::result::Result<Self, __assoc::TypeError> {
            let text = <::std::string::String as __assoc::ColumnType>::from_value(value)?;
            match text.as_str() {
                #(#texts => ::core::result::Result::Ok(Self::#idents),)*
                _ => ::core::result::Result::Err(__assoc::TypeError(::std::format!(#unknown))),
            }
        }

        fn cast(input: &__assoc::Params) -> ::core::result::Result<Self, __assoc::CastError> {
            match input.as_str() {
                #(::core::option::Option::Some(#texts) => ::core::result::Result::Ok(Self::#idents),)*
                _ => ::core::result::Result::Err(__assoc::CastError::not_among(&[#(#texts),*])),
            }
        }
    }
}

/// Never called, for there is an error.
fn inert() -> TokenStream {
    quote! {
        fn into_value(self) -> __assoc::Value {
            ::core::unreachable!()
        }

        fn from_value(_: __assoc::Value) -> ::core::result::Result<Self, __assoc::TypeError> {
            ::core::unreachable!()
        }

        fn cast(_: &__assoc::Params) -> ::core::result::Result<Self, __assoc::CastError> {
            ::core::unreachable!()
        }
    }
}

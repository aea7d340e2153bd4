//! Inert code after a mistake: whoever uses the type finds what they expect, so one mistake is one error.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, parse_quote};

/// Whoever embeds the type and whoever refers to it finds a schema of that kind.
pub const HOMES: [&str; 2] = ["Stored", "Embedded"];

/// An impl for a type that has not the shape of a schema.
pub fn schema(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let name = ident.to_string();
    let mut generics = input.generics.clone();
    generics.make_where_clause().predicates.push(parse_quote! {
        Self: ::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync + 'static
    });
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (bodies, entity, homes) = (bodies(), entity(), HOMES.map(|home| format_ident!("{home}")));
    quote! {
        #[automatically_derived]
        impl #impl_generics __assoc::Schema for #ident #ty_generics #where_clause {
            type Key = i64;
            const META: &'static __assoc::schema::Meta = &__assoc::schema::Meta {
                name: #name,
                table: __assoc::schema::Table { schema: ::core::option::Option::None, name: "" },
                fields: &[],
                columns: 0,
                primary_key: &[],
                associations: &[],
                rows: __assoc::schema::RowFns::of::<Self>(),
            };
            #bodies
        }
        #[automatically_derived]
        impl #impl_generics __assoc::schema::Entity for #ident #ty_generics #where_clause {
            #entity
        }
        #(#[automatically_derived] impl #impl_generics __assoc::#homes for #ident #ty_generics #where_clause {})*
    }
}

/// The methods of `Schema`; they are never called, for there is an error.
pub fn bodies() -> TokenStream {
    quote! {
        fn from_row(
            _: &mut dyn __assoc::schema::Row,
        ) -> ::core::result::Result<Self, __assoc::TypeError> {
            ::core::unreachable!()
        }

        fn into_record(self) -> __assoc::schema::Record {
            ::core::unreachable!()
        }
    }
}

/// The methods of `Entity`, likewise.
pub fn entity() -> TokenStream {
    quote! {
        __assoc::schema::row_fns!();

        fn value(&self, _: usize) -> ::core::option::Option<__assoc::Value> {
            ::core::unreachable!()
        }

        fn each_slot<'__slots>(&'__slots mut self, _: &mut dyn ::core::ops::FnMut(usize, &'__slots mut dyn __assoc::schema::Slot)) {
            ::core::unreachable!()
        }
    }
}

//! The bridge between the struct and its untyped record.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{
    blame::{self, Blamed},
    number,
};
use crate::{association::Association, ast::Schema, column::Column};

/// The methods of `Schema`.
pub fn bodies(schema: &Schema<'_>) -> TokenStream {
    let (types, related) = (blame::columns(schema), blame::related(schema));
    let reads = schema.columns.iter().enumerate().map(|(index, column)| read(index, column));
    let values = schema.columns.iter().map(into_value);
    let copies = schema.columns.iter().enumerate().map(|(index, column)| copy(index, column));
    let containers = schema.associations.iter().map(|association| association.ident);
    let loaded = schema.associations.iter().map(into_loaded);
    let slots = schema.associations.iter().enumerate().map(|(index, association)| slot(index, association));
    quote! {
        fn from_row(
            row: &mut dyn __assoc::schema::Row,
        ) -> ::core::result::Result<Self, __assoc::TypeError> {
            #types
            ::core::result::Result::Ok(Self {
                #(#reads,)*
                #(#containers: __assoc::schema::Loadable::not_loaded(Self::#containers.meta()),)*
            })
        }

        fn into_record(self) -> __assoc::schema::Record {
            #related
            __assoc::schema::Record {
                values: ::std::vec![#(::core::option::Option::Some(#values)),*],
                associations: ::std::vec![#(#loaded),*],
            }
        }

        fn value(&self, field: usize) -> ::core::option::Option<__assoc::Value> {
            ::core::option::Option::Some(match field {
                #(#copies,)*
                _ => return ::core::option::Option::None,
            })
        }

        fn slot(&mut self, association: usize) -> ::core::option::Option<&mut dyn __assoc::schema::Slot> {
            #related
            match association {
                #(#slots,)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

fn read(index: usize, column: &Column<'_>) -> TokenStream {
    let ident = column.ident;
    let (index, span) = (number(index), Blamed::new(column.ty()).span);
    let read = if column.is_virtual {
        quote_spanned!(span=> __assoc::schema::read_virtual(row, #index)?)
    } else {
        quote_spanned!(span=> __assoc::schema::read(row, Self::META, #index)?)
    };
    quote!(#ident: #read)
}

fn into_value(column: &Column<'_>) -> TokenStream {
    let blamed = Blamed::new(column.ty());
    let (ty, ident) = (&blamed.ty, blamed.field(column.ident));
    quote_spanned!(blamed.span=> <#ty as __assoc::ColumnType>::into_value(self.#ident))
}

fn copy(index: usize, column: &Column<'_>) -> TokenStream {
    let blamed = Blamed::new(column.ty());
    let (index, ty, ident) = (number(index), &blamed.ty, blamed.field(column.ident));
    quote_spanned! {blamed.span=>
        #index => <#ty as __assoc::ColumnType>::into_value(::core::clone::Clone::clone(&self.#ident))
    }
}

fn into_loaded(association: &Association<'_>) -> TokenStream {
    let blamed = Blamed::new(association.target);
    let ident = blamed.field(association.ident);
    quote_spanned!(blamed.span=> __assoc::schema::Loadable::into_loaded(self.#ident))
}

fn slot(index: usize, association: &Association<'_>) -> TokenStream {
    let blamed = Blamed::new(association.target);
    let (index, ident) = (number(index), blamed.field(association.ident));
    quote_spanned!(blamed.span=> #index => ::core::option::Option::Some(&mut self.#ident))
}

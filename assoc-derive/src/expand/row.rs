//! The bridge between the struct and its untyped record.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{
    blame::{self, Blamed},
    number,
};
use crate::{
    association::Association,
    ast::Schema,
    column::Column,
    member::{Embed, Member},
};

/// The methods of `Schema`.
pub fn bodies(schema: &Schema<'_>) -> TokenStream {
    let (embeds, containers): (Vec<_>, Vec<_>) =
        schema.associations.iter().partition(|association| association.kind.is_embed());
    let types = blame::columns(schema);
    let (embedded, related) = (blame::schemas(embeds), blame::schemas(&schema.associations));
    let reads = schema.fields.iter().enumerate().map(|(index, field)| read(index, field));
    let containers = containers.iter().map(|association| association.ident);
    let values = schema.fields.iter().map(into_value);
    let loaded = schema.associations.iter().map(into_loaded);
    quote! {
        fn from_row(
            row: &mut dyn __assoc::schema::Row,
        ) -> ::core::result::Result<Self, __assoc::TypeError> {
            #types
            #embedded
            ::core::result::Result::Ok(Self {
                #(#reads,)*
                #(#containers: __assoc::schema::Loadable::not_loaded(Self::#containers.meta()),)*
            })
        }

        fn into_record(self) -> __assoc::schema::Record {
            #related
            __assoc::schema::Record {
                values: ::std::vec![#(#values),*],
                associations: __assoc::schema::ByMember::taken(&mut [#(#loaded),*]),
            }
        }
    }
}

/// The methods of `Entity`.
pub fn entity(schema: &Schema<'_>) -> TokenStream {
    let related = blame::schemas(&schema.associations);
    let copies: Vec<_> = schema.columns().map(|(index, column)| copy(index, column)).collect();
    // Without columns, no arm of the match has a value.
    let unreachable = copies.is_empty().then(|| quote!(#[allow(unreachable_code)]));
    let slots = schema.associations.iter().enumerate().map(|(index, association)| slot(index, association));
    quote! {
        __assoc::schema::row_fns!();

        #unreachable
        fn value(&self, field: usize) -> ::core::option::Option<__assoc::Value> {
            ::core::option::Option::Some(match field {
                #(#copies,)*
                _ => return ::core::option::Option::None,
            })
        }

        fn each_slot<'__slots>(&'__slots mut self, each: &mut dyn ::core::ops::FnMut(usize, &'__slots mut dyn __assoc::schema::Slot)) {
            #related
            let _ = &each;
            #(#slots;)*
        }
    }
}

fn read(index: usize, field: &Member<'_>) -> TokenStream {
    let (ident, index) = (field.ident(), number(index));
    let read = match field {
        Member::Embed(Embed { target, .. }) => {
            quote_spanned!(Blamed::new(target).span=> __assoc::schema::read_embed(row, Self::META, #index)?)
        }
        Member::Column(column) => {
            let span = Blamed::new(column.ty()).span;
            if column.is_virtual {
                quote_spanned!(span=> __assoc::schema::read_virtual(row, #index)?)
            } else {
                quote_spanned!(span=> __assoc::schema::read(row, Self::META, #index)?)
            }
        }
    };
    quote!(#ident: #read)
}

/// Embedded rows are no value of the record but one of its associations.
fn into_value(field: &Member<'_>) -> TokenStream {
    let Some(column) = field.as_column() else { return quote!(::core::option::Option::None) };
    let blamed = Blamed::new(column.ty());
    let (ty, ident) = (&blamed.ty, blamed.field(column.ident));
    let value = quote_spanned!(blamed.span=> <#ty as __assoc::ColumnType>::into_value(self.#ident));
    quote!(::core::option::Option::Some(#value))
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
    if association.kind.is_embed() {
        return quote_spanned!(blamed.span=> __assoc::schema::into_loaded(self.#ident));
    }
    quote_spanned!(blamed.span=> __assoc::schema::Loadable::into_loaded(self.#ident, Self::#ident.meta()))
}

fn slot(index: usize, association: &Association<'_>) -> TokenStream {
    let blamed = Blamed::new(association.target);
    let (index, ident) = (number(index), blamed.field(association.ident));
    if association.kind.is_embed() {
        return quote_spanned!(blamed.span=> each(#index, &mut self.#ident));
    }
    quote_spanned!(blamed.span=> each(#index, __assoc::schema::Loadable::slot(&mut self.#ident)))
}

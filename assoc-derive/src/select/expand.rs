//! From the struct to tokens: a list of columns, and how a row is read.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Generics, parse_quote, spanned::Spanned};

use super::{Selection, field::Field};
use crate::expand::{blame::Blamed, number};

/// The impls.
pub fn expand(selection: &Selection<'_>) -> TokenStream {
    let (constants, source, from) = (constants(selection), source(selection), from(selection));
    let ident = &selection.input.ident;
    let types = selection.fields.iter().map(|field| Blamed::new(field.ty()).ty);
    quote! {
        #constants
        #source
        #[automatically_derived]
        impl __assoc::query::Selection for #ident {
            type Columns = (#(#types,)*);
        }
        #from
    }
}

/// Its columns, and how a row of them is read.
fn source(selection: &Selection<'_>) -> TokenStream {
    let Selection { input, name, fields, .. } = selection;
    let (ident, width) = (&input.ident, number(fields.len()));
    let named = named_types(selection);
    let columns = fields.iter().map(column);
    let reads = fields.iter().enumerate().map(|(index, field)| read(selection, index, field));
    quote! {
        #[automatically_derived]
        impl __assoc::query::Source for #ident {
            type Row = Self;

            fn name() -> &'static str {
                #name
            }

            fn column(field: usize) -> (&'static str, __assoc::Type) {
                __assoc::query::column(&[#(#columns),*], field)
            }

            fn width() -> usize {
                #width
            }

            fn read(row: &mut dyn __assoc::schema::Row) -> ::core::result::Result<Self, __assoc::TypeError> {
                #named
                ::core::result::Result::Ok(Self {
                    #(#reads,)*
                })
            }
        }
    }
}

/// `PostSummary::title`: one constant for each field.
fn constants(selection: &Selection<'_>) -> TokenStream {
    let owner = &selection.input.ident;
    let constants = selection.fields.iter().enumerate().map(|(index, field)| {
        let (doc, vis, ident, ty) = (format!("Column `{}`.", field.name), &field.field.vis, field.ident, field.ty());
        let index = number(index);
        quote! {
            #[doc = #doc]
            #vis const #ident: __assoc::Column<#owner, #ty> = __assoc::Column::new(#index);
        }
    });
    quote! {
        impl #owner {
            #(#constants)*
        }
    }
}

fn column(field: &Field<'_>) -> TokenStream {
    let (Blamed { span, ty }, name) = (Blamed::new(field.ty()), &field.name);
    let ty = quote_spanned!(span=> <#ty as __assoc::ColumnType>::TYPE);
    quote!((#name, #ty))
}

/// The start of each body that uses the types of the fields, so that one which is no column type is reported once.
fn named_types(selection: &Selection<'_>) -> TokenStream {
    let types = selection.fields.iter().map(|field| {
        let Blamed { span, ty } = Blamed::new(field.ty());
        quote_spanned!(span=> <#ty as __assoc::ColumnType>::TYPE)
    });
    quote!(let _ = (#(#types,)*);)
}

fn read(selection: &Selection<'_>, index: usize, field: &Field<'_>) -> TokenStream {
    let (Blamed { span, ty }, ident, name) = (Blamed::new(field.ty()), field.ident, &field.name);
    let (index, owner) = (number(index), selection.input.ident.to_string());
    let read = quote_spanned!(span=> __assoc::query::read_field::<#ty>(row, #index, #owner, #name)?);
    quote!(#ident: #read)
}

/// What the fields are, in every query that reads their sources.
fn from(selection: &Selection<'_>) -> Option<TokenStream> {
    let (first, ident) = (selection.from.first()?, &selection.input.ident);
    let indices: Vec<_> = (0..selection.from.len()).map(|index| format_ident!("__I{index}")).collect();
    let bounds = selection.from.iter().zip(&indices).map(|(source, index)| {
        let needed = selection.fields.iter().any(|field| field.needs(source, first));
        let presence = needed.then(|| quote!(, Presence: __assoc::query::Presence<#source>));
        quote!(#source: __assoc::query::In<__Q, #index #presence>)
    });
    let expressions = selection.fields.iter().map(|field| {
        let (Blamed { span, ty }, expression) = (Blamed::new(field.ty()), field.expression(first));
        let expression = quote_spanned!(expression.span()=> __assoc::query::expression::<__Q, _, _>(#expression));
        quote_spanned!(span=> #expression.read_as::<#ty>())
    });
    let named = named_types(selection);
    Some(quote! {
        #[automatically_derived]
        impl<__Q, #(#indices),*> __assoc::query::SelectFrom<__Q, (#(#indices,)*)> for #ident
        where
            #(#bounds,)*
        {
            fn expressions() -> ::std::vec::Vec<__assoc::query::Node> {
                #named
                ::std::vec![#(#expressions),*]
            }
        }
    })
}

/// Inert impls after a mistake: whoever uses the type finds what they expect, so one mistake is one error.
pub fn inert(selection: &Selection<'_>) -> TokenStream {
    let ident = &selection.input.ident;
    let constants = selection.input.generics.params.is_empty().then(|| constants(selection));
    let types = selection.fields.iter().map(Field::ty);
    let mut generics = selection.input.generics.clone();
    generics.make_where_clause().predicates.push(parse_quote!(Self: ::core::marker::Sized + 'static));
    let source = inert_source(ident, &generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let mut with_scope = generics.clone();
    with_scope.params.push(parse_quote!(__Q));
    let (impl_with_scope, ..) = with_scope.split_for_impl();
    quote! {
        #constants
        #source
        #[automatically_derived]
        impl #impl_generics __assoc::query::Selection for #ident #ty_generics #where_clause {
            type Columns = (#(#types,)*);
        }
        #[automatically_derived]
        impl #impl_with_scope __assoc::query::SelectFrom<__Q, ()> for #ident #ty_generics #where_clause {
            fn expressions() -> ::std::vec::Vec<__assoc::query::Node> {
                ::core::unreachable!()
            }
        }
    }
}

fn inert_source(ident: &Ident, generics: &Generics) -> TokenStream {
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics __assoc::query::Source for #ident #ty_generics #where_clause {
            type Row = Self;

            fn name() -> &'static str {
                ::core::unreachable!()
            }

            fn column(_: usize) -> (&'static str, __assoc::Type) {
                ::core::unreachable!()
            }

            fn width() -> usize {
                ::core::unreachable!()
            }

            fn read(_: &mut dyn __assoc::schema::Row) -> ::core::result::Result<Self, __assoc::TypeError> {
                ::core::unreachable!()
            }
        }
    }
}

//! Fields of another schema with values. rustc checks both, at the user's tokens.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ext::IdentExt, spanned::Spanned};

use crate::{
    given::{Given, Ordered},
    join::JoinTable,
};

/// A value that a new row of that schema gets.
pub fn default(schema: &impl ToTokens, given: &Given) -> TokenStream {
    let column = column(schema, &given.field);
    self::given(schema, given, &quote!(#column.index()))
}

/// A value that rows of that schema are looked for by.
pub fn filter(schema: &impl ToTokens, given: &Given) -> TokenStream {
    self::given(schema, given, &stored(schema, &given.field))
}

fn given(schema: &impl ToTokens, Given { field, value }: &Given, index: &TokenStream) -> TokenStream {
    let column = column(schema, field);
    let assigned = quote_spanned!(value.span()=> __assoc::schema::assign(#column, #value));
    quote!(__assoc::schema::Given { field: #index, value: || #assigned })
}

/// A field of that schema to order by.
pub fn ordered(schema: &impl ToTokens, Ordered { field, descending }: &Ordered) -> TokenStream {
    let index = stored(schema, field);
    quote!(__assoc::schema::Ordered { field: #index, descending: #descending })
}

/// A value of a column of a join table: by name nothing can be checked, a schema knows its type.
pub fn join_default(table: &JoinTable, Given { field, value }: &Given) -> TokenStream {
    match table {
        JoinTable::Name(_) => {
            let name = field.unraw().to_string();
            let typed = quote_spanned!(value.span()=> __assoc::schema::typed_by_itself(#value));
            quote!(__assoc::schema::JoinDefault { column: #name, value: || #typed })
        }
        JoinTable::Schema(schema) => {
            let column = column(schema, field);
            let typed = quote_spanned!(value.span()=> __assoc::schema::typed(#column, #value));
            quote_spanned!(field.span()=> __assoc::schema::join_default(#column, || #typed))
        }
    }
}

/// The index of a field that the database knows.
fn stored(schema: &impl ToTokens, field: &Ident) -> TokenStream {
    let column = column(schema, field);
    quote_spanned!(field.span()=> #column.stored_index())
}

/// A constant of that schema, checked to be a column. What goes wrong goes wrong wherever it is named, in the same
/// words at the same span, so rustc reports it once.
fn column(schema: &impl ToTokens, field: &Ident) -> TokenStream {
    quote_spanned!(field.span()=> __assoc::schema::column(<#schema>::#field))
}

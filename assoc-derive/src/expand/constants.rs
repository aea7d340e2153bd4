//! `Post::title`, `Post::comments`: one constant for each field.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use super::{association, number};
use crate::{ast::Schema, column::Column};

/// The impl with all constants.
pub fn expand(schema: &Schema<'_>) -> TokenStream {
    let ident = &schema.input.ident;
    let columns = schema.columns().map(|(index, field)| column(schema, index, field));
    let associations = schema.associations.iter().map(|field| association::constant(schema, field));
    let primary_key = primary_key(schema);
    quote! {
        impl #ident {
            #(#columns)*
            #(#associations)*
            #primary_key
        }
    }
}

fn column(schema: &Schema<'_>, index: usize, column: &Column<'_>) -> TokenStream {
    let doc = if column.is_virtual { "Virtual field" } else { "Column" };
    let doc = format!("{doc} `{}`.", column.name);
    let (owner, vis, ident, ty) = (&schema.input.ident, &column.field.vis, column.ident, column.ty());
    let new = format_ident!("{}", if column.is_virtual { "new_virtual" } else { "new" });
    let index = number(index);
    quote! {
        #[doc = #doc]
        #vis const #ident: __assoc::Column<#owner, #ty> = __assoc::Column::#new(#index);
    }
}

/// What foreign keys of other schemas refer to. Without a key, a likely one, so that these find no fault.
fn primary_key(schema: &Schema<'_>) -> TokenStream {
    let owner = &schema.input.ident;
    let mut types: Vec<_> = schema.primary_key().iter().map(|(_, key)| key.ty().to_token_stream()).collect();
    let mut columns: Vec<_> =
        schema.primary_key().iter().map(|(_, key)| key.ident).map(|key| quote!(Self::#key)).collect();
    if types.is_empty() {
        types.push(quote!(i64));
        columns.push(quote!(__assoc::Column::new(0)));
    }
    quote! {
        #[doc(hidden)]
        pub const __PRIMARY_KEY: (#(__assoc::Column<#owner, #types>,)*) = (#(#columns,)*);
    }
}

//! The join table of a many-to-many association.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{ext::IdentExt, spanned::Spanned};

use super::{
    association::{owner_keys, related_keys},
    given::join_default,
};
use crate::{
    association::Association,
    ast::Schema,
    join::{Join, JoinTable},
    relation::Keys,
};

/// What must be bound first, and the metadata.
pub fn expand(schema: &Schema<'_>, association: &Association<'_>, join: &Join) -> (TokenStream, TokenStream) {
    let Join { table, owner_key, related_key, defaults, skips_existing } = join;
    let owner = owner_keys(schema, owner_key, None);
    let owner = keys(table, &owner, owner_key);
    let (bindings, related) = related_keys(association, related_key, None);
    let related = keys(table, &related, related_key);
    let defaults = defaults.iter().map(|default| join_default(table, default));
    let table = join_table(table);
    let join = quote! {
        __assoc::schema::Join {
            table: __assoc::schema::JoinTable::#table,
            owner: &[#(#owner),*],
            related: &[#(#related),*],
            defaults: &[#(#defaults),*],
            skip_existing: #skips_existing,
        }
    };
    (bindings, join)
}

/// Columns of a join table: by name nothing can be checked, a schema knows their types.
fn keys(table: &JoinTable, keys: &[TokenStream], columns: &Keys) -> Vec<TokenStream> {
    let key = |(key, column): (&TokenStream, &Ident)| match table {
        JoinTable::Name(_) => {
            let name = column.unraw().to_string();
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
        JoinTable::Schema(schema) => {
            quote_spanned!(schema.span()=> Schema(__assoc::schema::related::<#schema>()))
        }
    }
}

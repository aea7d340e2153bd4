//! `Schema::Key` and `Schema::META`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{
    blame::{self, Blamed},
    number, updated, variant,
};
use crate::{
    ast::Schema,
    column::{Autogenerate, Column, DatabaseDefault, Default, Timestamp, Version},
    home::Home,
    kind::Kind,
    member::{Embed, Member},
};

/// The type of the primary key.
pub fn key(schema: &Schema<'_>) -> TokenStream {
    let keys = schema.primary_key();
    let types: Vec<_> = keys
        .iter()
        .map(|(_, column)| {
            let Blamed { span, ty } = Blamed::new(column.ty());
            quote_spanned!(span=> <#ty as __assoc::ColumnType>::Base)
        })
        .collect();
    match &types[..] {
        [] if schema.home.is_embedded() => quote!(
            type Key = ();
        ),
        [] => quote!(
            type Key = i64;
        ),
        [key] => quote!(type Key = #key;),
        keys => quote!(type Key = (#(#keys),*);),
    }
}

/// The metadata.
pub fn expand(schema: &Schema<'_>) -> TokenStream {
    let (name, table) = (schema.name(), table(&schema.home));
    let fields = schema.fields.iter().map(|field| match field {
        Member::Column(column) => self::column(schema, column),
        Member::Embed(embed) => self::embed(embed),
    });
    let columns = number(schema.fields.iter().filter(|field| field.column_name().is_some()).count());
    let keys = schema.primary_key().into_iter().map(|(index, _)| number(index));
    let associations = schema.associations.iter().map(|association| association.ident);
    let types = blame::columns(schema);
    quote! {
        const META: &'static __assoc::schema::Meta = {
            #types
            &__assoc::schema::Meta {
                name: #name,
                table: #table,
                fields: &[#(#fields),*],
                columns: #columns,
                primary_key: &[#(#keys),*],
                associations: &[#(Self::#associations.meta()),*],
                rows: __assoc::schema::RowFns::of::<Self>(),
            }
        };
    }
}

fn table(home: &Home) -> TokenStream {
    let (prefix, name) = match home {
        Home::Table { name, prefix } => (prefix.as_deref(), &**name),
        Home::Embedded => (None, ""),
    };
    let prefix = option(prefix.map(|prefix| quote!(#prefix)));
    quote!(__assoc::schema::Table { schema: #prefix, name: #name })
}

fn embed(Embed { name, column, kind, .. }: &Embed<'_>) -> TokenStream {
    let many = *kind == Kind::EmbedsMany;
    quote!(__assoc::schema::Field::embed(#name, #column, #many))
}

fn column(schema: &Schema<'_>, column: &Column<'_>) -> TokenStream {
    let (name, column_name) = (&column.name, &column.column);
    let Blamed { span, ty } = Blamed::new(column.ty());
    let plain = quote_spanned!(span=> __assoc::schema::Field::new::<#ty>(#name, #column_name));
    let on_update = column.timestamp.filter(|timestamp| matches!(timestamp, Timestamp::Updated));
    let made: Vec<_> = [
        default(schema, column).map(|body| made("default", body)),
        autogenerate(schema, column).map(|body| made("autogenerate", body)),
        column.timestamp.map(|_| made("on_insert", now(column))),
        on_update.map(|_| made("on_update", now(column))),
        column.database_default.as_ref().map(database_default),
        column.version.map(version),
    ]
    .into_iter()
    .flatten()
    .collect();
    updated("Field", &made, plain)
}

fn made(field: &str, body: TokenStream) -> TokenStream {
    let field = format_ident!("{field}");
    quote!(#field: ::core::option::Option::Some(|| #body))
}

fn database_default(default: &DatabaseDefault) -> TokenStream {
    match default {
        DatabaseDefault::Some => quote!(database_default: __assoc::schema::DatabaseDefault::Some),
        DatabaseDefault::Expression(sql) => {
            quote!(database_default: __assoc::schema::DatabaseDefault::Expression(#sql))
        }
    }
}

fn version(version: Version) -> TokenStream {
    let version = option(Some(variant("Version", version)));
    quote!(version: #version)
}

/// A value that `Changeset::set` would take for the column, so that a text can be a `&str`.
fn default(schema: &Schema<'_>, column: &Column<'_>) -> Option<TokenStream> {
    let facade = schema.facade;
    let Blamed { span, ty } = Blamed::new(column.ty());
    if column.version == Some(Version::Counter) && column.default.is_none() && column.database_default.is_none() {
        let base = quote_spanned!(span=> <#ty as __assoc::ColumnType>::Base);
        return Some(quote_spanned! {span=>
            <#base as __assoc::ColumnType>::into_value(<#base as #facade::types::Counter>::FIRST)
        });
    }
    column.default.as_ref().map(|default| match default {
        Default::OfType => quote_spanned! {span=>
            <#ty as __assoc::ColumnType>::into_value(<#ty as ::core::default::Default>::default())
        },
        Default::Expression(value) => {
            let assigned = quote_spanned!(value.span()=> #facade::types::Assign::<#ty>::assign(#value));
            quote_spanned!(span=> <#ty as __assoc::ColumnType>::into_value(#assigned))
        }
    })
}

/// A UUID that is the whole primary key is made by the client, unless the database or a parent makes it.
fn autogenerate(schema: &Schema<'_>, column: &Column<'_>) -> Option<TokenStream> {
    let Blamed { span, ty } = Blamed::new(column.ty());
    let of_type = || {
        quote_spanned! {span=>
            <#ty as __assoc::ColumnType>::generate().map_or_else(
                || <#ty as __assoc::ColumnType>::TYPE.null(),
                <#ty as __assoc::ColumnType>::into_value,
            )
        }
    };
    match &column.autogenerate {
        Some(Autogenerate::OfType) => Some(of_type()),
        Some(Autogenerate::Function(function)) => {
            let made = quote_spanned!(function.span()=> #function());
            Some(quote_spanned!(span=> <#ty as __assoc::ColumnType>::into_value(#made)))
        }
        None => schema.makes_own_key(column).then(of_type),
    }
}

fn now(column: &Column<'_>) -> TokenStream {
    let Blamed { span, ty } = Blamed::new(column.ty());
    quote_spanned!(span=> <#ty as __assoc::ColumnType>::into_value(__assoc::Timestamp::now()))
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}

//! Blaming a type once, however often the expansion uses it.
//!
//! rustc checks every body by itself, so a field's type that is no column type would be reported in each
//! of them. But it drops a report that equals an earlier one to the last letter, and inside of one body a
//! report that an earlier one at the same span implies. So all uses of a type stand at one span, and each
//! body first names it in the same way: `<T as ColumnType>` for a column, `related::<T>` or `embedded::<T>` for a schema.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use crate::{association::Association, ast::Schema};

/// A type from the user's struct, with all its tokens at the span of its first.
pub struct Blamed {
    /// The span.
    pub span: Span,
    /// The type.
    pub ty: TokenStream,
}

impl Blamed {
    /// Blames that type.
    pub fn new(ty: &Type) -> Self {
        // Located at the user's type, but resolved where the derive's own names are: the type may come from a macro.
        let span = ty.span().resolved_at(Span::call_site());
        Self { span, ty: respan(ty.to_token_stream(), span) }
    }

    /// The field at the same span.
    pub fn field(&self, ident: &Ident) -> Ident {
        let mut ident = ident.clone();
        ident.set_span(self.span);
        ident
    }
}

/// The start of a body that uses the types of columns; the report has no notes of where the bound came from.
pub fn columns(schema: &Schema<'_>) -> Option<TokenStream> {
    named(schema.columns().map(|(_, column)| {
        let Blamed { span, ty } = Blamed::new(column.ty());
        quote_spanned!(span=> <#ty as __assoc::ColumnType>::TYPE)
    }))
}

/// The start of a body that uses the schemas of associations.
pub fn schemas<'a>(associations: impl IntoIterator<Item = &'a Association<'a>>) -> Option<TokenStream> {
    named(associations.into_iter().map(related))
}

/// The check that the schema at the other end has a table, or is embedded; called, it gives its metadata.
pub fn related(association: &Association<'_>) -> TokenStream {
    let Blamed { span, ty } = Blamed::new(association.target);
    let check = Ident::new(if association.kind.is_embed() { "embedded" } else { "related" }, span);
    quote_spanned!(span=> __assoc::schema::#check::<#ty>)
}

fn named(types: impl Iterator<Item = TokenStream>) -> Option<TokenStream> {
    let types: Vec<_> = types.collect();
    (!types.is_empty()).then(|| quote!(let _ = (#(#types,)*);))
}

fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let at_span = |mut tree| {
        if let TokenTree::Group(group) = &tree {
            tree = TokenTree::Group(Group::new(group.delimiter(), respan(group.stream(), span)));
        }
        tree.set_span(span);
        tree
    };
    tokens.into_iter().map(at_span).collect()
}

//! Blaming a type once, however often the expansion uses it.
//!
//! rustc checks every body by itself, so a field's type that is no column type would be reported in each
//! of them. But it drops a report that equals an earlier one to the last letter, and inside of one body a
//! report that an earlier one at the same span implies. So all uses of a type stand at one span, and each
//! body first names `<T as ColumnType>`: a report without notes of where the bound came from.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use crate::ast::Schema;

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
        let span = ty.span();
        Self { span, ty: respan(ty.to_token_stream(), span) }
    }

    /// The field at the same span.
    pub fn field(&self, ident: &Ident) -> Ident {
        let mut ident = ident.clone();
        ident.set_span(self.span);
        ident
    }
}

/// The start of a body that uses the types of columns.
pub fn columns(schema: &Schema<'_>) -> TokenStream {
    let types = schema.columns.iter().map(|column| {
        let Blamed { span, ty } = Blamed::new(column.ty());
        quote_spanned!(span=> <#ty as __assoc::ColumnType>::TYPE)
    });
    quote!(let _ = [#(#types),*];)
}

/// The start of a body that uses the schemas of associations.
pub fn related(schema: &Schema<'_>) -> Option<TokenStream> {
    let schemas = schema.associations.iter().map(|association| {
        let Blamed { span, ty } = Blamed::new(association.target);
        quote_spanned!(span=> <#ty as __assoc::Schema>::META)
    });
    (!schema.associations.is_empty()).then(|| quote!(let _ = [#(#schemas),*];))
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

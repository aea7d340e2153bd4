//! A field of a struct that a query selects, and what it is in the query.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Meta, Path, Type, ext::IdentExt};

use super::same;
use crate::{ast::named, container::generic, ctxt::Ctxt};

const REMEDY: &str = "write an expression, as in `#[select(Comment::id.count())]`";

/// A field.
pub struct Field<'a> {
    /// The field.
    pub field: &'a syn::Field,
    /// Its identifier.
    pub ident: &'a Ident,
    /// Its name without `r#`, which is that of its column.
    pub name: String,
    /// The expression that the user gave.
    expression: Option<TokenStream>,
}

impl<'a> Field<'a> {
    /// Reads a field; `None` if it has no name.
    pub fn parse(cx: &Ctxt, field: &'a syn::Field, has_from: bool) -> Option<Self> {
        let ident = field.ident.as_ref()?;
        let mut attrs = named(&field.attrs, "select");
        let attr = attrs.next();
        for again in attrs {
            cx.error(again, "`#[select]` is given twice; a field is one expression");
        }
        let expression = attr.and_then(|attr| expression(cx, attr));
        if let (Some(given), false) = (&expression, has_from) {
            cx.error(given, "name what this is read from, on the struct: `#[select(from(Post, Comment))]`");
        }
        Some(Self { field, ident, name: ident.unraw().to_string(), expression })
    }

    /// The type.
    pub fn ty(&self) -> &'a Type {
        &self.field.ty
    }

    /// What it is: the expression, else the column of its name.
    pub fn expression(&self, first: &Path) -> TokenStream {
        let ident = self.ident;
        self.expression.clone().unwrap_or_else(|| quote_spanned!(ident.span()=> <#first>::#ident))
    }

    /// Whether it must have a value, and is a column of that source as it is.
    pub fn needs(&self, source: &Path, first: &Path) -> bool {
        let optional = generic(self.ty()).is_some_and(|(name, _)| name == "Option");
        let owner = match &self.expression {
            Some(expression) => owner(expression),
            None => Some(first.to_token_stream()),
        };
        !optional && owner.is_some_and(|owner| same(&owner, &source.to_token_stream()))
    }
}

fn expression(cx: &Ctxt, attr: &Attribute) -> Option<TokenStream> {
    let Meta::List(list) = &attr.meta else {
        cx.error(attr, format!("no expression; {REMEDY}"));
        return None;
    };
    let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
    match &tokens[..] {
        [] => cx.error(attr, format!("no expression; {REMEDY}")),
        [TokenTree::Ident(key), TokenTree::Punct(equals), ..] if equals.as_char() == '=' => {
            cx.error(key, format!("`{key}` has no meaning on a field; {REMEDY}"));
        }
        _ => return Some(list.tokens.clone()),
    }
    None
}

/// `Comment` of `Comment::rating`, `Best` of `Comment::rating.of(Best)`; `None` of other expressions.
fn owner(expression: &TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = expression.clone().into_iter().collect();
    if let [column @ .., TokenTree::Punct(dot), TokenTree::Ident(of), TokenTree::Group(alias)] = &tokens[..] {
        let is_of = dot.as_char() == '.' && of == "of" && alias.delimiter() == Delimiter::Parenthesis;
        return (is_of && is_path(column)).then(|| alias.stream());
    }
    match &tokens[..] {
        [owner @ .., TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(_)] => {
            is_path(owner).then(|| owner.iter().cloned().collect())
        }
        _ => None,
    }
}

fn is_path(tokens: &[TokenTree]) -> bool {
    tokens.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(sign) => sign.as_char() == ':',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_column_has_an_owner() {
        for (expression, expected) in [
            ("Comment::rating", Some("Comment")),
            ("blog :: Comment::rating", Some("blog :: Comment")),
            ("Comment::rating.of(Best)", Some("Best")),
            ("Comment::rating.plus(1)", None),
            ("Comment::rating.count().filter(Best)", None),
            ("count_rows()", None),
            ("rating", None),
        ] {
            let owner = owner(&expression.parse().expect("tokens")).map(|owner| owner.to_string());
            assert_eq!(owner.as_deref(), expected, "{expression}");
        }
    }
}

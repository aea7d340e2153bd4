//! Reads attributes into entries: `key`, `key = value` or `key(a, b)`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta, parse::Parse};

use crate::{
    ctxt::Ctxt,
    keys::{self, Key, Place},
};

/// The entries of all attributes of one name at one place, each key at most once.
pub struct Args {
    entries: Vec<Entry>,
}

/// One key with its value.
pub struct Entry {
    /// The key as the user wrote it.
    pub key: Ident,
    value: Value,
}

enum Value {
    Bare,
    Is(TokenStream),
    List(Group),
}

impl Args {
    /// Reads the attributes; unknown, misplaced and doubled keys are reported and left out.
    pub fn parse<'a>(cx: &Ctxt, place: Place, attrs: impl IntoIterator<Item = &'a Attribute>) -> Self {
        let mut args = Self { entries: Vec::new() };
        for attr in attrs {
            match &attr.meta {
                Meta::Path(_) => {}
                Meta::List(list) => {
                    for item in split(list.tokens.clone()) {
                        args.entries.extend(Entry::parse(cx, place, item).filter(|entry| args.is_new(cx, entry)));
                    }
                }
                Meta::NameValue(pair) => cx.error(pair, format!("keys of {place} stand in parentheses")),
            }
        }
        args
    }

    fn is_new(&self, cx: &Ctxt, entry: &Entry) -> bool {
        let doubled = self.entries.iter().any(|known| known.key == entry.key);
        if doubled {
            cx.error(&entry.key, format!("`{}` is given twice; keep one of them", entry.key));
        }
        !doubled
    }

    /// Takes the entry of a key.
    pub fn take(&mut self, key: Key) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.key == key.name)?;
        Some(self.entries.swap_remove(index))
    }

    /// Takes all that is left.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        self.entries.drain(..)
    }
}

impl Entry {
    fn parse(cx: &Ctxt, place: Place, tokens: TokenStream) -> Option<Self> {
        let mut rest = tokens.clone().into_iter();
        let Some(TokenTree::Ident(key)) = rest.next() else {
            cx.error(tokens, format!("expected a key of {place}, as in `key = value`"));
            return None;
        };
        if let Some(complaint) = keys::complaint(&key.to_string(), place) {
            cx.error(key, complaint);
            return None;
        }
        let value = match rest.next() {
            None => Value::Bare,
            Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => Value::Is(rest.collect()),
            Some(TokenTree::Group(list)) if list.delimiter() == Delimiter::Parenthesis => Value::List(list),
            Some(other) => {
                cx.error(other, format!("expected `=`, `(` or `,` after `{key}`"));
                return None;
            }
        };
        Some(Self { key, value })
    }

    /// A key that stands alone.
    pub fn flag(self, cx: &Ctxt, key: Key) -> Ident {
        if !matches!(self.value, Value::Bare) {
            cx.error(self.value, format!("`{}` takes no value", key.name));
        }
        self.key
    }

    /// A key with one value.
    pub fn value<T: Parse>(self, cx: &Ctxt, key: Key) -> Option<T> {
        let parsed = match &self.value {
            Value::Is(tokens) if !tokens.is_empty() => syn::parse2(tokens.clone()).ok(),
            _ => None,
        };
        parsed.or_else(|| self.complain(cx, key))
    }

    /// A key that stands alone (`None`) or has one value.
    pub fn optional<T: Parse>(self, cx: &Ctxt, key: Key) -> Option<T> {
        if matches!(self.value, Value::Bare) { None } else { self.value(cx, key) }
    }

    /// A key with one value or a list of them; never empty.
    pub fn list<T: Parse>(self, cx: &Ctxt, key: Key) -> Option<Vec<T>> {
        match &self.value {
            Value::Is(_) => self.value(cx, key).map(|one| vec![one]),
            Value::Bare | Value::List(_) => self.items(cx, key),
        }
    }

    /// A key with a list of values in parentheses; never empty.
    pub fn items<T: Parse>(self, cx: &Ctxt, key: Key) -> Option<Vec<T>> {
        let parsed: Option<Vec<T>> = match &self.value {
            Value::List(list) => split(list.stream()).map(|item| syn::parse2(item).ok()).collect(),
            Value::Bare | Value::Is(_) => None,
        };
        parsed.filter(|items| !items.is_empty()).or_else(|| self.complain(cx, key))
    }

    fn complain<T>(&self, cx: &Ctxt, key: Key) -> Option<T> {
        let value = self.value.to_token_stream();
        let blamed = if value.is_empty() { self.key.to_token_stream() } else { value };
        cx.error(blamed, format!("`{}` cannot be read; write it as in `{}`", key.name, key.example()));
        None
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Bare => {}
            Self::Is(value) => value.to_tokens(tokens),
            Self::List(list) => list.to_tokens(tokens),
        }
    }
}

/// Splits at commas. By tokens, so that one bad item does not hide the mistakes after it.
fn split(tokens: TokenStream) -> impl Iterator<Item = TokenStream> {
    let mut items = vec![TokenStream::new()];
    for token in tokens {
        match (token, items.last_mut()) {
            (TokenTree::Punct(comma), _) if comma.as_char() == ',' => items.push(quote!()),
            (token, Some(item)) => item.extend([token]),
            (_, None) => {}
        }
    }
    items.into_iter().filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn a_bad_item_does_not_hide_the_others() {
        let attr: Attribute = parse_quote!(#[schema(tabel = "a", prefix = "b", "c", prefix = "d", table: "e")]);
        let cx = Ctxt::default();
        let mut args = Args::parse(&cx, Place::Struct, [&attr]);
        assert!(args.take(keys::PREFIX).is_some());
        assert_eq!(args.drain().count(), 0);
        assert_eq!(cx.into_errors().to_string().matches("compile_error").count(), 4);
    }
}

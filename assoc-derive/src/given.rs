//! Fields of the schema at the other end: with values, as in `defaults(kind = "note")`, or to order by.

use proc_macro2::{Ident, TokenStream};
use syn::{
    Token, parenthesized,
    parse::{Parse, ParseStream},
    token::Paren,
};

use crate::{attr::Args, ctxt::Ctxt, keys::Key};

/// `field = expression`
pub struct Given {
    /// The field.
    pub field: Ident,
    /// The value; an expression.
    pub value: TokenStream,
}

/// `field`, `asc(field)` or `desc(field)`
pub struct Ordered {
    /// The field.
    pub field: Ident,
    /// Largest first.
    pub descending: bool,
}

impl Given {
    /// Reads all values of a key; a field that comes twice is reported.
    pub fn parse_all(cx: &Ctxt, args: &mut Args, key: Key) -> Vec<Self> {
        let given: Vec<Self> = args.take(key).and_then(|entry| entry.items(cx, key)).unwrap_or_default();
        for (index, Self { field, .. }) in given.iter().enumerate() {
            if given[..index].iter().any(|other| other.field == *field) {
                cx.error(field, format!("`{field}` is given twice in `{}`; keep one of them", key.name));
            }
        }
        given
    }
}

impl Parse for Given {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let field = input.parse()?;
        // Of `==`, `Token![=]` would take the first half.
        if input.peek(Token![==]) {
            return Err(input.error("expected `=`"));
        }
        input.parse::<Token![=]>()?;
        if input.is_empty() {
            return Err(input.error("expected a value"));
        }
        Ok(Self { field, value: input.parse()? })
    }
}

impl Parse for Ordered {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let first: Ident = input.parse()?;
        if !input.peek(Paren) {
            return Ok(Self { field: first, descending: false });
        }
        let descending = first == "desc";
        if !descending && first != "asc" {
            return Err(input.error("expected `asc` or `desc`"));
        }
        let inner;
        parenthesized!(inner in input);
        Ok(Self { field: inner.parse()?, descending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_directions() {
        let given: Given = syn::parse_str("kind = Kind::of(1, 2)").expect("a value");
        assert_eq!((given.field.to_string(), given.value.to_string()), ("kind".into(), "Kind :: of (1 , 2)".into()));
        for wrong in ["kind == 1", "kind =", "kind", "7 = 7"] {
            assert!(syn::parse_str::<Given>(wrong).is_err(), "{wrong}");
        }
        let directions = ["desc", "asc(desc)", "desc(desc)"].map(|text| {
            let Ordered { field, descending } = syn::parse_str(text).expect("a field");
            (field.to_string(), descending)
        });
        assert_eq!(directions, [("desc".into(), false), ("desc".into(), false), ("desc".into(), true)]);
        for wrong in ["up(id)", "desc()", "desc(a, b)", "desc(a) b"] {
            assert!(syn::parse_str::<Ordered>(wrong).is_err(), "{wrong}");
        }
    }
}

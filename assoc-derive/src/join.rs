//! The join table of a many-to-many association.

use proc_macro2::{Ident, Span};
use syn::{
    LitStr, Path,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use crate::{
    association::Association,
    attr::Args,
    choice::{self, OnJoinConflict},
    container::last_segment,
    ctxt::Ctxt,
    given::Given,
    keys,
    relation::Keys,
};

/// A join table and what is known of its rows.
pub struct Join {
    /// The table.
    pub table: JoinTable,
    /// The columns that refer to the owner.
    pub owner_key: Keys,
    /// The columns that refer to the related row.
    pub related_key: Keys,
    /// Values of further columns.
    pub defaults: Vec<Given>,
    /// Whether a row that is there already is left as it is.
    pub skips_existing: bool,
}

/// `join_through = …`
pub enum JoinTable {
    /// A table by its name.
    Name(LitStr),
    /// A schema.
    Schema(Path),
}

impl Parse for JoinTable {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) { input.parse().map(Self::Name) } else { input.parse().map(Self::Schema) }
    }
}

impl Join {
    /// Reads the keys of a `#[many_to_many]`; `None` after a mistake.
    pub fn parse(cx: &Ctxt, owner: &str, association: &Association<'_>, args: &mut Args) -> Option<Self> {
        let span = association.origin;
        let related = last_segment(association.target).map(|segment| segment.ident.unraw().to_string());
        let owner_key = Keys::parse(cx, args, keys::OWNER_KEY, owner, span);
        let related_key = Keys::parse(cx, args, keys::RELATED_KEY, related.as_deref().unwrap_or("related"), span);
        let on_conflict = choice::ON_JOIN_CONFLICT.parse(cx, association.kind, args);
        Some(Self {
            defaults: Given::parse_all(cx, args, keys::JOIN_DEFAULTS),
            skips_existing: on_conflict.is_some_and(|chosen| chosen.option == OnJoinConflict::Nothing),
            table: table(cx, args, span)?,
            owner_key: owner_key?,
            related_key: related_key?,
        })
    }
}

fn table(cx: &Ctxt, args: &mut Args, span: Span) -> Option<JoinTable> {
    match args.take(keys::JOIN_THROUGH) {
        Some(entry) => entry.value(cx, keys::JOIN_THROUGH),
        None => {
            let attribute = Ident::new("many_to_many", span);
            cx.error(
                attribute,
                "`#[many_to_many]` needs its join table: `join_through = \"posts_tags\"`, or a schema: `join_through = PostTag`",
            );
            None
        }
    }
}

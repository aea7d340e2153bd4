//! Where the rows of a schema are.

use syn::{DeriveInput, LitStr, ext::IdentExt};

use crate::{
    ast::named,
    attr::Args,
    ctxt::Ctxt,
    keys::{self, Place},
    naming::table_name,
};

/// A table, or the rows of other schemas.
pub enum Home {
    /// A table of their own, and the database schema that it lies in.
    Table { name: String, prefix: Option<String> },
    /// A column of the rows that embed them.
    Embedded,
}

impl Home {
    /// Reads `#[schema(…)]` on the struct.
    pub fn parse(cx: &Ctxt, input: &DeriveInput) -> Self {
        let mut args = Args::parse(cx, Place::Struct, named(&input.attrs, "schema"));
        if let Some(embedded) = args.take(keys::EMBEDDED) {
            embedded.flag(cx, keys::EMBEDDED);
            for key in [keys::TABLE, keys::PREFIX] {
                if let Some(entry) = args.take(key) {
                    cx.error(
                        entry.key,
                        format!("an embedded schema has no table; remove `embedded` or `{}`", key.name),
                    );
                }
            }
            return Self::Embedded;
        }
        let mut text = |key| args.take(key).and_then(|entry| entry.value::<LitStr>(cx, key)).map(|text| text.value());
        Self::Table {
            name: text(keys::TABLE).unwrap_or_else(|| table_name(&input.ident.unraw().to_string())),
            prefix: text(keys::PREFIX),
        }
    }

    /// Whether the rows are part of other rows.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded)
    }
}

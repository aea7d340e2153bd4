//! A field that the row itself holds: a value, or embedded rows.

use proc_macro2::Ident;
use syn::Type;

use crate::{association::Association, column::Column, kind::Kind, relation::Relation};

/// A field in the metadata's list of fields.
pub enum Member<'a> {
    /// A value.
    Column(Column<'a>),
    /// Embedded rows; what else is known of them, the association of the same name knows.
    Embed(Embed<'a>),
}

/// The column of an `#[embeds_one]` or `#[embeds_many]` field.
pub struct Embed<'a> {
    /// The field's identifier.
    pub ident: &'a Ident,
    /// Its name without `r#`.
    pub name: String,
    /// The column's name.
    pub column: String,
    /// How many rows there are.
    pub kind: Kind,
    /// The schema of the rows.
    pub target: &'a Type,
}

impl<'a> Embed<'a> {
    /// The column of an association, if that is an embed.
    pub fn of(association: &Association<'a>) -> Option<Self> {
        let Some(Relation::Embed { column }) = &association.relation else { return None };
        let Association { ident, name, kind, target, .. } = association;
        Some(Self { ident, name: name.clone(), column: column.clone(), kind: *kind, target })
    }
}

impl<'a> Member<'a> {
    /// The field's identifier.
    pub fn ident(&self) -> &'a Ident {
        match self {
            Self::Column(column) => column.ident,
            Self::Embed(embed) => embed.ident,
        }
    }

    /// The name of the column, if there is one.
    pub fn column_name(&self) -> Option<&str> {
        match self {
            Self::Column(column) => (!column.is_virtual).then_some(&column.column),
            Self::Embed(embed) => Some(&embed.column),
        }
    }

    /// The field, if it is a value.
    pub fn as_column(&self) -> Option<&Column<'a>> {
        match self {
            Self::Column(column) => Some(column),
            Self::Embed(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn as_column_mut(&mut self) -> Option<&mut Column<'a>> {
        match self {
            Self::Column(column) => Some(column),
            Self::Embed(_) => None,
        }
    }
}

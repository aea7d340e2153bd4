//! A field with a column, or a virtual one, as the user wrote it.

use proc_macro2::{Ident, TokenStream};
use syn::{Field, LitStr, Path, Type, ext::IdentExt};

use crate::{
    ast::named,
    attr::{Args, Entry},
    container::last_segment,
    ctxt::Ctxt,
    keys::{self, Key, Place},
};

/// A field that is no association.
pub struct Column<'a> {
    /// The field.
    pub field: &'a Field,
    /// Its identifier.
    pub ident: &'a Ident,
    /// Its name without `r#`.
    pub name: String,
    /// The column's name.
    pub column: String,
    /// Whether there is no column.
    pub is_virtual: bool,
    /// Whether it is marked as part of the primary key.
    pub is_primary_key: bool,
    /// The value of a new row.
    pub default: Option<Default>,
    /// A value that the client makes for a new row.
    pub autogenerate: Option<Autogenerate>,
    /// What the database does for a row without this value.
    pub database_default: Option<DatabaseDefault>,
    /// Which time it holds.
    pub timestamp: Option<Timestamp>,
    /// How it tells the versions of its row.
    pub version: Option<Version>,
}

/// `default`
pub enum Default {
    /// The type's own.
    OfType,
    /// `default = expression`
    Expression(TokenStream),
}

/// `autogenerate`
pub enum Autogenerate {
    /// The type's own.
    OfType,
    /// `autogenerate = function`
    Function(Path),
}

/// `database_default`
pub enum DatabaseDefault {
    /// There is one.
    Some,
    /// `database_default = "SQL"`
    Expression(LitStr),
}

/// A field marked by `#[timestamps]`.
#[derive(Clone, Copy)]
pub enum Timestamp {
    /// Set when the row is inserted.
    Inserted,
    /// Set whenever the row is written.
    Updated,
}

/// `version`; each option has the name of its variant in the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// A number that every update increments.
    Counter,
    /// `version = xmin`
    Xmin,
}

impl<'a> Column<'a> {
    /// Reads a field.
    pub fn parse(cx: &Ctxt, field: &'a Field, ident: &'a Ident) -> Self {
        let mut args = Args::parse(cx, Place::Field, named(&field.attrs, "schema"));
        let name = ident.unraw().to_string();
        let is_virtual = args.take(keys::VIRTUAL).map(|entry| entry.flag(cx, keys::VIRTUAL)).is_some();
        if is_virtual {
            reject_keys_of_virtual(cx, &mut args);
        }
        let version = args.take(keys::VERSION).map(|entry| Version::parse(cx, entry));
        let mut column = name.clone();
        if version == Some(Version::Xmin) {
            reject_keys_of_xmin(cx, &mut args);
            column = "xmin".to_owned();
        }
        let given = args.take(keys::COLUMN).and_then(|entry| entry.value::<LitStr>(cx, keys::COLUMN));
        Self {
            field,
            ident,
            name,
            column: given.map_or(column, |text| text.value()),
            is_virtual,
            is_primary_key: args.take(keys::PRIMARY_KEY).map(|entry| entry.flag(cx, keys::PRIMARY_KEY)).is_some(),
            default: args
                .take(keys::DEFAULT)
                .map(|entry| entry.optional(cx, keys::DEFAULT).map_or(Default::OfType, Default::Expression)),
            autogenerate: args.take(keys::AUTOGENERATE).map(|entry| {
                entry.optional(cx, keys::AUTOGENERATE).map_or(Autogenerate::OfType, Autogenerate::Function)
            }),
            database_default: args.take(keys::DATABASE_DEFAULT).map(|entry| {
                entry.optional(cx, keys::DATABASE_DEFAULT).map_or(DatabaseDefault::Some, DatabaseDefault::Expression)
            }),
            timestamp: None,
            version,
        }
    }

    /// Whether the type is called `Uuid`.
    pub fn is_uuid(&self) -> bool {
        last_segment(self.ty()).is_some_and(|segment| segment.ident == "Uuid")
    }

    /// The type of the field.
    pub fn ty(&self) -> &'a Type {
        &self.field.ty
    }
}

impl Version {
    fn parse(cx: &Ctxt, entry: Entry) -> Self {
        match entry.optional::<Ident>(cx, keys::VERSION) {
            None => Self::Counter,
            Some(xmin) if xmin == "xmin" => Self::Xmin,
            Some(other) => {
                cx.error(
                    &other,
                    format!(
                        "unknown option `{other}`; `version` alone makes a counter, `version = xmin` is PostgreSQL's"
                    ),
                );
                Self::Counter
            }
        }
    }
}

fn reject_keys_of_virtual(cx: &Ctxt, args: &mut Args) {
    reject(cx, args, &[keys::PRIMARY_KEY, keys::COLUMN, keys::DATABASE_DEFAULT, keys::VERSION], |key| {
        format!("a virtual field has no column; remove `virtual` or `{key}`")
    });
}

fn reject_keys_of_xmin(cx: &Ctxt, args: &mut Args) {
    reject(cx, args, &[keys::COLUMN, keys::DEFAULT, keys::DATABASE_DEFAULT, keys::AUTOGENERATE], |key| {
        format!("the database has the column `xmin` in every table and writes it itself; remove `{key}`")
    });
}

fn reject(cx: &Ctxt, args: &mut Args, keys: &[Key], message: impl Fn(&str) -> String) {
    for key in keys {
        if let Some(entry) = args.take(*key) {
            cx.error(entry.key, message(key.name));
        }
    }
}

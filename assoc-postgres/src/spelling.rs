//! Names, types and values as PostgreSQL spells them.

use assoc_core::{Type, plan::Col};

/// The system column that tells which transaction wrote a row; no other column can have that name.
pub(crate) const XMIN: &str = "xmin";

/// Its type knows no order and no numbers.
pub(crate) fn xmin() -> String {
    format!("{}::text::bigint", quote(XMIN))
}

/// A column as it is compared.
pub(crate) fn column(col: &Col) -> String {
    if col.name == XMIN { xmin() } else { quote(col.name) }
}

/// `$1`, with its type where it travels as text.
pub(crate) fn scalar(ty: Type, placeholder: usize) -> String {
    match ty {
        Type::Enum(_) | Type::Array(_) => format!("${placeholder}::{}", cast(ty)),
        _ => format!("${placeholder}"),
    }
}

/// `$1::bigint`
pub(crate) fn typed(ty: Type, placeholder: usize) -> String {
    match ty {
        Type::Enum(_) | Type::Array(_) => scalar(ty, placeholder),
        _ => format!("${placeholder}::{}", type_name(ty)),
    }
}

/// The value of a column in the source, cast where it travels as text.
pub(crate) fn value(ty: Type, at: usize) -> String {
    match ty {
        Type::Enum(_) | Type::Array(_) => format!("u.c{at}::{}", cast(ty)),
        _ => format!("u.c{at}"),
    }
}

/// The type that a value which travels as text is cast to.
pub(crate) fn cast(ty: Type) -> String {
    match ty {
        Type::Enum(name) => quote(name),
        Type::Array(element) => format!("{}[]", cast(*element)),
        ty => type_name(ty).to_owned(),
    }
}

/// The type as which a column travels: arrays as text, because `unnest` would flatten them.
pub(crate) fn carrier(ty: Type) -> &'static str {
    match ty {
        Type::Array(_) => "text",
        ty => type_name(ty),
    }
}

/// The type in which a column comes back: labels of enumerations as text.
pub(crate) fn read_type(ty: Type) -> String {
    match ty {
        Type::Array(element) => format!("{}[]", type_name(*element)),
        ty => type_name(ty).to_owned(),
    }
}

pub(crate) fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "boolean",
        Type::I16 => "smallint",
        Type::I32 => "integer",
        Type::I64 => "bigint",
        Type::F32 => "real",
        Type::F64 => "double precision",
        Type::Text | Type::Enum(_) | Type::Array(_) => "text",
        Type::Bytes => "bytea",
        Type::Json => "jsonb",
        Type::Uuid => "uuid",
        Type::Decimal => "numeric",
        Type::ChronoDate | Type::TimeDate => "date",
        Type::ChronoTime | Type::TimeTime => "time",
        Type::ChronoDateTime | Type::TimeDateTime => "timestamp",
        Type::ChronoUtc | Type::TimeOffset => "timestamptz",
    }
}

pub(crate) fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

pub(crate) fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

pub(crate) fn all(conditions: impl Iterator<Item = String>) -> String {
    conditions.collect::<Vec<_>>().join(" AND ")
}

/// `c0, c1`: the columns of a source.
pub(crate) fn names(count: usize) -> String {
    list((0..count).map(|at| format!("c{at}")))
}

//! How values are kept: SQLite knows integers, reals, texts and blobs. Dates are texts as sqlx writes them.

use assoc_core::{Value, adapter::Bind};
use sqlx::{Arguments, error::BoxDynError, sqlite::SqliteArguments};

/// A value as SQLite keeps it.
pub(crate) enum Stored {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// Adds a bound value.
pub(crate) fn bind(arguments: &mut SqliteArguments, bind: &Bind<'_>) -> Result<(), BoxDynError> {
    match bind {
        Bind::One(value) => match stored(value) {
            Stored::Null => arguments.add(None::<i64>),
            Stored::Integer(number) => arguments.add(number),
            Stored::Real(number) => arguments.add(number),
            Stored::Text(text) => arguments.add(text),
            Stored::Blob(bytes) => arguments.add(bytes),
        },
        Bind::Column(..) => Err("SQLite has no arrays to bind".into()),
    }
}

pub(crate) fn stored(value: &Value) -> Stored {
    match value {
        value if assoc_core::types::is_null(value) => Stored::Null,
        Value::Bool(Some(value)) => Stored::Integer((*value).into()),
        Value::SmallInt(Some(value)) => Stored::Integer((*value).into()),
        Value::Int(Some(value)) => Stored::Integer((*value).into()),
        Value::BigInt(Some(value)) => Stored::Integer(*value),
        // LIMIT and OFFSET
        Value::BigUnsigned(Some(value)) => Stored::Integer(i64::try_from(*value).unwrap_or(i64::MAX)),
        Value::Float(Some(value)) => Stored::Real((*value).into()),
        Value::Double(Some(value)) => Stored::Real(*value),
        Value::String(Some(value)) => Stored::Text(value.clone()),
        Value::Bytes(Some(value)) => Stored::Blob(value.clone()),
        #[cfg(feature = "uuid")]
        Value::Uuid(Some(value)) => Stored::Blob(value.as_bytes().to_vec()),
        #[cfg(feature = "chrono")]
        Value::ChronoTime(Some(value)) => Stored::Text(value.format("%T%.f").to_string()),
        #[cfg(feature = "chrono")]
        Value::ChronoDateTime(Some(value)) => Stored::Text(value.format("%F %T%.f").to_string()),
        #[cfg(feature = "chrono")]
        Value::ChronoDateTimeUtc(Some(value)) => {
            Stored::Text(value.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false))
        }
        #[cfg(feature = "json")]
        Value::Json(Some(json)) => Stored::Text(json.to_string()),
        other => match assoc_core::types::to_json(other) {
            serde_json::Value::String(text) => Stored::Text(text),
            json => Stored::Text(json.to_string()),
        },
    }
}

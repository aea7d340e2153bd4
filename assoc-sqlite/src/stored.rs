//! How values are kept: SQLite knows integers, reals, texts and blobs. Dates are texts as sqlx writes them.

use assoc_core::{Value, adapter::Bind};
use serde_json::Value as Json;
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
    let value = match bind {
        Bind::One(value) => value,
        Bind::Scalar(_, value) => value,
        Bind::Column(..) => return Err("SQLite has no arrays to bind".into()),
    };
    match stored(value) {
        Stored::Null => arguments.add(None::<i64>),
        Stored::Integer(number) => arguments.add(number),
        Stored::Real(number) if number.is_nan() => Err("SQLite keeps no NaN; it would become NULL".into()),
        Stored::Real(number) => arguments.add(number),
        Stored::Text(text) => arguments.add(text),
        Stored::Blob(bytes) => arguments.add(bytes),
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
        #[cfg(feature = "time")]
        Value::TimeDateTimeWithTimeZone(Some(value)) => Stored::Text(instant(*value)),
        #[cfg(feature = "json")]
        Value::Json(Some(json)) => Stored::Text(json.to_string()),
        other => match assoc_core::types::to_json(other) {
            Json::String(text) => Stored::Text(text),
            json => Stored::Text(json.to_string()),
        },
    }
}

/// With `+00:00` for the zone: the order of the texts is that of the times, fractions or not.
#[cfg(feature = "time")]
fn instant(value: time::OffsetDateTime) -> String {
    let value = value.to_offset(time::UtcOffset::UTC);
    let (date, (hour, minute, second, nano)) = (value.date(), value.time().as_hms_nano());
    let fraction = match (nano % 1_000_000, nano / 1_000_000, nano / 1000) {
        (_, 0, 0) => String::new(),
        (0, milli, _) => format!(".{milli:03}"),
        (_, _, micro) => format!(".{micro:06}"),
    };
    format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}+00:00")
}

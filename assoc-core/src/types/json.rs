//! Values as JSON: for plans that are printed or serialised, and for databases without arrays.

use sea_query::Value;
use serde_json::Value as Json;

/// The value as JSON: numbers and truth values as such, bytes in hex, dates in ISO 8601, all else as text, numbers that
/// JSON does not know among them.
pub fn to_json(value: &Value) -> Json {
    match value {
        value if super::is_null(value) => Json::Null,
        Value::Bool(Some(value)) => (*value).into(),
        Value::SmallInt(Some(value)) => (*value).into(),
        Value::Int(Some(value)) => (*value).into(),
        Value::BigInt(Some(value)) => (*value).into(),
        Value::Float(Some(value)) if value.is_finite() => (*value).into(),
        Value::Float(Some(value)) => value.to_string().into(),
        Value::Double(Some(value)) if value.is_finite() => (*value).into(),
        Value::Double(Some(value)) => value.to_string().into(),
        Value::String(Some(value)) => value.as_str().into(),
        Value::Bytes(Some(value)) => hex(value).into(),
        #[cfg(feature = "json")]
        Value::Json(Some(value)) => (**value).clone(),
        #[cfg(feature = "uuid")]
        Value::Uuid(Some(value)) => value.to_string().into(),
        #[cfg(feature = "decimal")]
        Value::Decimal(Some(value)) => value.to_string().into(),
        #[cfg(feature = "chrono")]
        Value::ChronoDate(Some(value)) => value.to_string().into(),
        #[cfg(feature = "chrono")]
        Value::ChronoTime(Some(value)) => value.to_string().into(),
        #[cfg(feature = "chrono")]
        Value::ChronoDateTime(Some(value)) => value.format("%Y-%m-%dT%H:%M:%S%.f").to_string().into(),
        #[cfg(feature = "chrono")]
        Value::ChronoDateTimeUtc(Some(value)) => value.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string().into(),
        #[cfg(feature = "time")]
        Value::TimeDate(Some(value)) => value.to_string().into(),
        #[cfg(feature = "time")]
        Value::TimeTime(Some(value)) => time_text(*value).into(),
        #[cfg(feature = "time")]
        Value::TimeDateTime(Some(value)) => format!("{}T{}", value.date(), time_text(value.time())).into(),
        #[cfg(feature = "time")]
        Value::TimeDateTimeWithTimeZone(Some(value)) => {
            let value = value.checked_to_offset(time::UtcOffset::UTC).unwrap_or(*value);
            format!("{}T{}Z", value.date(), time_text(value.time())).into()
        }
        Value::Array(_, Some(items)) => items.iter().map(to_json).collect(),
        other => format!("{other:?}").into(),
    }
}

/// The value as people read it: texts in quotes, the rest as in [`to_json`].
pub fn value_text(value: &Value) -> String {
    to_json(value).to_string()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

/// `time` prints hours without a leading zero.
#[cfg(feature = "time")]
fn time_text(value: time::Time) -> String {
    let (hour, minute, second, nano) = value.as_hms_nano();
    if nano == 0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}.{:06}", nano / 1000)
    }
}

//! Values to arguments: one by one, or a column of rows as an array.

use assoc_core::{Type, Value, adapter::Bind};
use sqlx::{Arguments, Encode, error::BoxDynError, postgres::PgArguments};

/// Adds a bound value.
pub(crate) fn encode(arguments: &mut PgArguments, bind: &Bind<'_>) -> Result<(), BoxDynError> {
    match bind {
        Bind::One(value) => one(arguments, value),
        Bind::Column(Type::Array(_), values) => {
            let literals: Vec<Option<String>> = values.iter().map(|value| literal(value)).collect::<Result<_, _>>()?;
            arguments.add(literals)
        }
        Bind::Column(ty, values) => column(arguments, *ty, values.iter().map(|value| &**value)),
    }
}

/// The values of a column as an array, each read by `item`.
fn array<'v, T>(
    arguments: &mut PgArguments,
    values: impl Iterator<Item = &'v Value>,
    item: impl Fn(&'v Value) -> Option<Option<T>>,
) -> Result<(), BoxDynError>
where
    Vec<Option<T>>: Encode<'v, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let items: Option<Vec<Option<T>>> = values.map(item).collect();
    arguments.add(items.ok_or("a value is not of its column's type")?)
}

/// One arm per type, for a single value and for an array.
macro_rules! encode {
    ($($(#[$cfg:meta])* $kind:pat, $variant:path => |$value:ident| $read:expr;)+) => {
        fn column<'v>(
            arguments: &mut PgArguments,
            ty: Type,
            values: impl Iterator<Item = &'v Value>,
        ) -> Result<(), BoxDynError> {
            match ty {
                $($(#[$cfg])* $kind => array(arguments, values, |value| match value {
                    $variant($value) => Some($read),
                    _ => None,
                }),)+
                #[allow(unreachable_patterns)]
                other => Err(format!("a column of type {other:?} cannot be bound: is a feature of assoc missing?").into()),
            }
        }

        fn one(arguments: &mut PgArguments, value: &Value) -> Result<(), BoxDynError> {
            match value {
                $($(#[$cfg])* $variant($value) => arguments.add($read),)+
                Value::Array(_, Some(items)) => match items.first().map(type_of) {
                    Some(ty) => column(arguments, ty?, items.iter()),
                    None => arguments.add(Vec::<String>::new()),
                },
                Value::Array(_, None) => arguments.add(None::<Vec<String>>),
                // LIMIT and OFFSET
                Value::BigUnsigned(Some(number)) => arguments.add(i64::try_from(*number)?),
                other => Err(format!("a value cannot be bound: {}", assoc_core::types::value_text(other)).into()),
            }
        }
    };
}

encode! {
    Type::Bool, Value::Bool => |value| *value;
    Type::I16, Value::SmallInt => |value| *value;
    Type::I32, Value::Int => |value| *value;
    Type::I64, Value::BigInt => |value| *value;
    Type::F32, Value::Float => |value| *value;
    Type::F64, Value::Double => |value| *value;
    Type::Text | Type::Enum(_), Value::String => |value| value.as_deref();
    Type::Bytes, Value::Bytes => |value| value.as_deref();
    #[cfg(feature = "json")]
    Type::Json, Value::Json => |value| value.as_deref();
    #[cfg(feature = "uuid")]
    Type::Uuid, Value::Uuid => |value| *value;
    #[cfg(feature = "decimal")]
    Type::Decimal, Value::Decimal => |value| *value;
    #[cfg(feature = "chrono")]
    Type::ChronoDate, Value::ChronoDate => |value| *value;
    #[cfg(feature = "chrono")]
    Type::ChronoTime, Value::ChronoTime => |value| *value;
    #[cfg(feature = "chrono")]
    Type::ChronoDateTime, Value::ChronoDateTime => |value| *value;
    #[cfg(feature = "chrono")]
    Type::ChronoUtc, Value::ChronoDateTimeUtc => |value| *value;
    #[cfg(feature = "time")]
    Type::TimeDate, Value::TimeDate => |value| *value;
    #[cfg(feature = "time")]
    Type::TimeTime, Value::TimeTime => |value| *value;
    #[cfg(feature = "time")]
    Type::TimeDateTime, Value::TimeDateTime => |value| *value;
    #[cfg(feature = "time")]
    Type::TimeOffset, Value::TimeDateTimeWithTimeZone => |value| *value;
}

/// The type of the items of an array value, by its first item.
fn type_of(value: &Value) -> Result<Type, BoxDynError> {
    Ok(match value {
        Value::Bool(_) => Type::Bool,
        Value::SmallInt(_) => Type::I16,
        Value::Int(_) => Type::I32,
        Value::BigInt(_) => Type::I64,
        Value::Float(_) => Type::F32,
        Value::Double(_) => Type::F64,
        Value::String(_) => Type::Text,
        Value::Bytes(_) => Type::Bytes,
        #[cfg(feature = "json")]
        Value::Json(_) => Type::Json,
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => Type::Uuid,
        #[cfg(feature = "decimal")]
        Value::Decimal(_) => Type::Decimal,
        #[cfg(feature = "chrono")]
        Value::ChronoDate(_) => Type::ChronoDate,
        #[cfg(feature = "chrono")]
        Value::ChronoTime(_) => Type::ChronoTime,
        #[cfg(feature = "chrono")]
        Value::ChronoDateTime(_) => Type::ChronoDateTime,
        #[cfg(feature = "chrono")]
        Value::ChronoDateTimeUtc(_) => Type::ChronoUtc,
        #[cfg(feature = "time")]
        Value::TimeDate(_) => Type::TimeDate,
        #[cfg(feature = "time")]
        Value::TimeTime(_) => Type::TimeTime,
        #[cfg(feature = "time")]
        Value::TimeDateTime(_) => Type::TimeDateTime,
        #[cfg(feature = "time")]
        Value::TimeDateTimeWithTimeZone(_) => Type::TimeOffset,
        _ => return Err("arrays of this type cannot be bound".into()),
    })
}

/// An array as PostgreSQL reads it from text, for arrays inside of an array: `unnest` would flatten them.
fn literal(value: &Value) -> Result<Option<String>, BoxDynError> {
    let Value::Array(_, items) = value else { return Err("a value is not of its column's type".into()) };
    let Some(items) = items else { return Ok(None) };
    let items: Vec<String> = items.iter().map(element).collect();
    Ok(Some(format!("{{{}}}", items.join(","))))
}

fn element(value: &Value) -> String {
    let text = match value {
        value if assoc_core::types::is_null(value) => return "NULL".to_owned(),
        Value::String(Some(text)) => text.clone(),
        Value::Bytes(Some(_)) => format!("\\x{}", plain(value)),
        Value::Float(Some(number)) => number.to_string(),
        Value::Double(Some(number)) => number.to_string(),
        #[cfg(feature = "json")]
        Value::Json(Some(json)) => json.to_string(),
        value => plain(value),
    };
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn plain(value: &Value) -> String {
    assoc_core::types::value_text(value).trim_matches('"').to_owned()
}

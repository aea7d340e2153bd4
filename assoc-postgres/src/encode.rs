//! Values to arguments: one by one, or a column of rows as an array.

use assoc_core::{Type, Value, adapter::Bind};
use sea_query::ArrayType;
use sqlx::{
    Arguments, Encode, Postgres,
    error::BoxDynError,
    postgres::{PgArguments, PgBindIterExt, PgHasArrayType},
};

const UNLIKE: &str = "a value is not of its column's type";

/// Adds a bound value.
pub(crate) fn encode(arguments: &mut PgArguments, bind: &Bind<'_>) -> Result<(), BoxDynError> {
    match bind {
        Bind::One(value) => one(arguments, value),
        Bind::Scalar(Type::Array(_), value) => arguments.add(literal(value).ok_or(UNLIKE)?),
        Bind::Scalar(_, value) => one(arguments, value),
        Bind::Column(Type::Array(_), values) => {
            let literals: Option<Vec<Option<String>>> = values.iter().map(literal).collect();
            arguments.add(literals.ok_or(UNLIKE)?)
        }
        Bind::Column(ty, values) => column(arguments, *ty, Some(values.iter())),
    }
}

/// The values of a column as an array, each read by `item`.
fn array<'v, T>(
    arguments: &mut PgArguments,
    values: Option<impl Iterator<Item = &'v Value> + Clone>,
    item: impl Fn(&'v Value) -> Option<Option<T>>,
) -> Result<(), BoxDynError>
where
    Option<T>: Encode<'v, Postgres> + sqlx::Type<Postgres> + PgHasArrayType + 'v,
{
    let Some(values) = values else { return arguments.add(None::<Vec<Option<T>>>) };
    if values.clone().any(|value| item(value).is_none()) {
        return Err(UNLIKE.into());
    }
    arguments.add(values.filter_map(item).bind_iter())
}

/// One arm per type, for a single value and for an array.
macro_rules! encode {
    ($($(#[$cfg:meta])* $kind:pat, $variant:path => |$value:ident| $read:expr;)+) => {
        fn column<'v>(
            arguments: &mut PgArguments,
            ty: Type,
            values: Option<impl Iterator<Item = &'v Value> + Clone>,
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
                // The type is bound even where there is no item: a prepared statement keeps that of its first call.
                Value::Array(element, items) => column(arguments, type_of(element)?, items.as_ref().map(|items| items.iter())),
                // LIMIT and OFFSET
                Value::BigUnsigned(Some(number)) => arguments.add(i64::try_from(*number).unwrap_or(i64::MAX)),
                _ => Err("a value of this kind cannot be bound: is a feature of assoc missing?".into()),
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

/// The type of the items of an array value.
fn type_of(element: &ArrayType) -> Result<Type, BoxDynError> {
    Ok(match element {
        ArrayType::Bool => Type::Bool,
        ArrayType::SmallInt => Type::I16,
        ArrayType::Int => Type::I32,
        ArrayType::BigInt => Type::I64,
        ArrayType::Float => Type::F32,
        ArrayType::Double => Type::F64,
        ArrayType::String => Type::Text,
        ArrayType::Bytes => Type::Bytes,
        #[cfg(feature = "json")]
        ArrayType::Json => Type::Json,
        #[cfg(feature = "uuid")]
        ArrayType::Uuid => Type::Uuid,
        #[cfg(feature = "decimal")]
        ArrayType::Decimal => Type::Decimal,
        #[cfg(feature = "chrono")]
        ArrayType::ChronoDate => Type::ChronoDate,
        #[cfg(feature = "chrono")]
        ArrayType::ChronoTime => Type::ChronoTime,
        #[cfg(feature = "chrono")]
        ArrayType::ChronoDateTime => Type::ChronoDateTime,
        #[cfg(feature = "chrono")]
        ArrayType::ChronoDateTimeUtc => Type::ChronoUtc,
        #[cfg(feature = "time")]
        ArrayType::TimeDate => Type::TimeDate,
        #[cfg(feature = "time")]
        ArrayType::TimeTime => Type::TimeTime,
        #[cfg(feature = "time")]
        ArrayType::TimeDateTime => Type::TimeDateTime,
        #[cfg(feature = "time")]
        ArrayType::TimeDateTimeWithTimeZone => Type::TimeOffset,
        _ => return Err("arrays of this type cannot be bound".into()),
    })
}

/// An array as PostgreSQL reads it from text, for arrays inside of an array: `unnest` would flatten them. `None` for any
/// other value.
pub(crate) fn literal(value: &Value) -> Option<Option<String>> {
    let Value::Array(_, items) = value else { return None };
    let text = |items: &[Value]| format!("{{{}}}", items.iter().map(element).collect::<Vec<_>>().join(","));
    Some(items.as_ref().map(|items| text(items)))
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

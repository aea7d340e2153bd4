//! Column types: what a field of a schema can hold, how input becomes it, how a database carries it.

mod cast;
mod json;
mod key;
mod scalar;
#[cfg(any(feature = "chrono", feature = "time"))]
mod temporal;

use sea_query::{ArrayType, Value};

use crate::params::Params;
pub use cast::CastError;
use json::unhex;
pub use json::{to_json, value_text};
pub(crate) use key::key_text;
pub use key::{Key, KeyValues};
#[cfg(any(feature = "chrono", feature = "time"))]
pub use temporal::Timestamp;

/// The wire type of a column: decides how an adapter binds and decodes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `boolean`
    Bool,
    /// `smallint`
    I16,
    /// `integer`
    I32,
    /// `bigint`
    I64,
    /// `real`
    F32,
    /// `double precision`
    F64,
    /// `text`, `varchar`
    Text,
    /// `bytea`, `blob`
    Bytes,
    /// `jsonb`, on SQLite text
    Json,
    /// `uuid`, on SQLite a blob of 16 bytes
    Uuid,
    /// `numeric`, on SQLite text
    Decimal,
    /// `date` as `chrono::NaiveDate`
    ChronoDate,
    /// `time` as `chrono::NaiveTime`
    ChronoTime,
    /// `timestamp` as `chrono::NaiveDateTime`
    ChronoDateTime,
    /// `timestamptz` as `chrono::DateTime<Utc>`
    ChronoUtc,
    /// `date` as `time::Date`
    TimeDate,
    /// `time` as `time::Time`
    TimeTime,
    /// `timestamp` as `time::PrimitiveDateTime`
    TimeDateTime,
    /// `timestamptz` as `time::OffsetDateTime`
    TimeOffset,
    /// An enumeration type of the database, by its name; travels as text.
    Enum(&'static str),
    /// A one-dimensional array, on SQLite JSON text.
    Array(&'static Type),
}

impl Type {
    /// The NULL of this type.
    pub fn null(self) -> Value {
        match self {
            Self::Bool => Value::Bool(None),
            Self::I16 => Value::SmallInt(None),
            Self::I32 => Value::Int(None),
            Self::I64 => Value::BigInt(None),
            Self::F32 => Value::Float(None),
            Self::F64 => Value::Double(None),
            Self::Bytes => Value::Bytes(None),
            #[cfg(feature = "json")]
            Self::Json => Value::Json(None),
            #[cfg(feature = "uuid")]
            Self::Uuid => Value::Uuid(None),
            #[cfg(feature = "decimal")]
            Self::Decimal => Value::Decimal(None),
            #[cfg(feature = "chrono")]
            Self::ChronoDate => Value::ChronoDate(None),
            #[cfg(feature = "chrono")]
            Self::ChronoTime => Value::ChronoTime(None),
            #[cfg(feature = "chrono")]
            Self::ChronoDateTime => Value::ChronoDateTime(None),
            #[cfg(feature = "chrono")]
            Self::ChronoUtc => Value::ChronoDateTimeUtc(None),
            #[cfg(feature = "time")]
            Self::TimeDate => Value::TimeDate(None),
            #[cfg(feature = "time")]
            Self::TimeTime => Value::TimeTime(None),
            #[cfg(feature = "time")]
            Self::TimeDateTime => Value::TimeDateTime(None),
            #[cfg(feature = "time")]
            Self::TimeOffset => Value::TimeDateTimeWithTimeZone(None),
            Self::Array(element) => Value::Array(element.array_type(), None),
            _ => Value::String(None),
        }
    }

    /// The tag that `sea_query` gives arrays of this element.
    pub fn array_type(self) -> ArrayType {
        match self {
            Self::Bool => ArrayType::Bool,
            Self::I16 => ArrayType::SmallInt,
            Self::I32 => ArrayType::Int,
            Self::I64 => ArrayType::BigInt,
            Self::F32 => ArrayType::Float,
            Self::F64 => ArrayType::Double,
            Self::Bytes => ArrayType::Bytes,
            #[cfg(feature = "json")]
            Self::Json => ArrayType::Json,
            #[cfg(feature = "uuid")]
            Self::Uuid => ArrayType::Uuid,
            #[cfg(feature = "decimal")]
            Self::Decimal => ArrayType::Decimal,
            #[cfg(feature = "chrono")]
            Self::ChronoDate => ArrayType::ChronoDate,
            #[cfg(feature = "chrono")]
            Self::ChronoTime => ArrayType::ChronoTime,
            #[cfg(feature = "chrono")]
            Self::ChronoDateTime => ArrayType::ChronoDateTime,
            #[cfg(feature = "chrono")]
            Self::ChronoUtc => ArrayType::ChronoDateTimeUtc,
            #[cfg(feature = "time")]
            Self::TimeDate => ArrayType::TimeDate,
            #[cfg(feature = "time")]
            Self::TimeTime => ArrayType::TimeTime,
            #[cfg(feature = "time")]
            Self::TimeDateTime => ArrayType::TimeDateTime,
            #[cfg(feature = "time")]
            Self::TimeOffset => ArrayType::TimeDateTimeWithTimeZone,
            _ => ArrayType::String,
        }
    }

    /// Reads input as a value of this type.
    pub fn cast(self, input: &Params) -> Option<Value> {
        fn cast<T: ColumnType>(input: &Params) -> Option<Value> {
            T::cast(input).ok().map(T::into_value)
        }
        match self {
            Self::Bool => cast::<bool>(input),
            Self::I16 => cast::<i16>(input),
            Self::I32 => cast::<i32>(input),
            Self::I64 => cast::<i64>(input),
            Self::F32 => cast::<f32>(input),
            Self::F64 => cast::<f64>(input),
            Self::Text | Self::Enum(_) => cast::<String>(input),
            Self::Bytes => cast::<Vec<u8>>(input),
            #[cfg(feature = "json")]
            Self::Json => cast::<serde_json::Value>(input),
            #[cfg(feature = "uuid")]
            Self::Uuid => cast::<uuid::Uuid>(input),
            #[cfg(feature = "decimal")]
            Self::Decimal => cast::<rust_decimal::Decimal>(input),
            #[cfg(feature = "chrono")]
            Self::ChronoDate => cast::<chrono::NaiveDate>(input),
            #[cfg(feature = "chrono")]
            Self::ChronoTime => cast::<chrono::NaiveTime>(input),
            #[cfg(feature = "chrono")]
            Self::ChronoDateTime => cast::<chrono::NaiveDateTime>(input),
            #[cfg(feature = "chrono")]
            Self::ChronoUtc => cast::<chrono::DateTime<chrono::Utc>>(input),
            #[cfg(feature = "time")]
            Self::TimeDate => cast::<time::Date>(input),
            #[cfg(feature = "time")]
            Self::TimeTime => cast::<time::Time>(input),
            #[cfg(feature = "time")]
            Self::TimeDateTime => cast::<time::PrimitiveDateTime>(input),
            #[cfg(feature = "time")]
            Self::TimeOffset => cast::<time::OffsetDateTime>(input),
            Self::Array(element) => match input {
                Params::List(items) => {
                    let items: Option<Vec<Value>> = items
                        .iter()
                        .map(|item| if *item == Params::Null { Some(element.null()) } else { element.cast(item) })
                        .collect();
                    Some(Value::Array(element.array_type(), Some(Box::new(items?))))
                }
                _ => None,
            },
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }

    /// Reads what [`to_json`] wrote.
    pub fn from_json(self, json: serde_json::Value) -> Option<Value> {
        match (self, json) {
            #[cfg(feature = "json")]
            (Self::Json, json) => Some(Value::Json(Some(Box::new(json)))),
            (Self::Array(element), serde_json::Value::Array(items)) => {
                let items: Option<Vec<Value>> = items
                    .into_iter()
                    .map(|item| if item.is_null() { Some(element.null()) } else { element.from_json(item) })
                    .collect();
                Some(Value::Array(element.array_type(), Some(Box::new(items?))))
            }
            (Self::Bytes, serde_json::Value::String(hex)) => unhex(&hex).map(|bytes| Value::Bytes(Some(bytes))),
            (ty, json) => ty.cast(&Params::from(json)),
        }
    }

    /// Whether a sequence of the database can make keys of this type.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::I16 | Self::I32 | Self::I64)
    }
}

/// A Rust type that a column can hold: three conversions, no more.
///
/// ```
/// use assoc_core::{CastError, ColumnType, Params, Type, TypeError, Value};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct Email(String);
///
/// impl ColumnType for Email {
///     type Base = Self;
///     const TYPE: Type = Type::Text;
///     fn into_value(self) -> Value {
///         self.0.into_value()
///     }
///     fn from_value(value: Value) -> Result<Self, TypeError> {
///         String::from_value(value).map(Self)
///     }
///     fn cast(input: &Params) -> Result<Self, CastError> {
///         let text = String::cast(input)?;
///         if text.contains('@') { Ok(Self(text)) } else { Err(CastError::invalid()) }
///     }
/// }
/// assert_eq!(Email::cast(&Params::from(serde_json::json!("a@b.c"))), Ok(Email("a@b.c".into())));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no column mapping",
    label = "this type cannot be a column",
    note = "columns hold bool, i16, i32, i64, f32, f64, String, Vec<u8>, `Option`s and `Vec`s of these, and with the features `chrono`, `time`, `uuid`, `decimal`, `json` the types of those crates",
    note = "implement `assoc::ColumnType` for a type of your own, or derive `assoc::Enum` for an enum"
)]
pub trait ColumnType: Sized + Clone + Send + Sync + 'static {
    /// The type behind an `Option`; `Self` for all others.
    type Base: ColumnType;
    /// The wire type.
    const TYPE: Type;
    /// Whether this is an `Option`.
    const NULLABLE: bool = false;
    /// To a value that can be bound.
    fn into_value(self) -> Value;
    /// From a value that a database returned.
    ///
    /// # Errors
    /// The value is NULL, or none of this type.
    fn from_value(value: Value) -> Result<Self, TypeError>;
    /// From input, by the rules of Ecto's types: `"7"` is an integer, `" 7 "` and `7.0` are not.
    ///
    /// # Errors
    /// The input cannot be read as this type.
    fn cast(input: &Params) -> Result<Self, CastError>;
    /// A fresh value made on the client, for types that know one (a UUID, the present time).
    fn generate() -> Option<Self> {
        None
    }
}

/// A value from the database that does not fit the field that reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError(pub String);

impl TypeError {
    /// `value` was found where `expected` should be.
    pub fn unexpected(expected: &str, value: &Value) -> Self {
        if is_null(value) {
            return Self(format!("the column is NULL, but the field is a `{expected}`; make it `Option<{expected}>`"));
        }
        Self(format!("expected `{expected}`, found a value of another type"))
    }
}

impl std::fmt::Display for TypeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TypeError {}

/// Whether the value is SQL NULL.
pub fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}

/// What can be given for a column of type `V`: a `V`, for an `Option` also what is inside of it, and
/// `&str` for a `String`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot take a value of type `{Self}`",
    label = "expected a value for `{V}`"
)]
pub trait Assign<V> {
    /// The value as the column's type.
    fn assign(self) -> V;
}

impl<V: ColumnType> Assign<V> for V {
    fn assign(self) -> V {
        self
    }
}

impl<V: ColumnType> Assign<Option<V>> for V {
    fn assign(self) -> Option<V> {
        Some(self)
    }
}

impl Assign<String> for &str {
    fn assign(self) -> String {
        self.to_owned()
    }
}

impl Assign<Option<String>> for &str {
    fn assign(self) -> Option<String> {
        Some(self.to_owned())
    }
}

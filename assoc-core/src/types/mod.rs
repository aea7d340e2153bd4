//! Column types: what a field of a schema can hold, how input becomes it, how a database carries it.

mod cast;
mod counter;
mod json;
mod key;
mod scalar;
mod shared;
#[cfg(any(feature = "chrono", feature = "time"))]
mod temporal;

use sea_query::{ArrayType, Value};

use crate::{params::Params, schema::Row};
pub use cast::CastError;
pub use counter::Counter;
pub(crate) use json::{hex, unhex};
pub use json::{to_json, value_text};
pub use key::{Key, KeyValues};
pub(crate) use key::{KeyMap, key_text, order};
use scalar::Scalar;
pub(crate) use shared::SharedColumns;
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

/// Runs something for the Rust type behind a wire type. Types whose feature is off are texts.
macro_rules! for_type {
    ($ty:expr, $T:ident => $body:expr) => {{
        macro_rules! with {
            ($rust:ty) => {{
                type $T = $rust;
                $body
            }};
        }
        match $ty {
            Type::Bool => with!(bool),
            Type::I16 => with!(i16),
            Type::I32 => with!(i32),
            Type::I64 => with!(i64),
            Type::F32 => with!(f32),
            Type::F64 => with!(f64),
            Type::Bytes => with!(Vec<u8>),
            #[cfg(feature = "json")]
            Type::Json => with!(serde_json::Value),
            #[cfg(feature = "uuid")]
            Type::Uuid => with!(uuid::Uuid),
            #[cfg(feature = "decimal")]
            Type::Decimal => with!(rust_decimal::Decimal),
            #[cfg(feature = "chrono")]
            Type::ChronoDate => with!(chrono::NaiveDate),
            #[cfg(feature = "chrono")]
            Type::ChronoTime => with!(chrono::NaiveTime),
            #[cfg(feature = "chrono")]
            Type::ChronoDateTime => with!(chrono::NaiveDateTime),
            #[cfg(feature = "chrono")]
            Type::ChronoUtc => with!(chrono::DateTime<chrono::Utc>),
            #[cfg(feature = "time")]
            Type::TimeDate => with!(time::Date),
            #[cfg(feature = "time")]
            Type::TimeTime => with!(time::Time),
            #[cfg(feature = "time")]
            Type::TimeDateTime => with!(time::PrimitiveDateTime),
            #[cfg(feature = "time")]
            Type::TimeOffset => with!(time::OffsetDateTime),
            _ => with!(String),
        }
    }};
}

impl Type {
    /// The NULL of this type.
    pub fn null(self) -> Value {
        match self {
            Self::Array(element) => Value::Array(element.array_type(), None),
            scalar => for_type!(scalar, T => <T as Scalar>::null()),
        }
    }

    /// The tag that `sea_query` gives arrays of this element.
    pub fn array_type(self) -> ArrayType {
        for_type!(self, T => <T as Scalar>::ARRAY)
    }

    /// Reads input as a value of this type.
    pub fn cast(self, input: &Params) -> Option<Value> {
        match (self, input) {
            (Self::Array(element), Params::List(items)) => element.array(items.iter(), |item| {
                if *item == Params::Null { Some(element.null()) } else { element.cast(item) }
            }),
            (Self::Array(_), _) => None,
            (scalar, input) => for_type!(scalar, T => T::cast(input).ok().map(T::into_value)),
        }
    }

    fn array<I>(self, items: impl Iterator<Item = I>, item: impl FnMut(I) -> Option<Value>) -> Option<Value> {
        let items: Option<Vec<Value>> = items.map(item).collect();
        Some(Value::Array(self.array_type(), Some(Box::new(items?))))
    }

    /// Reads what [`to_json`] wrote.
    pub fn from_json(self, json: serde_json::Value) -> Option<Value> {
        match (self, json) {
            #[cfg(feature = "json")]
            (Self::Json, json) => Some(Value::Json(Some(Box::new(json)))),
            (Self::Array(element), serde_json::Value::Array(items)) => element.array(items.into_iter(), |item| {
                // JSON's null is a value of JSON.
                if item.is_null() && *element != Self::Json { Some(element.null()) } else { element.from_json(item) }
            }),
            (Self::F32, serde_json::Value::String(number)) => number.parse().ok().map(|it| Value::Float(Some(it))),
            (Self::F64, serde_json::Value::String(number)) => number.parse().ok().map(|it| Value::Double(Some(it))),
            (Self::Bytes, serde_json::Value::String(hex)) => unhex(&hex).map(|bytes| Value::Bytes(Some(bytes))),
            (ty, json) => ty.cast(&Params::from(json)),
        }
    }

    /// The name that Ecto gives it, in the parameters of errors; of an array, `["array", item]`.
    pub fn name(self) -> serde_json::Value {
        let name = match self {
            Self::Bool => "boolean",
            Self::I16 | Self::I32 | Self::I64 => "integer",
            Self::F32 | Self::F64 => "float",
            Self::Text => "string",
            Self::Bytes => "binary",
            Self::Json => "map",
            Self::Uuid => "uuid",
            Self::Decimal => "decimal",
            Self::ChronoDate | Self::TimeDate => "date",
            Self::ChronoTime | Self::TimeTime => "time",
            Self::ChronoDateTime | Self::TimeDateTime => "naive_datetime",
            Self::ChronoUtc | Self::TimeOffset => "utc_datetime",
            Self::Enum(_) => "enum",
            Self::Array(item) => return serde_json::Value::Array(vec!["array".into(), item.name()]),
        };
        name.into()
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
    note = "rows of other schemas need the attribute of their association, as in `#[has_many]` or `#[embeds_many]`",
    note = "implement `assoc::ColumnType` for a type of your own, or derive `assoc::Enum` for an enum"
)]
pub trait ColumnType: Sized + Clone + Send + Sync + 'static {
    /// The type behind an `Option`; `Self` for all others.
    type Base: ColumnType;
    /// The wire type.
    const TYPE: Type;
    /// Whether this is an `Option`.
    const NULLABLE: bool = false;
    /// Whether every value of its wire type can be read as it; what is not one of this crate's own may refuse some.
    #[doc(hidden)]
    const TOTAL: bool = false;
    /// To a value that can be bound.
    fn into_value(self) -> Value;
    /// From a value that a database returned.
    ///
    /// # Errors
    /// The value is NULL, or none of this type.
    fn from_value(value: Value) -> Result<Self, TypeError>;
    /// From a column of a row; `None` where it is NULL.
    ///
    /// # Errors
    /// The value is none of this type.
    #[doc(hidden)]
    fn from_column(row: &mut dyn Row, index: usize) -> Result<Option<Self>, TypeError> {
        let value = row.take(index, Self::TYPE)?;
        if is_null(&value) { Ok(None) } else { Self::from_value(value).map(Some) }
    }
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
    match value {
        Value::BigInt(value) => value.is_none(),
        Value::Int(value) => value.is_none(),
        Value::Bool(value) => value.is_none(),
        Value::String(value) => value.is_none(),
        other => *other == other.as_null(),
    }
}

/// Reads a column of a row.
pub(crate) fn read_column<T: ColumnType>(row: &mut dyn Row, index: usize) -> Result<T, TypeError> {
    match T::from_column(row, index)? {
        Some(value) => Ok(value),
        None => T::from_value(T::TYPE.null()),
    }
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

impl Assign<Option<String>> for Option<&str> {
    fn assign(self) -> Option<String> {
        self.map(str::to_owned)
    }
}

impl Assign<String> for &String {
    fn assign(self) -> String {
        self.clone()
    }
}

impl Assign<Option<String>> for &String {
    fn assign(self) -> Option<String> {
        Some(self.clone())
    }
}

/// References to small values, as iterators hand them out.
macro_rules! assign_by_reference {
    ($($(#[$cfg:meta])* $ty:ty),+ $(,)?) => {$(
        $(#[$cfg])*
        impl Assign<$ty> for &$ty {
            fn assign(self) -> $ty {
                *self
            }
        }

        $(#[$cfg])*
        impl Assign<Option<$ty>> for &$ty {
            fn assign(self) -> Option<$ty> {
                Some(*self)
            }
        }
    )+};
}
assign_by_reference!(
    i16,
    i32,
    i64,
    #[cfg(feature = "uuid")]
    uuid::Uuid
);

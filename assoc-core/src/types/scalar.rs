//! `ColumnType` for numbers, texts, bytes, options and arrays, and for the types of small crates.

use sea_query::{ArrayType, Value};

use super::{CastError, ColumnType, Type, TypeError, is_null};
use crate::params::Params;

/// A type that is neither an option nor an array, by its place in `sea_query`.
pub(super) trait Scalar: ColumnType {
    const ARRAY: ArrayType;
    fn null() -> Value;
}

/// One impl per scalar: its wire type, its variant of `Value`, its cast.
macro_rules! scalar {
    ($rust:ty, $type:ident, $variant:ident, $cast:expr) => {
        scalar!($rust, $type, $variant, $cast, None);
    };
    ($rust:ty, $type:ident, $variant:ident, $cast:expr, $generate:expr) => {
        scalar!($rust, $type, $variant, $cast, $generate, |value| value);
    };
    // The last is how a value is made to what databases keep.
    ($rust:ty, $type:ident, $variant:ident, $cast:expr, $generate:expr, $keep:expr) => {
        #[diagnostic::do_not_recommend]
        impl ColumnType for $rust {
            type Base = Self;
            const TYPE: Type = Type::$type;
            const TOTAL: bool = true;

            fn into_value(self) -> Value {
                let keep: fn(Self) -> Self = $keep;
                Value::$variant(Some(keep(self).into()))
            }

            fn from_value(value: Value) -> Result<Self, TypeError> {
                match value {
                    Value::$variant(Some(value)) => Ok(scalar!(@inner $variant, value)),
                    other => Err(TypeError::unexpected(stringify!($rust), &other)),
                }
            }

            #[inline]
            fn from_column(row: &mut dyn crate::schema::Row, index: usize) -> Result<Option<Self>, TypeError> {
                scalar!(@column $variant, $rust, row, index)
            }

            fn cast(input: &Params) -> Result<Self, CastError> {
                let cast: fn(&Params) -> Option<Self> = $cast;
                cast(input).ok_or_else(CastError::invalid)
            }

            fn generate() -> Option<Self> {
                $generate
            }
        }

        impl crate::types::scalar::Scalar for $rust {
            const ARRAY: sea_query::ArrayType = sea_query::ArrayType::$variant;

            fn null() -> Value {
                Value::$variant(None)
            }
        }
    };
    (@column SmallInt, $rust:ty, $row:ident, $index:ident) => { narrow($row.integer($index, Self::TYPE)?) };
    (@column Int, $rust:ty, $row:ident, $index:ident) => { narrow($row.integer($index, Self::TYPE)?) };
    (@column BigInt, $rust:ty, $row:ident, $index:ident) => { $row.integer($index, Self::TYPE) };
    (@column String, $rust:ty, $row:ident, $index:ident) => { $row.text($index) };
    (@column $variant:ident, $rust:ty, $row:ident, $index:ident) => {
        match $row.take($index, Self::TYPE)? {
            Value::$variant(value) => Ok(value.map(|value| scalar!(@inner $variant, value))),
            other if crate::types::is_null(&other) => Ok(None),
            other => Err(TypeError::unexpected(stringify!($rust), &other)),
        }
    };
    (@inner Json, $value:ident) => { *$value };
    (@inner $variant:ident, $value:ident) => { $value };
}
#[cfg(any(feature = "chrono", feature = "time"))]
pub(super) use scalar;

scalar!(bool, Bool, Bool, |input| match input {
    Params::Bool(value) => Some(*value),
    Params::Text(text) => match &**text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    },
    _ => None,
});
scalar!(i16, I16, SmallInt, |input| integer(input)?.try_into().ok());
scalar!(i32, I32, Int, |input| integer(input)?.try_into().ok());
scalar!(i64, I64, BigInt, integer);
scalar!(f32, F32, Float, |input| float(input).map(|value| value as f32).filter(|value| value.is_finite()));
scalar!(f64, F64, Double, float);
scalar!(String, Text, String, |input| text(input).map(str::to_owned));
scalar!(Vec<u8>, Bytes, Bytes, |input| input.as_str().map(|text| text.as_bytes().to_vec()));

#[cfg(feature = "uuid")]
scalar!(
    uuid::Uuid,
    Uuid,
    Uuid,
    // With its hyphens, as Ecto has it; no braces, no URN.
    |input| input.as_str().filter(|text| text.len() == 36).and_then(|text| uuid::Uuid::try_parse(text).ok()),
    Some(uuid::Uuid::now_v7())
);

#[cfg(feature = "decimal")]
scalar!(rust_decimal::Decimal, Decimal, Decimal, |input| match input {
    Params::Number(number) => {
        let text = number.to_string();
        text.parse().or_else(|_| rust_decimal::Decimal::from_scientific(&text)).ok()
    }
    Params::Text(text) => text.parse().or_else(|_| rust_decimal::Decimal::from_scientific(text)).ok(),
    _ => None,
});

#[cfg(feature = "json")]
scalar!(serde_json::Value, Json, Json, |input| input.is_whole().then(|| input.to_json()));

/// A JSON object.
#[cfg(feature = "json")]
impl ColumnType for serde_json::Map<String, serde_json::Value> {
    type Base = Self;
    const TYPE: Type = Type::Json;

    fn into_value(self) -> Value {
        serde_json::Value::Object(self).into_value()
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match serde_json::Value::from_value(value)? {
            serde_json::Value::Object(members) => Ok(members),
            _ => Err(TypeError("expected a JSON object".to_owned())),
        }
    }

    fn cast(input: &Params) -> Result<Self, CastError> {
        match serde_json::Value::cast(input)? {
            serde_json::Value::Object(members) => Ok(members),
            _ => Err(CastError::invalid()),
        }
    }
}

#[inline]
fn narrow<T: TryFrom<i64>>(number: Option<i64>) -> Result<Option<T>, TypeError> {
    let narrow = |number| T::try_from(number).map_err(|_| TypeError(format!("{number} is out of range")));
    number.map(narrow).transpose()
}

/// `7`, `"7"`, `"+7"`, `"007"`; neither `" 7 "` nor `7.0`.
fn integer(input: &Params) -> Option<i64> {
    match input {
        Params::Number(number) => number.as_i64(),
        Params::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// `1`, `1.5`, `"3"`, `"1.0e3"`; neither `".5"` nor `"inf"`.
fn float(input: &Params) -> Option<f64> {
    let value = match input {
        Params::Number(number) => number.as_f64(),
        Params::Text(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let whole = digits.starts_with(|c: char| c.is_ascii_digit()) && !digits.ends_with('.');
            if whole { text.parse().ok() } else { None }
        }
        _ => None,
    };
    value.filter(|value| value.is_finite())
}

/// No database takes a NUL inside of a text.
fn text(input: &Params) -> Option<&str> {
    input.as_str().filter(|text| !text.contains('\0'))
}

impl<T: ColumnType> ColumnType for Option<T> {
    type Base = T;
    const TYPE: Type = T::TYPE;
    const NULLABLE: bool = true;
    const TOTAL: bool = T::TOTAL;

    fn into_value(self) -> Value {
        self.map_or_else(|| T::TYPE.null(), T::into_value)
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        if is_null(&value) { Ok(None) } else { T::from_value(value).map(Some) }
    }

    fn from_column(row: &mut dyn crate::schema::Row, index: usize) -> Result<Option<Self>, TypeError> {
        T::from_column(row, index).map(Some)
    }

    fn cast(input: &Params) -> Result<Self, CastError> {
        match input {
            Params::Null => Ok(None),
            input => T::cast(input).map(Some),
        }
    }

    fn generate() -> Option<Self> {
        T::generate().map(Some)
    }
}

impl<T: ColumnType> ColumnType for Vec<T> {
    type Base = Self;
    const TYPE: Type = Type::Array(&T::TYPE);

    fn into_value(self) -> Value {
        let items = self.into_iter().map(T::into_value).collect();
        Value::Array(T::TYPE.array_type(), Some(Box::new(items)))
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match value {
            Value::Array(_, Some(items)) => items.into_iter().map(T::from_value).collect(),
            other => Err(TypeError::unexpected("Vec", &other)),
        }
    }

    fn cast(input: &Params) -> Result<Self, CastError> {
        match input {
            Params::List(items) => items.iter().filter(|item| !item.is_blank()).map(T::cast).collect(),
            _ => Err(CastError::invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cast<T: ColumnType>(input: serde_json::Value) -> Option<T> {
        T::cast(&Params::from(input)).ok()
    }

    #[test]
    fn integers_are_read_strictly() {
        assert_eq!(cast::<i64>(json!("+7")), Some(7));
        assert_eq!(cast::<i64>(json!("007")), Some(7));
        for input in [json!(" 5 "), json!("1.0"), json!(3.0), json!(true), json!(null)] {
            assert_eq!(cast::<i64>(input.clone()), None, "{input}");
        }
        assert_eq!(cast::<i32>(json!(3_000_000_000_i64)), None);
        assert_eq!(cast::<Option<i32>>(json!(null)), Some(None));
    }

    #[test]
    fn floats_booleans_and_texts() {
        assert_eq!(cast::<f64>(json!(1)), Some(1.0));
        assert_eq!(cast::<f64>(json!("1.5x")), None);
        assert_eq!(cast::<f64>(json!(".5")), None);
        assert_eq!(cast::<f64>(json!("inf")), None);
        assert_eq!(cast::<bool>(json!("1")), Some(true));
        assert_eq!(cast::<bool>(json!(1)), None);
        assert_eq!(cast::<String>(json!(1)), None);
        assert_eq!(cast::<String>(json!("a\0b")), None);
    }

    #[test]
    #[cfg(feature = "json")]
    fn json_is_kept_whole_or_not_at_all() {
        assert_eq!(cast::<serde_json::Value>(json!({"a": [1, null]})), Some(json!({"a": [1, null]})));
        for input in [json!(["a\0b"]), json!({"a\0b": 1})] {
            assert_eq!(cast::<serde_json::Value>(input), None);
        }
        let deep = (0..200).fold(json!(1), |below, _| serde_json::Value::Array(vec![below]));
        assert_eq!(cast::<serde_json::Value>(deep), None);
    }

    #[test]
    fn arrays_drop_blank_items() {
        assert_eq!(cast::<Vec<i32>>(json!(["1", "", 2])), Some(vec![1, 2]));
        assert_eq!(cast::<Vec<i32>>(json!([["1"]])), None);
    }
}

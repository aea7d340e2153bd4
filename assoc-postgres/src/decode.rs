//! Values of a row, by position.

use assoc_core::{Type, TypeError, Value, schema::Row};
use sqlx::{Column as _, Row as _, TypeInfo, ValueRef, postgres::PgRow};

/// A row of sqlx.
pub(crate) struct Decoder<'r>(pub &'r PgRow);

impl Decoder<'_> {
    fn get<'r, T>(&'r self, index: usize) -> Result<Option<T>, TypeError>
    where
        T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        self.0.try_get(index).map_err(|error| TypeError(error.to_string()))
    }

    /// An integer of any width, so that a key that the client counts in `i64` can be a `serial` column.
    fn integer<T: TryFrom<i64>>(&self, index: usize) -> Result<Option<T>, TypeError> {
        let column = self.0.try_get_raw(index).map_err(|error| TypeError(error.to_string()))?;
        let known = matches!(column.type_info().name(), "INT2" | "INT4" | "INT8");
        let number: Option<i64> = if known {
            self.0.try_get_unchecked(index).map_err(|error| TypeError(error.to_string()))?
        } else {
            self.get(index)?
        };
        let narrow = |number: i64| T::try_from(number).map_err(|_| TypeError(format!("{number} is out of range")));
        number.map(narrow).transpose()
    }

    /// A value of an enumeration type: its bytes are those of its text, but its type is not.
    fn label<T>(&self, index: usize) -> Result<Option<T>, TypeError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres>,
    {
        self.0.try_get_unchecked(index).map_err(|error| TypeError(error.to_string()))
    }

    fn labels(&self, index: usize, element: Type) -> Result<Value, TypeError> {
        let labels: Option<Vec<Option<String>>> = self.label(index)?;
        let labels = labels.map(|labels| Box::new(labels.into_iter().map(Value::String).collect()));
        Ok(Value::Array(element.array_type(), labels))
    }

    /// An array, item by item.
    fn array<'r, T>(&'r self, index: usize, element: Type, item: fn(Option<T>) -> Value) -> Result<Value, TypeError>
    where
        T: 'r,
        Vec<Option<T>>: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let items: Option<Vec<Option<T>>> = self.get(index)?;
        Ok(Value::Array(element.array_type(), items.map(|items| Box::new(items.into_iter().map(item).collect()))))
    }
}

/// The same arm for a column and for an array of it.
macro_rules! decode {
    ($self:ident, $index:ident, $ty:ident; $($(#[$cfg:meta])* $kind:pat => $rust:ty, $variant:path;)+) => {
        match $ty {
            $($(#[$cfg])* $kind => Ok($variant($self.get::<$rust>($index)?.map(Into::into))),)+
            Type::Array(element) => match *element {
                $($(#[$cfg])* $kind => {
                    $self.array::<$rust>($index, *element, |item| $variant(item.map(Into::into)))
                })+
                other => Err(unsupported(other)),
            },
            #[allow(unreachable_patterns)]
            other => Err(unsupported(other)),
        }
    };
}

impl Row for Decoder<'_> {
    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError> {
        match ty {
            Type::I16 => return self.integer(index).map(Value::SmallInt),
            Type::I32 => return self.integer(index).map(Value::Int),
            Type::I64 => return self.integer(index).map(Value::BigInt),
            Type::Enum(_) => return self.label(index).map(Value::String),
            Type::Array(element @ Type::Enum(_)) => return self.labels(index, *element),
            _ => {}
        }
        decode! { self, index, ty;
            Type::Bool => bool, Value::Bool;
            Type::I16 => i16, Value::SmallInt;
            Type::I32 => i32, Value::Int;
            Type::I64 => i64, Value::BigInt;
            Type::F32 => f32, Value::Float;
            Type::F64 => f64, Value::Double;
            Type::Text => String, Value::String;
            Type::Bytes => Vec<u8>, Value::Bytes;
            #[cfg(feature = "json")]
            Type::Json => serde_json::Value, Value::Json;
            #[cfg(feature = "uuid")]
            Type::Uuid => uuid::Uuid, Value::Uuid;
            #[cfg(feature = "decimal")]
            Type::Decimal => rust_decimal::Decimal, Value::Decimal;
            #[cfg(feature = "chrono")]
            Type::ChronoDate => chrono::NaiveDate, Value::ChronoDate;
            #[cfg(feature = "chrono")]
            Type::ChronoTime => chrono::NaiveTime, Value::ChronoTime;
            #[cfg(feature = "chrono")]
            Type::ChronoDateTime => chrono::NaiveDateTime, Value::ChronoDateTime;
            #[cfg(feature = "chrono")]
            Type::ChronoUtc => chrono::DateTime<chrono::Utc>, Value::ChronoDateTimeUtc;
            #[cfg(feature = "time")]
            Type::TimeDate => time::Date, Value::TimeDate;
            #[cfg(feature = "time")]
            Type::TimeTime => time::Time, Value::TimeTime;
            #[cfg(feature = "time")]
            Type::TimeDateTime => time::PrimitiveDateTime, Value::TimeDateTime;
            #[cfg(feature = "time")]
            Type::TimeOffset => time::OffsetDateTime, Value::TimeDateTimeWithTimeZone;
        }
    }

    fn column_names(&self) -> Vec<&str> {
        self.0.columns().iter().map(|column| column.name()).collect()
    }
}

fn unsupported(ty: Type) -> TypeError {
    TypeError(format!("a column of type {ty:?} cannot be read: is a feature of assoc missing?"))
}

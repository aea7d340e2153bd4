//! Values of a row, by position.

use assoc_core::{Type, TypeError, Value, schema::Row};
use sqlx::{Column as _, Row as _, TypeInfo, ValueRef, postgres::PgRow};

/// As what the columns of a statement were read: their types need to be compared once, not in each row.
#[derive(Default)]
pub struct Known(Vec<Option<Type>>);

impl Known {
    fn is(&self, index: usize, ty: Type) -> bool {
        matches!(self.0.get(index), Some(Some(known)) if *known == ty)
    }

    fn note(&mut self, index: usize, ty: Type) {
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        self.0[index] = Some(ty);
    }
}

/// A row of sqlx.
pub(crate) struct Decoder<'r> {
    pub row: &'r PgRow,
    pub known: &'r mut Known,
}

impl Decoder<'_> {
    fn get<T>(&mut self, index: usize, ty: Type) -> Result<Option<T>, TypeError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        if self.known.is(index, ty) {
            return self.get_unchecked(index);
        }
        let value: Option<T> = self.row.try_get(index).map_err(unreadable)?;
        // NULL is of any type.
        if value.is_some() {
            self.known.note(index, ty);
        }
        Ok(value)
    }

    fn get_unchecked<T>(&self, index: usize) -> Result<Option<T>, TypeError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres>,
    {
        self.row.try_get_unchecked(index).map_err(unreadable)
    }

    /// An integer of any width, so that a key that the client counts in `i64` can be a `serial` column.
    fn integer<T: TryFrom<i64>>(&mut self, index: usize, ty: Type) -> Result<Option<T>, TypeError> {
        if !self.known.is(index, ty) {
            let column = self.row.try_get_raw(index).map_err(unreadable)?;
            if matches!(column.type_info().name(), "INT2" | "INT4" | "INT8") {
                self.known.note(index, ty);
            }
        }
        let narrow = |number: i64| T::try_from(number).map_err(|_| TypeError(format!("{number} is out of range")));
        self.get(index, ty)?.map(narrow).transpose()
    }

    fn labels(&self, index: usize, element: Type) -> Result<Value, TypeError> {
        let labels: Option<Vec<Option<String>>> = self.get_unchecked(index)?;
        let labels = labels.map(|labels| Box::new(labels.into_iter().map(Value::String).collect()));
        Ok(Value::Array(element.array_type(), labels))
    }

    /// An array, item by item.
    fn array<T>(&mut self, index: usize, element: Type, item: fn(Option<T>) -> Value) -> Result<Value, TypeError>
    where
        Vec<Option<T>>: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let items: Option<Vec<Option<T>>> = self.row.try_get(index).map_err(unreadable)?;
        Ok(Value::Array(element.array_type(), items.map(|items| Box::new(items.into_iter().map(item).collect()))))
    }
}

#[cold]
fn unreadable(error: sqlx::Error) -> TypeError {
    TypeError(error.to_string())
}

/// The same arm for a column and for an array of it.
macro_rules! decode {
    ($self:ident, $index:ident, $ty:ident; $($(#[$cfg:meta])* $kind:pat => $rust:ty, $variant:path;)+) => {
        match $ty {
            $($(#[$cfg])* $kind => Ok($variant($self.get::<$rust>($index, $ty)?.map(Into::into))),)+
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
            Type::I16 => return self.integer(index, ty).map(Value::SmallInt),
            Type::I32 => return self.integer(index, ty).map(Value::Int),
            Type::I64 => return self.integer(index, ty).map(Value::BigInt),
            // Its bytes are those of its text, but its type is not.
            Type::Enum(_) => return self.get_unchecked(index).map(Value::String),
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
        self.row.columns().iter().map(|column| column.name()).collect()
    }
}

fn unsupported(ty: Type) -> TypeError {
    TypeError(format!("a column of type {ty:?} cannot be read: is a feature of assoc missing?"))
}

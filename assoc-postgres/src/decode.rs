//! Values of a row, by position.

use assoc_core::{ColumnType, Type, TypeError, Value, schema::Row};
use sqlx::{
    Column as _, Row as _, TypeInfo, ValueRef,
    postgres::{PgRow, PgValueFormat},
};

/// As what the columns of a statement were read: their types need to be compared once, not in each row.
#[derive(Default)]
pub struct Known(Vec<Option<Type>>);

impl Known {
    fn is(&self, index: usize, ty: Type) -> bool {
        matches!(self.0.get(index), Some(Some(known)) if *known == ty)
    }

    fn is_integer(&self, index: usize) -> bool {
        matches!(self.0.get(index), Some(Some(Type::I16 | Type::I32 | Type::I64)))
    }

    fn is_text(&self, index: usize) -> bool {
        matches!(self.0.get(index), Some(Some(Type::Text)))
    }

    /// Of a row with so many columns, one can be read as that type.
    fn note(&mut self, columns: usize, index: usize, ty: Type) {
        self.0.resize(columns, None);
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
            self.note(index, ty)?;
        }
        Ok(value)
    }

    /// The column can be read as that type. In statements that are not prepared, values are texts.
    fn note(&mut self, index: usize, ty: Type) -> Result<(), TypeError> {
        if self.row.try_get_raw(index).map_err(unreadable)?.format() == PgValueFormat::Binary {
            self.known.note(self.row.len(), index, ty);
        }
        Ok(())
    }

    /// A value by its bytes.
    fn bytes<T>(&self, index: usize, read: fn(&[u8]) -> Result<T, TypeError>) -> Result<Option<T>, TypeError> {
        let column = self.row.try_get_raw(index).map_err(unreadable)?;
        // It fails for NULL only.
        column.as_bytes().ok().map(read).transpose()
    }

    fn get_unchecked<T>(&self, index: usize) -> Result<Option<T>, TypeError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres>,
    {
        self.row.try_get_unchecked(index).map_err(unreadable)
    }

    /// An integer of any width, so that a key that the client counts in `i64` can be a `serial` column.
    fn any_integer(&mut self, index: usize, ty: Type) -> Result<Option<i64>, TypeError> {
        let column = self.row.try_get_raw(index).map_err(unreadable)?;
        if !matches!(column.type_info().name(), "INT2" | "INT4" | "INT8") {
            return self.get(index, ty);
        }
        if column.format() != PgValueFormat::Binary {
            return self.get_unchecked(index);
        }
        self.known.note(self.row.len(), index, ty);
        column.as_bytes().ok().map(integer).transpose()
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

fn integer(bytes: &[u8]) -> Result<i64, TypeError> {
    match *bytes {
        [a, b, c, d, e, f, g, h] => Ok(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        [a, b, c, d] => Ok(i32::from_be_bytes([a, b, c, d]).into()),
        [a, b] => Ok(i16::from_be_bytes([a, b]).into()),
        _ => Err(TypeError(format!("an integer has {} bytes", bytes.len()))),
    }
}

fn text(bytes: &[u8]) -> Result<String, TypeError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| TypeError(error.to_string()))
}

/// Microseconds since the year 2000.
#[cfg(feature = "chrono")]
fn moment(bytes: &[u8]) -> Result<chrono::DateTime<chrono::Utc>, TypeError> {
    const FIRST: i64 = 946_684_800_000_000;
    let moment = integer(bytes)?.checked_add(FIRST).and_then(chrono::DateTime::from_timestamp_micros);
    moment.ok_or_else(|| TypeError("the moment is out of range".to_owned()))
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
    fn integer(&mut self, index: usize, ty: Type) -> Result<Option<i64>, TypeError> {
        if self.known.is_integer(index) { self.bytes(index, integer) } else { self.any_integer(index, ty) }
    }

    fn text(&mut self, index: usize) -> Result<Option<String>, TypeError> {
        if self.known.is_text(index) { self.bytes(index, text) } else { self.get(index, Type::Text) }
    }

    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError> {
        match ty {
            Type::I16 => return i16::from_column(self, index).map(Value::SmallInt),
            Type::I32 => return i32::from_column(self, index).map(Value::Int),
            Type::I64 => return self.integer(index, ty).map(Value::BigInt),
            Type::Text => return self.text(index).map(Value::String),
            #[cfg(feature = "chrono")]
            Type::ChronoUtc if self.known.is(index, ty) => {
                return self.bytes(index, moment).map(Value::ChronoDateTimeUtc);
            }
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

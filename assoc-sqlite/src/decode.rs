//! Values of a row, by position.

use assoc_core::{Params, Type, TypeError, Value, schema::Row};
use serde_json::Value as Json;
use sqlx::{Column as _, Row as _, sqlite::SqliteRow};

/// A row of sqlx.
pub(crate) struct Decoder<'r>(pub &'r SqliteRow);

impl Decoder<'_> {
    fn get<'r, T>(&'r self, index: usize) -> Result<Option<T>, TypeError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.0.try_get(index).map_err(|error| TypeError(error.to_string()))
    }

    /// A value that is kept as text, read as input is.
    fn kept_as_text(&self, index: usize, ty: Type) -> Result<Value, TypeError> {
        let Some(text) = self.get::<String>(index)? else { return Ok(ty.null()) };
        ty.cast(&Params::Text(text.into())).ok_or_else(|| TypeError(format!("a text does not read as {ty:?}")))
    }

    /// A value that is kept as JSON.
    fn json(&self, index: usize, ty: Type) -> Result<Value, TypeError> {
        let Some(text) = self.get::<String>(index)? else { return Ok(ty.null()) };
        let json = serde_json::from_str::<Json>(&text).map_err(|error| TypeError(error.to_string()))?;
        ty.from_json(json).ok_or_else(|| TypeError(format!("a JSON text does not read as {ty:?}")))
    }
}

impl Row for Decoder<'_> {
    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError> {
        Ok(match ty {
            Type::Bool => Value::Bool(self.get(index)?),
            Type::I16 => Value::SmallInt(self.get(index)?),
            Type::I32 => Value::Int(self.get(index)?),
            Type::I64 => Value::BigInt(self.get(index)?),
            Type::F32 => Value::Float(self.get(index)?),
            Type::F64 => Value::Double(self.get(index)?),
            Type::Text | Type::Enum(_) => Value::String(self.get(index)?),
            Type::Bytes => Value::Bytes(self.get(index)?),
            #[cfg(feature = "uuid")]
            Type::Uuid => Value::Uuid(self.get(index)?),
            #[cfg(feature = "chrono")]
            Type::ChronoDate => Value::ChronoDate(self.get(index)?),
            #[cfg(feature = "chrono")]
            Type::ChronoTime => Value::ChronoTime(self.get(index)?),
            #[cfg(feature = "chrono")]
            Type::ChronoDateTime => Value::ChronoDateTime(self.get(index)?),
            #[cfg(feature = "chrono")]
            Type::ChronoUtc => Value::ChronoDateTimeUtc(self.get(index)?),
            Type::Json | Type::Array(_) => return self.json(index, ty),
            other => return self.kept_as_text(index, other),
        })
    }

    fn column_names(&self) -> Vec<&str> {
        self.0.columns().iter().map(|column| column.name()).collect()
    }
}

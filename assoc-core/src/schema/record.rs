//! The untyped row, on which changesets, diffs and plans work.

use std::sync::Arc;

use sea_query::Value;

use super::{ByMember, meta::Meta};
use crate::types::{ColumnType, Type, TypeError, is_null, read_column};

/// A row without its Rust type: values by field, loaded associations by association.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// One entry for each field; `None` was never given (only in rows that are not in the database yet).
    pub values: Vec<Option<Value>>,
    /// The associations that are loaded.
    pub associations: ByMember<Loaded>,
}

/// The rows of a loaded association. They are shared, so that a changeset can keep what was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Loaded {
    /// The rows; at most one for `has_one` and `belongs_to`.
    pub rows: Vec<Arc<Record>>,
    /// Whether the preload was narrowed by a filter, so that there may be more rows.
    pub partial: bool,
}

impl Record {
    /// A row that is not in the database yet, with the defaults and the keys that the client makes.
    pub fn built(meta: &Meta) -> Self {
        let value = |field: &super::Field| field.default.or(field.autogenerate).map(|make| make());
        let mut associations = ByMember::default();
        let embeds = meta.associations.iter().enumerate().filter(|(_, it)| it.embedded_in().is_some());
        embeds.for_each(|(index, _)| associations.insert(index, Loaded::default()));
        Self { values: meta.fields.iter().map(value).collect(), associations }
    }

    /// Makes room for all fields of the schema.
    pub(crate) fn fit(&mut self, meta: &Meta) {
        self.values.resize(meta.fields.len().max(self.values.len()), None);
    }

    /// Sets fields to given values.
    pub(crate) fn give(&mut self, values: &[super::Given]) {
        for given in values {
            self.values[given.field] = Some((given.value)());
        }
    }

    /// The value of a field; NULL counts as none.
    pub fn get(&self, field: usize) -> Option<&Value> {
        self.values.get(field).and_then(Option::as_ref)
    }
}

/// Access to the values of one row by position: a row of a driver, or a [`Record`].
pub trait Row {
    /// The value at a position, read as the type; NULL where there is none.
    ///
    /// # Errors
    /// The value there has another type.
    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError>;

    /// An integer of that type, as [`take`](Self::take) returns it: most columns are integers or texts, and a driver's row
    /// can do without a `Value` in between.
    ///
    /// # Errors
    /// The value there has another type.
    fn integer(&mut self, index: usize, ty: Type) -> Result<Option<i64>, TypeError> {
        integer(self.take(index, ty)?)
    }

    /// A text, as [`take`](Self::take) returns it.
    ///
    /// # Errors
    /// The value there has another type.
    fn text(&mut self, index: usize) -> Result<Option<String>, TypeError> {
        text(self.take(index, Type::Text)?)
    }

    /// The names of its columns, where it has any.
    fn column_names(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The value of a virtual field, where the row can have one.
    fn take_virtual(&mut self, _index: usize) -> Option<Value> {
        None
    }
}

impl Row for Record {
    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError> {
        Ok(self.take_virtual(index).unwrap_or_else(|| ty.null()))
    }

    fn integer(&mut self, index: usize, ty: Type) -> Result<Option<i64>, TypeError> {
        match self.values.get(index) {
            Some(Some(Value::BigInt(number))) => Ok(*number),
            Some(Some(Value::Int(number))) => Ok(number.map(Into::into)),
            _ => integer(self.take(index, ty)?),
        }
    }

    fn text(&mut self, index: usize) -> Result<Option<String>, TypeError> {
        match self.values.get_mut(index) {
            Some(Some(Value::String(text))) => Ok(text.take()),
            _ => text(self.take(index, Type::Text)?),
        }
    }

    fn take_virtual(&mut self, index: usize) -> Option<Value> {
        self.values.get_mut(index).and_then(Option::take)
    }
}

/// A row whose values stand at these positions.
pub(crate) struct Placed<'r> {
    pub row: &'r mut dyn Row,
    pub at: &'r [usize],
}

impl Placed<'_> {
    fn place(&self, index: usize) -> Result<usize, TypeError> {
        self.at.get(index).copied().ok_or_else(|| TypeError(format!("the row has no value {}", index + 1)))
    }
}

impl Row for Placed<'_> {
    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError> {
        self.row.take(self.place(index)?, ty)
    }

    fn integer(&mut self, index: usize, ty: Type) -> Result<Option<i64>, TypeError> {
        self.row.integer(self.place(index)?, ty)
    }

    fn text(&mut self, index: usize) -> Result<Option<String>, TypeError> {
        self.row.text(self.place(index)?)
    }
}

/// The integer that a value is.
pub(crate) fn integer(value: Value) -> Result<Option<i64>, TypeError> {
    match value {
        Value::SmallInt(number) => Ok(number.map(Into::into)),
        Value::Int(number) => Ok(number.map(Into::into)),
        Value::BigInt(number) => Ok(number),
        other if is_null(&other) => Ok(None),
        other => Err(TypeError::unexpected("integer", &other)),
    }
}

/// The text that a value is.
pub(crate) fn text(value: Value) -> Result<Option<String>, TypeError> {
    match value {
        Value::String(text) => Ok(text),
        other if is_null(&other) => Ok(None),
        other => Err(TypeError::unexpected("String", &other)),
    }
}

/// For the derive: reads one column.
///
/// # Errors
/// The value is NULL or of another type; the message names the field.
pub fn read<T: ColumnType>(row: &mut dyn Row, meta: &Meta, index: usize) -> Result<T, TypeError> {
    read_column(row, index).map_err(|error| in_field(error, meta, index))
}

/// What is wrong with a value, after the name of its field.
#[cold]
pub(crate) fn in_field(error: TypeError, meta: &Meta, index: usize) -> TypeError {
    let field = meta.fields.get(index).map_or("?", |field| field.name);
    TypeError(format!("{}.{field}: {error}", meta.name))
}

/// For the derive: reads a virtual field, which a row of the database does not have.
///
/// # Errors
/// The value is of another type.
pub fn read_virtual<T: ColumnType + Default>(row: &mut dyn Row, index: usize) -> Result<T, TypeError> {
    row.take_virtual(index).map_or_else(|| Ok(T::default()), T::from_value)
}

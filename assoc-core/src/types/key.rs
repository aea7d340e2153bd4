//! Keys: one value or several, comparable and hashable.

use std::{
    cmp::Ordering,
    collections::HashMap,
    hash::{Hash, Hasher},
};

use sea_query::Value;

use super::{ColumnType, Type, TypeError, is_null, value_text};
use crate::schema::{Entity, Meta, Row};

/// The value of a primary key, or of the columns that refer to one.
#[derive(Clone, Debug, Eq)]
pub enum Key {
    /// One column.
    One(Value),
    /// Several columns.
    Many(Box<[Value]>),
}

impl Key {
    /// The key of these values; `None` if one of them is NULL, for NULL refers to nothing.
    pub fn new(values: impl IntoIterator<Item = Value>) -> Option<Self> {
        Self::of_values(&mut values.into_iter())
    }

    fn of_values(values: &mut dyn Iterator<Item = Value>) -> Option<Self> {
        let first = values.next()?;
        let Some(second) = values.next() else { return Self::of_value(first) };
        let all: Box<[Value]> = [first, second].into_iter().chain(values).collect();
        (!all.iter().any(is_null)).then_some(Self::Many(all))
    }

    /// The key that is one value; `None` if that is NULL.
    pub(crate) fn of_value(value: Value) -> Option<Self> {
        (!is_null(&value)).then_some(Self::One(value))
    }

    /// The key in columns of a row, which are of these types.
    ///
    /// # Errors
    /// A value is of another type.
    pub fn read(row: &mut dyn Row, columns: &[(usize, Type)]) -> Result<Option<Self>, TypeError> {
        if let &[(at, ty)] = columns {
            return Ok(Self::of_value(row.take(at, ty)?));
        }
        let values: Result<Vec<Value>, TypeError> = columns.iter().map(|&(at, ty)| row.take(at, ty)).collect();
        Ok(Self::new(values?))
    }

    /// The primary key of a row whose columns begin at a position.
    ///
    /// # Errors
    /// A value is of another type.
    pub(crate) fn read_primary(row: &mut dyn Row, meta: &Meta, begin: usize) -> Result<Option<Self>, TypeError> {
        let column = |&field: &usize| (begin + field, meta.fields[field].ty);
        match *meta.primary_key {
            [field] => Self::read(row, &[column(&field)]),
            _ => Self::read(row, &meta.primary_key.iter().map(column).collect::<Vec<_>>()),
        }
    }

    /// The key in fields of a row.
    pub(crate) fn of(row: &dyn Entity, fields: &[usize]) -> Option<Self> {
        match *fields {
            [field] => row.value(field).and_then(Self::of_value),
            _ => Self::new(fields.iter().filter_map(|&field| row.value(field))),
        }
    }

    /// The number, if the key is one.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::One(Value::SmallInt(number)) => number.map(Into::into),
            Self::One(Value::Int(number)) => number.map(Into::into),
            Self::One(Value::BigInt(number)) => *number,
            _ => None,
        }
    }

    /// The values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// Most keys are one integer, which takes no look at what else a value can be.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(Value::BigInt(Some(a))), Self::One(Value::BigInt(Some(b)))) => a == b,
            (Self::One(a), Self::One(b)) => a == b,
            (Self::Many(a), Self::Many(b)) => a == b,
            _ => false,
        }
    }
}

/// Keys that are equal are of one variant and type: neither need be hashed.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::One(Value::BigInt(Some(number))) => number.hash(state),
            Self::One(value) => value.hash(state),
            Self::Many(values) => values.hash(state),
        }
    }
}

/// What belongs to the keys of rows: there are as many as rows, so that the hash has to be a fast one.
pub(crate) type KeyMap<T> = HashMap<Key, T, foldhash::fast::RandomState>;

/// What [`Schema::Key`](crate::Schema::Key) can be: a column's type, or a tuple of them for composite keys.
pub trait KeyValues: Sized {
    /// The values, in the order of the schema's key fields.
    fn into_values(self) -> Vec<Value>;
}

impl<T: ColumnType> KeyValues for T {
    fn into_values(self) -> Vec<Value> {
        vec![self.into_value()]
    }
}

/// Embedded schemas need no key.
impl KeyValues for () {
    fn into_values(self) -> Vec<Value> {
        Vec::new()
    }
}

macro_rules! tuple_keys {
    ($(($($name:ident)+))+) => {$(
        impl<$($name: ColumnType),+> KeyValues for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_values(self) -> Vec<Value> {
                let ($($name,)+) = self;
                vec![$($name.into_value()),+]
            }
        }
    )+};
}
tuple_keys!((A)(A B)(A B C)(A B C D));

/// The order of two parts of keys, where their type has one that agrees with their equality.
pub(crate) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::BigInt(a), Value::BigInt(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::SmallInt(a), Value::SmallInt(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        #[cfg(feature = "uuid")]
        (Value::Uuid(a), Value::Uuid(b)) => a.cmp(b),
        _ => return None,
    })
}

/// A key for people: `id=10`, `tenant_id=1,id=10`; `new` where there is none.
pub(crate) fn key_text(meta: &Meta, key: Option<&Key>) -> String {
    let Some(key) = key else { return "new".to_owned() };
    let parts = meta.primary_key.iter().zip(key.values());
    let parts: Vec<String> =
        parts.map(|(&field, value)| format!("{}={}", meta.fields[field].name, value_text(value))).collect();
    parts.join(",")
}

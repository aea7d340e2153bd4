//! Keys: one value or several, comparable and hashable.

use std::cmp::Ordering;

use sea_query::Value;

use super::{ColumnType, is_null, value_text};
use crate::schema::Meta;

/// The value of a primary key, or of the columns that refer to one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// One column.
    One(Value),
    /// Several columns.
    Many(Box<[Value]>),
}

impl Key {
    /// The key of these values; `None` if one of them is NULL, for NULL refers to nothing.
    pub fn new(values: impl IntoIterator<Item = Value>) -> Option<Self> {
        let mut values = values.into_iter();
        let first = values.next().filter(|value| !is_null(value))?;
        let rest: Vec<Value> = values.collect();
        if rest.iter().any(is_null) {
            return None;
        }
        Some(if rest.is_empty() { Self::One(first) } else { Self::Many(std::iter::once(first).chain(rest).collect()) })
    }

    /// The values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

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

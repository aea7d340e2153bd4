//! The writes of a plan, as tests compare them and serde writes them.

use std::collections::BTreeMap;

use sea_query::Value;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    Plan,
    batch::{Batch, Slot},
    batch_rows::BatchRow,
    embeds::absent,
};
use crate::{changeset::Path, types::to_json};

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// `DELETE`
    Delete,
    /// `UPDATE`
    Update,
    /// `INSERT`
    Insert,
}

/// A row that a plan writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// What happens to it.
    pub op: Op,
    /// The table.
    pub table: &'static str,
    /// The changeset that it comes from.
    pub path: Path,
    /// The columns that find it, with their values; empty for an insert.
    pub key: BTreeMap<&'static str, PlannedValue>,
    /// The columns that are written, with their values.
    pub set: BTreeMap<&'static str, PlannedValue>,
}

/// A value that is written; some are known only when it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum PlannedValue {
    /// This value.
    Known(Value),
    /// The value of a field of the row with that path, which is written before.
    Of(Path, &'static str),
    /// The present time.
    Now,
}

impl Serialize for Op {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Delete => "delete",
            Self::Update => "update",
            Self::Insert => "insert",
        })
    }
}

impl Serialize for Write {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut write = serializer.serialize_struct("Write", 5)?;
        write.serialize_field("op", &self.op)?;
        write.serialize_field("table", self.table)?;
        write.serialize_field("path", &self.path)?;
        write.serialize_field("key", &self.key)?;
        write.serialize_field("set", &self.set)?;
        write.end()
    }
}

impl<V: Into<Value>> From<V> for PlannedValue {
    fn from(value: V) -> Self {
        Self::Known(value.into())
    }
}

impl Serialize for PlannedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => to_json(value).serialize(serializer),
            Self::Of(path, field) => serializer.serialize_str(&path.field(field).to_string()),
            Self::Now => serializer.serialize_str("now"),
        }
    }
}

pub(super) fn write(plan: &Plan<'_>, batch: &Batch<'_>, row: BatchRow<'_>) -> Write {
    let (key, set) = row.slots.split_at(batch.keys.len());
    Write {
        op: batch.op,
        table: batch.table.name,
        path: plan.path(row.node),
        key: by_name(plan, &batch.keys, key),
        set: by_name(plan, &batch.set, set),
    }
}

/// The values that were given.
fn by_name(plan: &Plan<'_>, columns: &[super::Col], slots: &[Slot<'_>]) -> BTreeMap<&'static str, PlannedValue> {
    let mut values = BTreeMap::new();
    for (col, slot) in columns.iter().zip(slots).filter(|(_, slot)| !matches!(slot, Slot::Absent(_))) {
        values.insert(col.name, planned(plan, slot));
    }
    values
}

pub(super) fn planned(plan: &Plan<'_>, slot: &Slot<'_>) -> PlannedValue {
    match slot {
        Slot::Known(value) => PlannedValue::Known((*value).clone()),
        Slot::Made(value) => PlannedValue::Known((**value).clone()),
        Slot::Of { node, field } => {
            PlannedValue::Of(plan.path(*node), plan.nodes[*node].node.meta.fields[*field as usize].name)
        }
        Slot::Now(_) => PlannedValue::Now,
        Slot::Absent(field) => PlannedValue::Known(absent(field)),
    }
}

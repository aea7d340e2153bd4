//! Unique values that swap or move between rows of one save.
//!
//! A row that takes a value which another updated row gives up would collide with it, because the database looks
//! at each row by itself. So the giver's value is freed first: NULL where the column allows it, else a value
//! that nobody has.

use std::collections::{HashMap, HashSet};

use sea_query::Value;

use super::{
    Action, Op, Planned, Planning,
    batch::{Batch, Col, Phase, Purpose, Slot, Turn},
    batch_rows::NewRow,
    build::Builder,
    rows::OwnerKey,
};
use crate::{
    adapter::ViolationKind,
    changeset::{Misuse, Node, is_parent},
    schema::{Table, Version},
    types::{ColumnType, Key, Type, value_text},
};

/// What a declared unique constraint keeps apart.
type Unique = (Table, Vec<usize>, Key);

/// The rows that take a value: as many as input likes, so only what tells when they are written is kept.
struct Takers {
    /// Two of those that are updated: whatever the row, one of the two is another.
    updates: Vec<usize>,
    /// The rank of the first.
    rank: u32,
}

impl Default for Takers {
    fn default() -> Self {
        Self { updates: Vec::new(), rank: u32::MAX }
    }
}

impl Takers {
    fn add(&mut self, id: usize, planned: &Planned<'_>) {
        if planned.action == Action::Update && self.updates.len() < 2 {
            self.updates.push(id);
        }
        self.rank = self.rank.min(planned.rank);
    }
}

impl<'c> Builder<'c> {
    /// Frees the values that other rows of this save take. Only declared unique constraints are looked at.
    pub(super) fn park(&mut self) -> Planning<()> {
        let mut takers: HashMap<Unique, Takers> = HashMap::new();
        let mut givers: Vec<(usize, Unique)> = Vec::new();
        for (id, planned) in self.nodes.iter().enumerate() {
            for fields in unique_fields(planned) {
                let table = planned.node.meta.table;
                if let (Action::Update, Some(old)) = (planned.action, key(fields, |field| planned.node.data.get(field)))
                {
                    givers.push((id, (table, fields.to_vec(), old)));
                }
                if let Some(new) = key(fields, |field| new_value(planned, field)) {
                    takers.entry((table, fields.to_vec(), new)).or_default().add(id, planned);
                }
            }
        }
        givers.extend(self.parents_that_go(&takers));
        for (id, value) in givers {
            if takers.get(&value).is_some_and(|takers| self.is_before(takers, id)) {
                self.park_row(id, &value.1)?;
            }
        }
        Ok(())
    }

    /// Parents that their owners let go of are deleted last, so their values are free too late.
    fn parents_that_go(&self, takers: &HashMap<Unique, Takers>) -> Vec<(usize, Unique)> {
        let shapes: HashSet<(Table, &[usize])> =
            takers.keys().map(|(table, fields, _)| (*table, fields.as_slice())).collect();
        let mut givers = Vec::new();
        for (id, planned) in self.nodes.iter().enumerate().filter(|(_, planned)| planned.action == Action::Delete) {
            let mine = shapes.iter().filter(|(table, _)| *table == planned.node.meta.table);
            let old = mine.filter_map(|(table, fields)| {
                Some((*table, fields.to_vec(), key(fields, |field| planned.node.data.get(field))?))
            });
            givers.extend(old.map(|value| (id, value)));
        }
        givers
    }

    /// Whether one of the rows that take a value may be written before another gives it up.
    fn is_before(&self, takers: &Takers, giver: usize) -> bool {
        let giver_row = &self.nodes[giver];
        let late = giver_row.parent.is_some_and(|via| is_parent(self.nodes[via.owner].node.meta, via.index));
        match giver_row.action {
            Action::Delete => late,
            _ => takers.updates.iter().any(|&taker| taker != giver) || takers.rank < giver_row.rank,
        }
    }

    fn park_row(&mut self, id: usize, fields: &[usize]) -> Planning<()> {
        let node = self.nodes[id].node;
        let parked = fields.iter().find_map(|&field| {
            let changes = self.nodes[id].action == Action::Delete || is_changed(&self.nodes[id], field);
            changes.then(|| parked_value(node, field, id)).flatten().map(|value| (field, value))
        });
        // The row would be another version before its turn comes.
        let changes_version = super::rows::version(node).is_some_and(|(_, version)| version == Version::Xmin);
        let Some((field, value)) = parked.filter(|_| !changes_version) else {
            let changed = fields.iter().find(|&&field| is_changed(&self.nodes[id], field)).or(fields.first());
            let field = changed.map_or("", |&field| node.meta.fields[field].name);
            return Err(Misuse::CannotFree { schema: node.meta.name, field, xmin: changes_version });
        };
        let mut batch = Batch { purpose: Purpose::Parking, ..Batch::new(Op::Update, node.meta) };
        let mut slots = self.keys(id, &mut batch, OwnerKey::Old)?;
        batch.set.push(Col::of(node.meta, field));
        batch.return_key();
        slots.push(Slot::made(value));
        let turn = Turn { phase: Phase::Parking, rank: 0, op: Op::Update };
        self.batches.add(turn, Box::new(batch), NewRow { node: id, slots, must_exist: true });
        Ok(())
    }
}

/// The fields of each declared unique constraint that the row writes.
fn unique_fields<'p>(planned: &'p Planned<'_>) -> impl Iterator<Item = &'p [usize]> {
    let unique = planned.node.constraints.iter().filter(|constraint| constraint.kind == ViolationKind::Unique);
    let fields = unique.map(|constraint| constraint.fields.as_slice());
    fields.filter(|fields| match planned.action {
        Action::Insert => true,
        Action::Update => fields.iter().any(|&field| is_changed(planned, field)),
        Action::Keep | Action::Delete => false,
    })
}

fn is_changed(planned: &Planned<'_>, field: usize) -> bool {
    planned.node.changes.contains(field) || planned.set.get(field).is_some()
}

/// The value that a field will have, if that is known.
fn new_value<'p>(planned: &'p Planned<'_>, field: usize) -> Option<&'p Value> {
    match planned.set.get(field) {
        Some(slot) => slot.known(),
        None => planned.node.get(field),
    }
}

fn key<'v>(fields: &[usize], value: impl Fn(usize) -> Option<&'v Value>) -> Option<Key> {
    crate::changeset::key_of(fields.iter().map(|&field| value(field)))
}

/// A value that no other row has; none for keys, and for types that know no such value.
///
/// It comes from the upper end of its type, and texts are short, so that usual checks (`>= 0`, a length) let it pass.
fn parked_value(node: &Node, field: usize, id: usize) -> Option<Value> {
    let meta = node.meta;
    if meta.primary_key.contains(&field) {
        return None;
    }
    if meta.fields[field].nullable {
        return Some(meta.fields[field].ty.null());
    }
    let nth = u32::try_from(id).ok()?;
    Some(match meta.fields[field].ty {
        Type::Text => parked_text(node)?.into_value(),
        Type::Bytes => parked_text(node)?.into_bytes().into_value(),
        Type::I16 => i16::MAX.checked_sub(i16::try_from(nth).ok()?)?.into_value(),
        Type::I32 => i32::MAX.checked_sub(i32::try_from(nth).ok()?)?.into_value(),
        Type::I64 => (i64::MAX - i64::from(nth)).into_value(),
        Type::F64 => (1e300 - f64::from(nth) * 1e290).into_value(),
        #[cfg(feature = "decimal")]
        Type::Decimal => last_decimal(node.data.get(field)?, nth)?.into_value(),
        #[cfg(feature = "uuid")]
        Type::Uuid => uuid::Uuid::from_u128(u128::MAX - u128::from(nth)).into_value(),
        #[cfg(feature = "chrono")]
        Type::ChronoDate => {
            let last = chrono::NaiveDate::from_ymd_opt(9999, 12, 31)?;
            last.checked_sub_days(chrono::Days::new(nth.into()))?.into_value()
        }
        #[cfg(feature = "chrono")]
        Type::ChronoDateTime => last_moment(nth)?.into_value(),
        #[cfg(feature = "chrono")]
        Type::ChronoUtc => last_moment(nth)?.and_utc().into_value(),
        #[cfg(feature = "time")]
        Type::TimeDate => time::Date::MAX.checked_sub(time::Duration::days(nth.into()))?.into_value(),
        #[cfg(feature = "time")]
        Type::TimeDateTime => {
            time::PrimitiveDateTime::MAX.checked_sub(time::Duration::seconds(nth.into()))?.into_value()
        }
        #[cfg(feature = "time")]
        Type::TimeOffset => {
            time::PrimitiveDateTime::MAX.checked_sub(time::Duration::seconds(nth.into()))?.assume_utc().into_value()
        }
        _ => return None,
    })
}

/// `~10` for the row with that key.
fn parked_text(node: &Node) -> Option<String> {
    let key = node.key()?;
    let key: Vec<String> = key.values().iter().map(value_text).collect();
    Some(format!("~{}", key.join("~").replace('"', "")))
}

/// `99.99` for `12.50`: what has as many digits fits the column, too.
#[cfg(feature = "decimal")]
fn last_decimal(old: &Value, nth: u32) -> Option<rust_decimal::Decimal> {
    use rust_decimal::Decimal;
    let Value::Decimal(Some(old)) = old else { return None };
    let digits = u32::try_from(old.mantissa().unsigned_abs().to_string().len()).ok()?;
    let largest = 10_i128.checked_pow(digits.max(old.scale() + 1))?.checked_sub(1 + i128::from(nth))?;
    Decimal::try_from_i128_with_scale(largest, old.scale()).ok()
}

#[cfg(feature = "chrono")]
fn last_moment(nth: u32) -> Option<chrono::NaiveDateTime> {
    let last = chrono::NaiveDate::from_ymd_opt(9999, 12, 31)?.and_hms_opt(23, 59, 59)?;
    last.checked_sub_signed(chrono::TimeDelta::seconds(nth.into()))
}

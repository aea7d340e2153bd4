//! The statements of a row: inserted, updated, taken out.

use sea_query::Value;

use super::{
    Action, Op, Planned, Planning, Via,
    batch::{Batch, Col, Conflict, Phase, Slot, Turn},
    batch_rows::NewRow,
    build::{Builder, may_be_anothers, missing, null_for},
};
use crate::{
    changeset::{Node, OnConflict, Options, Removal, Role, State},
    schema::{DatabaseDefault, Field, Meta, Relation, Version},
    types::is_null,
};

impl<'c> Builder<'c> {
    /// Inserts a new row, updates a changed one.
    pub(super) fn write(&mut self, id: usize) -> Planning<()> {
        let node = self.nodes[id].node;
        for (field, slot) in super::embeds::values(node) {
            self.nodes[id].set.push(field, slot);
        }
        match node.state {
            State::Built => self.insert(id),
            State::Loaded => {
                let turn = Turn { phase: Phase::Writes, rank: self.nodes[id].rank.into(), op: Op::Update };
                self.update(id, turn, OwnerKey::New)
            }
        }
    }

    /// The value that the plan gives a field.
    fn given(&self, id: usize, field: usize) -> Option<Slot<'c>> {
        let Planned { node, set, .. } = &self.nodes[id];
        set.get(field).cloned().or_else(|| {
            let value = if node.state == State::Built { node.get(field) } else { node.change(field) };
            value.map(Slot::Known)
        })
    }

    fn conflict(&self, id: usize) -> Option<Conflict> {
        let Planned { node, parent, .. } = self.nodes[id];
        let OnConflict { target, replace } = node.options.as_deref()?.conflict.as_ref()?;
        let keys = match parent.map(|via| self.association(via).relation) {
            Some(Relation::Child(keys)) => keys,
            _ => &[],
        };
        let owner =
            keys.iter().map(|key| key.related).filter(|field| !target.contains(field) && !replace.contains(field));
        let columns = |fields: &[usize]| fields.iter().map(|&field| Col::of(node.meta, field)).collect();
        Some(Conflict {
            target: columns(target),
            replace: columns(replace),
            add: Vec::new(),
            owner: owner.map(|field| Col::of(node.meta, field)).collect(),
        })
    }

    fn insert(&mut self, id: usize) -> Planning<()> {
        let Planned { node, rank, .. } = self.nodes[id];
        let meta = node.meta;
        let options = node.options.as_deref();
        let mut batch = self.batches.begin(Op::Insert, meta);
        batch.conflict = self.conflict(id);
        if let Some(lock) = options.and_then(|options| options.lock)
            && let Some(next) = node.get(lock).and_then(next_version)
        {
            self.nodes[id].set.push(lock, Slot::made(next));
        }
        let mut slots = self.batches.slots();
        batch.set.reserve(meta.columns);
        for (field, column) in meta.column_fields().iter().enumerate() {
            let col = Col::of(meta, field);
            if column.version == Some(Version::Xmin) {
                batch.returning.push(col);
                continue;
            }
            match (self.given(id, field), column.on_insert) {
                (Some(slot), _) => {
                    batch.set.push(col);
                    slots.push(slot);
                }
                (None, Some(_)) => {
                    batch.set.push(col);
                    slots.push(Slot::Now(column));
                    self.nodes[id].set.push(field, Slot::Now(column));
                }
                (None, None) => match column.database_default {
                    DatabaseDefault::Expression(expression) if meta.primary_key.contains(&field) => {
                        batch.draws.push((col, expression));
                    }
                    _ if meta.primary_key.contains(&field) && column.ty.is_integer() => batch.returning.push(col),
                    DatabaseDefault::Some if meta.primary_key.contains(&field) && column.nullable => {
                        batch.returning.push(col);
                    }
                    _ if meta.primary_key.contains(&field) => return Err(missing(meta, field)),
                    DatabaseDefault::Unknown if meta.embed_in(field).is_some() => {
                        batch.set.push(col);
                        slots.push(Slot::Absent(column));
                    }
                    DatabaseDefault::Unknown if column.nullable => {
                        batch.set.push(col);
                        slots.push(Slot::Absent(column));
                    }
                    _ => batch.returning.push(col),
                },
            }
        }
        self.nodes[id].action = Action::Insert;
        batch.return_key();
        batch.return_target(node);
        let turn = Turn { phase: Phase::Writes, rank: rank.into(), op: Op::Insert };
        self.batches.add(turn, batch, NewRow { node: id, slots, must_exist: true });
        Ok(())
    }

    /// A row is updated if a column of it changes, or if its children do and it has times or a version to move; then,
    /// and only then, its timestamps and version move, too.
    fn update(&mut self, id: usize, turn: Turn, owner_key: OwnerKey) -> Planning<()> {
        let node = self.nodes[id].node;
        let meta = node.meta;
        let changes = !self.nodes[id].set.is_empty() || node.changed_fields().any(|field| field < meta.columns);
        let counts = matches!(version(node), Some((_, Version::Counter)));
        let moves = node.touch && (counts || meta.column_fields().iter().any(|column| column.on_update.is_some()));
        if !changes && !moves {
            return Ok(());
        }
        self.increment_version(id);
        let mut batch = self.batches.begin(Op::Update, meta);
        let mut slots = self.keys(id, &mut batch, owner_key)?;
        for (field, column) in meta.column_fields().iter().enumerate() {
            if column.version == Some(Version::Xmin) {
                batch.returning.push(Col::of(meta, field));
                continue;
            }
            let slot = match (self.given(id, field), column.on_update) {
                (Some(slot), _) => slot,
                (None, Some(_)) => {
                    self.nodes[id].set.push(field, Slot::Now(column));
                    Slot::Now(column)
                }
                (None, None) => continue,
            };
            batch.set.push(Col::of(meta, field));
            slots.push(slot);
        }
        batch.return_key();
        self.nodes[id].action = Action::Update;
        let must_exist = !self.allows_stale(id);
        self.batches.add(turn, batch, NewRow { node: id, slots, must_exist });
        Ok(())
    }

    fn increment_version(&mut self, id: usize) {
        let node = self.nodes[id].node;
        if let Some((field, Version::Counter)) = version(node)
            && let Some(next) = node.data.get(field).and_then(next_version)
        {
            self.nodes[id].set.push(field, Slot::made(next));
        }
    }

    fn allows_stale(&self, id: usize) -> bool {
        self.nodes[id].node.options.as_deref().is_some_and(|options: &Options| options.allow_stale)
    }

    /// Takes a row out of its association, or deletes a root.
    pub(super) fn remove(&mut self, id: usize, depth: i64) -> Planning<()> {
        let Planned { node, parent, .. } = self.nodes[id];
        let relation = parent.map(|via| self.association(via).relation);
        let removal = match parent.map(|via| via.child.role) {
            Some(Role::Detach(removal)) => removal,
            _ => Removal::Delete,
        };
        match (removal, relation) {
            (Removal::Unlink, _) | (Removal::Nilify, Some(Relation::Parent(_))) => Ok(()),
            (_, Some(Relation::Child(_))) if self.moves(node) => Ok(()),
            (Removal::Nilify, Some(Relation::Child(keys))) => {
                for key in keys {
                    if let Some(null) = null_for(node.meta, key.related) {
                        self.nodes[id].set.push(key.related, null);
                    }
                }
                let turn = Turn { phase: Phase::Removals, rank: -depth, op: Op::Update };
                self.update(id, turn, OwnerKey::Old)
            }
            _ => {
                let phase = match relation {
                    Some(Relation::Parent(_)) => Phase::Parents,
                    _ => Phase::Removals,
                };
                self.on_delete(id, phase, depth)?;
                let mut batch = self.batches.begin(Op::Delete, node.meta);
                let slots = self.keys(id, &mut batch, OwnerKey::Old)?;
                self.increment_version(id);
                batch.return_key();
                self.nodes[id].action = Action::Delete;
                let must_exist = removal != Removal::DeleteIfExists && !self.allows_stale(id);
                let turn = Turn { phase, rank: -depth, op: Op::Delete };
                self.batches.add(turn, batch, NewRow { node: id, slots, must_exist });
                Ok(())
            }
        }
    }

    /// The WHERE of an existing row: its key; its owner's, so that nobody writes to another's row; its version, so that
    /// nobody overwrites what he has not seen.
    pub(super) fn keys(&mut self, id: usize, batch: &mut Batch<'c>, owner_key: OwnerKey) -> Planning<Vec<Slot<'c>>> {
        let Planned { node, parent, .. } = self.nodes[id];
        let mut slots = self.batches.slots();
        for &field in node.meta.primary_key {
            let value = node.data.get(field).filter(|value| !is_null(value));
            slots.push(Slot::Known(value.ok_or_else(|| missing(node.meta, field))?));
            batch.keys.push(Col::of(node.meta, field));
        }
        let owned = parent.filter(|via| via.child.role != Role::Attach);
        if let Some((via, Relation::Child(keys))) = owned.map(|via| (via, self.association(via).relation)) {
            for key in keys.iter().filter(|key| !node.meta.primary_key.contains(&key.related)) {
                slots.push(Slot::Known(self.owner_key(via, key.owner, owner_key)?));
                batch.keys.push(Col::of(node.meta, key.related));
            }
        }
        if let Some((field, _)) = version(node)
            && let Some(value) = node.data.get(field).filter(|value| !is_null(value))
        {
            slots.push(Slot::Known(value));
            batch.keys.push(Col::of(node.meta, field));
        }
        Ok(slots)
    }

    fn owner_key(&self, via: Via<'c>, field: usize, which: OwnerKey) -> Planning<&'c Value> {
        let owner = self.nodes[via.owner].node;
        let value = match which {
            OwnerKey::Old => owner.data.get(field),
            OwnerKey::New => owner.get(field),
        };
        value.filter(|value| !is_null(value)).ok_or_else(|| missing(owner.meta, field))
    }
}

/// The field that tells the versions of a row.
pub(super) fn version(node: &Node) -> Option<(usize, Version)> {
    let asked = node.options.as_deref().and_then(|options| options.lock).map(|field| (field, Version::Counter));
    asked.or_else(|| {
        let fields = node.meta.fields.iter().enumerate();
        fields.filter_map(|(index, field)| Some((index, field.version?))).next()
    })
}

/// The next version; after the last, the first.
fn next_version(value: &Value) -> Option<Value> {
    Some(match value {
        Value::SmallInt(Some(version)) => Value::SmallInt(Some(version.checked_add(1).unwrap_or(1))),
        Value::Int(Some(version)) => Value::Int(Some(version.checked_add(1).unwrap_or(1))),
        Value::BigInt(Some(version)) => Value::BigInt(Some(version.checked_add(1).unwrap_or(1))),
        _ => return None,
    })
}

impl<'c> Batch<'c> {
    pub(super) fn new(op: Op, meta: &'static Meta) -> Self {
        Self {
            op,
            table: meta.table,
            meta,
            keys: Vec::new(),
            key: meta.primary_key.iter().map(|&field| Col::of(meta, field)).collect(),
            set: Vec::new(),
            returning: Vec::new(),
            draws: Vec::new(),
            conflict: None,
            purpose: super::Purpose::Rows,
            rows: super::BatchRows::default(),
        }
    }

    /// Makes another one of it, which has its lists, emptied.
    pub(super) fn renew(&mut self, op: Op, meta: &'static Meta) {
        [&mut self.keys, &mut self.key, &mut self.set, &mut self.returning].into_iter().for_each(Vec::clear);
        self.draws.clear();
        self.key.extend(meta.primary_key.iter().map(|&field| Col::of(meta, field)));
        (self.op, self.table, self.meta) = (op, meta.table, meta);
        (self.conflict, self.purpose) = (None, super::Purpose::Rows);
    }

    /// Every statement returns the keys of its rows: they tell which row is which, and which is missing.
    pub(super) fn return_key(&mut self) {
        for col in &self.key {
            if !self.returning.contains(col) {
                self.returning.push(*col);
            }
        }
    }

    /// Where rows may be there already, what was sent tells which row is which; what other rows refer to may differ from
    /// what was sent.
    fn return_target(&mut self, node: &Node) {
        if self.conflict.is_none() {
            return;
        }
        let mut columns = self.target();
        let referred = node.meta.associations.iter().flat_map(|association| association.owner_fields());
        columns.extend(referred.filter(|&field| may_be_anothers(node, field)).map(|field| Col::of(node.meta, field)));
        for column in columns {
            if !self.returning.contains(&column) {
                self.returning.push(column);
            }
        }
    }
}

impl Batch<'_> {
    /// The columns that tell the rows of an insert apart if some may be there already.
    pub fn target(&self) -> Vec<Col> {
        let sent = || !self.key.is_empty() && self.key.iter().all(|col| self.set.contains(col));
        match &self.conflict {
            None => Vec::new(),
            Some(Conflict { target, .. }) if target.is_empty() && sent() => self.key.clone(),
            Some(Conflict { target, .. }) if target.is_empty() => self.set.clone(),
            Some(Conflict { target, .. }) => target.clone(),
        }
    }
}

/// In the place of a field: it is none.
const NO_FIELD: usize = usize::MAX;

impl Col {
    /// Its field, by which what comes back is kept.
    pub(crate) fn mark(&self) -> usize {
        self.field.unwrap_or(NO_FIELD)
    }

    pub(crate) fn of(meta: &Meta, field: usize) -> Self {
        let Field { column, ty, .. } = meta.fields[field];
        Self { name: column, ty, field: Some(field) }
    }
}

/// Whether the owner's key is changed before a row of an association is written, or after.
#[derive(Clone, Copy)]
pub(super) enum OwnerKey {
    Old,
    New,
}

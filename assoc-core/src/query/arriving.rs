//! Containers of one association while its rows arrive.

use std::collections::HashSet;

use sea_query::Value;

use super::preload::Spec;
use crate::{
    schema::{Entity, Hop, Relation, Row, Slot, in_field, integer, text},
    types::{Key, KeyMap, Type, TypeError},
};

/// The containers of one association, apart from their owners.
pub(super) struct Places<'e> {
    /// For each, the values of its owner's fields to which the rows refer.
    keys: Vec<Option<Key>>,
    pub slots: Vec<&'e mut dyn Slot>,
}

/// Takes the containers of some associations apart from their owners: of each, its position and the owner's fields to which
/// its rows refer.
pub(super) fn places<'e>(owners: Vec<&'e mut dyn Entity>, of: &[(usize, &[usize])]) -> Vec<Places<'e>> {
    let places =
        of.iter().map(|_| Places { keys: Vec::with_capacity(owners.len()), slots: Vec::with_capacity(owners.len()) });
    let mut places: Vec<Places<'e>> = places.collect();
    let mut keys: Vec<Option<Key>> = Vec::with_capacity(of.len());
    for owner in owners {
        keys.clear();
        keys.extend(of.iter().map(|(_, fields)| Key::of(owner, fields)));
        owner.each_slot(&mut |index, slot| {
            if let Some(at) = of.iter().position(|(association, _)| *association == index) {
                places[at].keys.push(keys[at].take());
                places[at].slots.push(slot);
            }
        });
    }
    places
}

/// Containers that are being filled. Until all rows have come, whatever the reason, they are not loaded.
pub(super) struct Arriving<'e> {
    pub association: Hop,
    slots: Vec<&'e mut dyn Slot>,
    /// The last container of each key.
    by_key: KeyMap<u32>,
    /// The container before with the key of each container. There are as many as owners: a `u32` counts those that memory has
    /// room for.
    before: Vec<u32>,
    emptied: Vec<u32>,
    /// The key of the last row, and the last container of that: rows of one owner often follow each other.
    last: Option<(Key, u32)>,
    /// The last container of the only key, if there is one only.
    only: u32,
    /// Several ways may lead from an owner, by its container, to a row of a `through` association.
    seen: HashSet<(u32, Option<Key>)>,
}

/// No container.
const NONE: u32 = u32::MAX;

impl<'e> Arriving<'e> {
    /// Empties the containers that are to be filled. `want` is told the keys of these, each once, in their order.
    pub fn of(places: Places<'e>, spec: &Spec, mut want: impl FnMut(&Key)) -> Self {
        let Places { keys, mut slots } = places;
        // Owners have keys of their own, parents are shared.
        let distinct = if matches!(spec.association.relation, Relation::Parent(_)) { 0 } else { slots.len() };
        let mut by_key = KeyMap::with_capacity_and_hasher(distinct, Default::default());
        let mut before = vec![NONE; slots.len()];
        let mut emptied = Vec::with_capacity(slots.len());
        for ((at, slot), key) in slots.iter_mut().enumerate().zip(keys) {
            if slot.is_loaded() && !spec.force {
                continue;
            }
            slot.reset(spec.is_partial());
            emptied.push(at as u32);
            let Some(key) = key else { continue };
            match by_key.get_mut(&key) {
                Some(last) => before[at] = std::mem::replace(last, at as u32),
                None => {
                    want(&key);
                    by_key.insert(key, at as u32);
                }
            }
        }
        let only = by_key.values().next().copied().filter(|_| by_key.len() == 1).unwrap_or(NONE);
        Self { association: spec.association, slots, by_key, before, emptied, last: None, only, seen: HashSet::new() }
    }

    /// Puts a row where it belongs. Its owner's key is at these positions; at none, if only one key was asked for.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    pub fn place(&mut self, row: &mut dyn Row, key: &[(usize, Type)]) -> Result<(), TypeError> {
        let mut at = if key.is_empty() { self.only } else { self.last_of(row, key)? };
        let Some(&before) = self.before.get(at as usize) else { return Ok(()) };
        let related = (self.association.related)();
        let distinct = matches!(self.association.relation, Relation::Through(_));
        if distinct && !self.seen.insert((at, Key::read_primary(row, related, 0)?)) {
            return Ok(());
        }
        if before == NONE {
            return self.slots[at as usize].push(self.association, row);
        }
        let values = related.column_fields().iter().enumerate();
        let values = values.map(|(at, field)| row.take(at, field.ty).map_err(|error| in_field(error, related, at)));
        let values: Vec<Value> = values.collect::<Result<_, _>>()?;
        while let Some(slot) = self.slots.get_mut(at as usize) {
            slot.push(self.association, &mut Again(&values))?;
            at = self.before[at as usize];
        }
        Ok(())
    }

    /// The last container of a row's owner.
    fn last_of(&mut self, row: &mut dyn Row, key: &[(usize, Type)]) -> Result<u32, TypeError> {
        if let (&[(at, ty)], Some((last, container))) = (key, &self.last)
            && let Some(number) = last.integer()
            && row.integer(at, ty)? == Some(number)
        {
            return Ok(*container);
        }
        let Some(key) = Key::read(row, key)? else { return Ok(NONE) };
        let container = match &self.last {
            Some((last, container)) if *last == key => *container,
            _ => self.by_key.get(&key).copied().unwrap_or(NONE),
        };
        self.last = Some((key, container));
        Ok(container)
    }

    /// All rows have come.
    pub fn have_come(mut self) -> Vec<&'e mut dyn Slot> {
        self.emptied.clear();
        std::mem::take(&mut self.slots)
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        for &at in &self.emptied {
            self.slots[at as usize].unload(self.association);
        }
    }
}

/// A row that belongs to several owners: what was read of it once.
struct Again<'v>(&'v [Value]);

impl Row for Again<'_> {
    fn take(&mut self, index: usize, ty: Type) -> Result<Value, TypeError> {
        Ok(self.0.get(index).cloned().unwrap_or_else(|| ty.null()))
    }

    fn integer(&mut self, index: usize, ty: Type) -> Result<Option<i64>, TypeError> {
        match self.0.get(index) {
            Some(Value::BigInt(number)) => Ok(*number),
            _ => integer(self.take(index, ty)?),
        }
    }

    fn text(&mut self, index: usize) -> Result<Option<String>, TypeError> {
        match self.0.get(index) {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => text(self.take(index, Type::Text)?),
        }
    }
}

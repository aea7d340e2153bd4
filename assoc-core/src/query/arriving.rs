//! Containers of one association while its rows arrive.

use std::collections::HashSet;

use sea_query::Value;

use super::preload::Spec;
use crate::{
    schema::{Entity, Hop, Relation, Row, Slot, in_field, integer, text},
    types::{Key, KeyMap, Type, TypeError},
};

/// Where the rows of an owner belong.
pub(super) struct Place<'e> {
    key: Option<Key>,
    pub slot: &'e mut dyn Slot,
}

/// The containers of some associations, apart from their owners: those of each, with the values of the owners' fields to
/// which its rows refer.
pub(super) fn places<'e>(owners: Vec<&'e mut dyn Entity>, of: &[(usize, &[usize])]) -> Vec<Vec<Place<'e>>> {
    let mut places: Vec<Vec<Place<'e>>> = of.iter().map(|_| Vec::with_capacity(owners.len())).collect();
    let mut keys: Vec<Option<Key>> = Vec::with_capacity(of.len());
    for owner in owners {
        keys.clear();
        keys.extend(of.iter().map(|(_, fields)| Key::of(owner, fields)));
        owner.each_slot(&mut |index, slot| {
            if let Some(at) = of.iter().position(|(association, _)| *association == index) {
                places[at].push(Place { key: keys[at].take(), slot });
            }
        });
    }
    places
}

/// Containers that are being filled. Until all rows have come, whatever the reason, they are not loaded.
pub(super) struct Arriving<'e> {
    pub association: Hop,
    places: Vec<Place<'e>>,
    /// The last place of each key.
    by_key: KeyMap<usize>,
    /// The place before with the key of each place.
    next: Vec<Option<usize>>,
    emptied: Vec<usize>,
    /// The key of the last row, and its first place: rows of one owner often follow each other.
    last: Option<(Key, Option<usize>)>,
    /// The first place of the only key, if there is one only.
    only: Option<usize>,
    /// Several ways may lead from an owner, by its first place, to a row of a `through` association.
    seen: HashSet<(usize, Option<Key>)>,
}

impl<'e> Arriving<'e> {
    /// Empties the containers that are to be filled.
    pub fn of(mut places: Vec<Place<'e>>, spec: &Spec) -> Self {
        let mut by_key = KeyMap::with_capacity_and_hasher(places.len(), Default::default());
        let mut next = vec![None; places.len()];
        let mut emptied = Vec::with_capacity(places.len());
        for (at, place) in places.iter_mut().enumerate() {
            if place.slot.is_loaded() && !spec.force {
                continue;
            }
            place.slot.reset(spec.is_partial());
            emptied.push(at);
            if let Some(key) = &place.key {
                next[at] = match by_key.get_mut(key) {
                    Some(last) => Some(std::mem::replace(last, at)),
                    None => {
                        by_key.insert(key.clone(), at);
                        None
                    }
                };
            }
        }
        let only = by_key.values().next().copied().filter(|_| by_key.len() == 1);
        Self { association: spec.association, places, by_key, next, emptied, last: None, only, seen: HashSet::new() }
    }

    /// The keys to ask for, each once, in the order of their places.
    pub fn wanted(&self) -> Vec<Vec<Value>> {
        let first = self.emptied.iter().filter(|&&at| self.next[at].is_none());
        first.filter_map(|&at| Some(self.places[at].key.as_ref()?.values().to_vec())).collect()
    }

    /// Puts a row where it belongs. Its owner's key is at these positions; at none, if only one key was asked for.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    pub fn place(&mut self, row: &mut dyn Row, key: &[(usize, Type)]) -> Result<(), TypeError> {
        let first = if key.is_empty() { self.only } else { self.first(row, key)? };
        let Some(first) = first else { return Ok(()) };
        let related = (self.association.related)();
        let distinct = matches!(self.association.relation, Relation::Through(_));
        if distinct && !self.seen.insert((first, Key::read_primary(row, related, 0)?)) {
            return Ok(());
        }
        if self.next[first].is_none() {
            return self.places[first].slot.push(self.association, row);
        }
        let values = related.column_fields().iter().enumerate();
        let values = values.map(|(at, field)| row.take(at, field.ty).map_err(|error| in_field(error, related, at)));
        let values: Vec<Value> = values.collect::<Result<_, _>>()?;
        let mut place = Some(first);
        while let Some(at) = place {
            self.places[at].slot.push(self.association, &mut Again(&values))?;
            place = self.next[at];
        }
        Ok(())
    }

    /// The first place of a row's owner.
    fn first(&mut self, row: &mut dyn Row, key: &[(usize, Type)]) -> Result<Option<usize>, TypeError> {
        if let (&[(at, ty)], Some((last, first))) = (key, &self.last)
            && let Some(number) = last.integer()
            && row.integer(at, ty)? == Some(number)
        {
            return Ok(*first);
        }
        let Some(key) = Key::read(row, key)? else { return Ok(None) };
        let first = match &self.last {
            Some((last, first)) if *last == key => *first,
            _ => self.by_key.get(&key).copied(),
        };
        self.last = Some((key, first));
        Ok(first)
    }

    /// All rows have come.
    pub fn have_come(mut self) -> Vec<Place<'e>> {
        self.emptied.clear();
        std::mem::take(&mut self.places)
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        for &at in &self.emptied {
            self.places[at].slot.unload(self.association);
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

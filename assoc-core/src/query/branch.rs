//! One association of all rows of a level, with what is loaded beyond it.

use std::collections::{HashMap, HashSet};

use super::{
    ColumnAt, Context, Node, Ordering, Renderer,
    preload::Spec,
    preloader::{More, preload},
    select::{Select, path},
};
use crate::{
    adapter::{Connection, DbError, Sql},
    schema::{Entity, Meta, Relation, Row, Slot},
    types::{Key, TypeError},
};

/// The containers of one association, apart from their owners, so that several can be filled at the same time.
pub(super) struct Branch<'s, 'e> {
    index: usize,
    loads: Vec<Load<'s>>,
    places: Vec<Place<'e>>,
}

/// Where the rows of an owner belong.
struct Place<'e> {
    key: Option<Key>,
    slot: &'e mut dyn Slot,
}

/// The statement of one preload.
struct Load<'s> {
    spec: &'s Spec,
    select: Select,
    r: Renderer,
    /// The columns that hold the owner's key, behind those of the schema.
    columns: Vec<ColumnAt>,
    /// The owner's fields that they equal.
    fields: Vec<usize>,
}

/// Takes the rows apart: a branch for each association, in reverse order of the specs. Those that name the same one share a
/// branch.
pub(super) fn branches<'s, 'e>(
    owners: Vec<&'e mut dyn Entity>,
    specs: &'s [Spec],
    cx: &Context,
) -> Vec<Branch<'s, 'e>> {
    let Some(meta) = owners.first().map(|owner| owner.meta()) else { return Vec::new() };
    let mut branches: Vec<Branch<'s, 'e>> = Vec::new();
    for spec in specs {
        let Some(index) = meta.association_index(spec.association.name) else { continue };
        let load = Load::of(spec, meta, cx);
        match branches.iter_mut().find(|branch| branch.index == index) {
            Some(branch) => branch.loads.push(load),
            None => branches.push(Branch { index, loads: vec![load], places: Vec::with_capacity(owners.len()) }),
        }
    }
    branches.reverse();
    for owner in owners {
        let key = |branch: &Branch<'_, '_>| {
            let fields = branch.loads.first().map(|load| load.fields.as_slice()).unwrap_or_default();
            Key::new(fields.iter().filter_map(|field| owner.field(*field)))
        };
        let mut keys: Vec<Option<Key>> = branches.iter().map(key).collect();
        owner.containers(&mut |index, slot| {
            if let Some(at) = branches.iter().position(|branch| branch.index == index) {
                branches[at].places.push(Place { key: keys[at].take(), slot });
            }
        });
    }
    branches
}

impl Branch<'_, '_> {
    /// # Errors
    /// A statement fails, or a row does not fit its schema; the association is not loaded then.
    pub async fn load(self, connection: &mut dyn Connection, more: More<'_>, cx: &Context) -> Result<(), DbError> {
        let Self { loads, mut places, .. } = self;
        for Load { spec, select, r, columns, .. } in loads {
            // An embed is there already.
            if spec.association.embedded_in().is_none() {
                let mut arriving = Arriving::of(&mut places, spec);
                if let Some(sql) = arriving.sql(select, &columns, r)? {
                    let columns = &columns;
                    connection.read(sql, &mut |row: &mut dyn Row| arriving.place(row, columns)).await?;
                }
                arriving.have_come();
            }
            if !spec.nested.is_empty() {
                let mut related: Vec<&mut dyn Entity> = Vec::new();
                for place in &mut places {
                    place.slot.entities(&mut related);
                }
                preload(related, &spec.nested, connection, more, cx).await?;
            }
        }
        Ok(())
    }
}

impl<'s> Load<'s> {
    fn of(spec: &'s Spec, owner: &Meta, cx: &Context) -> Self {
        let related = (spec.association.related)();
        let mut r = Renderer::new(cx);
        let mut select = match spec.association.embedded_in() {
            None => Select::of(related, &mut r),
            Some(_) => Select::nothing(related, &mut r),
        };
        let (columns, fields) = select.join_back(owner, &path(spec.association), &mut r).into_iter().unzip();
        Self { spec, select, r, columns, fields }
    }
}

/// Containers that are being filled. Until all rows have come, whatever the reason, they are not loaded.
struct Arriving<'p, 'e> {
    spec: &'p Spec,
    places: &'p mut [Place<'e>],
    /// The places of the rows of each key.
    by_key: HashMap<Key, Vec<usize>>,
    emptied: Vec<usize>,
    /// Several ways may lead to a row of a `through` association.
    seen: HashSet<(Key, Option<Key>)>,
}

impl<'p, 'e> Arriving<'p, 'e> {
    /// Empties the containers that are to be filled.
    fn of(places: &'p mut [Place<'e>], spec: &'p Spec) -> Self {
        let (mut by_key, mut emptied) = (HashMap::<Key, Vec<usize>>::new(), Vec::new());
        for (at, place) in places.iter_mut().enumerate() {
            if place.slot.is_loaded() && !spec.force {
                continue;
            }
            place.slot.reset(spec.is_partial());
            emptied.push(at);
            if let Some(key) = &place.key {
                by_key.entry(key.clone()).or_default().push(at);
            }
        }
        Self { spec, places, by_key, emptied, seen: HashSet::new() }
    }

    /// `None` where there are no keys to ask for.
    fn sql(&self, mut select: Select, columns: &[ColumnAt], mut r: Renderer) -> Result<Option<Sql<'static>>, DbError> {
        if self.by_key.is_empty() {
            return Ok(None);
        }
        let (spec, related) = (self.spec, (self.spec.association.related)());
        for column in columns {
            select.column(column.clone(), &r);
        }
        let mut wanted: Vec<(usize, &Key)> = self.by_key.iter().map(|(key, places)| (places[0], key)).collect();
        wanted.sort_unstable_by_key(|(place, _)| *place);
        let wanted = wanted.into_iter().map(|(_, key)| key.values().to_vec()).collect();
        let mut filters = vec![Node::any_of(columns.to_vec(), wanted)];
        filters.extend(spec.filters.iter().cloned());
        select.filter(filters, &mut r).window(spec.limit, None);
        let usual = Ordering::<()>::of(spec.association);
        select.order(if spec.order.is_empty() { usual } else { spec.order.clone() }, &mut r);
        if let Some(rows) = spec.limit_each {
            select = select.limit_each(columns, rows, related, &mut r);
        } else if spec.order.is_empty() {
            select.order_by_key(related);
        }
        select.sql(r).map(Some)
    }

    fn place(&mut self, row: &mut dyn Row, columns: &[ColumnAt]) -> Result<(), TypeError> {
        let related = (self.spec.association.related)();
        let key = columns.iter().enumerate().map(|(at, column)| row.take(related.columns + at, column.ty));
        let Some(key) = Key::new(key.collect::<Result<Vec<_>, _>>()?) else { return Ok(()) };
        let distinct = matches!(self.spec.association.relation, Relation::Through(_));
        if distinct && !self.seen.insert((key.clone(), row_key(row, related)?)) {
            return Ok(());
        }
        for &at in self.by_key.get(&key).into_iter().flatten() {
            self.places[at].slot.push(row)?;
        }
        Ok(())
    }

    fn have_come(mut self) {
        self.emptied.clear();
    }
}

impl Drop for Arriving<'_, '_> {
    fn drop(&mut self) {
        for &at in &self.emptied {
            self.places[at].slot.unload(self.spec.association);
        }
    }
}

fn row_key(row: &mut dyn Row, meta: &Meta) -> Result<Option<Key>, TypeError> {
    let values = meta.primary_key.iter().map(|&field| row.take(field, meta.fields[field].ty));
    values.collect::<Result<Vec<_>, _>>().map(Key::new)
}

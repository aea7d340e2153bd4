//! One association of all rows of a level, with what is loaded beyond it.

use super::{
    Context,
    arriving::{Arriving, Places, places},
    plain::Alone,
    preload::Spec,
    preloader::{More, level},
};
use crate::{
    adapter::{Connection, DbError},
    schema::{Entity, Row},
};

/// The containers of one association, apart from their owners, so that several can be filled at the same time.
pub(super) struct Branch<'s, 'e> {
    load: Alone<'s>,
    places: Places<'e>,
}

/// Takes the rows apart: a branch for each association, in reverse order of the specs.
pub(super) fn branches<'s, 'e>(
    owners: Vec<&'e mut dyn Entity>,
    specs: &'s [Spec],
    cx: &Context,
) -> Vec<Branch<'s, 'e>> {
    let Some(meta) = owners.first().map(|owner| owner.meta()) else { return Vec::new() };
    let load = |spec: &'s Spec| Some((meta.association_index(spec.association.name)?, Alone::of(spec, meta, cx)));
    let loads: Vec<(usize, Alone<'s>)> = specs.iter().rev().filter_map(load).collect();
    let of: Vec<(usize, &[usize])> = loads.iter().map(|(index, load)| (*index, load.fields())).collect();
    let places = places(owners, &of);
    loads.into_iter().zip(places).map(|((_, load), places)| Branch { load, places }).collect()
}

impl Branch<'_, '_> {
    /// # Errors
    /// A statement fails, or a row does not fit its schema; the association is not loaded then.
    pub async fn load(self, connection: &mut dyn Connection, more: More<'_>, cx: &Context) -> Result<(), DbError> {
        let Self { load, places } = self;
        let spec = load.spec;
        // An embed is there already.
        let mut slots = if spec.association.embedded_in().is_some() {
            places.slots
        } else {
            let mut keys = Vec::new();
            let mut arriving = Arriving::of(places, spec, |key| keys.push(key.values().to_vec()));
            if !keys.is_empty() {
                // All rows are of the only owner that is asked for.
                let at = if keys.len() == 1 { Vec::new() } else { load.at().to_vec() };
                let sql = load.sql(keys, cx)?;
                connection.read(sql, &mut |row: &mut dyn Row| arriving.place(row, &at)).await?;
            }
            arriving.have_come()
        };
        if !spec.nested.is_empty() {
            let mut related: Vec<&mut dyn Entity> = Vec::new();
            slots.iter_mut().for_each(|slot| slot.entities(spec.association, &mut related));
            level(related, &spec.nested, connection, more, cx).await?;
        }
        Ok(())
    }
}

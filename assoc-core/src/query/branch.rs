//! One association of all rows of a level, with what is loaded beyond it.

use super::{
    Context,
    arriving::{Arriving, Place, places},
    plain::Alone,
    preload::Spec,
    preloader::{More, preload},
};
use crate::{
    adapter::{Connection, DbError},
    schema::{Entity, Row},
};

/// The containers of one association, apart from their owners, so that several can be filled at the same time.
pub(super) struct Branch<'s, 'e> {
    loads: Vec<Alone<'s>>,
    places: Vec<Place<'e>>,
}

/// Takes the rows apart: a branch for each association, in reverse order of the specs. Those that name the same one share a
/// branch.
pub(super) fn branches<'s, 'e>(
    owners: Vec<&'e mut dyn Entity>,
    specs: &'s [Spec],
    cx: &Context,
) -> Vec<Branch<'s, 'e>> {
    let Some(meta) = owners.first().map(|owner| owner.meta()) else { return Vec::new() };
    let mut loads: Vec<(usize, Vec<Alone<'s>>)> = Vec::new();
    for spec in specs {
        let Some(index) = meta.association_index(spec.association.name) else { continue };
        let load = Alone::of(spec, meta, cx);
        match loads.iter_mut().find(|(association, _)| *association == index) {
            Some((_, loads)) => loads.push(load),
            None => loads.push((index, vec![load])),
        }
    }
    loads.reverse();
    let of = loads.iter().map(|(index, loads)| (*index, loads.first().map(|load| load.fields()).unwrap_or_default()));
    let places = places(owners, &of.collect::<Vec<_>>());
    loads.into_iter().zip(places).map(|((_, loads), places)| Branch { loads, places }).collect()
}

impl Branch<'_, '_> {
    /// # Errors
    /// A statement fails, or a row does not fit its schema; the association is not loaded then.
    pub async fn load(self, connection: &mut dyn Connection, more: More<'_>, cx: &Context) -> Result<(), DbError> {
        let Self { loads, mut places } = self;
        for load in loads {
            let spec = load.spec;
            // An embed is there already.
            if spec.association.embedded_in().is_none() {
                let mut arriving = Arriving::of(places, spec);
                let keys = arriving.wanted();
                if !keys.is_empty() {
                    // All rows are of the only owner that is asked for.
                    let at = if keys.len() == 1 { Vec::new() } else { load.at().to_vec() };
                    let sql = load.sql(keys, cx)?;
                    connection.read(sql, &mut |row: &mut dyn Row| arriving.place(row, &at)).await?;
                }
                places = arriving.have_come();
            }
            if !spec.nested.is_empty() {
                let mut related: Vec<&mut dyn Entity> = Vec::new();
                for place in &mut places {
                    place.slot.entities(spec.association, &mut related);
                }
                preload(related, &spec.nested, connection, more, cx).await?;
            }
        }
        Ok(())
    }
}

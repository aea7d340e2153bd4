//! Preloads of any shape: one statement loads what several do.

use assoc::{
    DbError, Preloads, Schema,
    prelude::*,
    query::Spec,
    schema::{AssocRef, Entity, Meta, PreloadInto, kind::Step},
};

use super::{
    ast::{Cond, Order},
    check::{Checked, found, same, sql},
    queries::Rows,
    rows::query,
    typed::{Table, Visit, cond, orders},
};
use crate::support::Db;

/// An association to load, and those of its rows.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub association: usize,
    pub filter: Option<Cond>,
    pub order: Vec<Order>,
    pub limit: Option<u64>,
    pub force: bool,
    pub below: Vec<Wanted>,
}

struct Loads(Vec<Spec>);

impl<S: Schema> Preloads<S> for Loads {
    fn specs(self) -> Vec<Spec> {
        self.0
    }

    fn entities(rows: &mut [S]) -> Vec<&mut dyn Entity> {
        rows.entities()
    }

    fn owner() -> &'static Meta {
        S::META
    }
}

fn loads<T: Table>(wanted: &[Wanted]) -> Loads {
    Loads(wanted.iter().flat_map(|wanted| T::see(wanted.association, wanted)).collect())
}

impl<P: Table> Visit<P> for &Wanted {
    type Output = Vec<Spec>;

    fn see<C: Table, K: Step + 'static>(self, association: AssocRef<P, C, K>) -> Vec<Spec> {
        let mut preload = association.then(loads::<C>(&self.below));
        if let Some(filter) = &self.filter {
            preload = preload.filter(cond(filter));
        }
        if !self.order.is_empty() {
            preload = preload.order_by((orders(&self.order), C::key().asc()));
        }
        if let Some(limit) = self.limit {
            preload = preload.limit(limit);
        }
        if self.force { preload.force() } else { preload }.specs()
    }
}

pub async fn preloads<T: Table>(db: &Db, rows: &Rows, wanted: &[Wanted]) -> Checked {
    let several = query::<T>(rows).preload(loads::<T>(wanted));
    let one = several.clone().in_one_statement();
    // An association that comes again in another way is refused, whatever the rows.
    if let (Err(DbError::Configuration(refused)), one) =
        (db.repo.all(several.clone()).await, db.repo.all(one.clone()).await)
    {
        return same(|| refused.clone(), one.map(drop).map_err(|error| error.to_string()), Err(refused.clone()));
    }
    let expected = found(db, &several).await?;
    db.forget();
    same(|| sql(db, &one), found(db, &one).await?, expected)?;
    same(|| sql(db, &one), db.statements().len(), 1)
}

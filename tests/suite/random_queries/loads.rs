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

/// The name of an association.
struct Name;

impl<P: Table> Visit<P> for Name {
    type Output = &'static str;

    fn see<C: Table, K: Step + 'static>(self, association: AssocRef<P, C, K>) -> &'static str {
        association.meta().name
    }
}

/// Whether one of them, or of those below them, comes again in another way.
struct Refused<'w>(Vec<&'w Wanted>);

impl<P: Table> Visit<P> for Refused<'_> {
    type Output = bool;

    fn see<C: Table, K: Step + 'static>(self, _: AssocRef<P, C, K>) -> bool {
        is_refused::<C>(&self.0)
    }
}

fn is_refused<T: Table>(wanted: &[&Wanted]) -> bool {
    let said = |wanted: &Wanted| format!("{:?}", (&wanted.filter, &wanted.order, wanted.limit));
    let mut merged: Vec<(&str, &Wanted, Vec<&Wanted>)> = Vec::new();
    for &wanted in wanted {
        let (name, below) = (T::see(wanted.association, Name), wanted.below.iter());
        match merged.iter_mut().find(|(known, ..)| *known == name) {
            None => merged.push((name, wanted, below.collect())),
            Some(known) if wanted.force => *known = (name, wanted, below.collect()),
            Some((_, known, nested)) => {
                let says_more = wanted.filter.is_some() || !wanted.order.is_empty() || wanted.limit.is_some();
                if says_more && said(known) != said(wanted) {
                    return true;
                }
                nested.extend(below);
            }
        }
    }
    merged.into_iter().any(|(_, wanted, below)| T::see(wanted.association, Refused(below)))
}

pub async fn preloads<T: Table>(db: &Db, rows: &Rows, wanted: &[Wanted]) -> Checked {
    let several = query::<T>(rows).preload(loads::<T>(wanted));
    let one = several.clone().in_one_statement();
    if is_refused::<T>(&wanted.iter().collect::<Vec<_>>()) {
        for query in [several, one] {
            match db.repo.all(query).await {
                Err(DbError::Configuration(refused)) if refused.contains("is preloaded twice") => {}
                other => return Err(format!("a preload that comes again in another way is {other:?}")),
            }
        }
        return Ok(());
    }
    let expected = found(db, &several).await?;
    db.forget();
    same(|| sql(db, &one), found(db, &one).await?, expected)?;
    same(|| sql(db, &one), db.statements().len(), 1)
}

//! Joins of associations, inner and left, with conditions of their own.

use std::{future::Future, pin::Pin};

use assoc::{
    DbError,
    prelude::*,
    schema::{AssocRef, kind::Step},
};

use super::{
    ast::Cond,
    check::{Checked, failed, found, same, sorted, sql, walked},
    data::{Row, World},
    eval::{At, all, associations},
    queries::{Ask, Joined},
    typed::{Table, Visit, cond},
};
use crate::support::Db;

type Pair = (Option<i64>, Option<i64>);
type Triple = (Option<i64>, Option<i64>, Option<i64>);
type Later<'a> = Pin<Box<dyn Future<Output = Checked> + 'a>>;

/// The rows that a row is joined with; `None` where a left join finds none.
fn partners<'w>(row: Option<At<'w>>, joined: &Joined) -> Vec<Option<At<'w>>> {
    let ways = row.map(|row| row.ways(joined.association)).unwrap_or_default();
    let fits = |at: &At<'_>| joined.on.as_ref().is_none_or(|on| at.holds(on));
    let mut partners: Vec<_> = ways.into_iter().filter(fits).map(Some).collect();
    if partners.is_empty() && joined.left {
        partners.push(None);
    }
    partners
}

fn id(at: Option<At<'_>>) -> Option<i64> {
    at.map(|at| at.row.id())
}

/// The condition on what is joined, where it may be missing: all its columns are NULL then.
fn holds<C: Table>(world: &World, at: Option<At<'_>>, filter: &Cond) -> bool {
    let row = Row { nums: vec![None; C::nums().len()], texts: vec![None; C::texts().len()], rating: None };
    at.unwrap_or(At { world, kind: C::KIND, row: &row }).holds(filter)
}

struct Join<'a> {
    db: &'a Db,
    world: &'a World,
    joined: &'a Joined,
    filters: &'a [Cond; 2],
    paged: Option<u64>,
}

impl<'a> Join<'a> {
    fn expected<P: Table, C: Table>(&self) -> Vec<Pair> {
        let owners = all(self.world, P::KIND).into_iter().filter(|at| at.holds(&self.filters[0]));
        let pairs = owners.flat_map(|owner| partners(Some(owner), self.joined).into_iter().map(move |at| (owner, at)));
        // A table with itself needs another name, of which a condition on the schema knows nothing.
        let filtered = |at| P::KIND == C::KIND || holds::<C>(self.world, at, &self.filters[1]);
        let pairs = pairs.filter(|(_, at)| filtered(*at));
        sorted(pairs.map(|(owner, at)| (Some(owner.row.id()), id(at))).collect())
    }

    async fn check<Q>(&self, query: Query<Q, Pair>, expected: Vec<Pair>, unique: bool) -> Checked {
        let (db, text) = (self.db, || sql(self.db, &query));
        same(text, sorted(found(db, &query).await?), expected.clone())?;
        let count = db.repo.count(query.clone()).await.map_err(|error| failed(db, &query, &error))?;
        same(text, count, expected.len() as u64)?;
        match self.paged {
            Some(size) if unique => same(text, sorted(walked(db, &query, size).await?), expected),
            Some(size) => {
                let refused = db.repo.page(query.clone(), assoc::query::Page::first(size)).await;
                same(text, matches!(refused, Err(DbError::Configuration(_))), true)
            }
            None => Ok(()),
        }
    }
}

/// A query for pairs of keys: the owner's, and that of what is joined.
macro_rules! pairs {
    ($join:ident, $owner:ident $related:ident, $association:expr, $self:ident) => {{
        let query = $owner::query().$join($association);
        let query = query.filter(cond::<$owner>(&$self.filters[0]).widen());
        let query = query.filter(cond::<$related>(&$self.filters[1]).widen());
        query.select(($owner::key().optional(), $related::key().optional()))
    }};
    ($join:ident, $owner:ident $related:ident, $association:expr, $alias:expr, $self:ident) => {{
        let query = $owner::query().$join($association).filter(cond::<$owner>(&$self.filters[0]).widen());
        query.select(($owner::key().optional(), $related::key().of($alias).optional()))
    }};
}

impl<'a, P: Table> Visit<P> for Join<'a> {
    type Output = Later<'a>;

    fn see<C: Table, K: Step + 'static>(self, association: AssocRef<P, C, K>) -> Later<'a> {
        let condition = self.joined.on.as_ref().map_or(cond(&Cond::And(Vec::new())), cond::<C>);
        let on = association.on(condition);
        // Only of what is `through` others can there be equal pairs.
        let unique = self.joined.association % associations(P::KIND) < 4;
        Box::pin(async move {
            let expected = self.expected::<P, C>();
            match (P::KIND == C::KIND, self.joined.left) {
                (false, false) => self.check(pairs!(join, P C, on, self), expected, unique).await,
                (false, true) => self.check(pairs!(left_join, P C, on, self), expected, unique).await,
                (true, false) => {
                    self.check(pairs!(join, P C, on.alias(C::OTHER), C::OTHER, self), expected, unique).await
                }
                (true, true) => {
                    self.check(pairs!(left_join, P C, on.alias(C::OTHER), C::OTHER, self), expected, unique).await
                }
            }
        })
    }
}

pub async fn join<P: Table>(db: &Db, world: &World, ask: &Ask) -> Checked {
    let Ask::Join { joined, filters, paged, .. } = ask else { return Ok(()) };
    P::see(joined.association, Join { db, world, joined, filters, paged: *paged }).await
}

struct First<'a> {
    db: &'a Db,
    world: &'a World,
    first: &'a Joined,
    second: &'a Joined,
    filter: &'a Cond,
}

struct Second<'a, P: Table, C: Table, K> {
    before: First<'a>,
    association: AssocRef<P, C, K>,
}

impl<'a, P: Table> Visit<P> for First<'a> {
    type Output = Later<'a>;

    fn see<C: Table, K: Step + 'static>(self, association: AssocRef<P, C, K>) -> Later<'a> {
        let at = self.second.association;
        C::see(at, Second { before: self, association })
    }
}

macro_rules! triples {
    ($first:ident $second:ident, $one:expr, $two:expr, $filter:expr, $owner:ident $third:ident) => {
        $owner::query().$first($one).$second($two).filter($filter.widen()).select((
            $owner::key().optional(),
            C::key().of(C::OTHER).optional(),
            $third::key().of($third::THIRD).optional(),
        ))
    };
}

impl<'a, P: Table, C: Table, K: Step + 'static> Visit<C> for Second<'a, P, C, K> {
    type Output = Later<'a>;

    fn see<D: Table, L: Step + 'static>(self, association: AssocRef<C, D, L>) -> Later<'a> {
        let First { db, world, first, second, filter } = self.before;
        let on = |joined: &Joined| joined.on.clone().unwrap_or(Cond::And(Vec::new()));
        let one = self.association.alias(C::OTHER).on(cond(&on(first)));
        let two = association.from(C::OTHER).alias(D::THIRD).on(cond(&on(second)));
        let filter_of_owner = cond::<P>(filter);
        Box::pin(async move {
            let owners = all(world, P::KIND).into_iter().filter(|at| at.holds(filter));
            let expected: Vec<Triple> = owners
                .flat_map(|owner| partners(Some(owner), first).into_iter().map(move |at| (owner, at)))
                .flat_map(|(owner, at)| partners(at, second).into_iter().map(move |last| (owner, at, last)))
                .map(|(owner, at, last)| (Some(owner.row.id()), id(at), id(last)))
                .collect();
            let expected = sorted(expected);
            macro_rules! check {
                ($join:ident $then:ident) => {{
                    let query = triples!($join $then, one, two, filter_of_owner, P D);
                    same(|| sql(db, &query), sorted(found(db, &query).await?), expected)
                }};
            }
            match (first.left, second.left) {
                (false, false) => check!(join join),
                (false, true) => check!(join left_join),
                (true, false) => check!(left_join join),
                (true, true) => check!(left_join left_join),
            }
        })
    }
}

pub async fn chain<P: Table>(db: &Db, world: &World, ask: &Ask) -> Checked {
    let Ask::Chain { first, second, filter, .. } = ask else { return Ok(()) };
    P::see(first.association, First { db, world, first, second, filter }).await
}

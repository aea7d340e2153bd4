//! Rows of one table: filtered, ordered, limited, paged, updated, put together.

use std::cmp::Ordering;

use assoc::{Query, prelude::*};

use super::{
    ast::{Cond, Order},
    check::{Checked, failed, found, same, sorted, sql, walked},
    data::{Kind, World},
    eval::{At, all},
    queries::{Rows, Set},
    typed::{Table, cond, orders},
};
use crate::{schemas::*, support::Db};

pub fn query<T: Table>(asked: &Rows) -> Query<T> {
    let mut query = T::query();
    for filter in &asked.filters {
        query = query.filter(cond(filter));
    }
    query = query.order_by((orders(&asked.order), T::key().asc()));
    if let Some(limit) = asked.limit {
        query = query.limit(limit);
    }
    match asked.offset {
        Some(offset) => query.offset(offset),
        None => query,
    }
}

/// The rows that satisfy conditions, in an order that the key ends.
fn ordered<'w>(db: &Db, world: &'w World, kind: Kind, filters: &[Cond], order: &[Order]) -> Vec<At<'w>> {
    let mut rows = all(world, kind);
    rows.retain(|row| filters.iter().all(|filter| row.holds(filter)));
    rows.sort_by(|a, b| a.compare(b, order, db.is_postgres()).then(a.row.id().cmp(&b.row.id())));
    rows
}

fn expected(db: &Db, world: &World, asked: &Rows, kind: Kind) -> Vec<i64> {
    let rows = ordered(db, world, kind, &asked.filters, &asked.order);
    let (offset, limit) = (asked.offset.unwrap_or(0), asked.limit.unwrap_or(u64::MAX));
    let window = rows.iter().skip(offset as usize).take(limit as usize);
    window.map(|row| row.row.id()).collect()
}

fn ids<T: Table>(rows: Vec<T>) -> Vec<i64> {
    rows.iter().map(Table::id).collect()
}

pub async fn rows<T: Table>(db: &Db, world: &World, asked: &Rows) -> Checked {
    let (query, expected) = (query::<T>(asked), expected(db, world, asked, T::KIND));
    let sql = || sql(db, &query);
    same(sql, ids(found(db, &query).await?), expected.clone())?;
    let count = db.repo.count(query.clone()).await.map_err(|error| failed(db, &query, &error))?;
    same(sql, count, expected.len() as u64)?;
    let exists = db.repo.exists(query.clone()).await.map_err(|error| failed(db, &query, &error))?;
    same(sql, exists, !expected.is_empty())?;
    let greatest = db.repo.max(query.clone(), T::key()).await.map_err(|error| failed(db, &query, &error))?;
    same(sql, greatest, expected.iter().copied().max())?;
    let least = db.repo.min(query.clone().subquery(), T::key()).await.map_err(|error| failed(db, &query, &error))?;
    same(sql, least, expected.iter().copied().min())
}

pub async fn updated<T: Table>(db: &Db, world: &World, asked: &Rows) -> Checked {
    let (query, expected) = (query::<T>(asked), sorted(expected(db, world, asked, T::KIND)));
    let tx = db.repo.begin().await.map_err(|error| error.to_string())?;
    let updated = tx.update_all_returning(query.clone(), T::same()).await;
    let updated = updated.map_err(|error| failed(db, &query, &error))?;
    same(|| sql(db, &query), sorted(ids(updated)), expected.clone())?;
    let count = tx.update_all(query.clone(), T::same()).await.map_err(|error| failed(db, &query, &error))?;
    same(|| sql(db, &query), count, expected.len() as u64)?;
    tx.rollback().await.map_err(|error| error.to_string())
}

/// The order need not tell all rows apart: pages do by themselves.
pub async fn pages<T: Table>(db: &Db, world: &World, asked: &Rows, size: u64) -> Checked {
    let mut query = T::query();
    for filter in &asked.filters {
        query = query.filter(cond(filter));
    }
    let query = query.order_by(orders(&asked.order)).select(T::key());
    same(|| sql(db, &query), walked(db, &query, size).await?, expected(db, world, asked, T::KIND))
}

pub async fn sets<T: Table>(db: &Db, world: &World, first: &Rows, others: &[(Set, Rows)], filter: &Cond) -> Checked {
    let mut combined = query::<T>(first);
    let mut rows = expected(db, world, first, T::KIND);
    for (set, other) in others {
        let (other, more) = (query::<T>(other), expected(db, world, other, T::KIND));
        (combined, rows) = match set {
            Set::Union => (combined.union(other), once([rows, more].concat())),
            Set::UnionAll => (combined.union_all(other), [rows, more].concat()),
            Set::Intersect => (combined.intersect(other), once(rows.into_iter().filter(|id| more.contains(id)))),
            Set::Except => (combined.except(other), once(rows.into_iter().filter(|id| !more.contains(id)))),
        };
    }
    let holding: Vec<i64> = all(world, T::KIND).iter().filter(|at| at.holds(filter)).map(|at| at.row.id()).collect();
    rows.retain(|id| holding.contains(id));
    let combined = combined.filter(cond(filter));
    same(|| sql(db, &combined), sorted(ids(found(db, &combined).await?)), sorted(rows.clone()))?;
    let count = db.repo.count(combined.clone()).await.map_err(|error| failed(db, &combined, &error))?;
    same(|| sql(db, &combined), count, rows.len() as u64)
}

fn once(ids: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut ids = sorted(ids.into_iter().collect());
    ids.dedup();
    ids
}

pub async fn tree(db: &Db, world: &World, up: bool, start: &Cond, filter: &Cond) -> Checked {
    let roots = Category::query().filter(cond(start));
    let query = if up { Category::parent.recursive(roots) } else { Category::children.recursive(roots) };
    let query = query.filter(cond(filter));
    let mut reached: Vec<At<'_>> = all(world, Kind::Category).into_iter().filter(|row| row.holds(start)).collect();
    let mut next = 0;
    while let Some(row) = reached.get(next).copied() {
        let new = |at: &At<'_>| reached.iter().all(|row| row.row.id().cmp(&at.row.id()) != Ordering::Equal);
        let further: Vec<_> = row.ways(usize::from(up)).into_iter().filter(new).collect();
        reached.extend(further);
        next += 1;
    }
    let expected = reached.iter().filter(|row| row.holds(filter)).map(|row| row.row.id()).collect();
    same(|| sql(db, &query), sorted(ids(found(db, &query).await?)), sorted(expected))
}

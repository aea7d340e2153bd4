//! One query, asked of the database and of the plain rows.

use std::fmt::Debug;

use assoc::{
    DbError, Query,
    query::{Page, Paged},
};

use super::{
    data::{Kind, World},
    groups::{distinct, groups, windows},
    joined::{chain, join},
    loads::preloads,
    queries::Ask,
    rows::{pages, rows, sets, tree, updated},
    typed::of_kind,
};
use crate::{schemas::*, support::Db};

/// The difference, in words, with the SQL.
pub type Checked = Result<(), String>;

pub async fn check(db: &Db, world: &World, ask: &Ask) -> Checked {
    match ask {
        Ask::Rows(asked) => of_kind!(asked.kind, rows(db, world, asked).await),
        Ask::Updated(asked) => of_kind!(asked.kind, updated(db, world, asked).await),
        Ask::Pages { rows, size } => of_kind!(rows.kind, pages(db, world, rows, *size).await),
        Ask::Sets { kind, first, others, filter } => of_kind!(*kind, sets(db, world, first, others, filter).await),
        Ask::Tree { up, start, filter } => tree(db, world, *up, start, filter).await,
        Ask::Join { kind, .. } => of_kind!(*kind, join(db, world, ask).await),
        Ask::Chain { kind, .. } => of_kind!(*kind, chain(db, world, ask).await),
        Ask::Distinct { kind, .. } => of_kind!(*kind, distinct(db, world, ask).await),
        Ask::Groups { kind, .. } => of_kind!(*kind, groups(db, world, ask).await),
        Ask::Preloads { rows, wanted } => of_kind!(rows.kind, preloads(db, rows, wanted).await),
        Ask::Windows { kind, .. } => of_kind!(*kind, windows(db, world, ask).await),
    }
}

/// What a query returns, or what went wrong, with its SQL.
pub async fn found<Q, O: Send>(db: &Db, query: &Query<Q, O>) -> Result<Vec<O>, String> {
    let result = db.repo.all(query.clone()).await;
    result.map_err(|error| failed(db, query, &error))
}

pub fn failed<Q, O>(db: &Db, query: &Query<Q, O>, error: &DbError) -> String {
    format!("{error}\n{error:?}\nsql: {}", sql(db, query))
}

pub fn sql<Q, O>(db: &Db, query: &Query<Q, O>) -> String {
    db.repo.query_sql(query.clone()).unwrap_or_else(|error| error.to_string())
}

pub fn same<T: Debug + PartialEq>(sql: impl FnOnce() -> String, found: T, expected: T) -> Checked {
    if found == expected {
        return Ok(());
    }
    Err(format!("found:    {found:?}\nexpected: {expected:?}\nsql: {}", sql()))
}

pub fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}

/// All pages of a query, from the first to the last; on the way back they are the same.
pub async fn walked<Q, O>(db: &Db, query: &Query<Q, O>, size: u64) -> Result<Vec<O>, String>
where
    O: Send + Clone + Debug + PartialEq,
{
    let page = async |page: Page| -> Result<Paged<O>, String> {
        db.repo.page(query.clone(), page).await.map_err(|error| failed(db, query, &error))
    };
    let mut there = vec![page(Page::first(size)).await?];
    while let Some(next) = there.last().and_then(|page| page.next.clone()) {
        there.push(page(Page::after(size, next)).await?);
    }
    let mut at = there.last().cloned();
    let mut back = Vec::new();
    while let Some(here) = at {
        at = match here.previous.clone() {
            Some(previous) => Some(page(Page::before(size, previous)).await?),
            None => None,
        };
        back.insert(0, here.rows);
    }
    let there: Vec<Vec<O>> = there.into_iter().map(|page| page.rows).collect();
    same(|| sql(db, query), back, there.clone())?;
    if there.iter().rev().skip(1).any(|rows| rows.len() as u64 != size) {
        return Err(format!("a page is too short or too long: {there:?}\nsql: {}", sql(db, query)));
    }
    Ok(there.concat())
}

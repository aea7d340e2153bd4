//! Groups and their aggregates, distinct rows, windows.

use std::collections::BTreeMap;

use assoc::{
    prelude::*,
    query::{Window, count_rows, rank, row_number},
};

use super::{
    ast::Text,
    check::{Checked, found, same, sorted, sql, walked},
    data::World,
    eval::{At, all},
    queries::Ask,
    typed::{Table, cond, num, orders},
};
use crate::support::Db;

pub async fn distinct<T: Table>(db: &Db, world: &World, ask: &Ask) -> Checked {
    let Ask::Distinct { filter, num, text, .. } = ask else { return Ok(()) };
    let query = T::query().filter(cond(filter)).select((T::num(*num), T::text(*text))).distinct();
    let rows = all(world, T::KIND).into_iter().filter(|row| row.holds(filter));
    let pair = |row: At<'_>| (row.num(&super::ast::Num::Column(*num)), row.text(&Text::Column(*text)));
    let mut expected = sorted(rows.map(pair).collect());
    expected.dedup();
    same(|| sql(db, &query), sorted(found(db, &query).await?), expected.clone())?;
    let count = db.repo.count(query.clone()).await.map_err(|error| error.to_string())?;
    same(|| sql(db, &query), count, expected.len() as u64)
}

/// A group: its value, rows, sum, least and greatest text, mean, those counted, different values.
type Group = (Option<i64>, i64, Option<i64>, Option<String>, Option<String>, Option<f64>, i64, i64);

pub async fn groups<T: Table>(db: &Db, world: &World, ask: &Ask) -> Checked {
    let Ask::Groups { by, of, text, filter, only, having, paged, .. } = ask else { return Ok(()) };
    let query = T::query()
        .filter(cond(filter))
        .group_by(T::num(*by))
        .having(count_rows().gt(*having))
        .order_by(count_rows().desc())
        .select((
            T::num(*by),
            count_rows(),
            num::<T>(of).sum(),
            T::text(*text).min(),
            T::text(*text).max(),
            num::<T>(of).avg(),
            num::<T>(of).count().filter(cond(only)),
            num::<T>(of).count_distinct(),
        ));
    let mut expected = expected_groups::<T>(world, ask);
    expected.retain(|group| group.1 > *having);
    let in_order = |mut groups: Vec<Group>| {
        groups.sort_by_key(|group| (group.1, group.0));
        groups
    };
    same(|| sql(db, &query), in_order(found(db, &query).await?), in_order(expected.clone()))?;
    let count = db.repo.count(query.clone()).await.map_err(|error| error.to_string())?;
    same(|| sql(db, &query), count, expected.len() as u64)?;
    match paged {
        Some(size) => same(|| sql(db, &query), in_order(walked(db, &query, *size).await?), in_order(expected)),
        None => Ok(()),
    }
}

fn expected_groups<T: Table>(world: &World, ask: &Ask) -> Vec<Group> {
    let Ask::Groups { by, of, text, filter, only, .. } = ask else { return Vec::new() };
    let mut groups: BTreeMap<Option<i64>, Vec<At<'_>>> = BTreeMap::new();
    for row in all(world, T::KIND).into_iter().filter(|row| row.holds(filter)) {
        groups.entry(row.num(&super::ast::Num::Column(*by))).or_default().push(row);
    }
    let group = |(key, rows): (Option<i64>, Vec<At<'_>>)| {
        let nums: Vec<i64> = rows.iter().filter_map(|row| row.num(of)).collect();
        let texts: Vec<String> = rows.iter().filter_map(|row| row.text(&Text::Column(*text))).collect();
        let sum = (!nums.is_empty()).then(|| nums.iter().sum::<i64>());
        let mean = sum.map(|sum| sum as f64 / nums.len() as f64);
        let counted = rows.iter().filter(|row| row.holds(only) && row.num(of).is_some()).count();
        let mut different = sorted(nums);
        different.dedup();
        let (least, greatest) = (texts.iter().min().cloned(), texts.iter().max().cloned());
        (key, rows.len() as i64, sum, least, greatest, mean, counted as i64, different.len() as i64)
    };
    groups.into_iter().map(group).collect()
}

/// A row: its key, its place in its partition, its rank among all, the sum of its partition up to it.
type Place = (i64, i64, i64, Option<i64>);

pub async fn windows<T: Table>(db: &Db, world: &World, ask: &Ask) -> Checked {
    let Ask::Windows { filter, partition, order, of, .. } = ask else { return Ok(()) };
    let of_partition = || Window::partition_by(T::num(*partition));
    let query = T::query().filter(cond(filter)).order_by(T::key().asc()).select((
        T::key(),
        row_number().over(of_partition().order_by((orders(order), T::key().asc()))),
        rank().over(Window::all().order_by(orders(order))),
        num::<T>(of).sum().over(of_partition().order_by(T::key().asc())),
    ));
    let rows: Vec<At<'_>> = all(world, T::KIND).into_iter().filter(|row| row.holds(filter)).collect();
    let place = |row: &At<'_>| -> Place {
        let partition = super::ast::Num::Column(*partition);
        let before = |other: &&At<'_>| other.compare(row, order, db.is_postgres()).is_lt();
        let peers: Vec<_> = rows.iter().filter(|other| other.num(&partition) == row.num(&partition)).collect();
        let ahead = |other: &&&At<'_>| {
            other.compare(row, order, db.is_postgres()).then(other.row.id().cmp(&row.row.id())).is_lt()
        };
        let so_far = peers.iter().filter(|other| other.row.id() <= row.row.id()).filter_map(|other| other.num(of));
        let sum = so_far.reduce(|a, b| a + b);
        let number = peers.iter().filter(ahead).count() as i64 + 1;
        (row.row.id(), number, rows.iter().filter(before).count() as i64 + 1, sum)
    };
    same(|| sql(db, &query), found(db, &query).await?, rows.iter().map(place).collect())
}

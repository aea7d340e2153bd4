//! Values of all types in all places of queries.

use assoc::{
    Enum, alias,
    prelude::*,
    query::{Page, case},
};
use chrono::{DateTime, TimeZone, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::support::*;

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Enum)]
#[schema(database_type = "Mood \"1\"")]
enum Mood {
    Sad,
    Ok,
    #[schema(name = "very, {happy}")]
    Happy,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Sample {
    id: Uuid,
    mood: Mood,
    maybe: Option<Mood>,
    price: Decimal,
    bytes: Vec<u8>,
    at: DateTime<Utc>,
    before_id: Option<Uuid>,
    #[belongs_to(foreign_key = before_id)]
    before: BelongsTo<Sample>,
}

alias!(Before = Sample);

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, hour, 0, 0).unwrap()
}

fn key(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn samples(db: &Db) {
    let (uuid, mood, decimal, bytes) = match db.is_postgres() {
        true => ("UUID", r#""Mood ""1""""#, "NUMERIC", "BYTEA"),
        false => ("BLOB", "TEXT", "TEXT", "BLOB"),
    };
    db.tables(&format!(
        "CREATE TABLE samples (id {uuid} PRIMARY KEY, mood {mood} NOT NULL, maybe {mood}, price {decimal} NOT NULL, \
         bytes {bytes} NOT NULL, at <time> NOT NULL, before_id {uuid})"
    ))
    .await;
    let sample = |n: u8, mood, maybe, price| {
        Sample::build()
            .set(Sample::id, key(n.into()))
            .set(Sample::mood, mood)
            .set(Sample::maybe, maybe)
            .set(Sample::price, price)
            .set(Sample::bytes, vec![0, n])
            .set(Sample::at, at(n.into()))
            .set(Sample::before_id, (n > 1).then(|| key(u128::from(n) - 1)))
    };
    let rows = [
        sample(1, Mood::Sad, None, Decimal::new(95, 1)),
        sample(2, Mood::Happy, Some(Mood::Sad), Decimal::new(105, 1)),
        sample(3, Mood::Sad, Some(Mood::Ok), Decimal::new(1000, 2)),
    ];
    db.repo.insert_many(rows).await.unwrap();
    db.forget();
}

fn ids(rows: Vec<Sample>) -> Vec<u128> {
    rows.into_iter().map(|row| row.id.as_u128()).collect()
}

both! {
    async fn enums_everywhere(db: Db) {
        samples(&db).await;
        let query = || Sample::query().order_by(Sample::at.asc());
        let found = async |condition| ids(db.repo.all(query().filter(condition)).await.unwrap());
        assert_eq!(found(Sample::mood.eq(Mood::Sad)).await, [1, 3]);
        assert_eq!(found(Sample::mood.is_in([Mood::Happy, Mood::Ok])).await, [2]);
        assert_eq!(found(Sample::maybe.is_in([None, Some(Mood::Ok)])).await, [3]);
        assert_eq!(found(Sample::maybe.coalesce(Mood::Happy).eq(Mood::Happy)).await, [1]);
        assert_eq!(found(Sample::maybe.coalesce(Sample::mood).eq(Sample::mood)).await, [1]);
        let cased = case::<Mood>().when(Sample::mood.eq(Mood::Sad), Mood::Happy).otherwise(Sample::mood);
        assert_eq!(found(cased.clone().eq(Mood::Happy)).await, [1, 2, 3]);
        assert_eq!(db.repo.all(query().select(cased)).await.unwrap(), [Mood::Happy; 3]);
        let sad = || Sample::query().filter(Sample::mood.eq(Mood::Sad)).select(Sample::mood);
        assert_eq!(found(Sample::mood.in_query(sad())).await, [1, 3]);
        assert_eq!(found(Sample::maybe.eq(sad().limit(1).scalar())).await, [2]);
        let groups = Sample::query().group_by(Sample::mood).order_by(Sample::id.count().desc());
        let groups = groups.select((Sample::mood, Sample::id.count(), Sample::maybe.count_distinct()));
        assert_eq!(db.repo.all(groups).await.unwrap(), [(Mood::Sad, 2, 1), (Mood::Happy, 1, 1)]);
    }

    async fn distinct_enums_have_an_order(db: Db) {
        samples(&db).await;
        let moods = Sample::query().select(Sample::mood).distinct().order_by(Sample::mood.asc());
        let mut moods = db.repo.all(moods).await.unwrap();
        moods.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(moods, [Mood::Sad, Mood::Happy]);
        let extremes = db.repo.all(Sample::query().select((Sample::mood.min(), Sample::maybe.max()))).await.unwrap();
        // The order of the enumeration on PostgreSQL, that of texts on SQLite.
        let expected = if db.is_postgres() { (Some(Mood::Sad), Some(Mood::Ok)) } else { (Some(Mood::Sad), Some(Mood::Sad)) };
        assert_eq!(extremes, [expected]);
    }

    async fn whole_rows_through_queries_of_queries(db: Db) {
        samples(&db).await;
        let all = db.repo.all(Sample::query().order_by(Sample::at.asc())).await.unwrap();
        let one = |n: u128| Sample::query().filter(Sample::id.eq(key(n)));
        let union = one(1).union(one(2)).union_all(one(3)).order_by(Sample::at.asc());
        assert_eq!(db.repo.all(union).await.unwrap(), all);
        let inner = Sample::query().order_by(Sample::price.asc()).limit(2).subquery().order_by(Sample::price.desc());
        assert_eq!(ids(db.repo.all(inner).await.unwrap()), [3, 1]);
        let tree = Sample::before.recursive(one(3)).order_by(Sample::at.asc());
        assert_eq!(db.repo.all(tree).await.unwrap(), all);
        let pairs = Sample::query().left_join(Sample::before.alias(Before)).order_by(Sample::at.asc());
        let pairs = db.repo.all(pairs.select((Sample::row(), Sample::row().of(Before).optional()))).await.unwrap();
        assert_eq!(pairs, [(all[0].clone(), None), (all[1].clone(), Some(all[0].clone())), (all[2].clone(), Some(all[1].clone()))]);
    }

    async fn pages_by_each_type(db: Db) {
        samples(&db).await;
        let orders = [
            (Sample::mood.asc(), 0), (Sample::maybe.desc(), 0), (Sample::price.asc(), 1), (Sample::bytes.desc(), 2),
            (Sample::at.desc(), 2), (Sample::before_id.asc().nulls_last(), 3), (Sample::id.desc(), 2),
        ];
        for (order, kind) in orders {
            let query = || Sample::query().order_by(order.clone());
            let all = ids(db.repo.all(query().order_by(Sample::id.asc())).await.unwrap());
            match kind {
                1 => assert_eq!(all, [1, 3, 2]),
                2 => assert_eq!(all, [3, 2, 1]),
                3 => assert_eq!(all, [2, 3, 1]),
                _ => {}
            }
            let (mut found, mut page) = (Vec::new(), Page::first(1));
            loop {
                let paged = db.repo.page(query(), page).await.unwrap();
                found.extend(ids(paged.rows));
                let Some(next) = paged.next else { break };
                page = Page::after(1, next);
            }
            assert_eq!(found, all);
        }
    }

    async fn decimals_that_are_made_of_others(db: Db) {
        samples(&db).await;
        let extremes = db.repo.one(Sample::query().select((Sample::price.min(), Sample::price.max()))).await;
        let chosen = db.repo.all(Sample::query().select(Sample::price.coalesce(Decimal::new(1, 0)))).await;
        if db.is_postgres() {
            assert_eq!(extremes.unwrap(), Some((Some(Decimal::new(95, 1)), Some(Decimal::new(105, 1)))));
            assert_eq!(chosen.unwrap().len(), 3);
            return;
        }
        for error in [extremes.unwrap_err(), chosen.unwrap_err()] {
            assert!(matches!(error, assoc::DbError::Unsupported { database: "SQLite", .. }), "{error:?}");
        }
        assert!(db.statements().is_empty(), "nothing is sent");
    }

    async fn values_stand_in_for_each_other(db: Db) {
        samples(&db).await;
        let found = async |condition| ids(db.repo.all(Sample::query().filter(condition).order_by(Sample::at.asc())).await.unwrap());
        assert_eq!(found(Sample::price.eq(Decimal::new(10, 0))).await, [3], "whatever its scale");
        assert_eq!(found(Sample::price.is_in([Decimal::new(10, 0), Decimal::new(950, 2)])).await, [1, 3]);
        assert_eq!(found(Sample::price.between(Decimal::new(9, 0), Decimal::new(10, 0))).await, [1, 3]);
        let highest = || Sample::query().select(Sample::price.max()).scalar();
        assert_eq!(found(Sample::price.eq(highest())).await, [2]);
        assert_eq!(db.repo.max(Sample::query(), Sample::price).await.unwrap(), Some(Decimal::new(105, 1)));
        assert_eq!(found(Sample::before_id.coalesce(Sample::id).eq(key(1))).await, [1, 2]);
        assert_eq!(found(Sample::before_id.coalesce(key(7)).eq(key(7))).await, [1]);
        assert_eq!(found(Sample::before_id.is_in([key(1), key(2)])).await, [2, 3]);
        assert_eq!(found(Sample::bytes.eq(vec![0, 2])).await, [2]);
        assert_eq!(found(Sample::bytes.is_in([vec![0, 1], vec![]])).await, [1]);
        assert_eq!(found(Sample::at.is_in([at(1), at(2)])).await, [1, 2]);
        let latest = Sample::query().select(Sample::at.max()).scalar();
        assert_eq!(found(Sample::at.eq(latest)).await, [3]);
        let first = Sample::query().order_by(Sample::at.asc()).limit(1).select(Sample::id).scalar();
        assert_eq!(found(Sample::before_id.eq(first)).await, [2]);
        let earlier = Sample::query().filter(Sample::price.lt(Decimal::new(105, 1))).select(Sample::price);
        assert_eq!(found(Sample::price.in_query(earlier)).await, [1, 3]);
    }
}

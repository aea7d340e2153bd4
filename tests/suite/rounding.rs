//! Values that the database rounds, pads or cuts: what comes back from a save is what was sent; the next load shows
//! what is stored.

use assoc::prelude::*;
use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Price {
    id: i64,
    amount: Option<Decimal>,
    code: Option<String>,
    at: Option<DateTime<Utc>>,
    local: Option<NaiveDateTime>,
    ratio: Option<f32>,
}

async fn tables(db: &Db) {
    let columns = if db.is_postgres() {
        "amount NUMERIC(10, 2), code CHAR(5), at TIMESTAMPTZ, local TIMESTAMP(0), ratio REAL"
    } else {
        "amount TEXT, code TEXT, at TEXT, local TEXT, ratio REAL"
    };
    db.tables(&format!("CREATE TABLE prices (id <key>, {columns})")).await;
}

/// The row as it came back from an insert and from an update, and as it is stored.
async fn survives(db: &Db, change: impl Fn(Changeset<Price>) -> Changeset<Price>) {
    tables(db).await;
    let inserted = db.repo.insert(change(Price::build())).await.unwrap();
    assert_eq!(inserted, db.repo.fetch::<Price>(inserted.id).await.unwrap(), "inserted");
    let empty = db.repo.insert(Price::build()).await.unwrap();
    let updated = db.repo.update(change(empty.change())).await.unwrap();
    assert_eq!(updated, db.repo.fetch::<Price>(updated.id).await.unwrap(), "updated");
}

/// The row as it came back, and as PostgreSQL keeps it. SQLite keeps what it gets.
async fn changed_by_the_column(db: &Db, change: impl Fn(Changeset<Price>) -> Changeset<Price>) -> (Price, Price) {
    tables(db).await;
    let inserted = db.repo.insert(change(Price::build())).await.unwrap();
    let stored = db.repo.fetch::<Price>(inserted.id).await.unwrap();
    assert_eq!(inserted == stored, !db.is_postgres());
    (inserted, stored)
}

fn nanos() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap()
}

both! {
    async fn a_decimal_with_more_places(db: Db) {
        let (sent, stored) = changed_by_the_column(&db, |row| row.set(Price::amount, Decimal::new(12_399, 4))).await;
        assert_eq!(sent.amount, Some(Decimal::new(12_399, 4)));
        assert_eq!(stored.amount, if db.is_postgres() { Some(Decimal::new(124, 2)) } else { sent.amount });
    }

    async fn a_decimal_with_fewer_places(db: Db) {
        survives(&db, |row| row.set(Price::amount, Decimal::new(12, 1))).await;
    }

    async fn a_text_that_is_padded(db: Db) {
        let (sent, stored) = changed_by_the_column(&db, |row| row.set(Price::code, "ab")).await;
        assert_eq!(sent.code.as_deref(), Some("ab"));
        assert_eq!(stored.code.as_deref(), Some(if db.is_postgres() { "ab   " } else { "ab" }));
    }

    async fn a_time_with_nanoseconds(db: Db) {
        survives(&db, |row| row.set(Price::at, nanos())).await;
    }

    async fn a_local_time_with_nanoseconds(db: Db) {
        let (sent, stored) = changed_by_the_column(&db, |row| row.set(Price::local, nanos().naive_utc())).await;
        let cut = |time: Option<NaiveDateTime>| time.map(|time| time.and_utc().timestamp_subsec_micros());
        assert_eq!((cut(sent.local), cut(stored.local)), (Some(123_456), Some(if db.is_postgres() { 0 } else { 123_456 })));
    }

    async fn a_float_of_four_bytes(db: Db) {
        survives(&db, |row| row.set(Price::ratio, 0.1_f32)).await;
    }
}

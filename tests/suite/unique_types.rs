//! Unique values of every type that rotate over three rows.

use assoc::prelude::*;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

both! {
    async fn swapped_whatever_the_type(db: Db) {
        let [uuid, date, float, decimal, bytes] = if db.is_postgres() {
            ["UUID", "DATE", "DOUBLE PRECISION", "NUMERIC(6, 2)", "BYTEA"]
        } else {
            ["BLOB", "TEXT", "REAL", "TEXT", "BLOB"]
        };
        db.tables(&format!(
            "CREATE TABLE shifts (id <key>, day {date} NOT NULL UNIQUE, token {uuid} NOT NULL UNIQUE, weight {float} NOT NULL UNIQUE,
               code VARCHAR(8) NOT NULL UNIQUE, small SMALLINT NOT NULL UNIQUE, at <time> NOT NULL UNIQUE, price {decimal} NOT NULL UNIQUE,
               bytes {bytes} NOT NULL UNIQUE, week_id BIGINT NOT NULL);
             CREATE TABLE weeks (id <key>)"
        ))
        .await;
        let shift = |n: u8| {
            let shift = Shift::build().set(Shift::day, day(n)).set(Shift::token, Uuid::from_bytes([n; 16])).set(Shift::weight, f64::from(n));
            let shift = shift.set(Shift::code, format!("c{n}")).set(Shift::small, i16::from(n)).set(Shift::bytes, vec![n]);
            shift.set(Shift::at, day(n).and_hms_opt(1, 2, 3).unwrap().and_utc()).set(Shift::price, Decimal::new(n.into(), 2))
        };
        let week = db.repo.insert(Week::build().put_assoc(Week::shifts, [shift(1), shift(2), shift(3)])).await.unwrap();
        let mut failed = Vec::new();
        for column in ["day", "token", "weight", "code", "small", "at", "price", "bytes"] {
            let shifts = week.shifts.get().unwrap();
            let swapped = shifts.iter().zip([&shifts[1], &shifts[2], &shifts[0]]).map(|(shift, other)| {
                let shift = shift.clone().change();
                match column {
                    "day" => shift.set(Shift::day, other.day).unique_constraint(Shift::day),
                    "token" => shift.set(Shift::token, other.token).unique_constraint(Shift::token),
                    "weight" => shift.set(Shift::weight, other.weight).unique_constraint(Shift::weight),
                    "code" => shift.set(Shift::code, other.code.clone()).unique_constraint(Shift::code),
                    "at" => shift.set(Shift::at, other.at).unique_constraint(Shift::at),
                    "price" => shift.set(Shift::price, other.price).unique_constraint(Shift::price),
                    "bytes" => shift.set(Shift::bytes, other.bytes.clone()).unique_constraint(Shift::bytes),
                    _ => shift.set(Shift::small, other.small).unique_constraint(Shift::small),
                }
            });
            let swapped = swapped.collect::<Vec<_>>();
            if let Err(error) = db.repo.update(week.clone().change().put_assoc(Week::shifts, swapped)).await {
                failed.push(format!("{column}: {error}"));
            }
        }
        assert_eq!(failed, Vec::<String>::new());
        let mut rotated: Week = db.repo.fetch(week.id).await.unwrap();
        db.repo.preload(&mut rotated, Week::shifts).await.unwrap();
        let (before, after) = (week.shifts.get().unwrap(), rotated.shifts.get().unwrap());
        for (at, shift) in after.iter().enumerate() {
            assert_eq!(*shift, Shift { id: before[at].id, ..before[(at + 1) % 3].clone() });
        }
    }
}

fn day(n: u8) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, n.into()).unwrap()
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Week {
    id: i64,
    #[has_many(on_replace = delete)]
    shifts: HasMany<Shift>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Shift {
    id: i64,
    day: NaiveDate,
    token: Uuid,
    weight: f64,
    code: String,
    small: i16,
    at: DateTime<Utc>,
    price: Decimal,
    bytes: Vec<u8>,
    week_id: i64,
}

//! Dates and times of both crates. Databases keep microseconds.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, macros::*};

fn dates() -> Vec<NaiveDate> {
    ["1970-01-01", "2000-02-29", "0001-01-01", "9999-12-31", "1969-12-31"].map(|text| text.parse().unwrap()).to_vec()
}

fn clock() -> Vec<NaiveTime> {
    ["00:00:00", "23:59:59.999999", "12:30:00", "12:30:00.5", "12:30:00.500001"]
        .map(|text| text.parse().unwrap())
        .to_vec()
}

fn local() -> Vec<NaiveDateTime> {
    let texts = [
        "1970-01-01T00:00:00",
        "2024-02-29T23:59:59.999999",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59.999999",
        "2024-01-01T12:00:00",
        "2024-01-01T12:00:00.5",
        "2024-01-01T12:00:00.500001",
        "2024-01-01T12:00:01",
    ];
    texts.map(|text| text.parse().unwrap()).to_vec()
}

fn instants() -> Vec<DateTime<Utc>> {
    local().iter().map(NaiveDateTime::and_utc).collect()
}

fn primitives() -> Vec<PrimitiveDateTime> {
    vec![
        datetime!(1970-01-01 0:00),
        datetime!(2024-02-29 23:59:59.999999),
        datetime!(0001-01-01 0:00),
        datetime!(9999-12-31 23:59:59.999999),
        datetime!(2024-01-01 12:00),
        datetime!(2024-01-01 12:00:00.5),
        datetime!(2024-01-01 12:00:00.500001),
        datetime!(2024-01-01 12:00:01),
    ]
}

fn offsets() -> Vec<OffsetDateTime> {
    let utc = primitives().into_iter().map(PrimitiveDateTime::assume_utc);
    utc.chain([datetime!(2024-06-01 01:00 +5:30), datetime!(2024-06-01 01:00:00.25 -8)]).collect()
}

column_type!(date: NaiveDate, "DATE", "TEXT", dates(), ordered, keyed);
column_type!(time_of_day: NaiveTime, "TIME", "TEXT", clock(), ordered);
column_type!(date_time: NaiveDateTime, "TIMESTAMP", "TEXT", local(), ordered);
column_type!(instant: DateTime<Utc>, "TIMESTAMPTZ", "TEXT", instants(), ordered, keyed);
column_type!(time_date: Date, "DATE", "TEXT", vec![date!(1970-01-01), date!(9999-12-31), date!(0001-01-01)], ordered);
column_type!(
    time_time: Time, "TIME", "TEXT",
    vec![time!(0:00), time!(23:59:59.999999), time!(12:30), time!(12:30:00.5), time!(2:03:04.000001)], ordered
);
column_type!(time_primitive: PrimitiveDateTime, "TIMESTAMP", "TEXT", primitives(), ordered);
column_type!(time_offset: OffsetDateTime, "TIMESTAMPTZ", "TEXT", offsets(), ordered, keyed);

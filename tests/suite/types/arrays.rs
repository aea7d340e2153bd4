//! Arrays: of every element, with NULLs, empty, with everything that array syntax gives a meaning.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

fn texts() -> Vec<String> {
    ["", "a", "NULL", "null", "{}", "{a,b}", ",", "\"", "\\", "\\\"", " spaced ", "'", "🦀\n"]
        .map(str::to_owned)
        .to_vec()
}

fn doubles() -> Vec<f64> {
    let edges = [0.1, 1e300, f64::MAX, 5e-324, 1.0 / 3.0, 2.2250738585072014e-308, 8.41e21, 9_007_199_254_740_993.0];
    edges.into_iter().chain(super::numbers::random_doubles(500)).collect()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

column_type!(truths: Vec<bool>, "BOOLEAN[]", "TEXT", vec![vec![], vec![true, false]]);
column_type!(smalls: Vec<i16>, "SMALLINT[]", "TEXT", vec![vec![], vec![i16::MIN, 0, i16::MAX]]);
column_type!(bigs: Vec<i64>, "BIGINT[]", "TEXT", vec![vec![], vec![i64::MIN, 0, i64::MAX], vec![1; 1000]]);
column_type!(singles: Vec<f32>, "REAL[]", "TEXT", vec![vec![], vec![0.1, f32::MAX, 1e-45, -1.5]]);
column_type!(doubles_: Vec<f64>, "FLOAT8[]", "TEXT", vec![vec![], doubles(), vec![-1.5]]);
column_type!(infinite: Vec<f64>, "FLOAT8[]", "TEXT", vec![vec![f64::INFINITY], vec![f64::NEG_INFINITY, 1.0]]);
column_type!(strings: Vec<String>, "TEXT[]", "TEXT", vec![vec![], texts(), vec!["one".into()]]);
column_type!(blobs: Vec<Vec<u8>>, "BYTEA[]", "TEXT", vec![vec![], vec![vec![], (0..=255).collect()]]);
column_type!(uuids: Vec<Uuid>, "UUID[]", "TEXT", vec![vec![], vec![Uuid::nil(), Uuid::max()]]);
column_type!(decimals: Vec<Decimal>, "NUMERIC[]", "TEXT", vec![vec![], vec!["-1.50".parse().unwrap(), Decimal::MAX]]);
column_type!(documents: Vec<Json>, "JSONB[]", "TEXT", vec![vec![], vec![json!({"a": "\"\\,{}"}), json!([1]), json!("x")]]);
column_type!(
    maybe_numbers: Vec<Option<i32>>, "INTEGER[]", "TEXT",
    vec![vec![], vec![None], vec![Some(1), None, Some(-3)], vec![None, Some(2)]]
);
column_type!(
    maybe_texts: Vec<Option<String>>, "TEXT[]", "TEXT",
    vec![vec![None], vec![Some("NULL".into()), None, Some(String::new())]]
);
column_type!(
    maybe_doubles: Vec<Option<f64>>, "FLOAT8[]", "TEXT",
    vec![vec![None, Some(f64::INFINITY)], vec![Some(1.0), None]]
);
column_type!(
    dates: Vec<NaiveDate>, "DATE[]", "TEXT",
    vec![vec![], vec!["1970-01-01".parse().unwrap(), "9999-12-31".parse().unwrap()]]
);
column_type!(times: Vec<NaiveTime>, "TIME[]", "TEXT", vec![vec![], vec!["23:59:59.999999".parse().unwrap()]]);
column_type!(
    instants: Vec<DateTime<Utc>>, "TIMESTAMPTZ[]", "TEXT",
    vec![vec![], vec![instant("2024-02-29T23:59:59.999999Z"), instant("1969-01-01T00:00:00Z")]]
);
column_type!(
    offsets: Vec<OffsetDateTime>, "TIMESTAMPTZ[]", "TEXT",
    vec![vec![], vec![datetime!(2024-06-01 01:00 +5:30), datetime!(2024-06-01 1:00:00.25 UTC)]]
);

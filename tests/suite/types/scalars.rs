//! Truth values, texts, bytes, UUIDs, JSON.

use serde_json::{Value as Json, json};
use uuid::Uuid;

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "plain",
        "ünïcödé 漢字 🦀 \u{10FFFF}",
        "'; DROP TABLE rows; --",
        "\"quoted\"",
        "back\\slash",
        "\\",
        "%_",
        "{a,b}",
        "NULL",
        "null",
        "007",
        "1e3",
        "tab\tnew\nline\r\n",
        "\u{1}\u{7f}",
        "$1 ?1 :a",
        "e\u{301}",
        "\u{feff}bom",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("long ".repeat(200_000));
    texts
}

fn bytes() -> Vec<Vec<u8>> {
    vec![vec![], vec![0], (0..=255).collect(), b"\\x00".to_vec(), b"deadbeef".to_vec(), vec![255; 100_000]]
}

fn documents() -> Vec<Json> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(i64::MAX),
        json!(0.1),
        json!("text \" \\ ' 🦀"),
        json!([]),
        json!({}),
        json!({"a": [1, null, {"b": "c"}], "ü": -1.5}),
    ]
}

fn uuids() -> Vec<Uuid> {
    vec![Uuid::nil(), Uuid::max(), Uuid::from_u128(1), Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10)]
}

column_type!(truth: bool, "BOOLEAN", "BOOLEAN", vec![true, false, true], ordered);
column_type!(text: String, "TEXT", "TEXT", texts());
column_type!(blob: Vec<u8>, "BYTEA", "BLOB", bytes(), ordered);
column_type!(uuid_: Uuid, "UUID", "BLOB", uuids(), ordered, keyed);
column_type!(document: Json, "JSONB", "TEXT", documents());

mod nul {
    use assoc::{SaveError, prelude::*};

    use crate::schemas::*;

    both! {
        async fn in_a_text_is_refused_or_kept(db: Db) {
            match db.repo.insert(Tag::build().set(Tag::name, "a\0b")).await {
                Ok(tag) => assert_eq!(db.repo.fetch::<Tag>(tag.id).await.unwrap().name, "a\0b"),
                Err(SaveError::Invalid(tag)) => {
                    assert_eq!(tag.errors().to_string(), "name is invalid");
                    assert_eq!(db.count("tags").await, 0);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

//! A row that may be gone is changed, and a new one takes its key.

use assoc::{SaveError, prelude::*};

use super::pair::Pair;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    #[has_many(on_replace = delete)]
    jars: HasMany<Jar>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Jar {
    #[schema(primary_key)]
    code: String,
    shelf_id: i64,
    label: Option<String>,
}

const TABLES: &str = "CREATE TABLE shelves (id BIGINT PRIMARY KEY);
    CREATE TABLE jars (code TEXT PRIMARY KEY, shelf_id BIGINT NOT NULL REFERENCES shelves, label TEXT);
    INSERT INTO shelves VALUES (1);";
const ROWS: &str = "SELECT string_agg(code || ' ' || coalesce(label, '-'), ', ' ORDER BY code) FROM jars";

/// Changes a jar that may be gone, and inserts one with the same key.
async fn change_and_insert(repo: Repo) -> Result<Shelf, SaveError<Changeset<Shelf>>> {
    let shelf: Shelf = repo.fetch(1).await?;
    let old = Jar { code: "plum".into(), shelf_id: 1, label: None };
    let changed = old.change().set(Jar::label, "old".to_owned()).allow_stale();
    let new = Jar::build().set(Jar::code, "plum").set(Jar::label, "new".to_owned());
    repo.update(shelf.change().add_to(Shelf::jars, vec![changed, new])).await
}

#[tokio::test]
async fn the_new_row_is_as_it_was_given() {
    let pair = Pair::of(TABLES).await;
    let outcome = pair.saves(ROWS, change_and_insert).await;
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(pair.one.text(ROWS).await, "plum new");
}

#[tokio::test]
async fn the_key_is_taken_if_the_row_is_there() {
    let pair = Pair::of(&format!("{TABLES} INSERT INTO jars VALUES ('plum', 1, NULL);")).await;
    let outcome = pair.saves(ROWS, change_and_insert).await;
    assert!(outcome.error().contains("jars_pkey"));
}

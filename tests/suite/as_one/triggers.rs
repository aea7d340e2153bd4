//! Keys that come back other than they were sent or drawn: what cannot be told to its row must not be written.

use assoc::prelude::*;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::pair::Pair;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Root {
    #[schema(database_default = "gen_random_uuid()")]
    id: Uuid,
    name: String,
    #[has_many]
    leaves: HasMany<Leaf>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "leaves")]
struct Leaf {
    id: i64,
    root_id: Uuid,
}

/// The client makes the key, the database a number.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Coded {
    #[schema(primary_key)]
    code: String,
    #[schema(database_default)]
    number: i32,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Moment {
    #[schema(primary_key, database_default = "clock_timestamp()")]
    at: DateTime<Utc>,
    name: String,
}

const ROOTS: &str = "SELECT concat((SELECT string_agg(name, ' ' ORDER BY name) FROM roots),
    ' | ', (SELECT count(*) FROM leaves WHERE root_id IN (SELECT id FROM roots)), ' of ', (SELECT count(*) FROM leaves))";

/// A trigger that changes new rows of a table.
fn trigger(table: &str, change: &str) -> String {
    format!(
        "CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {change}; RETURN NEW; END $$;
         CREATE TRIGGER changes BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION changed();"
    )
}

#[tokio::test]
async fn a_key_that_a_trigger_replaces() {
    let tables = "CREATE TABLE roots (id UUID PRIMARY KEY, name TEXT); CREATE TABLE leaves (id <key>, root_id UUID);";
    let trigger = trigger("roots", "NEW.id := md5(NEW.name)::uuid");
    let pair = Pair::of(&format!("{tables} {trigger}")).await;
    let root = |name: &str| Root::build().set(Root::name, name);
    assert!(pair.saves(ROOTS, async |repo| repo.insert(root("a")).await).await.result.is_ok());
    let several = pair.saves(ROOTS, async |repo| repo.insert_many([root("b"), root("c")]).await).await;
    assert!(several.error().contains("a row that was not inserted"));
    let leaves = || vec![Leaf::build().set(Leaf::id, 1), Leaf::build().set(Leaf::id, 2)];
    let with_leaves = pair.saves(ROOTS, async |repo| repo.insert(root("d").put_assoc(Root::leaves, leaves())).await);
    assert!(with_leaves.await.result.is_ok());
    assert_eq!(pair.one.text(ROOTS).await, "a d | 2 of 2");
}

#[tokio::test]
async fn a_key_that_a_trigger_spells_in_its_own_way() {
    let table = "CREATE TABLE codeds (code TEXT PRIMARY KEY, number INTEGER NOT NULL DEFAULT 7);";
    let pair = Pair::of(&format!("{table} {}", trigger("codeds", "NEW.code := lower(NEW.code)"))).await;
    let all = "SELECT string_agg(code, ' ' ORDER BY code) FROM codeds";
    let coded = |code: &str| Coded::build().set(Coded::code, code);
    let refused = pair.saves(all, async |repo| repo.insert_many([coded("A"), coded("b")]).await).await;
    assert!(refused.error().contains("a row that was not inserted"));
    assert!(pair.saves(all, async |repo| repo.insert_many([coded("c"), coded("d")]).await).await.is_one());
    assert_eq!(pair.one.text(all).await, "c d");
}

#[tokio::test]
async fn a_key_that_its_column_rounds() {
    let pair = Pair::of("CREATE TABLE moments (at TIMESTAMPTZ(3) PRIMARY KEY, name TEXT);").await;
    let insert = || Moment::build().set(Moment::name, "now");
    assert!(insert().plan().unwrap().in_turn().is_some());
    let count = "SELECT count(*)::text FROM moments";
    assert!(pair.saves(count, async |repo| repo.insert(insert()).await.map(|moment| moment.name)).await.result.is_ok());
}

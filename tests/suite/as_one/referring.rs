//! What foreign keys do and refuse between two statements, they must also do and refuse inside of one.

use assoc::prelude::*;
use serde_json::json;

use super::pair::Pair;
use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    code: Option<String>,
    #[has_many(on_replace = delete)]
    bins: HasMany<Bin>,
    #[has_many(on_replace = delete)]
    labels: HasMany<Label>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Bin {
    #[schema(primary_key)]
    code: String,
    shelf_id: i64,
    height: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "goods")]
struct Item {
    id: i64,
    bin_code: Option<String>,
    #[belongs_to(foreign_key = bin_code)]
    bin: BelongsTo<Bin>,
}

/// Refers to bins by way of an item.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Label {
    id: i64,
    text: String,
    shelf_id: i64,
    item_id: Option<i64>,
    #[belongs_to]
    item: BelongsTo<Item>,
}

/// Refers to a shelf by what is not its primary key.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Note {
    id: i64,
    shelf_code: Option<String>,
    #[belongs_to(references = code, foreign_key = shelf_code)]
    shelf: BelongsTo<Shelf>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "nodes")]
struct Tree {
    #[schema(primary_key)]
    name: String,
    size: Option<i32>,
    #[schema(database_default)]
    color: Option<String>,
    parent_name: Option<String>,
    #[belongs_to(foreign_key = parent_name)]
    parent: BelongsTo<Tree>,
}

/// Two bins, an item in each, and a label for each item.
async fn pair(actions: &str) -> Pair {
    Pair::of(&format!(
        "CREATE TABLE shelves (id <key>, code TEXT UNIQUE);
         CREATE TABLE bins (code TEXT PRIMARY KEY, shelf_id BIGINT NOT NULL REFERENCES shelves (id), height INTEGER);
         CREATE TABLE goods (id <key>, bin_code TEXT REFERENCES bins (code) {actions});
         CREATE TABLE labels (id <key>, text TEXT NOT NULL, shelf_id BIGINT NOT NULL REFERENCES shelves (id),
           item_id BIGINT REFERENCES goods (id) {actions});
         CREATE TABLE notes (id <key>, shelf_code TEXT REFERENCES shelves (code) {actions});
         CREATE TABLE nodes (name TEXT PRIMARY KEY, size INTEGER, color TEXT DEFAULT 'red',
           parent_name TEXT REFERENCES nodes (name) {actions});
         INSERT INTO shelves VALUES (1, 'one');
         INSERT INTO bins VALUES ('a', 1, 1), ('b', 1, 2);
         INSERT INTO goods VALUES (1, 'a'), (2, 'b');
         INSERT INTO labels VALUES (1, 'x', 1, 1), (2, 'y', 1, 2);
         INSERT INTO notes VALUES (1, 'one');"
    ))
    .await
}

const ALL: &str = "SELECT concat((SELECT string_agg(b::text, ' ' ORDER BY b) FROM bins b), ' | ',
    (SELECT string_agg(i::text, ' ' ORDER BY i) FROM goods i), ' | ', (SELECT string_agg(l::text, ' ' ORDER BY l) FROM labels l),
    ' | ', (SELECT string_agg(n::text, ' ' ORDER BY n) FROM notes n), ' | ', (SELECT string_agg(n::text, ' ' ORDER BY n) FROM nodes n))";

async fn shelf(repo: &Repo) -> Shelf {
    let mut shelf: Shelf = repo.fetch(1).await.unwrap();
    repo.preload(&mut shelf, (Shelf::bins, Shelf::labels)).await.unwrap();
    shelf
}

fn label(row: Changeset<Label>, params: &Params) -> Changeset<Label> {
    row.cast(params, (Label::text, Label::item_id))
}

fn bin(row: Changeset<Bin>, params: &Params) -> Changeset<Bin> {
    row.cast(params, (Bin::code, Bin::height))
}

/// Bin `a` goes, and the label of its item changes.
async fn drop_bin_and_change_label(pair: &Pair) -> super::pair::Outcome {
    let input = params(json!({"bins": [{"code": "b"}], "labels": [{"id": 1, "text": "new"}, {"id": 2}]}));
    pair.saves(ALL, async |repo| {
        let changeset = shelf(&repo).await.change().cast(&input, ());
        repo.update(changeset.cast_assoc(Shelf::bins, bin).cast_assoc(Shelf::labels, label)).await
    })
    .await
}

#[tokio::test]
async fn a_cascade_takes_a_row_far_below_before_it_is_written() {
    let pair = pair("ON DELETE CASCADE").await;
    let error = drop_bin_and_change_label(&pair).await.error();
    assert!(error.contains("the row at `labels[0]` is gone"), "{error}");
}

#[tokio::test]
async fn a_row_far_below_that_is_not_reached_is_written() {
    let pair = pair("ON DELETE SET NULL").await;
    assert!(drop_bin_and_change_label(&pair).await.result.is_ok());
    assert_eq!(pair.one.text("SELECT text FROM labels WHERE id = 1").await, "new");
}

#[tokio::test]
async fn a_key_that_goes_and_comes_again_is_missed_in_between() {
    for (actions, refused) in
        [("", true), ("ON DELETE CASCADE", false), ("ON DELETE RESTRICT", true), ("ON DELETE SET NULL", false)]
    {
        let pair = pair(actions).await;
        let outcome = pair.saves(ALL, async |repo| {
            let shelf = shelf(&repo).await;
            let kept = shelf.bins.get().unwrap()[1].clone().change();
            let again = Bin::build().set(Bin::code, "a").set(Bin::height, 9);
            repo.update(shelf.change().put_assoc(Shelf::bins, vec![kept, again])).await
        });
        let outcome = outcome.await;
        assert_eq!(outcome.result.is_err(), refused, "{actions}: {outcome:?}");
    }
}

#[tokio::test]
async fn another_key_takes_one_statement() {
    let pair = pair("ON DELETE SET NULL").await;
    let outcome = pair.saves(ALL, async |repo| {
        let shelf = shelf(&repo).await;
        let kept = shelf.bins.get().unwrap()[1].clone().change();
        repo.update(shelf.change().put_assoc(Shelf::bins, vec![kept, Bin::build().set(Bin::code, "c")])).await
    });
    assert!(outcome.await.is_one());
}

#[tokio::test]
async fn a_key_that_changes_is_missed_in_between() {
    for (actions, refused) in [("", true), ("ON UPDATE CASCADE", false), ("DEFERRABLE INITIALLY DEFERRED", false)] {
        let pair = pair(actions).await;
        let input = params(json!({"shelf_code": "two", "shelf": {"id": 1, "code": "two"}}));
        let outcome = pair.saves(ALL, async |repo| {
            let mut note: Note = repo.fetch(1).await.unwrap();
            repo.preload(&mut note, Note::shelf).await.unwrap();
            let shelf = |row: Changeset<Shelf>, params: &Params| row.cast(params, Shelf::code);
            repo.update(note.change().cast(&input, Note::shelf_code).cast_assoc(Note::shelf, shelf)).await
        });
        let outcome = outcome.await;
        assert_eq!(outcome.result.is_err(), refused, "{actions}: {outcome:?}");
    }
}

fn tree(name: &str, parent: Option<&str>) -> Changeset<Tree> {
    Tree::build().set(Tree::name, name).set(Tree::parent_name, parent.map(str::to_owned))
}

#[tokio::test]
async fn a_parent_that_is_inserted_later_is_missed() {
    for (actions, refused) in [("", true), ("DEFERRABLE INITIALLY DEFERRED", false)] {
        let pair = pair(actions).await;
        let outcome = pair.saves(ALL, async |repo| {
            // Whether the colour is given tells in which statement a row is inserted.
            repo.insert_many([tree("leaf", Some("root")), tree("root", None).set(Tree::color, "blue")]).await
        });
        let outcome = outcome.await;
        assert_eq!(outcome.result.is_err(), refused, "{actions}: {outcome:?}");
        let outcome = pair.saves(ALL, async |repo| {
            repo.insert_many([tree("a", None), tree("b", Some("a")).set(Tree::color, "blue")]).await
        });
        assert!(outcome.await.is_one());
    }
}

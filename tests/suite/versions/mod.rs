//! `#[schema(version)]` and `optimistic_lock`: a save that comes too late is noticed.

use assoc::{DbError, SaveError, prelude::*};
use serde_json::json;

use crate::support::*;

mod options;
mod touched;
mod xmin;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Document {
    id: i64,
    title: String,
    #[schema(version, default = 1)]
    version: i32,
    #[has_many(on_replace = delete)]
    pages: HasMany<Page>,
}

/// Counts from 1 without being told so.
#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "counted")]
struct Counted {
    id: i64,
    #[schema(version)]
    version: i64,
    title: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Page {
    id: i64,
    body: String,
    document_id: Option<i64>,
    #[schema(version, default = 1, column = "lock")]
    version: i16,
    #[has_many(on_replace = nilify)]
    notes: HasMany<Note>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Note {
    id: i64,
    text: String,
    page_id: Option<i64>,
    revision: i64,
}

fn document(document: Changeset<Document>, params: &Params) -> Changeset<Document> {
    document.cast(params, Document::title).cast_assoc(Document::pages, page)
}

fn page(page: Changeset<Page>, params: &Params) -> Changeset<Page> {
    page.cast(params, Page::body).cast_assoc(Page::notes, note)
}

fn note(note: Changeset<Note>, params: &Params) -> Changeset<Note> {
    note.cast(params, Note::text).optimistic_lock(Note::revision)
}

/// A document with three pages, the first with two notes; all loaded.
async fn loaded(db: &Db) -> Document {
    db.tables(
        "CREATE TABLE documents (id <key>, title TEXT NOT NULL, version INTEGER NOT NULL);
         CREATE TABLE pages (id <key>, body TEXT NOT NULL, document_id BIGINT, lock SMALLINT NOT NULL);
         CREATE TABLE notes (id <key>, text TEXT NOT NULL, page_id BIGINT, revision BIGINT NOT NULL);
         INSERT INTO documents VALUES (1, 'D', 5);
         INSERT INTO pages VALUES (1, 'a', 1, 1), (2, 'b', 1, 2), (3, 'c', 1, 3);
         INSERT INTO notes VALUES (1, 'x', 1, 7), (2, 'y', 1, 8);",
    )
    .await;
    reload(db).await
}

async fn reload(db: &Db) -> Document {
    let mut document: Document = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut document, Document::pages.then(Page::notes)).await.unwrap();
    db.forget();
    document
}

async fn rows(db: &Db) -> String {
    let documents = all_of(db, "concat(title, version)", "documents").await;
    let pages = all_of(db, "concat(id, body, lock)", "pages").await;
    format!("{documents} | {pages} | {}", all_of(db, "concat(id, text, revision)", "notes").await)
}

/// The path of the row that was changed elsewhere.
fn stale<S: Schema>(saved: Result<S, SaveError<Changeset<S>>>) -> String {
    match saved {
        Err(SaveError::Database(DbError::Stale(path))) => path.to_string(),
        Err(error) => panic!("expected a stale row, got: {error}"),
        Ok(_) => panic!("expected a stale row"),
    }
}

both! {
    async fn a_new_row_is_version_one(db: Db) {
        db.tables("CREATE TABLE counted (id <key>, version BIGINT NOT NULL, title TEXT NOT NULL)").await;
        let new = db.repo.insert(Counted::build().cast(&params(json!({"title": "a"})), Counted::title)).await.unwrap();
        assert_eq!(new.version, 1);
        assert_eq!(db.repo.update(new.change().set(Counted::title, "b")).await.unwrap().version, 2);
        assert_eq!(db.text("SELECT version FROM counted").await, "2");
    }

    async fn an_update_increments(db: Db) {
        let old = loaded(&db).await;
        let new = db.repo.update(old.clone().change().set(Document::title, "E")).await.unwrap();
        assert_eq!((new.version, rows(&db).await.as_str()), (6, "E6 | 1a1 2b2 3c3 | 1x7 2y8"));
        let again = db.repo.update(new.change().set(Document::title, "F")).await.unwrap();
        assert_eq!(again.version, 7);
        assert_eq!(stale(db.repo.update(old.clone().change().set(Document::title, "late")).await), "");
        assert_eq!(stale(db.repo.delete(old.clone()).await), "");
        assert_eq!(rows(&db).await, "F7 | 1a1 2b2 3c3 | 1x7 2y8");
        db.forget();
        assert_eq!(db.repo.update(again.clone().change().set(Document::title, "F")).await.unwrap(), again);
        assert_eq!(db.conversation(), [""; 0]);
        db.repo.delete(again).await.unwrap();
        assert_eq!(db.count("documents").await, 0);
    }

    async fn an_insert_begins_with_the_default(db: Db) {
        loaded(&db).await;
        let input = json!({"title": "N", "pages": [{"body": "p", "notes": [{"text": "n"}]}]});
        let changeset = Document::build().cast(&params(input), Document::title).cast_assoc(Document::pages, |row, params| {
            page(row, params).cast_assoc(Page::notes, |row, params| note(row, params).set(Note::revision, 1))
        });
        let new = db.repo.insert(changeset).await.unwrap();
        let page = &new.pages.get().unwrap()[0];
        // `optimistic_lock` counts an insert, too, as Ecto does.
        assert_eq!((new.version, page.version, page.notes.get().unwrap()[0].revision), (1, 1, 2));
        let mut found: Document = db.repo.fetch(new.id).await.unwrap();
        db.repo.preload(&mut found, Document::pages.then(Page::notes)).await.unwrap();
        assert_eq!(found, new);
    }

    async fn children_count_by_themselves(db: Db) {
        let old = loaded(&db).await;
        let input = json!({"pages": [{"id": 1, "body": "A", "notes": [{"id": 1, "text": "X"}, {"id": 2}]}, {"id": 2, "body": "B"}, {"id": 3}]});
        let new = db.repo.update(document(old.change(), &params(input))).await.unwrap();
        assert_eq!(new, reload(&db).await);
        // The document counts what changes inside of it.
        assert_eq!(rows(&db).await, "D6 | 1A2 2B3 3c3 | 1X8 2y8");
        let more = json!({"pages": [{"id": 1}, {"id": 2, "body": "BB"}, {"id": 3}]});
        let newer = db.repo.update(document(new.change(), &params(more))).await.unwrap();
        assert_eq!(newer, reload(&db).await);
        assert_eq!(rows(&db).await, "D7 | 1A2 2BB4 3c3 | 1X8 2y8");
    }

    async fn one_stale_row_of_a_batch_stops_all(db: Db) {
        let old = loaded(&db).await;
        db.execute("UPDATE pages SET lock = 9 WHERE id = 2").await;
        let before = rows(&db).await;
        let all = json!({"title": "E", "pages": [{"id": 3, "body": "C"}, {"id": 2, "body": "B"}, {"id": 1, "body": "A"}, {"body": "new"}]});
        assert_eq!(stale(db.repo.update(document(old.clone().change(), &params(all))).await), "pages[1]");
        let dropped = json!({"pages": [{"id": 1}]});
        assert_eq!(stale(db.repo.update(document(old.clone().change(), &params(dropped))).await), "pages[id=2]");
        assert_eq!(rows(&db).await, before);
    }

    async fn nested_rows_that_were_changed_or_deleted_elsewhere(db: Db) {
        let old = loaded(&db).await;
        let input = params(json!({"pages": [{"id": 2}, {"id": 1, "notes": [{"id": 2, "text": "Y"}, {"id": 1, "text": "X"}]}, {"id": 3}]}));
        db.execute("UPDATE notes SET revision = 70 WHERE id = 1").await;
        assert_eq!(stale(db.repo.update(document(old.clone().change(), &input)).await), "pages[1].notes[1]");
        db.execute("DELETE FROM notes WHERE id = 1").await;
        assert_eq!(stale(db.repo.update(document(old.clone().change(), &input)).await), "pages[1].notes[1]");
        db.execute("UPDATE notes SET page_id = 2 WHERE id = 2").await;
        let second = params(json!({"pages": [{"id": 1, "notes": [{"id": 2, "text": "Y"}, {"id": 1}]}, {"id": 2}, {"id": 3}]}));
        assert_eq!(stale(db.repo.update(document(old.clone().change(), &second)).await), "pages[0].notes[0]");
        let detached = params(json!({"pages": [{"id": 1, "notes": []}, {"id": 2}, {"id": 3}]}));
        assert_eq!(stale(db.repo.update(document(old.change(), &detached)).await), "pages[0].notes[id=1]");
    }

    async fn after_the_last_version_comes_the_first(db: Db) {
        loaded(&db).await;
        db.execute("UPDATE documents SET version = 2147483647; UPDATE pages SET lock = 32767; UPDATE notes SET revision = 9223372036854775807").await;
        let input = json!({"title": "E", "pages": [{"id": 1, "body": "A", "notes": [{"id": 1, "text": "X"}, {"id": 2}]}, {"id": 2}, {"id": 3}]});
        let new = db.repo.update(document(reload(&db).await.change(), &params(input))).await.unwrap();
        assert_eq!(new, reload(&db).await);
        assert_eq!((new.version, new.pages.get().unwrap()[0].version, new.pages.get().unwrap()[0].notes.get().unwrap()[0].revision), (1, 1, 1));
    }

    async fn a_plan_tells(db: Db) {
        let old = loaded(&db).await;
        let input = json!({"pages": [{"id": 1, "body": "A"}, {"id": 2}]});
        let changeset = document(old.change(), &params(input));
        let plan = changeset.plan().unwrap();
        assert_eq!(
            plan.to_string(),
            "documents 1 · update   version: 5 → 6\n└─ pages\n   - delete 3\n   ~ update 1   body: \"a\" → \"A\", version: 1 → 2\n   = keep   2\n3 writes, 3 statements as one"
        );
        let writes = serde_json::to_value(plan.writes()).unwrap();
        assert_eq!(writes[0]["key"], json!({"id": 3, "document_id": 1, "lock": 3}));
        assert_eq!((&writes[2]["key"], &writes[2]["set"]), (&json!({"id": 1, "document_id": 1, "lock": 1}), &json!({"body": "A", "lock": 2})));
    }
}

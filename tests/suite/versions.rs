//! `#[schema(version)]` and `optimistic_lock`: a save that comes too late is noticed.

use assoc::{DbError, SaveError, prelude::*};
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Document {
    id: i64,
    title: String,
    #[schema(version, default = 1)]
    version: i32,
    #[has_many(on_replace = delete)]
    pages: HasMany<Page>,
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
            "documents 1 · update   version: 5 → 6\n└─ pages\n   - delete 3\n   ~ update 1   body: \"a\" → \"A\", version: 1 → 2\n   = keep   2\n3 writes, 3 statements"
        );
        let writes = serde_json::to_value(plan.writes()).unwrap();
        assert_eq!(writes[0]["key"], json!({"id": 3, "document_id": 1, "lock": 3}));
        assert_eq!((&writes[2]["key"], &writes[2]["set"]), (&json!({"id": 1, "document_id": 1, "lock": 1}), &json!({"body": "A", "lock": 2})));
    }
}

/// What a changeset says about rows that are gone.
mod options {
    use super::*;

    both! {
        async fn stale_error(db: Db) {
            let old = loaded(&db).await;
            db.execute("UPDATE documents SET version = 6; UPDATE pages SET lock = 9 WHERE id = 2").await;
            let before = rows(&db).await;
            let root = old.clone().change().set(Document::title, "E").stale_error(Document::version);
            assert_eq!(errors(db.repo.update(root).await.unwrap_err()), ["version is stale"]);
            let delete = old.clone().change().stale_error_message("base", "was changed by somebody else");
            assert_eq!(errors(db.repo.delete(delete).await.unwrap_err()), ["base was changed by somebody else"]);
            db.execute("UPDATE documents SET version = 5").await;
            let input = params(json!({"pages": [{"id": 1, "body": "A"}, {"id": 2, "body": "B"}, {"id": 3}]}));
            let child = old.change().cast(&input, ()).cast_assoc(Document::pages, |row, params| page(row, params).stale_error(Page::body));
            let error = db.repo.update(child).await.unwrap_err();
            let SaveError::Invalid(back) = &error else { panic!("errors, got: {error}") };
            assert_eq!(serde_json::to_value(&back.errors().list()[0].1.params).unwrap(), json!({"stale": true}));
            assert_eq!(errors(error), ["pages[1].body is stale"]);
            assert_eq!(rows(&db).await, before.replace("D6", "D5"));
        }

        async fn allow_stale(db: Db) {
            let old = loaded(&db).await;
            db.execute("UPDATE pages SET lock = 9 WHERE id = 2; UPDATE documents SET version = 6").await;
            let gone = old.clone().change().set(Document::title, "E").allow_stale();
            db.repo.update(gone).await.unwrap();
            db.repo.delete(old.clone().change().allow_stale()).await.unwrap();
            assert_eq!(rows(&db).await, "D6 | 1a1 2b9 3c3 | 1x7 2y8");
            let input = params(json!({"pages": [{"id": 1, "body": "A"}, {"id": 2, "body": "B"}, {"id": 3}]}));
            let child = reload(&db).await;
            db.execute("UPDATE pages SET lock = 10 WHERE id = 2").await;
            let child = child.change().cast(&input, ()).cast_assoc(Document::pages, |row, params| page(row, params).allow_stale());
            db.repo.update(child).await.unwrap();
            assert_eq!(rows(&db).await, "D7 | 1A2 2b10 3c3 | 1x7 2y8");
        }

        async fn a_lock_on_a_column_of_ones_choice(db: Db) {
            loaded(&db).await;
            let first: Note = db.repo.fetch(1).await.unwrap();
            let new = db.repo.update(first.clone().change().set(Note::text, "X").optimistic_lock(Note::revision)).await.unwrap();
            assert_eq!(new.revision, 8);
            let unlocked = first.clone().change().set(Note::text, "Z");
            assert_eq!(db.repo.update(unlocked).await.unwrap().revision, 7);
            assert_eq!(stale(db.repo.update(first.clone().change().set(Note::text, "Y").optimistic_lock(Note::revision)).await), "");
            assert_eq!(stale(db.repo.delete(first.change().optimistic_lock(Note::revision)).await), "");
            assert_eq!(rows(&db).await, "D5 | 1a1 2b2 3c3 | 1Z8 2y8");
        }

        async fn nothing_to_compare_with_is_no_lock(db: Db) {
            #[derive(Debug, Clone, PartialEq, Schema)]
            #[schema(table = "drafts")]
            struct Draft {
                id: i64,
                text: String,
                #[schema(version)]
                version: Option<i32>,
            }
            db.tables("CREATE TABLE drafts (id <key>, text TEXT NOT NULL, version INTEGER); INSERT INTO drafts VALUES (1, 'a', NULL)").await;
            let draft: Draft = db.repo.fetch(1).await.unwrap();
            let draft = db.repo.update(draft.change().set(Draft::text, "b")).await.unwrap();
            assert_eq!((draft.version, draft.text.as_str()), (None, "b"));
        }
    }
}

/// PostgreSQL's own column.
mod xmin {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Schema)]
    #[schema(table = "documents")]
    struct Sheet {
        id: i64,
        title: String,
        #[has_many(foreign_key = sheet_id, on_replace = delete)]
        cells: HasMany<Cell>,
        #[schema(version = xmin)]
        seen: i64,
    }

    #[derive(Debug, Clone, PartialEq, Schema)]
    struct Cell {
        id: i64,
        text: String,
        sheet_id: Option<i64>,
        #[schema(version = xmin)]
        seen: i64,
    }

    #[derive(Debug, Clone, PartialEq, Schema)]
    #[schema(table = "documents")]
    struct Plain {
        id: i64,
        title: String,
        #[has_many(foreign_key = sheet_id)]
        cells: HasMany<Cell>,
    }

    fn sheet(sheet: Changeset<Sheet>, params: &Params) -> Changeset<Sheet> {
        sheet.cast(params, Sheet::title).cast_assoc(Sheet::cells, |cell, params| cell.cast(params, Cell::text))
    }

    async fn tables(db: &Db) {
        db.tables("CREATE TABLE documents (id <key>, title TEXT NOT NULL); CREATE TABLE cells (id <key>, text TEXT NOT NULL, sheet_id BIGINT)").await;
    }

    #[tokio::test]
    async fn counts_for_all_who_write() {
        let db = Db::postgres().await;
        tables(&db).await;
        let input = json!({"title": "S", "cells": [{"text": "a"}, {"text": "b"}, {"text": "c"}]});
        let new = db.repo.insert(sheet(Sheet::build(), &params(input))).await.unwrap();
        let mut old: Sheet = db.repo.fetch(new.id).await.unwrap();
        db.repo.preload(&mut old, Sheet::cells).await.unwrap();
        assert_eq!(new, old);
        assert_eq!(db.text("SELECT xmin FROM documents").await, old.seen.to_string());
        let ids: Vec<i64> = old.cells.get().unwrap().iter().map(|cell| cell.id).collect();
        let change =
            |text: &str| json!({"cells": [{"id": ids[2], "text": text}, {"id": ids[1]}, {"id": ids[0], "text": text}]});
        let saved = db.repo.update(sheet(old.clone().change(), &params(change("x")))).await.unwrap();
        // What was saved can be saved again.
        let saved = db.repo.update(sheet(saved.change(), &params(change("y")))).await.unwrap();
        assert_eq!(stale(db.repo.update(sheet(old.change(), &params(change("late")))).await), "cells[2]");
        db.execute(&format!("UPDATE cells SET text = text WHERE id = {}", ids[0])).await;
        assert_eq!(stale(db.repo.update(sheet(saved.clone().change(), &params(change("z")))).await), "cells[2]");
        let without = json!({"cells": [{"id": ids[2]}, {"id": ids[1], "text": "z"}]});
        assert_eq!(
            stale(db.repo.update(sheet(saved.clone().change(), &params(without))).await),
            format!("cells[id={}]", ids[0])
        );
        db.execute("UPDATE documents SET title = title").await;
        assert_eq!(stale(db.repo.update(saved.clone().change().set(Sheet::title, "T")).await), "");
        assert_eq!(stale(db.repo.delete(saved).await), "");
        assert_eq!(all_of(&db, "text", "cells").await, "b y y");
    }

    #[tokio::test]
    async fn is_a_clear_error_on_sqlite() {
        let db = Db::sqlite().await;
        tables(&db).await;
        db.execute("INSERT INTO documents VALUES (1, 'D')").await;
        let refused = |error: DbError, schema: &str| {
            assert!(
                matches!(&error, DbError::UnknownVersion { schema: it, field: "seen", database: "SQLite" } if *it == schema),
                "{error}"
            );
            assert!(error.to_string().contains("count versions in a column of your own"), "{error}");
        };
        refused(db.repo.all(Sheet::query()).await.unwrap_err(), "Sheet");
        refused(db.repo.get::<Sheet>(1).await.unwrap_err(), "Sheet");
        let mut plain: Plain = db.repo.fetch(1).await.unwrap();
        refused(db.repo.preload(&mut plain, Plain::cells).await.unwrap_err(), "Cell");
        assert!(!plain.cells.is_loaded());
        db.forget();
        let row = Sheet { id: 1, title: "D".into(), cells: HasMany::loaded([]), seen: 1 };
        let changesets = [Sheet::build().set(Sheet::title, "N"), row.clone().change().set(Sheet::title, "E")];
        for changeset in changesets {
            let SaveError::Database(error) = db.repo.insert_or_update(changeset).await.unwrap_err() else {
                panic!("refused")
            };
            refused(error, "Sheet");
        }
        let SaveError::Database(error) = db.repo.delete(row).await.unwrap_err() else { panic!("refused") };
        refused(error, "Sheet");
        let add = plain.change().add_to(Plain::cells, [Cell::build().set(Cell::text, "t")]);
        let SaveError::Database(error) = db.repo.update(add).await.unwrap_err() else { panic!("refused") };
        refused(error, "Cell");
        assert_eq!(db.conversation(), [""; 0]);
        assert_eq!(all_of(&db, "title", "documents").await, "D");
    }
}

/// Times of an owner whose children change, next to its version.
mod touched {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Schema)]
    #[schema(table = "documents")]
    struct Timed {
        id: i64,
        #[schema(version)]
        version: i32,
        #[has_many(foreign_key = document_id, on_replace = delete)]
        pages: HasMany<Page>,
        #[timestamps]
        updated_at: Option<DateTime<Utc>>,
    }

    both! {
        async fn move_together_or_not_at_all(db: Db) {
            super::loaded(&db).await;
            db.execute("ALTER TABLE documents ADD COLUMN updated_at TEXT").await;
            if db.is_postgres() {
                db.execute("ALTER TABLE documents ALTER COLUMN updated_at TYPE TIMESTAMPTZ USING NULL").await;
            }
            let mut timed: Timed = db.repo.fetch(1).await.unwrap();
            db.repo.preload(&mut timed, Timed::pages).await.unwrap();
            let input = params(json!({"pages": [{"id": 1, "body": "A"}, {"id": 2}, {"id": 3}]}));
            let body = |row: Changeset<Page>, params: &Params| row.cast(params, Page::body);
            let still = timed.clone().change().cast(&input, ()).cast_assoc(Timed::pages.force_update_on_change(false), body);
            let still = db.repo.update(still).await.unwrap();
            assert_eq!((still.version, still.updated_at), (5, None));
            let input = params(json!({"pages": [{"id": 1, "body": "AA"}, {"id": 2}, {"id": 3}]}));
            let moved = db.repo.update(still.change().cast(&input, ()).cast_assoc(Timed::pages, body)).await.unwrap();
            assert!(moved.version == 6 && moved.updated_at.is_some());
            let forced = db.repo.update(moved.change().force_update()).await.unwrap();
            assert_eq!(forced.version, 7);
        }
    }
}

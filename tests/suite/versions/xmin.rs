//! PostgreSQL's own column.

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

#[tokio::test]
async fn does_not_go_with_unique_values_that_move() {
    let db = Db::postgres().await;
    tables(&db).await;
    db.execute("INSERT INTO documents VALUES (1, 'd'); INSERT INTO cells VALUES (1, 'a', 1), (2, 'b', 1)").await;
    let mut sheet: Sheet = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut sheet, Sheet::cells).await.unwrap();
    let swapped = sheet.cells.get().unwrap().to_vec().into_iter().zip(["b", "a"]);
    let swapped = swapped.map(|(cell, text)| cell.change().set(Cell::text, text).unique_constraint(Cell::text));
    let error = db.repo.update(sheet.change().put_assoc(Sheet::cells, swapped.collect::<Vec<_>>())).await.unwrap_err();
    assert!(error.to_string().contains("the row's version is `xmin`"), "{error}");
    assert_eq!(all_of(&db, "text", "cells").await, "a b");
}

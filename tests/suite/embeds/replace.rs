//! `on_replace` of embeds.

use assoc::{Misuse, SaveError, prelude::*};
use serde_json::{Value as Json, json};

use crate::support::*;

/// Shelves with every option; the table is the same.
macro_rules! shelves {
    ($($module:ident: $many:meta, $one:meta;)+) => {$(
        mod $module {
            use assoc::prelude::*;

            #[derive(Debug, Clone, PartialEq, Schema)]
            #[schema(table = "shelves")]
            pub struct Shelf {
                pub id: i64,
                #[$many]
                pub books: Vec<Book>,
                #[$one]
                pub best: Option<Book>,
            }

            #[derive(Debug, Clone, PartialEq, Schema)]
            #[schema(embedded)]
            pub struct Book {
                pub id: i32,
                pub title: String,
            }
        }
    )+};
}

shelves! {
    raise: embeds_many, embeds_one;
    mark: embeds_many(on_replace = mark_as_invalid), embeds_one(on_replace = mark_as_invalid);
    delete: embeds_many(on_replace = delete), embeds_one(on_replace = delete);
    update: embeds_many(on_replace = delete), embeds_one(on_replace = update);
}

async fn prepare(db: &Db) {
    db.tables(
        r#"CREATE TABLE shelves (id <key>, books <json> NOT NULL, best <json>);
           INSERT INTO shelves VALUES (1, '[{"id": 1, "title": "a"}, {"id": 2, "title": "b"}]', '{"id": 3, "title": "c"}');"#,
    )
    .await;
}

macro_rules! cast {
    ($db:ident, $module:ident, $embed:ident, $input:expr) => {{
        use $module::{Book, Shelf};
        let shelf: Shelf = $db.repo.fetch(1).await.unwrap();
        let input: Json = $input;
        let changeset = shelf
            .change()
            .cast(&params(json!({stringify!($embed): input})), ())
            .cast_embed(Shelf::$embed, |book: Changeset<Book>, params| book.cast(params, (Book::id, Book::title)));
        $db.repo.update(changeset).await
    }};
}

macro_rules! is_replaced {
    ($result:expr) => {
        assert!(matches!($result, Err(SaveError::Misuse(Misuse::Replaced(embed))) if embed.owner == "Shelf"))
    };
}

async fn shelf(db: &Db) -> (Json, Json) {
    let read = |text: String| serde_json::from_str(&text.replace("NULL", "null")).unwrap();
    (read(db.text("SELECT books FROM shelves").await), read(db.text("SELECT best FROM shelves").await))
}

both! {
    async fn raise_refuses(db: Db) {
        prepare(&db).await;
        let before = shelf(&db).await;
        is_replaced!(cast!(db, raise, books, json!([{"id": 1}])));
        is_replaced!(cast!(db, raise, best, json!(null)));
        is_replaced!(cast!(db, raise, best, json!({"title": "new"})));
        assert_eq!(shelf(&db).await, before);
        cast!(db, raise, books, json!([{"id": 2}, {"id": 3, "title": "new"}, {"id": 1, "title": "A"}])).unwrap();
        cast!(db, raise, best, json!({"id": 3, "title": "C"})).unwrap();
        let books = json!([{"id": 2, "title": "b"}, {"id": 3, "title": "new"}, {"id": 1, "title": "A"}]);
        assert_eq!(shelf(&db).await, (books, json!({"id": 3, "title": "C"})));
    }

    async fn mark_as_invalid_is_an_error_of_the_embed(db: Db) {
        prepare(&db).await;
        let before = shelf(&db).await;
        assert_eq!(errors(cast!(db, mark, books, json!([])).unwrap_err()), ["books is invalid"]);
        assert_eq!(errors(cast!(db, mark, best, json!(null)).unwrap_err()), ["best is invalid"]);
        assert_eq!(errors(cast!(db, mark, best, json!({"id": 9, "title": "new"})).unwrap_err()), ["best is invalid"]);
        assert_eq!(shelf(&db).await, before);
    }

    async fn delete_takes_rows_out(db: Db) {
        prepare(&db).await;
        let shelf_now = cast!(db, delete, books, json!([{"id": 2}])).unwrap();
        assert_eq!(shelf_now.books.iter().map(|book| book.id).collect::<Vec<_>>(), [2]);
        cast!(db, delete, best, json!({"id": 9, "title": "new"})).unwrap();
        assert_eq!(shelf(&db).await, (json!([{"id": 2, "title": "b"}]), json!({"id": 9, "title": "new"})));
        cast!(db, delete, best, json!(null)).unwrap();
        cast!(db, delete, books, json!([])).unwrap();
        assert_eq!(shelf(&db).await, (json!([]), json!(null)));
    }

    async fn update_changes_the_one_that_is_there(db: Db) {
        use update::{Book, Shelf};
        prepare(&db).await;
        let changed = cast!(db, update, best, json!({"title": "C"})).unwrap();
        assert_eq!(changed.best, Some(Book { id: 3, title: "C".into() }));
        let other = Book { id: 4, title: "other".into() };
        let put = db.repo.update(changed.change().put_embed(Shelf::best, other)).await;
        assert!(matches!(put, Err(SaveError::Misuse(Misuse::UpdateOnly(_)))));
        assert_eq!(shelf(&db).await.1, json!({"id": 3, "title": "C"}));
        cast!(db, update, best, json!(null)).unwrap();
        cast!(db, update, best, json!({"id": 5, "title": "first"})).unwrap();
        assert_eq!(shelf(&db).await.1, json!({"id": 5, "title": "first"}));
    }

    async fn a_marked_row_is_deleted_whatever_the_option(db: Db) {
        use raise::{Book, Shelf};
        prepare(&db).await;
        let shelf_there: Shelf = db.repo.fetch(1).await.unwrap();
        let input = params(json!({"books": [{"id": 1, "delete": true}, {"id": 2}]}));
        let changeset = shelf_there.change().cast(&input, ()).cast_embed(Shelf::books, |book: Changeset<Book>, params| {
            if params.get("delete").is_some() { book.mark_for_delete() } else { book }
        });
        let saved = db.repo.update(changeset).await.unwrap();
        assert_eq!(saved.books, [Book { id: 2, title: "b".into() }]);
        assert_eq!(shelf(&db).await.0, json!([{"id": 2, "title": "b"}]));
    }
}

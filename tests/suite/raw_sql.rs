//! Hand-written SQL whose rows are schemas: by a repo, and by sqlx itself.

use assoc::{DbError, Enum, SaveError, from_row, prelude::*};
use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;

use crate::{schemas::*, support::*};

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
#[schema(database_type = "Mood \"1\"")]
enum Mood {
    Sad,
    Ok,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Link {
    url: String,
}

/// A field of every kind that is not read as it is written.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Entry {
    id: i64,
    #[schema(column = "the name")]
    name: String,
    mood: Mood,
    moods: Vec<Mood>,
    words: Vec<String>,
    at: DateTime<Utc>,
    small: Option<i16>,
    #[embeds_many(on_replace = delete)]
    links: Vec<Link>,
    #[schema(virtual)]
    note: String,
}

async fn entries(db: &Db) -> Vec<Entry> {
    let (mood, moods, words) = match db.kind {
        Kind::Postgres => (r#""Mood ""1""""#, r#""Mood ""1"""[]"#, "TEXT[]"),
        Kind::Sqlite => ("TEXT", "TEXT", "TEXT"),
    };
    db.tables(&format!(
        r#"CREATE TABLE entries (links <json>, extra INTEGER DEFAULT 7, small SMALLINT, at <time> NOT NULL, words {words} NOT NULL,
           moods {moods} NOT NULL, mood {mood} NOT NULL, "the name" TEXT NOT NULL, id <key>)"#
    ))
    .await;
    let entry = |name: &str, mood| {
        Entry::build()
            .set(Entry::name, name)
            .set(Entry::mood, mood)
            .set(Entry::moods, vec![Mood::Ok, mood])
            .set(Entry::words, vec!["a".to_owned(), "b".to_owned()])
            .set(Entry::at, DateTime::from_timestamp(1_000_000_000, 0).unwrap())
            .put_embed(Entry::links, [Link::build().set(Link::url, "/")])
    };
    let entries = db.repo.insert_many([entry("one", Mood::Sad), entry("two", Mood::Ok)]).await.unwrap();
    db.forget();
    entries
}

async fn tags(db: &Db) {
    for name in ["a", "b", "c"] {
        db.repo.insert(Tag::build().set(Tag::name, name)).await.unwrap();
    }
    db.forget();
}

fn names(tags: Vec<Tag>) -> Vec<String> {
    tags.into_iter().map(|tag| tag.name).collect()
}

both! {
    async fn columns_are_found_by_their_names(db: Db) {
        let entries = entries(&db).await;
        let query = Entry::from_sql("SELECT * FROM entries WHERE id >= $1 ORDER BY id").bind(entries[0].id);
        assert_eq!(db.repo.all_sql(query.clone()).await.unwrap(), entries);
        let later = Entry::from_sql("SELECT * FROM entries WHERE id > $1").bind(entries[0].id);
        assert_eq!(db.repo.one_sql(later).await.unwrap().as_ref(), Some(&entries[1]));
        assert!(matches!(db.repo.one_sql(query).await, Err(DbError::TooMany { schema: "Entry" })));
        let none = Entry::from_sql("SELECT * FROM entries WHERE id = $1").bind(0_i64);
        assert_eq!(db.repo.one_sql(none).await.unwrap(), None);
    }

    async fn values_are_bound_in_their_order(db: Db) {
        tags(&db).await;
        let all = "SELECT 1 AS more, name, id FROM tags WHERE name = $1 OR name = $2 OR $3 ORDER BY id";
        let query = Tag::from_sql(all).bind("c").bind("x' OR 1 = 1 --".to_owned()).bind(false);
        assert_eq!(names(db.repo.all_sql(query).await.unwrap()), ["c"]);
        assert_eq!(db.statements(), [all]);
        let nothing = Tag::from_sql("SELECT * FROM tags WHERE name = $1").bind(None::<String>);
        assert_eq!(names(db.repo.all_sql(nothing).await.unwrap()), [""; 0]);
        if db.is_postgres() {
            let listed = Tag::from_sql("SELECT * FROM tags WHERE name = ANY($1) ORDER BY id");
            let listed = listed.bind(vec!["a".to_owned(), "c".to_owned()]);
            assert_eq!(names(db.repo.all_sql(listed).await.unwrap()), ["a", "c"]);
        }
    }

    async fn a_column_that_is_missing_is_named(db: Db) {
        tags(&db).await;
        let error = db.repo.all_sql(Tag::from_sql("SELECT id, name AS title FROM tags")).await.unwrap_err();
        assert_eq!(error.to_string(), "the row has no column `name`, which `Tag` needs; it has id, title");
        assert!(matches!(error, DbError::Type(_)));
        let twice = db.repo.all_sql(Tag::from_sql("SELECT a.id, b.id, a.name FROM tags a JOIN tags b ON a.id = b.id")).await;
        assert_eq!(
            twice.unwrap_err().to_string(),
            "the row has several columns `id`, and `Tag` cannot tell which is its own; name them by AS"
        );
        let null = db.repo.all_sql(Tag::from_sql("SELECT id, NULL AS name FROM tags")).await.unwrap_err();
        assert!(null.to_string().starts_with("Tag.name: the column is NULL"), "{null}");
        assert!(db.repo.all_sql(Tag::from_sql("SELEKT")).await.is_err());
        assert_eq!(names(db.repo.all_sql(Tag::from_sql("SELECT * FROM tags ORDER BY id")).await.unwrap()), ["a", "b", "c"]);
    }

    async fn what_is_read_can_be_preloaded_and_saved(db: Db) {
        let tag = Tag::build().set(Tag::name, "t").put_assoc(Tag::posts, [Post::build().set(Post::title, "p")]);
        db.repo.insert(tag).await.unwrap();
        db.repo.transaction::<_, SaveError<Changeset<Tag>>>(async |tx| {
            let returning = Tag::from_sql("UPDATE tags SET name = $1 RETURNING *").bind("u");
            let mut tag = tx.one_sql(returning).await?.unwrap();
            tx.preload(&mut tag, Tag::posts).await?;
            assert_eq!(tag.posts.get().unwrap()[0].title, "p");
            tx.update(tag.change().set(Tag::name, "v")).await.map(drop)
        }).await.unwrap();
        assert_eq!(db.text("SELECT name FROM tags").await, "v");
    }

    async fn rows_of_sqlx_are_schemas(db: Db) {
        let entries = entries(&db).await;
        // A prepared statement and a plain one: values come in binary, and as text.
        let sql = "SELECT *, 1 AS one FROM entries ORDER BY id";
        let read = if db.is_postgres() {
            db.repo.with_postgres::<_, Box<dyn std::error::Error>>(async |it| {
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *it).await?;
                rows.extend(sqlx::raw_sql(sql).fetch_all(it).await?);
                Ok(rows.iter().map(from_row::<Entry>).collect::<Result<Vec<_>, _>>()?)
            }).await.unwrap()
        } else {
            let rows = sqlx::query(sql).fetch_all(db.repo.sqlite().unwrap()).await.unwrap();
            let twice = rows.iter().chain(&rows);
            twice.map(from_row::<Entry>).collect::<Result<Vec<_>, _>>().unwrap()
        };
        assert_eq!(read, [entries.clone(), entries].concat());
    }

    async fn a_row_of_sqlx_inside_of_our_transaction(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        tx.insert(Tag::build().set(Tag::name, "inside")).await.unwrap();
        let sql = "SELECT name, id FROM tags WHERE name = $1";
        let found: Result<Tag, Box<dyn std::error::Error>> = if db.is_postgres() {
            tx.with_postgres(async |it| Ok(from_row(&sqlx::query(sql).bind("inside").fetch_one(it).await?)?)).await
        } else {
            tx.with_sqlite(async |it| Ok(from_row(&sqlx::query(sql).bind("inside").fetch_one(it).await?)?)).await
        };
        let gone = tx.delete(found.unwrap()).await.unwrap();
        assert_eq!(gone.name, "inside");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_of_sqlx_that_lacks_a_column() {
    let db = Db::sqlite().await;
    let row = sqlx::query("SELECT 1 AS id").fetch_one(db.repo.sqlite().unwrap()).await.unwrap();
    let error = from_row::<Tag>(&row).unwrap_err();
    assert_eq!(error.to_string(), "the row has no column `name`, which `Tag` needs; it has id");
}

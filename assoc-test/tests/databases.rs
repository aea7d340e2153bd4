//! What a test gets: a database of its own, empty or prepared.

use assoc_test::{Database, Error};
use sqlx::PgPool;

async fn count(pool: &PgPool, table: &'static str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(pool).await.unwrap()
}

async fn post(pool: &PgPool, title: &str) {
    sqlx::query("insert into posts (title) values ($1)").bind(title).execute(pool).await.unwrap();
}

async fn migrated() -> Database {
    Database::migrated(&sqlx::migrate!("tests/migrations")).await.unwrap()
}

#[tokio::test]
async fn a_new_database_is_empty() {
    let db = Database::new().await.unwrap();
    let pool = db.pool().await.unwrap();
    let tables = "pg_class where relnamespace = 'public'::regnamespace";
    assert_eq!(count(&pool, tables).await, 0);
    let encoding: String = sqlx::query_scalar("show server_encoding").fetch_one(&pool).await.unwrap();
    assert_eq!(encoding, "UTF8");
}

#[tokio::test]
async fn migrated_databases_have_the_tables_and_share_no_rows() {
    let (one, other) = (migrated().await, migrated().await);
    let (one, other) = (one.pool().await.unwrap(), other.pool().await.unwrap());
    post(&one, "Hello").await;
    assert_eq!(count(&one, "posts").await, 1);
    assert_eq!(count(&other, "posts").await, 0);
    assert_eq!(count(&other, "comments").await, 0);
}

#[tokio::test]
async fn a_script_is_told_apart_by_its_text() {
    let tags = Database::from_sql("create table tags (name text); insert into tags values ('a')").await.unwrap();
    let users = Database::from_sql("create table users (name text)").await.unwrap();
    assert_eq!(count(&tags.pool().await.unwrap(), "tags").await, 1);
    assert_eq!(count(&users.pool().await.unwrap(), "users").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_at_the_same_time_get_a_database_each() {
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(async {
                let db = migrated().await;
                let pool = db.pool().await.unwrap();
                post(&pool, "the title is unique in a database").await;
                assert_eq!(count(&pool, "posts").await, 1);
                db.url().to_owned()
            })
        })
        .collect();
    let mut urls = Vec::new();
    for task in tasks {
        urls.push(task.await.unwrap());
    }
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 8);
}

#[tokio::test]
async fn a_dropped_database_is_gone_although_someone_is_still_connected() {
    let db = Database::new().await.unwrap();
    let pool = db.pool().await.unwrap();
    let name: String = sqlx::query_scalar("select current_database()::text").fetch_one(&pool).await.unwrap();
    drop(db);
    let other = Database::new().await.unwrap(); // its turn comes after the drop
    let left: i64 = sqlx::query_scalar("select count(*) from pg_database where datname = $1")
        .bind(name)
        .fetch_one(&other.pool().await.unwrap())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_script_with_a_mistake_is_an_error_that_quotes_the_server() {
    for _ in 0..2 {
        let error = Database::from_sql("create tabel posts ()").await.unwrap_err();
        assert!(matches!(error, Error::Sql { .. }));
        assert!(error.to_string().contains("syntax error at or near \"tabel\""), "{error}");
    }
}

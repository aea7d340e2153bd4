//! Repos by URL and from pools, and what goes wrong then.

use assoc::{DbError, prelude::*};

use crate::{schemas::Tag, support::*};

const SECRET: &str = "hunter2";

async fn refused(url: &str) -> DbError {
    let error = Repo::connect(url).await.unwrap_err();
    let (shown, debugged) = (error.to_string(), format!("{error:?}"));
    assert!(!shown.contains(SECRET) && !debugged.contains(SECRET), "{debugged}");
    assert!(!shown.is_empty());
    error
}

#[tokio::test]
async fn urls_of_no_database() {
    for url in [
        "",
        "nonsense",
        "mysql://ann:hunter2@localhost/blog",
        "http://ann:hunter2@localhost",
        "hunter2",
        ":",
        "POSTGRES",
    ] {
        let error = refused(url).await;
        assert!(matches!(error, DbError::Configuration(_)), "{url}: {error:?}");
        assert!(error.to_string().contains("postgres://") && error.to_string().contains("sqlite"), "{error}");
    }
}

#[tokio::test]
async fn urls_that_cannot_be_read() {
    for url in [
        "postgres://ann:hunter2@localhost:port/blog",
        "postgres://ann:hunter2@[::1/blog",
        "postgresql://ann:hunter2@localhost/blog?sslmode=perhaps",
        "sqlite://blog.db?mode=perhaps",
        "sqlite://blog.db?hunter2=hunter2",
    ] {
        let error = Repo::connect(url).await.unwrap_err();
        assert!(matches!(error, DbError::Configuration(_) | DbError::Driver(_)), "{url}: {error:?}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("ann:hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there() {
    let db = Db::postgres().await;
    let pool = db.repo.postgres().unwrap();
    let options = pool.connect_options();
    let url = format!(
        "postgres://{}:{SECRET}@{}:{}/no_such_database?sslmode=disable",
        options.get_username(),
        options.get_host(),
        options.get_port()
    );
    let error = refused(&url).await;
    assert!(matches!(error, DbError::Driver(_)), "{error:?}");
    assert!(error.to_string().contains("no_such_database"), "{error}");
}

#[tokio::test]
async fn a_file_that_cannot_be_made() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let error = refused(&format!("sqlite://{folder}/no/such/folder/blog.db")).await;
    assert!(matches!(error, DbError::Driver(_)), "{error:?}");
    let error = refused(&format!("sqlite://{folder}")).await;
    assert!(matches!(error, DbError::Driver(_)), "{error:?}");
}

#[tokio::test]
async fn a_file_is_made_unless_the_url_says_otherwise() {
    let file = format!("{}/suite-{}-{}.db", env!("CARGO_TARGET_TMPDIR"), std::process::id(), unique());
    for mode in ["ro", "rw"] {
        let result = Repo::connect(&format!("sqlite://{file}?mode={mode}")).await;
        assert!(matches!(result, Err(DbError::Driver(_))), "{mode}: {result:?}");
        assert!(!std::path::Path::new(&file).exists(), "{mode}");
    }
    let repo = Repo::connect(&format!("sqlite://{file}")).await.unwrap();
    sqlx::raw_sql("CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        .execute(repo.sqlite().unwrap())
        .await
        .unwrap();
    repo.insert(Tag::build().set(Tag::name, "kept")).await.unwrap();
    repo.sqlite().unwrap().close().await;
    let again = Repo::connect(&format!("sqlite://{file}?mode=ro")).await.unwrap();
    assert_eq!(again.all(Tag::query()).await.unwrap()[0].name, "kept");
    let error = again.insert(Tag::build().set(Tag::name, "more")).await.unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
    again.sqlite().unwrap().close().await;
    std::fs::remove_file(file).unwrap();
}

both! {
    async fn a_repo_from_a_pool_and_back(db: Db) {
        let repo = match db.repo.postgres() {
            Some(pool) => Repo::from(pool.clone()),
            None => Repo::from(db.repo.sqlite().unwrap().clone()),
        };
        assert_eq!((repo.postgres().is_some(), repo.sqlite().is_some()), (db.is_postgres(), !db.is_postgres()));
        repo.insert(Tag::build().set(Tag::name, "a")).await.unwrap();
        let count = "SELECT count(*) FROM tags";
        let found: i64 = match repo.postgres() {
            Some(pool) => sqlx::query_scalar(count).fetch_one(pool).await.unwrap(),
            None => sqlx::query_scalar(count).fetch_one(repo.sqlite().unwrap()).await.unwrap(),
        };
        assert_eq!(found, 1);
        let tx = repo.begin().await.unwrap();
        assert!(tx.postgres().is_none() && tx.sqlite().is_none());
        assert_eq!(tx.dialect().name(), repo.dialect().name());
        tx.commit().await.unwrap();
        assert_eq!(format!("{repo:?}"), if db.is_postgres() { "Repo(PostgreSQL)" } else { "Repo(SQLite)" });
    }

    async fn a_pool_that_was_closed_is_an_error(db: Db) {
        match db.repo.postgres() {
            Some(pool) => pool.close().await,
            None => db.repo.sqlite().unwrap().close().await,
        }
        assert!(matches!(db.repo.all(Tag::query()).await, Err(DbError::Driver(_))));
        assert!(db.repo.begin().await.is_err());
        assert!(db.repo.insert(Tag::build().set(Tag::name, "a")).await.is_err());
    }
}

//! Isolation, read-only transactions, statement timeouts: of one transaction, and of a repo.

use std::time::Duration;

use assoc::{DbError, SaveError, TransactionOptions, prelude::*, query::raw};

use crate::{schemas::*, support::*};

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name)
}

/// What a transaction that begins with these options says of itself on PostgreSQL.
async fn seen(db: &Db, options: TransactionOptions) -> [String; 4] {
    let tx = db.repo.begin_with(options).await.unwrap();
    let mut seen = Vec::new();
    for setting in ["isolation", "read_only", "deferrable"].map(|name| format!("transaction_{name}")) {
        seen.push(show(&tx, &setting).await);
    }
    seen.push(show(&tx, "statement_timeout").await);
    tx.commit().await.unwrap();
    seen.try_into().unwrap()
}

async fn show(repo: &Repo, setting: &str) -> String {
    repo.with_postgres::<_, Box<dyn std::error::Error>>(async |connection| {
        Ok(sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(connection).await?)
    })
    .await
    .unwrap()
}

fn unsupported(error: DbError) -> String {
    assert!(matches!(error, DbError::Unsupported { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn postgres_begins_as_told_and_tells_nobody_else() {
    let db = Db::postgres().await;
    let usual = ["read committed", "off", "off", "0"];
    assert_eq!(seen(&db, TransactionOptions::new()).await, usual);
    assert_eq!(seen(&db, TransactionOptions::read_committed()).await, usual);
    assert_eq!(seen(&db, TransactionOptions::repeatable_read()).await[0], "repeatable read");
    db.forget();
    let all = TransactionOptions::serializable().read_only().deferrable().statement_timeout(Duration::from_secs(5));
    assert_eq!(seen(&db, all).await, ["serializable", "on", "on", "5s"]);
    let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SET LOCAL statement_timeout = 5000";
    assert_eq!(db.conversation()[0], begin);
    assert_eq!(seen(&db, TransactionOptions::new()).await, usual);
    assert_eq!(show(&db.repo, "statement_timeout").await, "0");
}

#[tokio::test]
async fn writing_in_a_read_only_transaction_is_an_error() {
    let db = Db::postgres().await;
    let read_only = TransactionOptions::new().read_only();
    let error = db.repo.transaction_with(read_only, async |tx| tx.insert(tag("no")).await).await.unwrap_err();
    assert!(error.to_string().contains("read-only transaction"), "{error}");
    db.repo.insert(tag("yes")).await.unwrap();
    let tx = db.repo.begin_with(read_only).await.unwrap();
    assert_eq!(tx.all(Tag::query()).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_repeatable_read_sees_nothing_new() {
    let db = Db::postgres().await;
    for (options, expected) in [(TransactionOptions::repeatable_read(), 0), (TransactionOptions::read_committed(), 1)] {
        let tx = db.repo.begin_with(options).await.unwrap();
        assert_eq!(tx.count(Tag::query()).await.unwrap(), 0);
        db.repo.insert(tag("new")).await.unwrap();
        assert_eq!(tx.count(Tag::query()).await.unwrap(), expected);
        tx.rollback().await.unwrap();
        db.repo.delete_all(Tag::query()).await.unwrap();
    }
}

#[tokio::test]
async fn sqlite_is_always_serializable_and_says_what_it_cannot_do() {
    let db = Db::sqlite().await;
    for options in [
        TransactionOptions::serializable(),
        TransactionOptions::repeatable_read(),
        TransactionOptions::read_committed(),
    ] {
        db.repo.transaction_with(options, async |tx| tx.insert(tag("kept")).await.map(drop)).await.unwrap();
        assert_eq!(db.repo.delete_all(Tag::query()).await.unwrap(), 1);
    }
    db.forget();
    let new = TransactionOptions::new();
    let mut errors = Vec::new();
    for options in [new.read_only(), new.deferrable(), new.statement_timeout(Duration::from_secs(1))] {
        errors.push(unsupported(db.repo.begin_with(options).await.unwrap_err()));
    }
    let timed = db.repo.with_statement_timeout(Duration::from_secs(1));
    errors.push(unsupported(timed.all(Tag::query()).await.unwrap_err()));
    assert_eq!(
        errors,
        [
            "SQLite cannot make a transaction read-only; connect with `sqlite://file.db?mode=ro` for a repo that only reads",
            "SQLite cannot make a transaction deferrable; its transactions run one after the other, and need not be",
            "SQLite cannot end statements that take too long; leave the timeout out for this database",
            "SQLite cannot end statements that take too long; leave the timeout out for this database",
        ]
    );
    assert!(db.conversation().is_empty());
}

both! {
    async fn a_nested_transaction_has_no_options(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        let options = TransactionOptions::serializable();
        let nested = tx.transaction_with(options, async |tx| tx.insert(tag("no")).await).await;
        let error = nested.unwrap_err();
        assert!(matches!(error, SaveError::Database(DbError::Configuration(_))), "{error}");
        assert!(error.to_string().contains("the outermost"), "{error}");
        assert!(matches!(tx.begin_with(options).await, Err(DbError::Configuration(_))));
        tx.insert(tag("usable")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.count("tags").await, 1);
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_a_timeout() {
    let db = Db::postgres().await;
    let short = Duration::from_millis(50);
    let error = db
        .repo
        .transaction_with(TransactionOptions::new().statement_timeout(short), async |tx| {
            tx.insert(tag("gone")).await?;
            tx.execute("SELECT pg_sleep(5)").await?;
            Ok::<_, SaveError<_>>(())
        })
        .await
        .unwrap_err();
    assert!(matches!(error, SaveError::Database(DbError::Timeout(_))), "{error}");
    assert!(error.to_string().starts_with("a statement took too long, or was cancelled: "), "{error}");
    assert_eq!(db.count("tags").await, 0);
}

#[tokio::test]
async fn a_pool_with_a_timeout_has_it_by_its_url() {
    let database = assoc_test::Database::new().await.unwrap();
    let glue = if database.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{glue}options[statement_timeout]=50ms", database.url());
    let repo = Repo::connect(&url).await.unwrap();
    assert_eq!(show(&repo, "statement_timeout").await, "50ms");
    assert!(matches!(repo.execute("SELECT pg_sleep(5)").await, Err(DbError::Timeout(_))));
}

#[tokio::test]
async fn a_repo_with_a_timeout_keeps_it_to_itself() {
    let db = Db::postgres().await;
    let timed = db.repo.with_statement_timeout(Duration::from_millis(50));
    let error = timed.execute("SELECT pg_sleep(5)").await.unwrap_err();
    assert!(matches!(error, DbError::Timeout(_)), "{error}");
    db.repo.execute("SELECT pg_sleep(0.1)").await.unwrap();
    // Reads, writes of one row, of several, and of all: each is kept, and each is a transaction.
    db.forget();
    timed.insert(tag("one")).await.unwrap();
    let sent = db.conversation();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert_eq!((&*sent[0], &*sent[2]), ("BEGIN; SET LOCAL statement_timeout = 50", "COMMIT"));
    timed.insert_many([tag("two"), tag("three")]).await.unwrap();
    assert_eq!(timed.update_all(Tag::query().filter(Tag::name.eq("two")), Tag::name.set("zwei")).await.unwrap(), 1);
    let mut names: Vec<_> = timed.all(Tag::query()).await.unwrap().into_iter().map(|tag| tag.name).collect();
    names.sort();
    assert_eq!(names, ["one", "three", "zwei"]);
    assert_eq!(show(&db.repo, "statement_timeout").await, "0");
    // So is a stream.
    let slow = Tag::query().filter(raw::<f64>("length(pg_sleep(5)::text)::float8").of(()).gt(0.0));
    assert!(matches!(timed.stream(slow).next().await, Some(Err(DbError::Timeout(_)))));
    assert_eq!(timed.stream(Tag::query()).chunk(10).await.unwrap().len(), 3);
    // A transaction of it has it, too.
    let tx = timed.begin().await.unwrap();
    assert_eq!(show(&tx, "statement_timeout").await, "50ms");
    tx.transaction(async |tx| tx.insert(tag("nested")).await).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.count("tags").await, 4);
    // What it cannot reach is an error.
    let lent: Result<(), DbError> = timed.with_postgres(async |_| Ok(())).await;
    assert!(matches!(lent, Err(DbError::Configuration(_))), "{lent:?}");
    let tx = db.repo.begin().await.unwrap();
    let late = tx.with_statement_timeout(Duration::from_millis(50));
    assert!(matches!(late.all(Tag::query()).await, Err(DbError::Configuration(_))));
    tx.rollback().await.unwrap();
}

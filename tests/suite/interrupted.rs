//! Connections that die, and transactions that are dropped, in the middle of a call.

use assoc::{DbError, SaveError, prelude::*};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use crate::{
    concurrent::{post, rewrite},
    schemas::*,
    support::*,
};

#[tokio::test]
async fn killed_while_it_updates_and_inside_of_a_savepoint() {
    let db = Db::postgres().await;
    let loaded = db.repo.insert(post(5)).await.unwrap();
    for text in ["UPDATE \"comments\"", "COMMIT"] {
        let changeset = rewrite(&loaded, text, false).set(Post::title, "changed");
        db.kill_before(text);
        let error = db.repo.in_turn().update(changeset).await.unwrap_err();
        assert!(matches!(error, SaveError::Database(DbError::ConnectionLost(_))), "{text}: {error}");
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE length(body) > 1").await, "0", "{text}");
    }
    for text in ["SAVEPOINT", "UPDATE \"comments\"", "RELEASE SAVEPOINT"] {
        let tx = db.repo.begin().await.unwrap();
        tx.insert(Tag::build().set(Tag::name, text)).await.unwrap();
        db.kill_before(text);
        let nested: Result<Post, SaveError<Changeset<Post>>> =
            tx.transaction(async |tx| tx.in_turn().update(rewrite(&loaded, "changed", false)).await).await;
        assert!(matches!(nested, Err(SaveError::Database(_))), "{text}: {nested:?}");
        assert!(tx.all(Tag::query()).await.is_err(), "{text}");
        assert!(tx.commit().await.is_err(), "{text}");
        assert_eq!(
            (db.count("tags").await, db.text("SELECT count(*) FROM comments WHERE body = 'changed'").await.as_str()),
            (0, "0")
        );
    }
    // A violation is looked for in savepoints of its own.
    let [taken, free] = ["taken", "free"].map(|slug| json!({"body": slug, "slug": slug}));
    db.repo
        .insert(Post::changeset(Post::build(), &params(json!({"title": "t", "comments": [taken.clone()]}))))
        .await
        .unwrap();
    for text in ["SAVEPOINT", "ROLLBACK TO SAVEPOINT"] {
        let changeset =
            Post::changeset(Post::build(), &params(json!({"title": "new", "comments": [free.clone(), taken.clone()]})));
        db.kill_before(text);
        let error = db.repo.insert(changeset).await.unwrap_err();
        assert!(matches!(error, SaveError::Database(DbError::ConnectionLost(_))), "{text}: {error}");
        assert_eq!(db.text("SELECT count(*) FROM posts WHERE title = 'new'").await, "0");
    }
    db.repo.update(rewrite(&loaded, "at last", false)).await.unwrap();
}

#[tokio::test]
async fn a_transaction_dropped_while_a_clone_of_it_is_in_a_call() {
    let db = Db::postgres().await;
    let tx = db.repo.begin().await.unwrap();
    tx.insert(Tag::build().set(Tag::name, "first")).await.unwrap();
    let clone: Repo = (*tx).clone();
    let direct = db.direct().await;
    let mut blocker = PgConnection::connect_with(&direct.connect_options()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE teams IN ACCESS EXCLUSIVE MODE").execute(&mut blocker).await.unwrap();
    let call = tokio::spawn(async move {
        let team = clone.insert(Team::build().set(Team::name, "late")).await;
        let after = clone.all(Tag::query()).await;
        (team, after, clone)
    });
    const WAITING: &str =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(WAITING).fetch_one(&direct).await.unwrap() == 0 {
        assert!(!call.is_finished());
    }
    drop(tx);
    sqlx::raw_sql("ROLLBACK").execute(&mut blocker).await.unwrap();
    let (_, after, clone) = call.await.unwrap();
    assert!(matches!(after, Err(DbError::TransactionEnded)), "{after:?}");
    assert!(matches!(clone.all(Tag::query()).await, Err(DbError::TransactionEnded)));
    assert_eq!((db.count("tags").await, db.count("teams").await), (0, 0));
}

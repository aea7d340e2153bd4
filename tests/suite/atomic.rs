//! A save happens whole or not at all: when its future is dropped, when the connection dies.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll},
};

use assoc::{DbError, SaveError, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

/// Polls a future until it is ready or was woken `polls` times, then drops it; whether it was ready.
async fn interrupted<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|cx: &mut Context<'_>| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

fn graph(round: usize) -> Changeset<Post> {
    let comments: Vec<_> = (0..20).map(|n| json!({"body": format!("{round}.{n}"), "author": {"name": "A"}})).collect();
    let input = json!({
        "title": round.to_string(), "author": {"name": "Ann", "profile": {"bio": "b"}},
        "comments": comments, "tags": [{"name": format!("tag {round}")}],
    });
    Post::changeset(Post::build(), &params(input))
}

const TABLES: [&str; 6] = ["users", "profiles", "posts", "comments", "tags", "posts_tags"];

async fn counts(db: &Db) -> Vec<usize> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(db.count(table).await);
    }
    counts
}

/// No connection of the pool is in a transaction; the next statement takes one that is clean.
async fn is_clean(db: &Db) {
    db.repo.all(Tag::query()).await.unwrap();
    if db.is_postgres() {
        const OPEN: &str =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
        // What was queued when the future was dropped is done before the next statement of that connection.
        for _ in 0..1000 {
            if db.text(OPEN).await == "0" {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("a transaction is open");
    } else {
        sqlx::raw_sql("BEGIN; ROLLBACK;").execute(db.repo.sqlite().unwrap()).await.unwrap();
    }
}

both! {
    async fn an_insert_dropped_at_any_await_is_whole_or_nothing(db: Db) {
        let mut completed = false;
        for round in 0..2000 {
            let before = counts(&db).await;
            let result = interrupted(db.repo.insert(graph(round)), round).await;
            is_clean(&db).await;
            let after = counts(&db).await;
            let added: Vec<usize> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
            let whole = added == [21, 1, 1, 20, 1, 1];
            assert!(whole || added.iter().all(|added| *added == 0), "round {round}: {added:?}");
            if let Some(result) = result {
                result.unwrap();
                assert!(whole);
                completed = true;
                break;
            }
        }
        assert!(completed);
    }

    async fn an_update_dropped_at_any_await_is_whole_or_nothing(db: Db) {
        let mut completed = false;
        for round in 0..2000 {
            db.execute("DELETE FROM posts_tags; DELETE FROM comments; DELETE FROM posts; DELETE FROM tags; DELETE FROM profiles; DELETE FROM users").await;
            let post = db.repo.insert(graph(round)).await.unwrap();
            let comments = post.comments.get().unwrap();
            let mut input: Vec<_> = comments[5..].iter().map(|comment| json!({"id": comment.id, "body": "changed"})).collect();
            input.push(json!({"body": "new"}));
            let changeset = Post::changeset_of_comments(post.change(), &params(json!({"title": "changed", "comments": input})));
            let result = interrupted(db.repo.update(changeset), round).await;
            is_clean(&db).await;
            let changed = db.text("SELECT count(*) FROM comments WHERE body = 'changed'").await;
            let state = (changed.as_str(), db.count("comments").await, db.text("SELECT title FROM posts").await == "changed");
            assert!(state == ("15", 16, true) || state == ("0", 20, false), "round {round}: {state:?}");
            if result.is_some() {
                assert_eq!(state.1, 16);
                completed = true;
                break;
            }
        }
        assert!(completed);
    }

    async fn a_failing_insert_dropped_at_any_await_writes_nothing(db: Db) {
        db.execute("INSERT INTO posts (id, title, slug) VALUES (900, 'Other', 'taken')").await;
        for round in 0..2000 {
            let all = [json!({"title": "a"}), json!({"title": "b", "slug": "taken", "comments": [{"body": "b"}]})];
            let all = all.map(|input| Post::changeset(Post::build(), &params(input)));
            let result = interrupted(db.repo.insert_many(all), round).await;
            is_clean(&db).await;
            assert_eq!(db.count("posts").await, 1, "round {round}");
            if let Some(result) = result {
                assert!(matches!(result, Err(SaveError::Invalid(_))));
                return;
            }
        }
        panic!("it never ended");
    }

    async fn a_save_dropped_in_a_transaction_takes_it_along(db: Db) {
        for round in 0..2000 {
            let before = counts(&db).await;
            let tx = db.repo.begin().await.unwrap();
            tx.insert(Tag::build().set(Tag::name, format!("before {round}"))).await.unwrap();
            let result = interrupted(tx.insert(graph(round)), round).await;
            let Some(result) = result else {
                assert!(matches!(tx.all(Tag::query()).await, Err(DbError::TransactionEnded)), "round {round}");
                assert!(matches!(tx.commit().await, Err(DbError::TransactionEnded)), "round {round}");
                is_clean(&db).await;
                assert_eq!(counts(&db).await, before, "round {round}");
                continue;
            };
            result.unwrap();
            tx.commit().await.unwrap();
            assert_ne!(counts(&db).await, before);
            return;
        }
        panic!("it never ended");
    }

    async fn a_closure_dropped_at_any_await_is_whole_or_nothing(db: Db) {
        for round in 0..2000 {
            let before = counts(&db).await;
            let work = db.repo.transaction::<_, SaveError<Changeset<Post>>>(async |tx| {
                tx.insert(graph(round)).await?;
                tx.transaction::<_, SaveError<Changeset<Post>>>(async |tx| tx.insert(graph(round + 10_000)).await).await
            });
            let result = interrupted(work, round).await;
            is_clean(&db).await;
            let after = counts(&db).await;
            assert!(after == before || after[2] == before[2] + 2 && after[3] == before[3] + 40, "round {round}: {after:?}");
            if let Some(result) = result {
                result.unwrap();
                return;
            }
        }
        panic!("it never ended");
    }
}

#[tokio::test]
async fn a_killed_backend_is_an_error_and_nothing_is_written() {
    let db = Db::postgres().await;
    for text in [
        "INSERT INTO \"users\"",
        "INSERT INTO \"posts\"",
        "INSERT INTO \"comments\"",
        "INSERT INTO \"posts_tags\"",
        "COMMIT",
    ] {
        db.kill_before(text);
        let error = db.repo.in_turn().insert(graph(1)).await.unwrap_err();
        assert!(matches!(error, SaveError::Database(DbError::ConnectionLost(_))), "{text}: {error}");
        assert_eq!(counts(&db).await, [0; 6], "{text}");
    }
    db.kill_before("WITH ");
    let error = db.repo.insert(graph(1)).await.unwrap_err();
    assert!(matches!(error, SaveError::Database(DbError::ConnectionLost(_))), "{error}");
    assert_eq!(counts(&db).await, [0; 6]);
    db.repo.insert(graph(2)).await.unwrap();
    assert_eq!(counts(&db).await, [21, 1, 1, 20, 1, 1]);
}

#[tokio::test]
async fn a_killed_backend_ends_the_transaction() {
    let db = Db::postgres().await;
    let tx = db.repo.begin().await.unwrap();
    tx.insert(graph(1)).await.unwrap();
    db.kill_before("WITH ");
    tx.insert(graph(2)).await.unwrap_err();
    tx.commit().await.unwrap_err();
    assert_eq!(counts(&db).await, [0; 6]);
    db.repo.insert(graph(2)).await.unwrap();
}

/// A database in memory is gone with its only connection, so no dropped call may close that.
#[tokio::test]
async fn a_dropped_call_does_not_lose_a_database_in_memory() {
    let repo = Repo::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql("CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        .execute(repo.sqlite().unwrap())
        .await
        .unwrap();
    for round in 0..500 {
        let _ = interrupted(repo.insert(Tag::build().set(Tag::name, round.to_string())), round % 7).await;
        let _ = interrupted(repo.all(Tag::query()), round % 7).await;
        let _ = interrupted(repo.begin(), round % 7).await;
        repo.insert(Tag::build().set(Tag::name, "kept")).await.unwrap();
    }
    assert_eq!(repo.all(Tag::query().filter(Tag::name.eq("kept"))).await.unwrap().len(), 500);
}

/// Numbers that JSON does not carry travel in several statements.
#[tokio::test]
async fn chunks_of_one_batch_are_whole_or_nothing() {
    #[derive(Debug, Clone, Schema)]
    #[schema(table = "measures")]
    struct Measure {
        id: i64,
        number: f64,
    }
    let db = Db::sqlite().await;
    db.execute("CREATE TABLE measures (id INTEGER PRIMARY KEY, number REAL NOT NULL CHECK (number < 50000))").await;
    let rows = |last: f64| {
        let numbers = (0..40_000).map(f64::from).chain([last]);
        numbers.map(|number| Measure::build().set(Measure::number, number)).collect::<Vec<_>>()
    };
    assert!(db.repo.insert_many(rows(60_000.0)).await.is_err());
    assert_eq!(db.count("measures").await, 0);
    let rows = db.repo.insert_many(rows(1.5)).await.unwrap();
    assert_eq!(db.count("measures").await, 40_001);
    let last = db.repo.fetch::<Measure>(rows[40_000].id).await.unwrap();
    assert_eq!(last.number, 1.5);
    let ids = |at: usize| rows[at].id;
    assert!(ids(0) < ids(32_766) && ids(32_766) < ids(40_000));
}

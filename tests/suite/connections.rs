//! Connections between two calls: nothing is asked of them, and one that died is noticed when it is used.

use std::time::Duration;

use assoc::{DbError, SaveError, prelude::*};

use crate::{schemas::*, support::*};

/// How many round trips a call takes, when all of the kind have been made before and the connection has come to rest.
macro_rules! round_trips {
    ($db:ident, $call:expr) => {{
        let before = $db.round_trips();
        $call.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        $db.round_trips() - before
    }};
}

#[tokio::test]
async fn small_work_is_one_round_trip() {
    let db = Db::postgres().await;
    let repo = &db.repo;
    let new = |name: &str| Tag::build().set(Tag::name, name);
    let mut tag = repo.insert(new("warm")).await.unwrap();
    for _ in 0..2 {
        tag = repo.update(tag.change().set(Tag::name, "warmer")).await.unwrap();
        tag = repo.update(tag.change().set(Tag::name, "warm")).await.unwrap();
        tag = repo.fetch(tag.id).await.unwrap();
    }
    assert_eq!(round_trips!(db, repo.get::<Tag>(tag.id).await), 1);
    assert_eq!(round_trips!(db, repo.all(Tag::query()).await.map(drop)), 2, "it is prepared");
    assert_eq!(round_trips!(db, repo.all(Tag::query()).await.map(drop)), 1);
    assert_eq!(round_trips!(db, repo.insert(new("one")).await), 1);
    assert_eq!(round_trips!(db, repo.update(tag.change().set(Tag::name, "two")).await), 1);
}

#[tokio::test]
async fn a_read_on_a_connection_that_died_is_tried_once_more() {
    let db = Db::postgres().await;
    let tag = db.repo.insert(Tag::build().set(Tag::name, "kept")).await.unwrap();
    let mut post = db.repo.insert(Post::build().set(Post::title, "loaded")).await.unwrap();
    for _ in 0..2 {
        db.kill_all().await;
        assert_eq!(db.repo.fetch::<Tag>(tag.id).await.unwrap().name, "kept");
    }
    db.kill_all().await;
    let mut rows = db.repo.stream(Tag::query());
    assert_eq!(rows.next().await.unwrap().unwrap().name, "kept");
    drop(rows);
    db.kill_all().await;
    db.repo.preload(&mut post, (Post::comments, Post::tags)).await.unwrap();
    db.forget();
    db.kill_before("SELECT");
    assert_eq!(db.repo.all(Tag::query()).await.unwrap().len(), 1);
    assert_eq!(db.conversation().len(), 2, "while it ran");
}

/// The one that is lost does not take the place of the one that is needed.
#[tokio::test]
async fn a_pool_of_one_connection_finds_another() {
    let db = Db::postgres().await;
    let to = (*db.repo.postgres().unwrap().connect_options()).clone();
    let repo = Repo::connect_postgres(sqlx::postgres::PgPoolOptions::new().max_connections(1), to).await.unwrap();
    let soon = Duration::from_secs(3);
    for name in ["warm", "warmer"] {
        repo.insert(Tag::build().set(Tag::name, name)).await.unwrap();
        db.kill_all().await;
        tokio::time::timeout(soon, repo.all(Tag::query())).await.expect("no waiting for itself").unwrap();
        db.kill_all().await;
        let tx = tokio::time::timeout(soon, repo.begin()).await.expect("no waiting for itself").unwrap();
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_begins_on_another_connection() {
    let db = Db::postgres().await;
    db.repo.insert(Tag::build().set(Tag::name, "warm")).await.unwrap();
    db.kill_all().await;
    let tx = db.repo.begin().await.unwrap();
    tx.insert(Tag::build().set(Tag::name, "written")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.count("tags").await, 2);
}

#[tokio::test]
async fn in_a_transaction_nothing_is_tried_again() {
    let db = Db::postgres().await;
    let tx = db.repo.begin().await.unwrap();
    tx.insert(Tag::build().set(Tag::name, "lost")).await.unwrap();
    db.kill_all().await;
    let error = tx.all(Tag::query()).await.unwrap_err();
    assert!(matches!(error, DbError::ConnectionLost(_)), "{error:?}");
    assert!(tx.commit().await.is_err());
    assert_eq!(db.count("tags").await, 0);
}

#[tokio::test]
async fn a_write_is_not_sent_again() {
    let db = Db::postgres().await;
    for name in ["warm", "warmer"] {
        db.repo.insert(Tag::build().set(Tag::name, name)).await.unwrap();
    }
    let count = db.count("tags").await;
    db.kill_before("INSERT");
    let error = db.repo.insert(Tag::build().set(Tag::name, "lost")).await.unwrap_err();
    let SaveError::Database(error @ DbError::ConnectionLost(_)) = error else { panic!("{error:?}") };
    assert!(error.to_string().contains("nobody knows whether"), "{error}");
    let inserts = db.conversation().iter().filter(|sql| sql.contains("INSERT")).count();
    assert_eq!((inserts, db.count("tags").await), (1, count));
    db.repo.insert(Tag::build().set(Tag::name, "found")).await.unwrap();
}

/// The one that is noticed first is a write's; the others are tested before anybody else gets them.
#[tokio::test]
async fn a_failover_costs_one_write() {
    let db = Db::postgres().await;
    let names = std::sync::atomic::AtomicUsize::new(0);
    let name = || names.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let tag = || db.repo.insert(Tag::build().set(Tag::name, name()));
    for at_once in [4, 8] {
        for result in futures((0..at_once).map(|_| tag())).await {
            result.unwrap();
        }
        // Those of the pool, and those that the repo keeps.
        tokio::time::sleep(Duration::from_millis(if at_once == 4 { 500 } else { 0 })).await;
        db.kill_all().await;
        let mut lost = 0;
        for _ in 0..10 {
            lost += u32::from(tag().await.is_err());
        }
        assert_eq!(lost, 1, "of ten after {at_once} at once");
    }
}

/// A call that nobody waits for leaves its answer behind: the next one on that connection must not read it.
#[tokio::test]
async fn a_connection_with_half_an_answer_is_not_kept() {
    let db = Db::postgres().await;
    let tags = (0..200).map(|n| Tag::build().set(Tag::name, format!("{n}")));
    db.repo
        .transaction(async |tx| {
            for tag in tags {
                tx.insert(tag).await?;
            }
            Ok::<_, SaveError<Changeset<Tag>>>(())
        })
        .await
        .unwrap();
    for step in 0..40 {
        let call = db.repo.all(Tag::query().filter(Tag::id.gt(0)));
        let _ = tokio::time::timeout(Duration::from_micros(step * 25), call).await;
        assert_eq!(db.repo.count(Tag::query()).await.unwrap(), 200, "step {step}");
    }
    let mut rows = db.repo.stream(Tag::query());
    rows.next().await.unwrap().unwrap();
    drop(rows);
    assert_eq!(db.repo.count(Tag::query()).await.unwrap(), 200);
}

/// Who uses the pool itself gets its connections, also where calls of the repo come one after the other.
#[tokio::test]
async fn others_get_connections_of_the_pool() {
    let db = Db::postgres().await;
    let pool = db.repo.postgres().unwrap();
    let most = pool.options().get_max_connections() as usize;
    let all = (0..most).map(|_| db.repo.all(Tag::query()));
    for result in futures(all).await {
        result.unwrap();
    }
    let busy = async {
        loop {
            db.repo.all(Tag::query()).await.unwrap();
        }
    };
    let others = async {
        let mut taken = Vec::new();
        while taken.len() < most - 1 {
            taken.push(pool.acquire().await.unwrap());
        }
    };
    tokio::select! {
        () = busy => {}
        () = others => {}
        () = tokio::time::sleep(Duration::from_secs(5)) => panic!("they wait"),
    }
}

/// Far more calls than connections: each gets its turn.
#[tokio::test]
async fn calls_take_turns() {
    let db = Db::postgres().await;
    let calls = (0..100).map(|_| async {
        for _ in 0..20 {
            db.repo.all(Tag::query()).await.unwrap();
        }
    });
    let all = futures(calls);
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("nobody waits for ever");
}

#[tokio::test]
async fn a_pool_is_closed_at_once() {
    let db = Db::postgres().await;
    db.repo.all(Tag::query()).await.unwrap();
    let pool = db.repo.postgres().unwrap();
    tokio::time::timeout(Duration::from_millis(150), pool.close()).await.expect("nothing is held back");
    assert!(db.repo.all(Tag::query()).await.is_err());
}

#[tokio::test]
async fn a_pool_of_the_size_that_is_asked_for() {
    let db = Db::postgres().await;
    let to = (*db.repo.postgres().unwrap().connect_options()).clone();
    let repo = Repo::connect_postgres(sqlx::postgres::PgPoolOptions::new().max_connections(2), to).await.unwrap();
    let pool = repo.postgres().unwrap();
    repo.all(Tag::query()).await.unwrap();
    assert_eq!(round_trips!(db, repo.all(Tag::query()).await.map(drop)), 1);
    let calls = futures((0..10).map(|_| repo.all(Tag::query()))).await;
    assert!(calls.into_iter().all(|rows| rows.is_ok()));
    assert!(pool.size() <= 2);
}

/// Hooks of a pool that was given run as its owner expects.
#[tokio::test]
async fn pools_that_are_given_get_their_connections_back_each_time() {
    let db = Db::postgres().await;
    let released = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = released.clone();
    let options = sqlx::postgres::PgPoolOptions::new().max_connections(1).after_release(move |_, _| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Box::pin(async { Ok(true) })
    });
    let direct = db.direct().await;
    let pool = options.connect_with((*direct.connect_options()).clone()).await.unwrap();
    let repo = Repo::from(pool.clone());
    for _ in 0..3 {
        repo.all(Tag::query()).await.unwrap();
    }
    drop(pool.acquire().await.unwrap());
    assert!(released.load(std::sync::atomic::Ordering::Relaxed) >= 3);
}

/// All of them at the same time.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in running.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

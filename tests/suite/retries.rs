//! Transactions that are tried again when others got in their way.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use assoc::{DbError, Retries, Retryable, SaveError, TransactionOptions, prelude::*};
use tokio::sync::Barrier;

use crate::{schemas::*, support::*};

fn retries(count: u32) -> Retries {
    let pause = Duration::from_millis(1);
    TransactionOptions::serializable().retries(count).pauses(pause, 4 * pause)
}

fn team(name: impl Into<String>) -> Changeset<Team> {
    Team::build().set(Team::name, name.into())
}

/// Both see no team before either writes one, twice over: no order of the two could have had that.
async fn write_skew(repo: &Repo, retries: Retries) -> (Vec<Result<(), SaveError<Changeset<Team>>>>, usize) {
    let (barrier, tries) = (Barrier::new(2), AtomicUsize::new(0));
    let one = async |name: &'static str| {
        let first = AtomicUsize::new(0);
        repo.transaction_retrying(retries, async |tx| {
            tries.fetch_add(1, Ordering::Relaxed);
            let count = tx.count(Team::query()).await?;
            if first.fetch_add(1, Ordering::Relaxed) == 0 {
                barrier.wait().await;
            }
            tx.insert(team(format!("{name} after {count}"))).await.map(drop)
        })
        .await
    };
    let (a, b) = tokio::join!(one("a"), one("b"));
    (vec![a, b], tries.into_inner())
}

#[tokio::test]
async fn two_that_conflict_are_both_kept_in_the_end() {
    let db = Db::postgres().await;
    let (results, tries) = write_skew(&db.repo, retries(5)).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(tries, 3);
    let mut counts: Vec<String> =
        db.repo.all(Team::query()).await.unwrap().into_iter().map(|team| team.name[2..].to_owned()).collect();
    counts.sort();
    assert_eq!(counts, ["after 0", "after 1"], "the second saw the first");
}

#[tokio::test]
async fn without_retries_one_of_them_fails() {
    let db = Db::postgres().await;
    let (results, tries) = write_skew(&db.repo, retries(0)).await;
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(matches!(errors[..], [SaveError::Database(DbError::Serialization(_))]), "{errors:?}");
    assert!(errors[0].is_retryable() && errors[0].to_string().contains("can be tried again"), "{}", errors[0]);
    assert_eq!((tries, db.count("teams").await), (2, 1));
}

#[tokio::test]
async fn a_commit_that_others_got_in_the_way_of_is_told_as_such() {
    let db = Db::postgres().await;
    let [one, other] = [
        db.repo.begin_with(TransactionOptions::serializable()).await.unwrap(),
        db.repo.begin_with(TransactionOptions::serializable()).await.unwrap(),
    ];
    for tx in [&one, &other] {
        assert_eq!(tx.count(Team::query()).await.unwrap(), 0);
    }
    for tx in [&one, &other] {
        tx.insert(team("new")).await.unwrap();
    }
    one.commit().await.unwrap();
    let error = other.commit().await.unwrap_err();
    assert!(error.is_serialization_failure(), "{error}");
    assert_eq!(db.count("teams").await, 1);
}

#[tokio::test]
async fn a_deadlock_is_tried_again() {
    let db = Db::postgres().await;
    let a = db.repo.insert(team("a")).await.unwrap().id;
    let b = db.repo.insert(team("b")).await.unwrap().id;
    let (barrier, tries) = (Barrier::new(2), AtomicUsize::new(0));
    let lock_both = async |first: i64, second: i64| {
        let mine = AtomicUsize::new(0);
        let options = TransactionOptions::new().retries(5);
        db.repo
            .transaction_retrying(options, async |tx| {
                tries.fetch_add(1, Ordering::Relaxed);
                tx.update_all(Team::query().filter(Team::id.eq(first)), Team::name.set("x")).await?;
                if mine.fetch_add(1, Ordering::Relaxed) == 0 {
                    barrier.wait().await;
                }
                tx.update_all(Team::query().filter(Team::id.eq(second)), Team::name.set("y")).await
            })
            .await
    };
    let (one, other) = tokio::join!(lock_both(a, b), lock_both(b, a));
    let results: [Result<u64, DbError>; 2] = [one, other];
    assert!(results.iter().all(|result| matches!(result, Ok(1))), "{results:?}");
    assert_eq!(tries.into_inner(), 3);
}

#[tokio::test]
async fn a_locked_database_of_sqlite_is_tried_again() {
    let path = std::env::temp_dir().join(format!("assoc-retries-{}.db", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let options = || sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = |options| sqlx::sqlite::SqlitePoolOptions::new().max_connections(2).connect_with(options);
    let repo = Repo::from(pool(options().busy_timeout(Duration::ZERO)).await.unwrap());
    repo.execute("CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").await.unwrap();
    let blocker = repo.begin().await.unwrap();
    let failed = repo.transaction_retrying(retries(2), async |tx| tx.insert(team("no")).await).await;
    assert!(matches!(failed, Err(SaveError::Database(DbError::Serialization(_)))), "{failed:?}");
    let writing = repo.transaction_retrying(retries(10_000), async |tx| tx.insert(team("late")).await);
    let ending = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        blocker.commit().await.unwrap();
    };
    let (written, ()) = tokio::join!(writing, ending);
    assert_eq!(written.unwrap().name, "late");
    assert_eq!(repo.count(Team::query()).await.unwrap(), 1);
    std::fs::remove_file(&path).unwrap();
}

/// How often a function runs that fails each time with `error`.
async fn tries_of<E: From<DbError> + Retryable>(repo: &Repo, error: impl Fn() -> E) -> usize {
    let tries = AtomicUsize::new(0);
    let result: Result<(), E> = repo
        .transaction_retrying(TransactionOptions::new().retries(3).pauses(Duration::ZERO, Duration::ZERO), async |_| {
            tries.fetch_add(1, Ordering::Relaxed);
            Err(error())
        })
        .await;
    assert!(result.is_err());
    tries.into_inner()
}

#[derive(Debug)]
struct Wrapped(SaveError<Changeset<Team>>);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("wrapped")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

both! {
    async fn only_what_others_caused_is_tried_again(db: Db) {
        let serialization = || DbError::Serialization("others".into());
        assert_eq!(tries_of(&db.repo, serialization).await, 4);
        assert_eq!(tries_of(&db.repo, || DbError::NotFound { schema: "Team" }).await, 1);
        assert_eq!(tries_of(&db.repo, || DbError::Timeout("slow".into())).await, 1);
        type Boxed = Box<dyn std::error::Error + Send + Sync>;
        assert_eq!(tries_of::<Boxed>(&db.repo, || Wrapped(SaveError::Database(serialization())).into()).await, 4);
        assert_eq!(tries_of::<Boxed>(&db.repo, || "no".into()).await, 1);
        assert_eq!(tries_of::<Box<dyn std::error::Error>>(&db.repo, || serialization().into()).await, 4);
    }

    async fn a_nested_one_is_tried_once(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        assert_eq!(tries_of(&tx, || DbError::Serialization("others".into())).await, 1);
        tx.commit().await.unwrap();
    }

    async fn each_try_begins_with_nothing(db: Db) {
        let tries = AtomicUsize::new(0);
        let count = db
            .repo
            .transaction_retrying(retries(3), async |tx| {
                tx.insert(team("one")).await?;
                if tries.fetch_add(1, Ordering::Relaxed) < 2 {
                    return Err(SaveError::Database(DbError::Serialization("others".into())));
                }
                Ok(tx.count(Team::query()).await?)
            })
            .await
            .unwrap();
        assert_eq!((count, db.count("teams").await), (1, 1));
    }
}

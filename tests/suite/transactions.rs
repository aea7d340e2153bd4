//! Transactions: by hand, as a closure, nested, and used after their end.

use assoc::{DbError, SaveError, prelude::*};

use crate::schemas::*;

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name)
}

/// A table that is not there.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Missing {
    id: i64,
}

#[derive(Debug)]
enum Stop {
    Database(DbError),
    Asked,
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

both! {
    async fn commit_keeps_and_rollback_forgets(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        tx.insert(tag("kept")).await.unwrap();
        tx.commit().await.unwrap();
        let tx = db.repo.begin().await.unwrap();
        tx.insert(tag("forgotten")).await.unwrap();
        assert_eq!(tx.all(Tag::query()).await.unwrap().len(), 2);
        tx.rollback().await.unwrap();
        assert_eq!(db.count("tags").await, 1);
    }

    async fn dropping_forgets(db: Db) {
        {
            let tx = db.repo.begin().await.unwrap();
            tx.insert(tag("forgotten")).await.unwrap();
        }
        assert_eq!(db.repo.all(Tag::query()).await.unwrap().len(), 0);
        db.repo.insert(tag("usable")).await.unwrap();
    }

    async fn a_closure_commits_or_rolls_back(db: Db) {
        let tag_ = db.repo.transaction(async |tx| tx.insert(tag("kept")).await).await.unwrap();
        assert_eq!(tag_.name, "kept");
        let result: Result<(), Stop> = db
            .repo
            .transaction(async |tx| {
                tx.insert(tag("forgotten")).await.unwrap();
                Err(Stop::Asked)
            })
            .await;
        assert!(matches!(result, Err(Stop::Asked)));
        assert_eq!(db.count("tags").await, 1);
    }

    async fn a_nested_closure_is_a_savepoint(db: Db) {
        db.repo
            .transaction::<_, Stop>(async |tx| {
                tx.insert(tag("outer")).await.unwrap();
                let inner: Result<(), Stop> = tx
                    .transaction(async |tx| {
                        tx.insert(tag("inner")).await.unwrap();
                        let deep: Result<(), Stop> = tx
                            .transaction(async |tx| {
                                tx.insert(tag("deep")).await.unwrap();
                                Ok(())
                            })
                            .await;
                        deep.unwrap();
                        Err(Stop::Asked)
                    })
                    .await;
                assert!(matches!(inner, Err(Stop::Asked)));
                let kept: Result<(), Stop> = tx
                    .transaction(async |tx| {
                        tx.insert(tag("kept")).await.unwrap();
                        Ok(())
                    })
                    .await;
                kept?;
                Ok(())
            })
            .await
            .unwrap();
        let mut names: Vec<_> = db.repo.all(Tag::query()).await.unwrap().into_iter().map(|tag| tag.name).collect();
        names.sort();
        assert_eq!(names, ["kept", "outer"]);
    }

    async fn a_failure_that_is_swallowed_ends_its_savepoint_only(db: Db) {
        db.repo
            .transaction::<_, Stop>(async |tx| {
                tx.insert(tag("outer")).await.unwrap();
                let inner: Result<(), Stop> = tx
                    .transaction(async |tx| {
                        tx.insert(tag("inner")).await.unwrap();
                        tx.execute("SELECT * FROM nowhere").await.unwrap_err();
                        Ok(())
                    })
                    .await;
                assert_eq!(inner.is_err(), db.is_postgres(), "PostgreSQL has aborted what came before, SQLite has not");
                tx.insert(tag("later")).await.unwrap();
                Ok(())
            })
            .await
            .unwrap();
        let mut names: Vec<_> = db.repo.all(Tag::query()).await.unwrap().into_iter().map(|tag| tag.name).collect();
        names.sort();
        assert_eq!(names, if db.is_postgres() { vec!["later", "outer"] } else { vec!["inner", "later", "outer"] });
    }

    async fn a_clone_used_after_the_end_is_an_error(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        let clone: Repo = (*tx).clone();
        clone.insert(tag("kept")).await.unwrap();
        tx.commit().await.unwrap();
        let error = clone.insert(tag("late")).await.unwrap_err();
        assert!(matches!(error, SaveError::Database(DbError::TransactionEnded)), "{error}");
        assert!(matches!(clone.all(Tag::query()).await, Err(DbError::TransactionEnded)));
        let tx = db.repo.begin().await.unwrap();
        let clone: Repo = (*tx).clone();
        drop(tx);
        assert!(matches!(clone.all(Tag::query()).await, Err(DbError::TransactionEnded)));
        assert_eq!(db.count("tags").await, 1);
    }

    async fn begin_inside_of_a_transaction_is_an_error(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        assert!(matches!(tx.begin().await, Err(DbError::Configuration(_))));
        tx.rollback().await.unwrap();
    }

    async fn a_commit_that_cannot_keep_its_word_is_an_error(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        tx.insert(tag("first")).await.unwrap();
        tx.all(Missing::query()).await.unwrap_err();
        let inserted = tx.insert(tag("second")).await.is_ok();
        match tx.commit().await {
            Ok(()) => assert_eq!(db.count("tags").await, 1 + usize::from(inserted)),
            Err(_) => assert_eq!(db.count("tags").await, 0),
        }
    }

    async fn nothing_is_seen_outside_before_the_commit(db: Db) {
        if db.is_postgres() {
            let tx = db.repo.begin().await.unwrap();
            tx.insert(tag("soon")).await.unwrap();
            assert_eq!(db.repo.all(Tag::query()).await.unwrap().len(), 0);
            tx.commit().await.unwrap();
            assert_eq!(db.repo.all(Tag::query()).await.unwrap().len(), 1);
        }
    }

    async fn an_error_of_the_closure_is_what_comes_back(db: Db) {
        let result: Result<(), Stop> = db.repo.transaction(async |tx| {
            tx.all(Missing::query()).await?;
            Ok(())
        }).await;
        let Err(Stop::Database(error @ DbError::Statement(_))) = result else { panic!("{result:?}") };
        let said = if db.is_postgres() { "relation \"missings\" does not exist" } else { "no such table: missings" };
        assert_eq!(error.to_string(), said);
        let code = assoc::sqlx_error(&error).and_then(|error| error.as_database_error()?.code());
        assert_eq!(code.as_deref(), Some(if db.is_postgres() { "42P01" } else { "1" }));
    }
}

both! {
    async fn sqlx_runs_inside_of_the_transaction(db: Db) {
        async fn insert(tx: &Repo, name: &'static str) -> Result<u64, Box<dyn std::error::Error>> {
            let sql = "INSERT INTO tags (name) VALUES ($1)";
            if tx.dialect().name() == "PostgreSQL" {
                tx.with_postgres(async |it| Ok(sqlx::query(sql).bind(name).execute(it).await?.rows_affected())).await
            } else {
                tx.with_sqlite(async |it| Ok(sqlx::query(sql).bind(name).execute(it).await?.rows_affected())).await
            }
        }
        assert_eq!(insert(&db.repo, "outside").await.unwrap(), 1);
        let failed: Result<(), Box<dyn std::error::Error>> = db
            .repo
            .transaction(async |tx| {
                assert_eq!(insert(&tx, "inside").await?, 1);
                assert_eq!(tx.count(Tag::query()).await?, 2);
                Err("changed my mind".into())
            })
            .await;
        assert!(failed.is_err());
        let names: Vec<String> = db.repo.all(Tag::query()).await.unwrap().into_iter().map(|tag| tag.name).collect();
        assert_eq!(names, ["outside"]);
        // A statement that failed by itself aborts the transaction on PostgreSQL, and the commit says so.
        let tx = db.repo.begin().await.unwrap();
        insert(&tx, "kept").await.unwrap();
        assert!(insert(&tx, "outside").await.is_err());
        assert_eq!(tx.commit().await.is_err(), db.is_postgres());
        assert_eq!(db.count("tags").await, if db.is_postgres() { 1 } else { 2 });
        let other: Result<(), DbError> = if db.is_postgres() {
            db.repo.with_sqlite(async |_| Ok(())).await
        } else {
            db.repo.with_postgres(async |_| Ok(())).await
        };
        assert!(other.unwrap_err().to_string().contains(db.repo.dialect().name()));
    }
}

//! What runs once a transaction is committed.

use std::sync::{Arc, Mutex};

use assoc::{DbError, SaveError, prelude::*};

use crate::schemas::*;

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name)
}

/// Takes notes.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// Waits for the commit to note a text.
    async fn after(&self, repo: &Repo, text: &'static str) -> Result<(), DbError> {
        let notes = self.clone();
        repo.after_commit(async move || notes.0.lock().unwrap().push(text.to_owned())).await
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

both! {
    async fn it_runs_after_the_commit_in_the_order_given(db: Db) {
        let notes = Notes::default();
        let tx = db.repo.begin().await.unwrap();
        tx.insert(tag("kept")).await.unwrap();
        let (outside, noting) = (db.repo.clone(), notes.clone());
        tx.after_commit(async move || {
            let count = outside.count(Tag::query()).await.unwrap();
            noting.0.lock().unwrap().push(format!("{count} there"));
        }).await.unwrap();
        notes.after(&tx, "second").await.unwrap();
        assert!(notes.taken().is_empty());
        tx.commit().await.unwrap();
        assert_eq!(notes.taken(), ["1 there", "second"]);
    }

    async fn it_runs_if_nobody_waits_for_the_commit(db: Db) {
        let notes = Notes::default();
        let tx = db.repo.begin().await.unwrap();
        tx.insert(tag("kept")).await.unwrap();
        notes.after(&tx, "committed").await.unwrap();
        let mut commit = Box::pin(tx.commit());
        tokio::select! {
            biased;
            done = &mut commit => done.unwrap(),
            () = std::future::ready(()) => {}
        }
        drop(commit);
        let mut taken = notes.taken();
        for _ in 0..500 {
            if !taken.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            taken = notes.taken();
        }
        assert_eq!(taken, ["committed"]);
        assert_eq!(db.count("tags").await, 1);
    }

    async fn outside_of_a_transaction_it_runs_at_once(db: Db) {
        let notes = Notes::default();
        notes.after(&db.repo, "now").await.unwrap();
        assert_eq!(notes.taken(), ["now"]);
    }

    async fn a_rollback_drops_it(db: Db) {
        let notes = Notes::default();
        let tx = db.repo.begin().await.unwrap();
        notes.after(&tx, "never").await.unwrap();
        tx.rollback().await.unwrap();
        let tx = db.repo.begin().await.unwrap();
        notes.after(&tx, "never").await.unwrap();
        drop(tx);
        let failed: Result<(), DbError> = db.repo.transaction(async |tx| {
            notes.after(&tx, "never").await?;
            Err(DbError::NotFound { schema: "Tag" })
        }).await;
        assert!(failed.is_err());
        let tx = db.repo.begin().await.unwrap();
        tx.commit().await.unwrap();
        assert!(notes.taken().is_empty());
    }

    async fn a_savepoint_drops_its_own_only(db: Db) {
        let notes = Notes::default();
        db.repo.transaction::<_, DbError>(async |tx| {
            notes.after(&tx, "outer").await?;
            tx.transaction::<_, DbError>(async |tx| {
                notes.after(&tx, "inner").await?;
                tx.transaction::<_, DbError>(async |tx| notes.after(&tx, "innermost").await).await
            }).await?;
            let failed: Result<(), DbError> = tx.transaction(async |tx| {
                notes.after(&tx, "never").await?;
                tx.transaction::<_, DbError>(async |tx| notes.after(&tx, "never either").await).await?;
                Err(DbError::NotFound { schema: "Tag" })
            }).await;
            assert!(failed.is_err());
            assert!(notes.taken().is_empty());
            notes.after(&tx, "last").await
        }).await.unwrap();
        assert_eq!(notes.taken(), ["outer", "inner", "innermost", "last"]);
    }

    async fn a_commit_that_fails_drops_it(db: Db) {
        let notes = Notes::default();
        let tx = db.repo.begin().await.unwrap();
        notes.after(&tx, "kept").await.unwrap();
        tx.execute("SELECT * FROM nowhere").await.unwrap_err();
        assert_eq!(tx.commit().await.is_err(), db.is_postgres());
        assert_eq!(notes.taken().len(), usize::from(!db.is_postgres()));
    }

    async fn after_the_end_it_is_an_error(db: Db) {
        let notes = Notes::default();
        let tx = db.repo.begin().await.unwrap();
        let clone: Repo = (*tx).clone();
        tx.commit().await.unwrap();
        assert!(matches!(notes.after(&clone, "late").await, Err(DbError::TransactionEnded)));
        let tx = db.repo.begin().await.unwrap();
        let clone: Repo = (*tx).clone();
        drop(tx);
        assert!(matches!(notes.after(&clone, "late").await, Err(DbError::TransactionEnded)));
        assert!(notes.taken().is_empty());
    }

    async fn a_save_prepares_it(db: Db) {
        let notes = Notes::default();
        let noting = notes.clone();
        let changeset = move |name: &str| {
            let notes = noting.clone();
            tag(name).unique_constraint(Tag::name).prepare_changes(move |changeset, tx: Repo| {
                let notes = notes.clone();
                async move { notes.after(&tx, "saved").await.map(|()| changeset) }
            })
        };
        db.repo.insert(changeset("one")).await.unwrap();
        assert_eq!(notes.taken(), ["saved"]);
        assert!(matches!(db.repo.insert(changeset("one")).await, Err(SaveError::Invalid(_))));
        assert!(notes.taken().is_empty());
    }
}

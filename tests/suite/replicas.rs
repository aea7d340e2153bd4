//! Reads that go to copies of the database.

use assoc::{DbError, prelude::*, query};

use crate::{schemas::*, support::*};

async fn another(db: &Db) -> Db {
    match db.kind {
        Kind::Postgres => Db::postgres().await,
        Kind::Sqlite => Db::sqlite().await,
    }
}

/// Copies that are no copies, so that one can tell them apart.
async fn apart(db: &Db) -> (Repo, [Db; 2]) {
    let copies = [another(db).await, another(db).await];
    for (copy, name) in copies.iter().zip(["first", "second"]) {
        copy.repo.insert(tag(name)).await.unwrap();
        copy.forget();
    }
    db.repo.insert(tag("primary")).await.unwrap();
    db.forget();
    let repos = copies.iter().map(|copy| copy.repo.clone());
    (db.repo.with_replicas(repos).unwrap(), copies)
}

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name)
}

async fn names(repo: &Repo) -> Vec<String> {
    repo.all(Tag::query().order_by(Tag::id.asc())).await.unwrap().into_iter().map(|tag| tag.name).collect()
}

both! {
    async fn reads_take_turns(db: Db) {
        let (repo, _copies) = apart(&db).await;
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.extend(names(&repo).await);
        }
        assert_eq!(seen, ["first", "second", "first", "second"]);
        assert_eq!(repo.one(Tag::query()).await.unwrap().unwrap().name, "first");
        let id = db.repo.one(Tag::query()).await.unwrap().unwrap().id;
        assert_eq!(repo.fetch::<Tag>(id).await.unwrap().name, "second");
        let mut tag = repo.get::<Tag>(id).await.unwrap().unwrap();
        assert_eq!(tag.name, "first");
        repo.preload(&mut tag, Tag::posts).await.unwrap();
        for name in ["first", "second"] {
            assert_eq!(repo.count(Tag::query().filter(Tag::name.eq(name))).await.unwrap(), 1);
        }
        assert!(repo.exists(Tag::query().filter(Tag::name.eq("first"))).await.unwrap());
        if db.is_postgres() {
            let locking = Tag::query().lock(query::Lock::update());
            assert_eq!(repo.one(locking).await.unwrap().unwrap().name, "primary");
        }
    }

    async fn writes_and_transactions_stay_with_the_primary(db: Db) {
        let (repo, copies) = apart(&db).await;
        repo.insert(tag("new")).await.unwrap();
        assert_eq!(names(&repo.primary()).await, ["primary", "new"]);
        let tx = repo.begin().await.unwrap();
        tx.insert(tag("newer")).await.unwrap();
        assert_eq!(names(&tx).await, ["primary", "new", "newer"]);
        tx.commit().await.unwrap();
        let seen = repo.transaction(async |tx| Ok::<_, DbError>(names(&tx).await)).await.unwrap();
        assert_eq!(seen, ["primary", "new", "newer"]);
        assert_eq!(repo.delete_all(Tag::query()).await.unwrap(), 3);
        let taken = repo.unsafe_validate_unique(tag("first"), Tag::name).await.unwrap();
        assert!(taken.is_valid(), "what is taken, the primary knows");
        assert_eq!((copies[0].count("tags").await, copies[1].count("tags").await), (1, 1));
    }

    async fn the_observer_of_the_repo_sees_what_the_copies_get(db: Db) {
        let (repo, copies) = apart(&db).await;
        db.forget();
        names(&repo).await;
        assert!(db.conversation().iter().all(|sql| sql.starts_with("SELECT")));
        assert_eq!(copies[0].conversation().len(), usize::from(db.is_postgres()));
    }

    async fn no_copies_are_the_primary(db: Db) {
        db.repo.insert(tag("primary")).await.unwrap();
        let repo = db.repo.with_replicas([]).unwrap();
        assert_eq!(names(&repo).await, ["primary"]);
    }

    async fn only_databases_of_one_kind_outside_of_transactions(db: Db) {
        let other = if db.is_postgres() { Db::sqlite().await } else { Db::postgres().await };
        let error = db.repo.with_replicas([other.repo.clone()]).unwrap_err();
        assert_eq!(error.to_string(), "a repo with replicas is made of databases of one kind");
        let tx = db.repo.begin().await.unwrap();
        assert!(matches!(db.repo.with_replicas([(*tx).clone()]), Err(DbError::Configuration(_))));
        assert!(matches!(tx.with_replicas([]), Err(DbError::Configuration(_))));
        tx.rollback().await.unwrap();
    }
}

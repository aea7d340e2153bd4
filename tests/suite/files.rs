//! A SQLite file with several connections: writers wait for each other, and nothing half written is seen.

use std::path::PathBuf;

use assoc::{DbError, SaveError, prelude::*};

use crate::{
    concurrent::{post, rewrite},
    schemas::*,
    support::*,
};

/// A database in a file of its own.
struct File {
    path: PathBuf,
    repo: Repo,
}

impl File {
    async fn new() -> Self {
        let path =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("suite-{}-{}.db", std::process::id(), unique()));
        let repo = Repo::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        let schema = include_str!("schema.sqlite.sql").split("ATTACH").next().unwrap();
        sqlx::raw_sql(schema).execute(repo.sqlite().unwrap()).await.unwrap();
        Self { path, repo }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.path.display()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_with_several_writers_and_readers() {
    let file = File::new().await;
    let writers = (0..6).map(|writer| {
        let repo = file.repo.clone();
        tokio::spawn(async move {
            for round in 0..15 {
                let post = repo.insert(post(5)).await.unwrap_or_else(|error| panic!("{writer}.{round}: {error}"));
                let half = repo.all(Post::query().preload(Post::comments)).await.unwrap();
                assert!(half.iter().all(|post| post.comments.get().unwrap().len() == 5), "half a post was seen");
                repo.update(rewrite(&post, "changed", writer % 2 == 0)).await.unwrap();
                repo.insert(Tag::build().set(Tag::name, format!("{writer}.{round}"))).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(file.repo.all(Post::query()).await.unwrap().len(), 90);
    let changed = Comment::query().filter(Comment::body.eq("changed"));
    assert_eq!(file.repo.all(changed).await.unwrap().len(), 450);
    assert!(file.repo.sqlite().unwrap().size() > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_with_writers_of_one_post() {
    let file = File::new().await;
    let shared = file.repo.insert(post(20)).await.unwrap();
    let writers = (0..4).map(|writer| {
        let (repo, shared) = (file.repo.clone(), shared.clone());
        tokio::spawn(async move {
            for round in 0..10 {
                repo.update(rewrite(&shared, &format!("{writer}.{round}"), writer % 2 == 0)).await.unwrap();
                let comments = repo.all(Comment::query()).await.unwrap();
                assert!(comments.iter().all(|comment| comment.body == comments[0].body), "half an update was seen");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(file.repo.all(Comment::query()).await.unwrap().len(), 20);
}

/// Somebody else holds the file, and no one waits: a typed error, and the repo stays usable.
#[tokio::test]
async fn a_file_that_is_busy_is_an_error() {
    let file = File::new().await;
    let options = format!("sqlite://{}", file.path.display()).parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap();
    let impatient = sqlx::SqlitePool::connect_with(options.busy_timeout(std::time::Duration::ZERO)).await.unwrap();
    let repo = Repo::from(impatient);
    let tx = file.repo.begin().await.unwrap();
    tx.insert(Tag::build().set(Tag::name, "held")).await.unwrap();
    let error = repo.insert(post(3)).await.unwrap_err();
    assert!(matches!(error, SaveError::Database(DbError::Serialization(_))), "{error}");
    assert!(error.to_string().contains("locked"), "{error}");
    assert!(repo.insert(Tag::build().set(Tag::name, "also")).await.is_err());
    tx.commit().await.unwrap();
    repo.insert(post(3)).await.unwrap();
    assert_eq!((repo.all(Post::query()).await.unwrap().len(), repo.all(Tag::query()).await.unwrap().len()), (1, 1));
}

#[tokio::test]
async fn a_file_in_which_another_connection_deleted_a_child() {
    let file = File::new().await;
    let loaded = file.repo.insert(post(3)).await.unwrap();
    let other = Repo::connect(&format!("sqlite://{}", file.path.display())).await.unwrap();
    other.delete(loaded.comments.get().unwrap()[1].clone()).await.unwrap();
    match file.repo.update(rewrite(&loaded, "changed", false)).await {
        Err(SaveError::Database(DbError::Stale(path))) => assert_eq!(path.as_str(), "comments[1]"),
        result => panic!("{result:?}"),
    }
    assert!(file.repo.all(Comment::query().filter(Comment::body.eq("changed"))).await.unwrap().is_empty());
}

//! Associations that are loaded at the same time, in part, or not to the end.

use std::time::Duration;

use assoc::prelude::*;
use sqlx::{Connection as _, PgConnection, postgres::PgPoolOptions};
use tokio::time::timeout;

use crate::{schemas::*, support::*};

const ROWS: &str = "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
    INSERT INTO posts (id, title, author_id) VALUES (1, 'A', 1), (2, 'B', 1), (3, 'C', NULL);
    INSERT INTO comments (id, body, post_id, author_id) VALUES (1, 'a', 1, 2), (2, 'b', 1, 1), (3, 'c', 2, 2);
    INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y');
    INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 2), (1, 1), (2, 1);";

async fn posts(db: &Db) -> Vec<Post> {
    let posts = db.repo.all(Post::query().order_by(Post::id.asc())).await.unwrap();
    db.forget();
    posts
}

/// Of each post, how many comments and tags it has, and who wrote the comments.
fn shape(posts: &[Post]) -> Vec<(usize, usize, Vec<String>)> {
    let author = |comment: &Comment| comment.author.get().unwrap().unwrap().name.clone();
    let shape = |post: &Post| {
        let comments = post.comments.get().unwrap();
        (comments.len(), post.tags.get().unwrap().len(), comments.iter().map(author).collect())
    };
    posts.iter().map(shape).collect()
}

fn expected() -> Vec<(usize, usize, Vec<String>)> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    vec![(2, 2, names(&["Bob", "Ann"])), (1, 1, names(&["Bob"])), (0, 0, Vec::new())]
}

/// Nobody reads the comments until the connection ends.
async fn locked(db: &Db) -> PgConnection {
    let mut blocker = PgConnection::connect_with(&db.direct().await.connect_options()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE comments IN ACCESS EXCLUSIVE MODE").execute(&mut blocker).await.unwrap();
    blocker
}

#[tokio::test]
async fn siblings_do_not_wait_for_each_other() {
    let db = Db::postgres().await;
    db.execute(ROWS).await;
    let blocker = locked(&db).await;
    let (ended, mut came) = tokio::sync::mpsc::unbounded_channel();
    let repo = db.repo.clone().observe(move |event| ended.send(event.table.map(str::to_owned)).unwrap());
    let query = Post::query().order_by(Post::id.asc());
    let query = query.preload((Post::comments.then(Comment::author), Post::tags, Post::editor));
    let loads = tokio::spawn(async move { repo.all(query).await.unwrap() });
    let mut tables = Vec::new();
    for _ in 0..2 {
        tables.push(timeout(Duration::from_secs(30), came.recv()).await.unwrap().flatten().unwrap());
    }
    assert_eq!(tables, ["posts", "tags"], "comments are locked, and were begun before tags");
    assert!(!loads.is_finished());
    blocker.close().await.unwrap();
    assert_eq!(shape(&loads.await.unwrap()), expected());
}

#[tokio::test]
async fn one_connection_is_enough() {
    let db = Db::postgres().await;
    db.execute(ROWS).await;
    let options = (*db.direct().await.connect_options()).clone();
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
    let repo = Repo::from(pool.connect_with(options).await.unwrap());
    let nested =
        Post::comments.then((Comment::author.then(User::posts), Comment::post.then((Post::tags, Post::author))));
    let query =
        || Post::query().order_by(Post::id.asc()).preload((nested.clone(), Post::tags, Post::author, Post::editor));
    let loads = (0..8).map(|_| {
        let (repo, query) = (repo.clone(), query());
        tokio::spawn(async move { repo.all(query).await.unwrap() })
    });
    for load in loads.collect::<Vec<_>>() {
        assert_eq!(shape(&load.await.unwrap()), expected());
    }
}

#[tokio::test]
async fn dropped_midway_it_is_not_loaded() {
    let db = Db::postgres().await;
    db.execute(ROWS).await;
    let mut posts = posts(&db).await;
    db.repo.preload(&mut posts[..1], Post::comments).await.unwrap();
    let blocker = locked(&db).await;
    let load = db.repo.preload(&mut posts, (Post::comments, Post::tags));
    timeout(Duration::from_millis(300), load).await.unwrap_err();
    assert_eq!(posts[0].comments.get().unwrap().len(), 2);
    assert!(posts[1].comments.is_not_loaded() && posts[2].comments.is_not_loaded());
    blocker.close().await.unwrap();
    db.repo.preload(&mut posts, (Post::comments.then(Comment::author), Post::tags)).await.unwrap();
    assert_eq!(shape(&posts), expected());
}

both! {
    async fn in_a_transaction_one_after_the_other(db: Db) {
        db.execute(ROWS).await;
        let tx = db.repo.begin().await.unwrap();
        let query = Post::query().order_by(Post::id.asc()).preload((Post::comments.then(Comment::author), Post::tags));
        assert_eq!(shape(&tx.all(query).await.unwrap()), expected());
        let tables = ["FROM \"posts\"", "FROM \"comments\"", "FROM \"users\"", "FROM \"tags\""];
        let sent = db.statements();
        assert!(sent.len() == 4 && sent.iter().zip(tables).all(|(sql, from)| sql.contains(from)), "{sent:#?}");
        tx.commit().await.unwrap();
    }

    async fn what_fails_is_not_loaded(db: Db) {
        db.execute(ROWS).await;
        let mut posts = posts(&db).await;
        db.repo.preload(&mut posts[..1], Post::author).await.unwrap();
        db.execute("DROP TABLE posts_tags").await;
        let error = db.repo.preload(&mut posts, (Post::author, Post::tags, Post::comments)).await.unwrap_err();
        assert!(error.to_string().contains("posts_tags"), "{error}");
        assert!(posts.iter().all(|post| post.tags.is_not_loaded()));
        assert!(posts[0].author.is_loaded());
        db.repo.preload(&mut posts, Post::comments).await.unwrap();
    }

    async fn what_is_loaded_of_it_is_kept_on_every_level(db: Db) {
        db.execute(ROWS).await;
        let mut posts = posts(&db).await;
        db.repo.preload(&mut posts[..1], Post::comments.then(Comment::author)).await.unwrap();
        db.repo.preload(&mut posts, Post::comments).await.unwrap();
        db.execute("UPDATE users SET name = 'new'").await;
        db.repo.preload(&mut posts, (Post::comments.then(Comment::author), Post::tags)).await.unwrap();
        assert_eq!(db.statements().len(), 2, "authors of one post's comments, and tags");
        let names: Vec<_> = shape(&posts).into_iter().map(|(_, _, names)| names.join(" ")).collect();
        assert_eq!(names, ["Bob Ann", "new", ""]);
        db.repo.preload(&mut posts, (Post::comments.then(Comment::author), Post::tags)).await.unwrap();
        assert_eq!(db.statements().len(), 0);
    }

    async fn the_same_association_named_twice(db: Db) {
        db.execute(ROWS).await;
        let mut posts = posts(&db).await;
        let narrow = Post::comments.filter(Comment::id.eq(1)).then(Comment::author);
        db.repo.preload(&mut posts, (narrow, Post::tags, Post::comments.then(Comment::post))).await.unwrap();
        assert_eq!(db.statements().len(), 4);
        let comment = &posts[0].comments.get().unwrap()[0];
        assert!(posts[0].comments.is_partial() && comment.author.is_loaded() && comment.post.is_loaded());
    }

    async fn the_same_association_twice_in_two_ways(db: Db) {
        db.execute(ROWS).await;
        db.forget();
        let first = || Post::comments.filter(Comment::id.eq(1));
        for query in [
            Post::query().preload((Post::tags, Post::comments, first())),
            Post::query().preload((Post::comments.joined(), first().joined())),
            Post::query().preload(Post::comments).preload(Post::comments.limit(1)).in_one_statement(),
            Post::query().preload(Post::comments.then(Comment::author)).preload(Post::comments.order_by(Comment::id.desc())),
        ] {
            let error = db.repo.all(query).await.unwrap_err();
            assert!(error.to_string().starts_with("`comments` is preloaded twice"), "{error}");
        }
        let page = Post::query().order_by(Post::id.asc()).preload((Post::comments, first()));
        assert!(db.repo.page(page, assoc::query::Page::first(2)).await.is_err());
        assert_eq!(db.statements().len(), 0, "nothing is sent");
        let below = Post::query().preload((Post::comments.then(Comment::author), Post::comments.then(Comment::author.filter(User::id.eq(1)))));
        assert!(db.repo.all(below).await.unwrap_err().to_string().starts_with("`author` is preloaded twice"));
        for said_again in [
            Post::query().preload((Post::comments, first().force())),
            Post::query().preload((first(), first().then(Comment::author))),
            Post::query().preload((first(), Post::comments.joined().then(Comment::author))),
        ] {
            let posts = db.repo.all(said_again).await.unwrap();
            assert!(posts.iter().all(|post| post.comments.is_partial()));
        }
    }
}

//! Reads against the same work by hand: `cargo bench --bench reads`. Both take turns, so that the machine's mood is the
//! same for both; what counts is the ratio. `cargo bench --bench reads -- --by-hand '10,000 rows'` does only what is by hand,
//! for a profiler to watch.

use std::{
    collections::HashMap,
    future::Future,
    time::{Duration, Instant},
};

use assoc::prelude::*;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};

#[derive(Debug, Clone, Schema)]
struct Post {
    id: i64,
    title: String,
    body: Option<String>,
    views: i32,
    author_id: Option<i64>,
    created_at: DateTime<Utc>,
    #[belongs_to]
    author: BelongsTo<User>,
    #[has_many]
    comments: HasMany<Comment>,
}

#[derive(Debug, Clone, Schema)]
struct Comment {
    id: i64,
    body: String,
    post_id: i64,
    author_id: i64,
    #[belongs_to]
    author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
struct User {
    id: i64,
    name: String,
}

const SCHEMA: &str = "
    CREATE TABLE users (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE posts (id BIGINT PRIMARY KEY, title TEXT NOT NULL, body TEXT, views INT NOT NULL, author_id BIGINT, created_at TIMESTAMPTZ NOT NULL);
    CREATE TABLE comments (id BIGINT PRIMARY KEY, body TEXT NOT NULL, post_id BIGINT NOT NULL, author_id BIGINT NOT NULL);
    INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 50) n;
    INSERT INTO posts SELECT n, 'title ' || n, CASE WHEN n % 3 > 0 THEN 'the body of post ' || n END, n, n % 50 + 1, now() FROM generate_series(1, 10000) n;
    INSERT INTO comments SELECT n, 'the body of comment ' || n, (n - 1) / 10 + 1, n % 50 + 1 FROM generate_series(1, 1000) n;
    INSERT INTO comments SELECT n, 'the body of comment ' || n, 5000, n % 50 + 1 FROM generate_series(1001, 2000) n;
    CREATE INDEX ON comments (post_id);
    ANALYZE;";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let db = assoc_test::Database::from_sql(SCHEMA).await.expect("a database");
    let repo = Repo::connect(db.url()).await.expect("a repo");
    let connection = tokio::sync::Mutex::new(PgConnection::connect(db.url()).await.expect("a connection"));
    let by_hand = &async || connection.lock().await;

    compare(
        "20 by their keys, one after the other",
        200,
        async || {
            for key in 1..=20 {
                assert!(by_hand_one(&mut *by_hand().await, key).await.is_some());
            }
        },
        async || {
            for key in 1..=20 {
                assert!(repo.get::<Post>(key).await.unwrap().is_some());
            }
        },
    )
    .await;
    compare(
        "10,000 rows",
        60,
        async || assert_eq!(by_hand_posts(&mut *by_hand().await, "", None).await.len(), 10_000),
        async || assert_eq!(repo.all(Post::query()).await.unwrap().len(), 10_000),
    )
    .await;
    compare(
        "one post, 1000 comments",
        300,
        async || {
            let mut posts = by_hand_posts(&mut *by_hand().await, " WHERE id = ANY($1)", Some(vec![5000])).await;
            by_hand_comments(&mut *by_hand().await, &mut posts).await;
            assert_eq!(posts[0].comments.get().unwrap().len(), 1000);
        },
        async || {
            let posts = repo.all(Post::query().filter(Post::id.eq(5000)).preload(Post::comments)).await.unwrap();
            assert_eq!(posts[0].comments.get().unwrap().len(), 1000);
        },
    )
    .await;
    compare(
        "100 posts, 10 comments each, their authors",
        200,
        async || {
            let keys = (1..=100).collect();
            let mut posts = by_hand_posts(&mut *by_hand().await, " WHERE id = ANY($1)", Some(keys)).await;
            by_hand_comments(&mut *by_hand().await, &mut posts).await;
            by_hand_authors(&mut *by_hand().await, &mut posts).await;
            assert_eq!(posts[99].comments.get().unwrap()[9].author.get().unwrap().unwrap().name, "user 1");
        },
        async || {
            let query = Post::query().filter(Post::id.lte(100)).preload(Post::comments.then(Comment::author));
            let posts = repo.all(query).await.unwrap();
            assert_eq!(posts[99].comments.get().unwrap()[9].author.get().unwrap().unwrap().name, "user 1");
        },
    )
    .await;
}

/// Runs both in turns, and prints their medians and the ratio.
async fn compare<A: Future<Output = ()>, B: Future<Output = ()>>(
    name: &str,
    rounds: usize,
    by_hand: impl Fn() -> A,
    assoc: impl Fn() -> B,
) {
    if !std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).all(|part| name.contains(&part)) {
        return;
    }
    if std::env::args().any(|arg| arg == "--by-hand") {
        for _ in 0..rounds {
            by_hand().await;
        }
        return;
    }
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..rounds + rounds / 10 + 3 {
        let begun = Instant::now();
        by_hand().await;
        let middle = Instant::now();
        assoc().await;
        if round >= rounds / 10 + 3 {
            times[0].push(middle - begun);
            times[1].push(middle.elapsed());
        }
    }
    let [by_hand, assoc] = times.map(median);
    let ratio = assoc.as_secs_f64() / by_hand.as_secs_f64();
    println!("{name:45} by hand {by_hand:>9.1?}  assoc {assoc:>9.1?}  ratio {ratio:.3}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

const POSTS: &str = "SELECT id, title, body, views, author_id, created_at FROM posts";

fn post(row: &PgRow) -> Post {
    Post {
        id: row.try_get_unchecked(0).unwrap(),
        title: row.try_get_unchecked(1).unwrap(),
        body: row.try_get_unchecked(2).unwrap(),
        views: row.try_get_unchecked(3).unwrap(),
        author_id: row.try_get_unchecked(4).unwrap(),
        created_at: row.try_get_unchecked(5).unwrap(),
        author: BelongsTo::default(),
        comments: HasMany::default(),
    }
}

async fn by_hand_one(connection: &mut PgConnection, id: i64) -> Option<Post> {
    const GET: &str = "SELECT id, title, body, views, author_id, created_at FROM posts WHERE id = $1";
    sqlx::query(GET).bind(id).fetch_optional(connection).await.unwrap().as_ref().map(post)
}

async fn by_hand_posts(connection: &mut PgConnection, filter: &str, keys: Option<Vec<i64>>) -> Vec<Post> {
    let text = sqlx::AssertSqlSafe(format!("{POSTS}{filter}"));
    let mut query = sqlx::query(text);
    if let Some(keys) = keys {
        query = query.bind(keys);
    }
    let mut rows = query.fetch(connection);
    let mut posts = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        posts.push(post(&row));
    }
    posts
}

async fn by_hand_comments(connection: &mut PgConnection, posts: &mut [Post]) {
    const COMMENTS: &str =
        "SELECT id, body, post_id, author_id FROM comments WHERE post_id = ANY($1) ORDER BY post_id, id";
    let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let places: HashMap<i64, usize> = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
    let mut comments: Vec<Vec<Comment>> = posts.iter().map(|_| Vec::new()).collect();
    let mut rows = sqlx::query(COMMENTS).bind(keys).fetch(connection);
    while let Some(row) = rows.try_next().await.unwrap() {
        let post_id = row.try_get_unchecked(2).unwrap();
        comments[places[&post_id]].push(Comment {
            id: row.try_get_unchecked(0).unwrap(),
            body: row.try_get_unchecked(1).unwrap(),
            post_id,
            author_id: row.try_get_unchecked(3).unwrap(),
            author: BelongsTo::default(),
        });
    }
    for (post, comments) in posts.iter_mut().zip(comments) {
        post.comments = HasMany::loaded(comments);
    }
}

async fn by_hand_authors(connection: &mut PgConnection, posts: &mut [Post]) {
    let mut all: Vec<Vec<Comment>> = Vec::new();
    for post in posts.iter_mut() {
        all.push(std::mem::take(&mut post.comments).into_inner().unwrap());
    }
    let mut keys: Vec<i64> = all.iter().flatten().map(|comment| comment.author_id).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut users: HashMap<i64, User> = HashMap::new();
    let mut rows = sqlx::query("SELECT id, name FROM users WHERE id = ANY($1)").bind(keys).fetch(connection);
    while let Some(row) = rows.try_next().await.unwrap() {
        let user = User { id: row.try_get_unchecked(0).unwrap(), name: row.try_get_unchecked(1).unwrap() };
        users.insert(user.id, user);
    }
    for comment in all.iter_mut().flatten() {
        comment.author = BelongsTo::loaded(users.get(&comment.author_id).cloned());
    }
    for (post, comments) in posts.iter_mut().zip(all) {
        post.comments = HasMany::loaded(comments);
    }
}

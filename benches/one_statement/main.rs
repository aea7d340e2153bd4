//! A query and its preloads as one statement, against one for each: `cargo bench --bench one_statement`. Both take turns, on
//! the server's own socket and a millisecond away from it; what counts is the ratio.

mod far;

use std::time::{Duration, Instant};

use assoc::prelude::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Post {
    id: i64,
    title: String,
    body: Option<String>,
    views: i32,
    author_id: i64,
    #[belongs_to]
    author: BelongsTo<User>,
    #[has_many]
    comments: HasMany<Comment>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Comment {
    id: i64,
    body: String,
    post_id: i64,
    author_id: i64,
    #[belongs_to]
    author: BelongsTo<User>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct User {
    id: i64,
    name: String,
}

const SCHEMA: &str = "
    CREATE TABLE users (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE posts (id BIGINT PRIMARY KEY, title TEXT NOT NULL, body TEXT, views INT NOT NULL, author_id BIGINT NOT NULL);
    CREATE TABLE comments (id BIGINT PRIMARY KEY, body TEXT NOT NULL, post_id BIGINT NOT NULL, author_id BIGINT NOT NULL);
    INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 50) n;
    INSERT INTO posts SELECT n, 'title ' || n, 'the body of post ' || n, n, n % 50 + 1 FROM generate_series(1, 10000) n;
    INSERT INTO comments SELECT n, 'the body of comment ' || n, (n - 1) / 10 + 1, n % 50 + 1 FROM generate_series(1, 50000) n;
    INSERT INTO comments SELECT n, 'the body of comment ' || n, 9000, n % 50 + 1 FROM generate_series(50001, 51000) n;
    CREATE INDEX ON comments (post_id);
    ANALYZE;";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let db = assoc_test::Database::from_sql(SCHEMA).await.expect("a database");
    let far = far::url(db.url(), Duration::from_millis(1)).expect("a proxy");
    for (distance, url) in [("near", db.url()), ("1 ms away", &far)] {
        let repo = Repo::connect(url).await.expect("a repo");
        let posts = |to| Post::query().filter(Post::id.lte(to)).order_by(Post::id.asc());
        let one = Post::query().filter(Post::id.eq(9000));
        compare(&repo, distance, "1 post, 1000 comments", one.preload(Post::comments)).await;
        compare(&repo, distance, "10 posts, 10 comments each", posts(10).preload(Post::comments)).await;
        let authors = Post::comments.then(Comment::author);
        compare(&repo, distance, "10 posts, 10 comments each, authors", posts(10).preload(authors.clone())).await;
        compare(&repo, distance, "100 posts, 10 comments each, authors", posts(100).preload(authors.clone())).await;
        let all = (Post::author, authors);
        compare(&repo, distance, "100 posts, authors, 10 comments each, authors", posts(100).preload(all)).await;
    }
}

/// Runs both in turns, and prints their medians and the ratio.
async fn compare(repo: &Repo, distance: &str, name: &str, several: Query<Post>) {
    const ROUNDS: usize = 300;
    let one = several.clone().in_one_statement();
    assert_eq!(repo.all(several.clone()).await.expect("posts"), repo.all(one.clone()).await.expect("posts"));
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (query, times) in [&several, &one].into_iter().zip(&mut times) {
            let begun = Instant::now();
            let posts = repo.all(query.clone()).await.expect("posts");
            let time = begun.elapsed();
            drop(posts);
            if round >= ROUNDS / 10 {
                times.push(time);
            }
        }
    }
    let [several, one] = times.map(median);
    let ratio = one.as_secs_f64() / several.as_secs_f64();
    println!("{distance:10} {name:46} several {several:>9.1?}  one {one:>9.1?}  ratio {ratio:.3}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

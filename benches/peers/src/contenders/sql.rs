//! The statements of the best by hand.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    contender::Result,
    data::{Comment, Diff, Post, User},
};

pub fn read_post(row: &PgRow) -> sqlx::Result<Post> {
    Ok(Post { id: row.try_get_unchecked(0)?, title: row.try_get_unchecked(1)?, comments: Vec::new() })
}

pub fn read_comment(row: &PgRow) -> sqlx::Result<Comment> {
    Ok(Comment {
        id: row.try_get_unchecked(0)?,
        post_id: row.try_get_unchecked(1)?,
        author_id: row.try_get_unchecked(2)?,
        position: row.try_get_unchecked(3)?,
        body: row.try_get_unchecked(4)?,
        author: None,
    })
}

/// One statement, which writes nothing at all where a row is gone, since a division by zero ends it. Returns the keys of
/// the new comments.
pub async fn save(connection: &mut PgConnection, diff: &Diff) -> Result<Vec<i64>> {
    let ids: Vec<i64> = diff.changed.iter().map(|change| change.id).collect();
    let bodies: Vec<&str> = diff.changed.iter().map(|change| change.body.as_str()).collect();
    let added = Arrays::of(&diff.added);
    let rows = sqlx::query(
        "WITH dropped AS (
             DELETE FROM comments WHERE post_id = $1 AND id = ANY($2) RETURNING 1
         ), changed AS (
             UPDATE comments SET body = new.body FROM unnest($3::bigint[], $4::text[]) new (id, body)
             WHERE comments.post_id = $1 AND comments.id = new.id RETURNING 1
         ), added AS (
             INSERT INTO comments (post_id, author_id, position, body)
             SELECT $1, author_id, position, body
             FROM unnest($5::bigint[], $6::integer[], $7::text[]) WITH ORDINALITY new (author_id, position, body, place)
             ORDER BY place RETURNING id
         )
         SELECT id, 1 / ((SELECT count(*) FROM dropped) = $8 AND (SELECT count(*) FROM changed) = $9)::integer
         FROM added",
    )
    .bind(diff.post.id)
    .bind(&diff.dropped)
    .bind(&ids)
    .bind(&bodies)
    .bind(&added.authors)
    .bind(&added.positions)
    .bind(&added.bodies)
    .bind(diff.dropped.len() as i64)
    .bind(diff.changed.len() as i64);
    sorted_keys(connection, rows).await
}

/// Inserts posts with their comments by one statement, and gives them their keys. Keys ascend in the order in which rows
/// were sent.
pub async fn insert(connection: &mut PgConnection, posts: &mut [Post]) -> Result<()> {
    let titles: Vec<&str> = posts.iter().map(|post| post.title.as_str()).collect();
    let comments = || posts.iter().flat_map(|post| &post.comments);
    let places: Vec<i64> =
        (1..).zip(&*posts).flat_map(|(place, post)| post.comments.iter().map(move |_| place)).collect();
    let Arrays { authors, positions, bodies } = Arrays::of(comments());
    let mut rows = sqlx::query(
        "WITH parents AS (
             INSERT INTO posts (title) SELECT title FROM unnest($1::text[]) WITH ORDINALITY new (title, place)
             ORDER BY place RETURNING id
         ), placed AS (
             SELECT id, row_number() OVER (ORDER BY id) AS place FROM parents
         ), children AS (
             INSERT INTO comments (post_id, author_id, position, body)
             SELECT placed.id, author_id, position, body
             FROM unnest($2::bigint[], $3::bigint[], $4::integer[], $5::text[])
                 WITH ORDINALITY new (parent, author_id, position, body, place)
             JOIN placed ON placed.place = new.parent
             ORDER BY new.place RETURNING id, post_id
         )
         SELECT id, post_id FROM children",
    )
    .bind(&titles)
    .bind(&places)
    .bind(&authors)
    .bind(&positions)
    .bind(&bodies)
    .fetch(connection);
    let mut keys: Vec<(i64, i64)> = Vec::with_capacity(places.len());
    while let Some(row) = rows.try_next().await? {
        keys.push((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?));
    }
    drop(rows);
    keys.sort_unstable();
    if keys.len() != places.len() {
        return Err("not all comments were inserted".into());
    }
    let mut keys = keys.into_iter();
    for post in posts {
        for (comment, (id, post_id)) in post.comments.iter_mut().zip(&mut keys) {
            (comment.id, comment.post_id, post.id) = (id, post_id, post_id);
        }
    }
    Ok(())
}

pub async fn load_trees(connection: &mut PgConnection) -> Result<Vec<Post>> {
    let mut posts: Vec<Post> = Vec::new();
    let mut rows = sqlx::query("SELECT id, title FROM posts ORDER BY id").fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        posts.push(read_post(&row)?);
    }
    drop(rows);

    let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let mut rows = sqlx::query(
        "SELECT id, post_id, author_id, position, body FROM comments WHERE post_id = ANY($1) ORDER BY post_id, id",
    )
    .bind(&ids)
    .fetch(&mut *connection);
    let (mut authors, mut at) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        let comment = read_comment(&row)?;
        authors.extend(comment.author_id);
        while posts[at].id != comment.post_id {
            at += 1;
        }
        posts[at].comments.push(comment);
    }
    drop(rows);

    authors.sort_unstable();
    authors.dedup();
    let mut rows = sqlx::query("SELECT id, name FROM users WHERE id = ANY($1)").bind(&authors).fetch(connection);
    let mut users: HashMap<i64, User> = HashMap::with_capacity(authors.len());
    while let Some(row) = rows.try_next().await? {
        let user = User { id: row.try_get_unchecked(0)?, name: row.try_get_unchecked(1)? };
        users.insert(user.id, user);
    }
    for comment in posts.iter_mut().flat_map(|post| &mut post.comments) {
        comment.author = comment.author_id.and_then(|id| users.get(&id)).cloned().map(Box::new);
    }
    Ok(posts)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

pub async fn sorted_keys(connection: &mut PgConnection, query: Query<'_>) -> Result<Vec<i64>> {
    let mut rows = query.fetch(connection);
    let mut ids = Vec::new();
    while let Some(row) = rows.try_next().await? {
        ids.push(row.try_get_unchecked(0)?);
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Comments by column.
pub struct Arrays<'a> {
    pub authors: Vec<Option<i64>>,
    pub positions: Vec<i32>,
    pub bodies: Vec<&'a str>,
}

impl<'a> Arrays<'a> {
    pub fn of(comments: impl IntoIterator<Item = &'a Comment>) -> Self {
        let mut arrays = Self { authors: Vec::new(), positions: Vec::new(), bodies: Vec::new() };
        for comment in comments {
            arrays.authors.push(comment.author_id);
            arrays.positions.push(comment.position);
            arrays.bodies.push(&comment.body);
        }
        arrays
    }
}

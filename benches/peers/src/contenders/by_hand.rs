//! The best that we know how to write with sqlx: the yardstick. One connection that is held; as few statements as can be,
//! whose texts do not depend on the number of rows; columns decoded by index without checking their types again, as rows
//! come in.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::{Connection, PgConnection, Row};

use super::sql::{insert, load_trees, read_comment, read_post, save};
use crate::{
    contender::{Contender, EDITED, Prepared, Result, answer, timed},
    data::{Comment, Diff, Post, diff_by_hand},
    world::Address,
};

pub struct ByHand(PgConnection);

impl ByHand {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(PgConnection::connect(&address.url()).await?))
    }
}

#[async_trait(?Send)]
impl Contender for ByHand {
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let mut post = diff.post.clone();
        timed(async move {
            let ids = save(&mut self.0, diff).await?;
            diff.apply(&mut post, ids);
            answer(|| vec![post].into())
        })
    }

    async fn cast<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let mut post = diff.post.clone();
        timed(async move {
            let diff = diff_by_hand(&post, &diff.json)?;
            let ids = save(&mut self.0, &diff).await?;
            diff.apply(&mut post, ids);
            answer(|| vec![post].into())
        })
    }

    async fn insert<'a>(&'a mut self, posts: &'a [Post]) -> Prepared<'a> {
        let mut posts = posts.to_vec();
        timed(async move {
            insert(&mut self.0, &mut posts).await?;
            answer(|| posts.into())
        })
    }

    async fn preload<'a>(&'a mut self, post: i64) -> Prepared<'a> {
        timed(async move {
            let row =
                sqlx::query("SELECT id, title FROM posts WHERE id = $1").bind(post).fetch_one(&mut self.0).await?;
            let mut post = read_post(&row)?;
            let comments = sqlx::query(
                "SELECT id, post_id, author_id, position, body FROM comments WHERE post_id = $1 ORDER BY id",
            );
            let mut rows = comments.bind(post.id).fetch(&mut self.0);
            while let Some(row) = rows.try_next().await? {
                post.comments.push(read_comment(&row)?);
            }
            answer(|| vec![post].into())
        })
    }

    async fn preload_trees<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let posts = load_trees(&mut self.0).await?;
            answer(|| posts.into())
        })
    }

    async fn insert_each<'a>(&'a mut self, comments: &'a [Comment]) -> Prepared<'a> {
        let mut comments = comments.to_vec();
        timed(async move {
            for comment in &mut comments {
                comment.id = sqlx::query(
                    "INSERT INTO comments (post_id, author_id, position, body) VALUES ($1, $2, $3, $4) RETURNING id",
                )
                .bind(comment.post_id)
                .bind(comment.author_id)
                .bind(comment.position)
                .bind(&comment.body)
                .fetch_one(&mut self.0)
                .await?
                .try_get_unchecked(0)?;
            }
            answer(|| comments.into())
        })
    }

    async fn get_each<'a>(&'a mut self, ids: &'a [i64]) -> Prepared<'a> {
        timed(async move {
            let mut comments = Vec::new();
            for id in ids {
                let query =
                    sqlx::query("SELECT id, post_id, author_id, position, body FROM comments WHERE id = $1").bind(id);
                comments.push(read_comment(&query.fetch_one(&mut self.0).await?)?);
            }
            answer(|| comments.into())
        })
    }

    async fn update_each<'a>(&'a mut self, comments: &'a [Comment]) -> Prepared<'a> {
        let mut comments = comments.to_vec();
        timed(async move {
            for comment in &mut comments {
                let query = sqlx::query("UPDATE comments SET body = $2 WHERE id = $1").bind(comment.id).bind(EDITED);
                if query.execute(&mut self.0).await?.rows_affected() != 1 {
                    return Err("the comment is gone".into());
                }
                EDITED.clone_into(&mut comment.body);
            }
            answer(|| comments.into())
        })
    }

    async fn update_in_transaction<'a>(&'a mut self, comments: &'a [Comment]) -> Prepared<'a> {
        let mut comments = comments.to_vec();
        timed(async move {
            let mut transaction = self.0.begin().await?;
            for comment in &mut comments {
                let query = sqlx::query("UPDATE comments SET body = $2 WHERE id = $1").bind(comment.id).bind(EDITED);
                if query.execute(&mut *transaction).await?.rows_affected() != 1 {
                    return Err("the comment is gone".into());
                }
                EDITED.clone_into(&mut comment.body);
            }
            transaction.commit().await?;
            answer(|| comments.into())
        })
    }

    async fn rows<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let mut comments = Vec::new();
            let mut rows = sqlx::query("SELECT id, post_id, author_id, position, body FROM comments ORDER BY id")
                .fetch(&mut self.0);
            while let Some(row) = rows.try_next().await? {
                comments.push(read_comment(&row)?);
            }
            answer(|| comments.into())
        })
    }
}

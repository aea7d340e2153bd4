//! sqlx as it is written first: a statement for each row, in a transaction. It takes part in what it makes a difference for: saves.

use async_trait::async_trait;
use sqlx::{Connection, PgConnection};

use crate::{
    contender::{Contender, Prepared, Result, answer, timed},
    data::{Comment, Diff, Post, diff_by_hand},
    world::Address,
};

pub struct RowByRow(PgConnection);

impl RowByRow {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(PgConnection::connect(&address.url()).await?))
    }
}

#[async_trait(?Send)]
impl Contender for RowByRow {
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
            let mut transaction = self.0.begin().await?;
            for post in &mut posts {
                let insert = sqlx::query_scalar("INSERT INTO posts (title) VALUES ($1) RETURNING id");
                post.id = insert.bind(&post.title).fetch_one(&mut *transaction).await?;
                for comment in &mut post.comments {
                    comment.post_id = post.id;
                    comment.id = insert_comment(&mut transaction, comment).await?;
                }
            }
            transaction.commit().await?;
            answer(|| posts.into())
        })
    }
}

async fn save(connection: &mut PgConnection, diff: &Diff) -> Result<Vec<i64>> {
    let mut transaction = connection.begin().await?;
    for id in &diff.dropped {
        let delete = sqlx::query("DELETE FROM comments WHERE id = $1 AND post_id = $2").bind(id).bind(diff.post.id);
        expect_one(delete.execute(&mut *transaction).await?.rows_affected())?;
    }
    for change in &diff.changed {
        let update = sqlx::query("UPDATE comments SET body = $3 WHERE id = $1 AND post_id = $2");
        let update = update.bind(change.id).bind(diff.post.id).bind(&change.body);
        expect_one(update.execute(&mut *transaction).await?.rows_affected())?;
    }
    let mut ids = Vec::new();
    for comment in &diff.added {
        ids.push(insert_comment(&mut transaction, comment).await?);
    }
    transaction.commit().await?;
    Ok(ids)
}

async fn insert_comment(connection: &mut PgConnection, comment: &Comment) -> Result<i64> {
    let insert = sqlx::query_scalar(
        "INSERT INTO comments (post_id, author_id, position, body) VALUES ($1, $2, $3, $4) RETURNING id",
    );
    let insert = insert.bind(comment.post_id).bind(comment.author_id).bind(comment.position).bind(&comment.body);
    Ok(insert.fetch_one(connection).await?)
}

fn expect_one(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err("the comment is gone".into()) }
}

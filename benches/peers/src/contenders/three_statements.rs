//! A diff as most people would batch it by hand: a transaction of three statements over arrays.

use async_trait::async_trait;
use sqlx::{Connection, PgConnection};

use super::sql::{Arrays, sorted_keys};
use crate::{
    contender::{Contender, Prepared, Result, answer, timed},
    data::Diff,
    world::Address,
};

pub struct ThreeStatements(PgConnection);

impl ThreeStatements {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(PgConnection::connect(&address.url()).await?))
    }
}

#[async_trait(?Send)]
impl Contender for ThreeStatements {
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let mut post = diff.post.clone();
        timed(async move {
            let ids = save(&mut self.0, diff).await?;
            diff.apply(&mut post, ids);
            answer(|| vec![post].into())
        })
    }
}

async fn save(connection: &mut PgConnection, diff: &Diff) -> Result<Vec<i64>> {
    let ids: Vec<i64> = diff.changed.iter().map(|change| change.id).collect();
    let bodies: Vec<&str> = diff.changed.iter().map(|change| change.body.as_str()).collect();
    let added = Arrays::of(&diff.added);
    let mut transaction = connection.begin().await?;
    let dropped = sqlx::query("DELETE FROM comments WHERE post_id = $1 AND id = ANY($2)")
        .bind(diff.post.id)
        .bind(&diff.dropped)
        .execute(&mut *transaction)
        .await?;
    let changed = sqlx::query(
        "UPDATE comments SET body = new.body FROM unnest($2::bigint[], $3::text[]) new (id, body)
         WHERE comments.post_id = $1 AND comments.id = new.id",
    )
    .bind(diff.post.id)
    .bind(&ids)
    .bind(&bodies)
    .execute(&mut *transaction)
    .await?;
    if (dropped.rows_affected(), changed.rows_affected()) != (diff.dropped.len() as u64, ids.len() as u64) {
        return Err("a comment is gone".into());
    }
    let insert = sqlx::query(
        "INSERT INTO comments (post_id, author_id, position, body)
         SELECT $1, author_id, position, body
         FROM unnest($2::bigint[], $3::integer[], $4::text[]) WITH ORDINALITY new (author_id, position, body, place)
         ORDER BY place RETURNING id",
    )
    .bind(diff.post.id)
    .bind(&added.authors)
    .bind(&added.positions)
    .bind(&added.bodies);
    let keys = sorted_keys(&mut transaction, insert).await?;
    transaction.commit().await?;
    Ok(keys)
}

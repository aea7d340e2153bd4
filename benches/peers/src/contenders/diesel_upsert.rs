//! A diff with Diesel, its changed rows by one upsert: the way to update many rows at once that Diesel offers without
//! SQL by hand. A row that is gone would be made again; every column is sent.

use async_trait::async_trait;
use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::future::{try_join_all, try_join3};

use super::diesel::{NewComment, VALUES, comments, expect};
use crate::{
    contender::{Contender, Prepared, Result, answer, timed},
    data::Diff,
    world::Address,
};

pub struct DieselUpsert(AsyncPgConnection);

impl DieselUpsert {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(AsyncPgConnection::establish(&address.url()).await?))
    }
}

#[async_trait(?Send)]
impl Contender for DieselUpsert {
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let mut post = diff.post.clone();
        timed(async move {
            let ids = save(&mut self.0, diff).await?;
            diff.apply(&mut post, ids);
            answer(|| vec![post].into())
        })
    }
}

async fn save(connection: &mut AsyncPgConnection, diff: &Diff) -> QueryResult<Vec<i64>> {
    connection
        .transaction(async |connection| {
            let connection = &*connection;
            let of_post = comments::post_id.eq(diff.post.id);
            let delete = diesel::delete(comments::table.filter(of_post).filter(comments::id.eq_any(&diff.dropped)))
                .execute(&mut &*connection);
            let changed: Vec<_> = diff
                .changed
                .iter()
                .map(|change| {
                    let row = &diff.post.comments[change.at];
                    let new = NewComment { body: &change.body, ..NewComment::of(row.post_id, row) };
                    (comments::id.eq(row.id), new)
                })
                .collect();
            let updates = try_join_all(changed.chunks(VALUES / 5).map(|rows| {
                diesel::insert_into(comments::table)
                    .values(rows)
                    .on_conflict(comments::id)
                    .do_update()
                    .set(comments::body.eq(excluded(comments::body)))
                    .execute(&mut &*connection)
            }));
            let new: Vec<NewComment> = diff.added.iter().map(|row| NewComment::of(diff.post.id, row)).collect();
            let inserts = try_join_all(new.chunks(VALUES / 4).map(|rows| {
                diesel::insert_into(comments::table)
                    .values(rows)
                    .returning(comments::id)
                    .get_results::<i64>(&mut &*connection)
            }));
            let (deleted, updated, inserted) = try_join3(delete, updates, inserts).await?;
            expect(deleted == diff.dropped.len() && updated.iter().sum::<usize>() == changed.len())?;
            Ok(inserted.concat())
        })
        .await
}

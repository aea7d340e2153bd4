//! SeaORM 2 without its nested active models: what one writes with `insert_many`, `delete_many` and an upsert instead.

use async_trait::async_trait;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, TransactionTrait, sea_query::OnConflict,
};

use super::sea_orm::{SeaOrm, comment, new_comment, plain_comment, post};
use crate::{
    contender::{Contender, Prepared, Result, answer, timed},
    data::{self, Diff},
    world::Address,
};

pub struct SeaOrmBulk(SeaOrm);

/// A statement binds 65,535 values at most.
const VALUES: usize = 65_535;

impl SeaOrmBulk {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(SeaOrm::connect(address).await?))
    }
}

#[async_trait(?Send)]
impl Contender for SeaOrmBulk {
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let mut saved = diff.post.clone();
        timed(async move {
            let transaction = self.0.0.begin().await?;
            let added = save(&transaction, diff).await?;
            transaction.commit().await?;
            diff.apply(&mut saved, added.iter().map(|row| row.id));
            answer(|| vec![saved].into())
        })
    }

    async fn insert<'a>(&'a mut self, posts: &'a [data::Post]) -> Prepared<'a> {
        timed(async move {
            let transaction = self.0.0.begin().await?;
            let new =
                posts.iter().map(|post| post::ActiveModel { title: Set(post.title.clone()), ..Default::default() });
            let parents = post::Entity::insert_many(new).exec_with_returning(&transaction).await?;
            let new = parents.iter().zip(posts);
            let new = new.flat_map(|(parent, post)| post.comments.iter().map(|row| new_comment(parent.id, row)));
            let mut children = insert(&transaction, new.collect()).await?.into_iter();
            transaction.commit().await?;
            let sizes = posts.iter().map(|post| post.comments.len());
            let trees: Vec<(post::Model, Vec<comment::Model>)> = parents
                .into_iter()
                .zip(sizes)
                .map(|(post, size)| (post, children.by_ref().take(size).collect()))
                .collect();
            answer(|| trees.into_iter().map(plain_tree).collect::<Vec<_>>().into())
        })
    }
}

async fn save(db: &impl ConnectionTrait, diff: &Diff) -> Result<Vec<comment::Model>> {
    let delete = comment::Entity::delete_many().filter(comment::Column::PostId.eq(diff.post.id));
    let delete = delete.filter(comment::Column::Id.is_in(diff.dropped.iter().copied()));
    if delete.exec(db).await?.rows_affected != diff.dropped.len() as u64 {
        return Err("a comment is gone".into());
    }
    let changed = diff.changed.iter().map(|change| comment::ActiveModel {
        id: Set(change.id),
        body: Set(change.body.clone()),
        ..new_comment(diff.post.id, &diff.post.comments[change.at])
    });
    for rows in changed.collect::<Vec<_>>().chunks(VALUES / 5) {
        let on_conflict = OnConflict::column(comment::Column::Id).update_column(comment::Column::Body).to_owned();
        comment::Entity::insert_many(rows.to_vec()).on_conflict(on_conflict).exec_without_returning(db).await?;
    }
    Ok(insert(db, diff.added.iter().map(|row| new_comment(diff.post.id, row)).collect()).await?)
}

async fn insert(db: &impl ConnectionTrait, new: Vec<comment::ActiveModel>) -> Result<Vec<comment::Model>, DbErr> {
    let mut inserted = Vec::new();
    for rows in new.chunks(VALUES / 4) {
        inserted.extend(comment::Entity::insert_many(rows.to_vec()).exec_with_returning(db).await?);
    }
    Ok(inserted)
}

fn plain_tree((post, comments): (post::Model, Vec<comment::Model>)) -> data::Post {
    data::Post { id: post.id, title: post.title, comments: comments.into_iter().map(plain_comment).collect() }
}

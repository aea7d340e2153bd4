//! SeaORM 2: nested active models, the entity loader. A pool of one connection, without the ping before each use.

use std::collections::HashMap;

use async_trait::async_trait;
use sea_orm::{
    ActiveHasMany, ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr,
    EntityLoaderTrait, EntityTrait, QueryOrder, Set, TransactionTrait, TryIntoModel, Unchanged,
};

use crate::{
    contender::{Contender, EDITED, Prepared, Result, Rows, answer, timed},
    data::{self, Diff, Form},
    world::Address,
};

pub mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        #[sea_orm(has_many)]
        pub comments: HasMany<super::comment::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod post {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        #[sea_orm(has_many)]
        pub comments: HasMany<super::comment::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod comment {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "comments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub post_id: i64,
        pub author_id: Option<i64>,
        pub position: i32,
        pub body: String,
        #[sea_orm(belongs_to, from = "post_id", to = "id")]
        pub post: BelongsTo<super::post::Entity>,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: BelongsTo<Option<super::user::Entity>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub struct SeaOrm(pub DatabaseConnection);

impl SeaOrm {
    pub async fn connect(address: &Address) -> Result<Self> {
        let mut options = ConnectOptions::new(address.url());
        options.test_before_acquire(false).sqlx_logging(false);
        Ok(Self(Database::connect(options).await?))
    }
}

#[async_trait(?Send)]
impl Contender for SeaOrm {
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let form = serde_json::from_str(&diff.json)?;
        let post = with_changes(loaded(&diff.post), form);
        timed(async move {
            let post = post.save(&self.0).await?;
            answer(|| vec![plain_saved(post)].into())
        })
    }

    async fn cast<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let post = loaded(&diff.post);
        timed(async move {
            let post = with_changes(post, serde_json::from_str(&diff.json)?).save(&self.0).await?;
            answer(|| vec![plain_saved(post)].into())
        })
    }

    async fn insert<'a>(&'a mut self, posts: &'a [data::Post]) -> Prepared<'a> {
        let new: Vec<post::ActiveModelEx> = posts.iter().map(built).collect();
        timed(async move {
            let transaction = self.0.begin().await?;
            let mut posts = Vec::new();
            for post in new {
                posts.push(post.save(&transaction).await?);
            }
            transaction.commit().await?;
            answer(|| posts.into_iter().map(plain_saved).collect::<Vec<_>>().into())
        })
    }

    async fn preload<'a>(&'a mut self, post: i64) -> Prepared<'a> {
        timed(async move {
            let load = post::Entity::load().filter_by_id(post).with(comment::Entity);
            let post = load.one(&self.0).await?.ok_or("no such post")?;
            answer(|| vec![plain_post(post)].into())
        })
    }

    async fn preload_trees<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let load = post::Entity::load().with((comment::Entity, user::Entity)).order_by_asc(post::COLUMN.id);
            let posts = load.all(&self.0).await?;
            answer(|| posts.into_iter().map(plain_post).collect::<Vec<_>>().into())
        })
    }

    async fn insert_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let new: Vec<comment::ActiveModel> = comments.iter().map(|row| new_comment(row.post_id, row)).collect();
        timed(async move {
            let mut inserted = Vec::new();
            for row in new {
                inserted.push(row.insert(&self.0).await?);
            }
            answer(|| plain_models(inserted))
        })
    }

    async fn get_each<'a>(&'a mut self, ids: &'a [i64]) -> Prepared<'a> {
        timed(async move {
            let mut found = Vec::new();
            for &id in ids {
                found.push(comment::Entity::find_by_id(id).one(&self.0).await?.ok_or("no such comment")?);
            }
            answer(|| plain_models(found))
        })
    }

    async fn update_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let edited = comments.iter().map(edited).collect();
        timed(async move {
            let updated = update_each(&self.0, edited).await?;
            answer(|| plain_models(updated))
        })
    }

    async fn update_in_transaction<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let edited = comments.iter().map(edited).collect();
        timed(async move {
            let transaction = self.0.begin().await?;
            let updated = update_each(&transaction, edited).await?;
            transaction.commit().await?;
            answer(|| plain_models(updated))
        })
    }

    async fn rows<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let rows = comment::Entity::find().order_by_asc(comment::Column::Id).all(&self.0).await?;
            answer(|| plain_models(rows))
        })
    }
}

fn edited(row: &data::Comment) -> comment::ActiveModel {
    comment::ActiveModel { body: Set(EDITED.to_owned()), ..loaded_comment(row) }
}

async fn update_each(
    db: &impl ConnectionTrait,
    edited: Vec<comment::ActiveModel>,
) -> Result<Vec<comment::Model>, DbErr> {
    let mut updated = Vec::new();
    for row in edited {
        updated.push(row.update(db).await?);
    }
    Ok(updated)
}

/// A post as it comes from the database, with its comments.
fn loaded(post: &data::Post) -> post::ActiveModelEx {
    let comments = post.comments.iter().map(|row| loaded_comment(row).into_ex()).collect();
    let (id, title) = (Unchanged(post.id), Unchanged(post.title.clone()));
    post::ActiveModelEx { id, title, comments: ActiveHasMany::Replace(comments) }
}

fn loaded_comment(row: &data::Comment) -> comment::ActiveModel {
    comment::ActiveModel {
        id: Unchanged(row.id),
        post_id: Unchanged(row.post_id),
        author_id: Unchanged(row.author_id),
        position: Unchanged(row.position),
        body: Unchanged(row.body.clone()),
    }
}

/// The comments as input wants them: `save` deletes what is not in the list, updates what is set, inserts what has no key.
fn with_changes(mut post: post::ActiveModelEx, form: Form) -> post::ActiveModelEx {
    let mut rows: HashMap<i64, comment::ActiveModelEx> =
        post.comments.take().into_vec().into_iter().map(|row| (*row.id.as_ref(), row)).collect();
    let comments = form.comments.into_iter().map(|input| match input.id.and_then(|id| rows.remove(&id)) {
        Some(mut row) => {
            row.author_id.set_if_not_equals(input.author_id);
            row.position.set_if_not_equals(input.position);
            row.body.set_if_not_equals(input.body);
            row
        }
        None => comment::ActiveModel {
            author_id: Set(input.author_id),
            position: Set(input.position),
            body: Set(input.body),
            ..Default::default()
        }
        .into_ex(),
    });
    post.comments = ActiveHasMany::Replace(comments.collect());
    post
}

fn built(post: &data::Post) -> post::ActiveModelEx {
    let comment = |row: &data::Comment| {
        let comment = comment::ActiveModel::builder().set_author_id(row.author_id).set_position(row.position);
        comment.set_body(row.body.clone())
    };
    let new = post::ActiveModel::builder().set_title(post.title.clone());
    post.comments.iter().fold(new, |post, row| post.add_comment(comment(row)))
}

pub fn new_comment(post_id: i64, row: &data::Comment) -> comment::ActiveModel {
    comment::ActiveModel {
        post_id: Set(post_id),
        author_id: Set(row.author_id),
        position: Set(row.position),
        body: Set(row.body.clone()),
        ..Default::default()
    }
}

fn plain_saved(post: post::ActiveModelEx) -> data::Post {
    plain_post(post.try_into_model().expect("a saved post has all columns"))
}

fn plain_post(post: post::ModelEx) -> data::Post {
    let comments = post.comments.into_iter().map(|row| {
        let author = row.author.as_ref().map(|user| Box::new(data::User { id: user.id, name: user.name.clone() }));
        data::Comment { author, ..plain_comment(row.into()) }
    });
    data::Post { id: post.id, title: post.title, comments: comments.collect() }
}

fn plain_models(rows: Vec<comment::Model>) -> Rows {
    rows.into_iter().map(plain_comment).collect::<Vec<_>>().into()
}

pub fn plain_comment(row: comment::Model) -> data::Comment {
    let comment::Model { id, post_id, author_id, position, body } = row;
    data::Comment { id, post_id, author_id, position, body, author: None }
}

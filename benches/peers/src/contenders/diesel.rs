//! Diesel with diesel-async: typed statements, batch inserts, and statements that do not need each other's answers in a
//! pipeline. One connection that is held.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::future::{try_join_all, try_join3};

use crate::{
    contender::{Contender, EDITED, Prepared, Result, Rows, answer, timed},
    data::{self, Diff, diff_by_hand},
    world::Address,
};

diesel::table! {
    users (id) { id -> BigInt, name -> Text, }
}
diesel::table! {
    posts (id) { id -> BigInt, title -> Text, }
}
diesel::table! {
    comments (id) {
        id -> BigInt,
        post_id -> BigInt,
        author_id -> Nullable<BigInt>,
        position -> Integer,
        body -> Text,
    }
}
diesel::joinable!(comments -> posts (post_id));
diesel::joinable!(comments -> users (author_id));
diesel::allow_tables_to_appear_in_same_query!(comments, posts, users);

#[derive(Queryable, Selectable, Identifiable, Clone)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    id: i64,
    name: String,
}

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = posts, check_for_backend(diesel::pg::Pg))]
pub struct Post {
    id: i64,
    title: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Clone)]
#[diesel(table_name = comments, belongs_to(Post), belongs_to(User, foreign_key = author_id))]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Comment {
    id: i64,
    post_id: i64,
    author_id: Option<i64>,
    position: i32,
    body: String,
}

/// NULL for what is not there, so that statements have one text and are prepared once.
#[derive(Insertable)]
#[diesel(table_name = comments, treat_none_as_default_value = false)]
pub struct NewComment<'a> {
    pub post_id: i64,
    pub author_id: Option<i64>,
    pub position: i32,
    pub body: &'a str,
}

/// A statement binds 65,535 values at most.
pub const VALUES: usize = 65_535;

pub struct Diesel(pub AsyncPgConnection);

impl Diesel {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(AsyncPgConnection::establish(&address.url()).await?))
    }
}

#[async_trait(?Send)]
impl Contender for Diesel {
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

    async fn insert<'a>(&'a mut self, posts: &'a [data::Post]) -> Prepared<'a> {
        timed(async move {
            let trees: Vec<(Post, Vec<Comment>)> = self
                .0
                .transaction(async |connection| {
                    let titles: Vec<_> = posts.iter().map(|post| posts::title.eq(&post.title)).collect();
                    let parents: Vec<Post> = diesel::insert_into(posts::table)
                        .values(titles)
                        .returning(Post::as_returning())
                        .get_results(connection)
                        .await?;
                    let new: Vec<NewComment> = parents
                        .iter()
                        .zip(posts)
                        .flat_map(|(parent, post)| post.comments.iter().map(|row| NewComment::of(parent.id, row)))
                        .collect();
                    let children = insert_comments(connection, &new).await?.grouped_by(&parents);
                    QueryResult::Ok(parents.into_iter().zip(children).collect::<Vec<_>>())
                })
                .await?;
            answer(|| trees.into_iter().map(tree).collect::<Vec<_>>().into())
        })
    }

    async fn preload<'a>(&'a mut self, post: i64) -> Prepared<'a> {
        timed(async move {
            let post: Post = posts::table.find(post).select(Post::as_select()).first(&mut self.0).await?;
            let comments: Vec<Comment> =
                Comment::belonging_to(&post).order(comments::id).select(Comment::as_select()).load(&mut self.0).await?;
            answer(|| vec![tree((post, comments))].into())
        })
    }

    async fn preload_trees<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let posts: Vec<Post> = posts::table.order(posts::id).select(Post::as_select()).load(&mut self.0).await?;
            // Diesel's own two ways for the two kinds of association: a query for the children, a join for their parents.
            let comments: Vec<(Comment, Option<User>)> = Comment::belonging_to(&posts)
                .left_join(users::table)
                .order(comments::id)
                .select((Comment::as_select(), Option::<User>::as_select()))
                .load(&mut self.0)
                .await?;
            let comments = comments.grouped_by(&posts);
            let trees: Vec<(Post, Vec<(Comment, Option<User>)>)> = posts.into_iter().zip(comments).collect();
            answer(|| trees.into_iter().map(tree_with_authors).collect::<Vec<_>>().into())
        })
    }

    async fn insert_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        timed(async move {
            let mut inserted: Vec<Comment> = Vec::new();
            for row in comments {
                let insert = diesel::insert_into(comments::table)
                    .values(NewComment::of(row.post_id, row))
                    .returning(Comment::as_returning());
                inserted.push(insert.get_result(&mut self.0).await?);
            }
            answer(|| plain_comments(inserted))
        })
    }

    async fn get_each<'a>(&'a mut self, ids: &'a [i64]) -> Prepared<'a> {
        timed(async move {
            let mut found: Vec<Comment> = Vec::new();
            for id in ids {
                found.push(comments::table.find(id).select(Comment::as_select()).first(&mut self.0).await?);
            }
            answer(|| plain_comments(found))
        })
    }

    async fn update_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        timed(async move {
            let updated = update_each(&mut self.0, comments).await?;
            answer(|| plain_comments(updated))
        })
    }

    async fn update_in_transaction<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        timed(async move {
            let updated = self.0.transaction(async |connection| update_each(connection, comments).await).await?;
            answer(|| plain_comments(updated))
        })
    }

    async fn rows<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let rows: Vec<Comment> =
                comments::table.order(comments::id).select(Comment::as_select()).load(&mut self.0).await?;
            answer(|| plain_comments(rows))
        })
    }
}

async fn update_each(connection: &mut AsyncPgConnection, comments: &[data::Comment]) -> QueryResult<Vec<Comment>> {
    let mut updated = Vec::new();
    for row in comments {
        let update = diesel::update(comments::table.find(row.id))
            .set(comments::body.eq(EDITED))
            .returning(Comment::as_returning());
        updated.push(update.get_result(connection).await?);
    }
    Ok(updated)
}

impl<'a> NewComment<'a> {
    pub fn of(post_id: i64, row: &'a data::Comment) -> Self {
        Self { post_id, author_id: row.author_id, position: row.position, body: &row.body }
    }
}

/// One DELETE, an UPDATE for each changed row, and the batch INSERT, all in one pipeline.
async fn save(connection: &mut AsyncPgConnection, diff: &Diff) -> QueryResult<Vec<i64>> {
    connection
        .transaction(async |connection| {
            let connection = &*connection;
            let of_post = || comments::post_id.eq(diff.post.id);
            let delete = diesel::delete(comments::table.filter(of_post()).filter(comments::id.eq_any(&diff.dropped)))
                .execute(&mut &*connection);
            let updates = try_join_all(diff.changed.iter().map(|change| {
                diesel::update(comments::table.find(change.id).filter(of_post()))
                    .set(comments::body.eq(&change.body))
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
            expect(deleted == diff.dropped.len() && updated.iter().all(|&rows| rows == 1))?;
            Ok(inserted.concat())
        })
        .await
}

async fn insert_comments(connection: &AsyncPgConnection, new: &[NewComment<'_>]) -> QueryResult<Vec<Comment>> {
    let inserts = new.chunks(VALUES / 4).map(|rows| {
        diesel::insert_into(comments::table)
            .values(rows)
            .returning(Comment::as_returning())
            .get_results::<Comment>(&mut &*connection)
    });
    Ok(try_join_all(inserts).await?.concat())
}

/// An error where rows were gone, which ends the transaction.
pub fn expect(found: bool) -> QueryResult<()> {
    if found { Ok(()) } else { Err(diesel::result::Error::NotFound) }
}

fn tree((post, comments): (Post, Vec<Comment>)) -> data::Post {
    data::Post { id: post.id, title: post.title, comments: comments.into_iter().map(plain_comment).collect() }
}

fn tree_with_authors((post, comments): (Post, Vec<(Comment, Option<User>)>)) -> data::Post {
    let comments = comments.into_iter().map(|(comment, author)| {
        let author = author.map(|User { id, name }| Box::new(data::User { id, name }));
        data::Comment { author, ..plain_comment(comment) }
    });
    data::Post { id: post.id, title: post.title, comments: comments.collect() }
}

fn plain_comments(rows: Vec<Comment>) -> Rows {
    rows.into_iter().map(plain_comment).collect::<Vec<_>>().into()
}

fn plain_comment(Comment { id, post_id, author_id, position, body }: Comment) -> data::Comment {
    data::Comment { id, post_id, author_id, position, body, author: None }
}

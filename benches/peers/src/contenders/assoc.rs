//! assoc, as its README shows it: changesets, `cast_assoc` and `put_assoc`, preloads. The repo that a URL gives.

use assoc::prelude::*;
use async_trait::async_trait;

use crate::{
    contender::{Contender, EDITED, Prepared, Result, Rows, answer, timed},
    data::{self, Diff},
    world::Address,
};

#[derive(Debug, Clone, Schema)]
pub struct User {
    id: i64,
    name: String,
}

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    title: String,
    #[has_many(on_replace = delete)]
    pub comments: HasMany<Comment>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    id: i64,
    post_id: i64,
    author_id: Option<i64>,
    position: i32,
    body: String,
    #[belongs_to]
    pub author: BelongsTo<User>,
}

impl Comment {
    fn changeset(comment: Changeset<Self>, params: &Params) -> Changeset<Self> {
        comment
            .cast(params, (Self::author_id, Self::position, Self::body))
            .validate_required((Self::position, Self::body))
    }
}

pub struct Assoc(Repo);

impl Assoc {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(Repo::connect(&address.url()).await?))
    }

    /// Changesets with the new text of loaded comments.
    pub async fn edit(repo: &Repo, comments: &[data::Comment]) -> Result<Vec<Changeset<Comment>>> {
        let mut edited = Vec::new();
        for row in comments {
            let row: Comment = repo.fetch(row.id).await?;
            edited.push(row.change().set(Comment::body, EDITED));
        }
        Ok(edited)
    }

    async fn load(&self, post: i64) -> Result<Post> {
        let mut post: Post = self.0.fetch(post).await?;
        self.0.preload(&mut post, Post::comments).await?;
        Ok(post)
    }
}

#[async_trait(?Send)]
impl Contender for Assoc {
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let params = Params::from_json(&diff.json)?;
        let changeset = cast(self.load(diff.post.id).await?, &params);
        timed(async move {
            let post = self.0.update(changeset).await?;
            answer(move || {
                // As with the others, the input belongs to who has read it, and outlives the save.
                drop(params);
                vec![plain_post(post)].into()
            })
        })
    }

    async fn cast<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let post = self.load(diff.post.id).await?;
        timed(async move {
            let params = Params::from_json(&diff.json)?;
            let post = self.0.update(cast(post, &params)).await?;
            answer(|| vec![plain_post(post)].into())
        })
    }

    async fn insert<'a>(&'a mut self, posts: &'a [data::Post]) -> Prepared<'a> {
        let changesets: Vec<Changeset<Post>> = posts.iter().map(build_post).collect();
        timed(async move {
            let posts = self.0.insert_many(changesets).await?;
            answer(|| posts.into_iter().map(plain_post).collect::<Vec<_>>().into())
        })
    }

    async fn preload<'a>(&'a mut self, post: i64) -> Prepared<'a> {
        timed(async move {
            let post = self.load(post).await?;
            answer(|| vec![plain_post(post)].into())
        })
    }

    async fn preload_trees<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let query = Post::query().order_by(Post::id.asc()).preload(Post::comments.then(Comment::author));
            let posts: Vec<Post> = self.0.all(query).await?;
            answer(|| posts.into_iter().map(plain_post).collect::<Vec<_>>().into())
        })
    }

    async fn insert_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let new: Vec<Changeset<Comment>> =
            comments.iter().map(|row| build_comment(row).set(Comment::post_id, row.post_id)).collect();
        timed(async move {
            let mut inserted: Vec<Comment> = Vec::new();
            for row in new {
                inserted.push(self.0.insert(row).await?);
            }
            answer(|| plain_comments(inserted))
        })
    }

    async fn get_each<'a>(&'a mut self, ids: &'a [i64]) -> Prepared<'a> {
        timed(async move {
            let mut found: Vec<Comment> = Vec::new();
            for &id in ids {
                found.push(self.0.fetch(id).await?);
            }
            answer(|| plain_comments(found))
        })
    }

    async fn update_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let edited = Self::edit(&self.0, comments).await?;
        timed(async move {
            let updated = update_each(&self.0, edited).await?;
            answer(|| plain_comments(updated))
        })
    }

    async fn update_in_transaction<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let edited = Self::edit(&self.0, comments).await?;
        timed(async move {
            let tx = self.0.begin().await?;
            let updated = update_each(&tx, edited).await?;
            tx.commit().await?;
            answer(|| plain_comments(updated))
        })
    }

    async fn rows<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let rows: Vec<Comment> = self.0.all(Comment::query().order_by(Comment::id.asc())).await?;
            answer(|| plain_comments(rows))
        })
    }
}

fn cast(post: Post, params: &Params) -> Changeset<Post> {
    post.change().cast(params, ()).cast_assoc(Post::comments, Comment::changeset)
}

fn build_post(post: &data::Post) -> Changeset<Post> {
    let comments: Vec<Changeset<Comment>> = post.comments.iter().map(build_comment).collect();
    Post::build().set(Post::title, post.title.clone()).put_assoc(Post::comments, comments)
}

fn build_comment(row: &data::Comment) -> Changeset<Comment> {
    Comment::build()
        .set(Comment::author_id, row.author_id)
        .set(Comment::position, row.position)
        .set(Comment::body, row.body.clone())
}

pub async fn update_each(repo: &Repo, edited: Vec<Changeset<Comment>>) -> Result<Vec<Comment>> {
    let mut updated = Vec::new();
    for row in edited {
        updated.push(repo.update(row).await?);
    }
    Ok(updated)
}

pub fn plain_post(post: Post) -> data::Post {
    let comments = post.comments.into_inner().expect("comments are loaded");
    data::Post { id: post.id, title: post.title, comments: comments.into_iter().map(plain_comment).collect() }
}

pub fn plain_comments(rows: Vec<Comment>) -> Rows {
    rows.into_iter().map(plain_comment).collect::<Vec<_>>().into()
}

fn plain_comment(row: Comment) -> data::Comment {
    let Comment { id, post_id, author_id, position, body, author } = row;
    let author = author.get().ok().flatten().map(|user| Box::new(data::User { id: user.id, name: user.name.clone() }));
    data::Comment { id, post_id, author_id, position, body, author }
}

//! Toasty: create builders that nest, includes, batches. Its own pool, of one connection.

use async_trait::async_trait;
use toasty::{Db, Deferred, Executor};

use crate::{
    contender::{Contender, EDITED, Prepared, Result, Rows, answer, timed},
    data::{self, Diff, diff_by_hand},
    world::Address,
};

#[derive(Debug, toasty::Model)]
#[table = "users"]
pub struct User {
    #[key]
    #[auto]
    id: i64,
    name: String,
}

#[derive(Debug, toasty::Model)]
#[table = "posts"]
pub struct Post {
    #[key]
    #[auto]
    id: i64,
    title: String,
    #[has_many]
    comments: Deferred<Vec<Comment>>,
}

#[derive(Debug, toasty::Model)]
#[table = "comments"]
pub struct Comment {
    #[key]
    #[auto]
    id: i64,
    #[index]
    post_id: i64,
    #[belongs_to]
    post: Deferred<Post>,
    #[index]
    author_id: Option<i64>,
    #[belongs_to]
    author: Deferred<Option<User>>,
    position: i32,
    body: String,
}

pub struct Toasty(Db);

impl Toasty {
    pub async fn connect(address: &Address) -> Result<Self> {
        let mut builder = Db::builder();
        builder.models(toasty::models!(User, Post, Comment));
        Ok(Self(builder.connect(&address.url_with_parameter()).await?))
    }

    async fn load(&mut self, comments: &[data::Comment]) -> Result<Vec<Comment>> {
        let mut loaded = Vec::new();
        for row in comments {
            loaded.push(Comment::get_by_id(&mut self.0, row.id).await?);
        }
        Ok(loaded)
    }
}

#[async_trait(?Send)]
impl Contender for Toasty {
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let mut post = diff.post.clone();
        timed(async move {
            let added = save(&mut self.0, diff).await?;
            diff.apply(&mut post, added.iter().map(|row| row.id));
            answer(|| vec![post].into())
        })
    }

    async fn cast<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a> {
        let mut post = diff.post.clone();
        timed(async move {
            let diff = diff_by_hand(&post, &diff.json)?;
            let added = save(&mut self.0, &diff).await?;
            diff.apply(&mut post, added.iter().map(|row| row.id));
            answer(|| vec![post].into())
        })
    }

    async fn insert<'a>(&'a mut self, posts: &'a [data::Post]) -> Prepared<'a> {
        let new = posts.iter().fold(Post::create_many(), |new, post| {
            let comment = |row: &data::Comment| {
                let comment = Comment::create().author_id(row.author_id).position(row.position);
                comment.body(row.body.clone())
            };
            let comments: Vec<_> = post.comments.iter().map(comment).collect();
            new.item(Post::create().title(post.title.clone()).comments(comments))
        });
        timed(async move {
            let posts = new.exec(&mut self.0).await?;
            answer(|| posts.into_iter().map(plain_post).collect::<Vec<_>>().into())
        })
    }

    async fn preload<'a>(&'a mut self, post: i64) -> Prepared<'a> {
        timed(async move {
            let query = Post::filter_by_id(post).include(Post::fields().comments());
            let post = query.get(&mut self.0).await?;
            answer(|| vec![plain_post(post)].into())
        })
    }

    async fn preload_trees<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let query = Post::all().order_by(Post::fields().id().asc()).include(Post::fields().comments().author());
            let posts = query.exec(&mut self.0).await?;
            answer(|| posts.into_iter().map(plain_post).collect::<Vec<_>>().into())
        })
    }

    async fn insert_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let new: Vec<_> = comments.iter().map(|row| create(row.post_id, row)).collect();
        timed(async move {
            let mut inserted = Vec::new();
            for row in new {
                inserted.push(row.exec(&mut self.0).await?);
            }
            answer(|| plain_comments(inserted))
        })
    }

    async fn get_each<'a>(&'a mut self, ids: &'a [i64]) -> Prepared<'a> {
        timed(async move {
            let mut found = Vec::new();
            for id in ids {
                found.push(Comment::get_by_id(&mut self.0, id).await?);
            }
            answer(|| plain_comments(found))
        })
    }

    async fn update_each<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let mut loaded = self.load(comments).await?;
        timed(async move {
            update_each(&mut self.0, &mut loaded).await?;
            answer(|| plain_comments(loaded))
        })
    }

    async fn update_in_transaction<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let mut loaded = self.load(comments).await?;
        timed(async move {
            let mut transaction = self.0.transaction().await?;
            update_each(&mut transaction, &mut loaded).await?;
            transaction.commit().await?;
            answer(|| plain_comments(loaded))
        })
    }

    async fn rows<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let rows = Comment::all().order_by(Comment::fields().id().asc()).exec(&mut self.0).await?;
            answer(|| plain_comments(rows))
        })
    }
}

async fn update_each(executor: &mut dyn Executor, loaded: &mut [Comment]) -> toasty::Result<()> {
    for row in loaded {
        row.update().body(EDITED).exec(executor).await?;
    }
    Ok(())
}

/// One statement for what goes, one for each changed row, one for what is new.
async fn save(db: &mut Db, diff: &Diff) -> Result<Vec<Comment>> {
    let mut transaction = db.transaction().await?;
    let of_post = || Comment::filter_by_post_id(diff.post.id);
    of_post().filter(Comment::fields().id().in_list(diff.dropped.as_slice())).delete().exec(&mut transaction).await?;
    for change in &diff.changed {
        let row = of_post().filter(Comment::fields().id().eq(change.id));
        row.update().body(&change.body).exec(&mut transaction).await?;
    }
    let new = diff.added.iter().fold(Comment::create_many(), |new, row| new.item(create(diff.post.id, row)));
    let added = new.exec(&mut transaction).await?;
    transaction.commit().await?;
    Ok(added)
}

fn create(post_id: i64, row: &data::Comment) -> <Comment as toasty::schema::Model>::Create {
    Comment::create().post_id(post_id).author_id(row.author_id).position(row.position).body(row.body.clone())
}

fn plain_post(post: Post) -> data::Post {
    let comments = post.comments.get().iter().map(plain_comment).collect();
    data::Post { id: post.id, title: post.title, comments }
}

fn plain_comments(rows: Vec<Comment>) -> Rows {
    rows.iter().map(plain_comment).collect::<Vec<_>>().into()
}

fn plain_comment(row: &Comment) -> data::Comment {
    let author = if row.author.is_unloaded() { None } else { row.author.get().as_ref() };
    data::Comment {
        id: row.id,
        post_id: row.post_id,
        author_id: row.author_id,
        position: row.position,
        body: row.body.clone(),
        author: author.map(|user| Box::new(data::User { id: user.id, name: user.name.clone() })),
    }
}

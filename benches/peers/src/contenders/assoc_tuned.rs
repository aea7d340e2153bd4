//! assoc with what a program far from its database may choose: preloads in the statement of their query, transactions
//! without savepoints.

use assoc::prelude::*;
use async_trait::async_trait;

use super::assoc::{Assoc, Comment, Post, plain_comments, plain_post, update_each};
use crate::{
    contender::{Contender, Prepared, Result, answer, timed},
    data::{self, Diff},
    world::Address,
};

pub struct AssocTuned(Repo);

impl AssocTuned {
    pub async fn connect(address: &Address) -> Result<Self> {
        Ok(Self(Repo::connect(&address.url()).await?))
    }
}

#[async_trait(?Send)]
impl Contender for AssocTuned {
    async fn diff<'a>(&'a mut self, _: &'a Diff) -> Prepared<'a> {
        Ok(None)
    }

    async fn preload<'a>(&'a mut self, post: i64) -> Prepared<'a> {
        timed(async move {
            let query = Query::<Post>::by_key(post).preload(Post::comments).in_one_statement();
            let posts: Vec<Post> = self.0.all(query).await?;
            answer(|| posts.into_iter().map(plain_post).collect::<Vec<_>>().into())
        })
    }

    async fn preload_trees<'a>(&'a mut self) -> Prepared<'a> {
        timed(async move {
            let query = Post::query().order_by(Post::id.asc()).preload(Post::comments.then(Comment::author));
            let posts: Vec<Post> = self.0.all(query.in_one_statement()).await?;
            answer(|| posts.into_iter().map(plain_post).collect::<Vec<_>>().into())
        })
    }

    async fn update_in_transaction<'a>(&'a mut self, comments: &'a [data::Comment]) -> Prepared<'a> {
        let edited = Assoc::edit(&self.0, comments).await?;
        timed(async move {
            let tx = self.0.begin().await?;
            let updated = update_each(&tx.without_savepoints(), edited).await?;
            tx.commit().await?;
            answer(|| plain_comments(updated))
        })
    }
}

//! Posts with comments that are new.

use async_trait::async_trait;

use super::{SIZES, Workload, check};
use crate::{
    contender::{Contender, Prepared, Result, Rows},
    data::{self, Post},
    world::World,
};

/// One post with N comments.
pub struct InsertPost;

/// N/10 posts with ten comments each.
pub struct InsertTrees;

#[async_trait(?Send)]
impl Workload for InsertPost {
    type Job = Vec<Post>;

    fn name(&self) -> &'static str {
        "insert"
    }

    fn sizes(&self) -> &'static [usize] {
        SIZES
    }

    async fn job(&self, _: &mut World, size: usize, _: usize, _: usize) -> Result<Vec<Post>> {
        Ok(vec![data::new_post(size)])
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, posts: &'a Vec<Post>) -> Prepared<'a> {
        contender.insert(posts).await
    }

    async fn expected(&self, world: &mut World, posts: &Vec<Post>, rows: &Rows) -> Result<Rows> {
        let Rows::Posts(told) = rows else { return Err("posts were asked for".into()) };
        let ids: Vec<i64> = told.iter().map(|post| post.id).collect();
        let found = world.posts(&ids).await?;
        if found.len() != posts.len() {
            return Err(format!("{} posts in the database, not {}", found.len(), posts.len()).into());
        }
        for (found, post) in found.iter().zip(posts) {
            check(&found.comments, &post.comments)?;
        }
        Ok(found.into())
    }
}

#[async_trait(?Send)]
impl Workload for InsertTrees {
    type Job = Vec<Post>;

    fn name(&self) -> &'static str {
        "insert-trees"
    }

    fn sizes(&self) -> &'static [usize] {
        SIZES
    }

    fn base(&self, _: usize) -> Vec<Post> {
        data::new_posts(10_000)
    }

    async fn job(&self, _: &mut World, size: usize, _: usize, _: usize) -> Result<Vec<Post>> {
        Ok(data::new_posts(size))
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, posts: &'a Vec<Post>) -> Prepared<'a> {
        contender.insert(posts).await
    }

    async fn expected(&self, world: &mut World, posts: &Vec<Post>, rows: &Rows) -> Result<Rows> {
        InsertPost.expected(world, posts, rows).await
    }
}

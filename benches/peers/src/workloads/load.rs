//! Rows to structs.

use async_trait::async_trait;

use super::{SIZES, Workload};
use crate::{
    contender::{Contender, Prepared, Result, Rows},
    data::{self, Post, users},
    world::World,
};

/// One post by its key, and its N comments.
pub struct PreloadPost;

/// N/10 posts, their ten comments each, and the authors of these.
pub struct PreloadTrees;

/// N comments, the whole table.
pub struct AllRows;

#[async_trait(?Send)]
impl Workload for PreloadPost {
    type Job = i64;

    fn name(&self) -> &'static str {
        "preload"
    }

    fn sizes(&self) -> &'static [usize] {
        SIZES
    }

    async fn job(&self, world: &mut World, _: usize, _: usize, number: usize) -> Result<i64> {
        Ok((number % world.seeded()) as i64 + 1)
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, post: &'a i64) -> Prepared<'a> {
        contender.preload(*post).await
    }

    async fn expected(&self, world: &mut World, post: &i64, _: &Rows) -> Result<Rows> {
        Ok(world.posts(&[*post]).await?.into())
    }
}

#[async_trait(?Send)]
impl Workload for PreloadTrees {
    type Job = ();

    fn name(&self) -> &'static str {
        "preload-trees"
    }

    fn sizes(&self) -> &'static [usize] {
        SIZES
    }

    fn base(&self, size: usize) -> Vec<Post> {
        data::new_posts(size)
    }

    async fn job(&self, _: &mut World, _: usize, _: usize, _: usize) -> Result<()> {
        Ok(())
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, (): &'a ()) -> Prepared<'a> {
        contender.preload_trees().await
    }

    async fn expected(&self, world: &mut World, (): &(), _: &Rows) -> Result<Rows> {
        let ids: Vec<i64> = (1..=world.seeded() as i64).collect();
        let (mut posts, users) = (world.posts(&ids).await?, users());
        for comment in posts.iter_mut().flat_map(|post| &mut post.comments) {
            comment.author = comment.author_id.map(|id| Box::new(users[id as usize - 1].clone()));
        }
        Ok(posts.into())
    }
}

#[async_trait(?Send)]
impl Workload for AllRows {
    type Job = ();

    fn name(&self) -> &'static str {
        "rows"
    }

    fn sizes(&self) -> &'static [usize] {
        SIZES
    }

    fn base(&self, size: usize) -> Vec<Post> {
        data::new_posts(size)
    }

    async fn job(&self, _: &mut World, _: usize, _: usize, _: usize) -> Result<()> {
        Ok(())
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, (): &'a ()) -> Prepared<'a> {
        contender.rows().await
    }

    async fn expected(&self, world: &mut World, (): &(), _: &Rows) -> Result<Rows> {
        let ids: Vec<i64> = (1..=world.seeded() as i64 * 10).collect();
        Ok(world.comments(&ids).await?.into())
    }
}

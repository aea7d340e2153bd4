//! A post with N comments: one in ten changes, one in ten goes, as many come.

use async_trait::async_trait;

use super::{SIZES, Workload, check};
use crate::{
    contender::{Contender, Prepared, Result, Rows},
    data::{self, Diff},
    world::World,
};

/// From the changeset in hand.
pub struct SaveDiff;

/// From the comments in hand and the JSON of a client: the diff is part of the work.
pub struct CastDiff;

#[async_trait(?Send)]
impl Workload for SaveDiff {
    type Job = Diff;

    fn name(&self) -> &'static str {
        "diff"
    }

    fn sizes(&self) -> &'static [usize] {
        SIZES
    }

    async fn job(&self, world: &mut World, size: usize, _: usize, _: usize) -> Result<Diff> {
        Ok(Diff::of(world.add(data::new_post(size)).await?))
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, diff: &'a Diff) -> Prepared<'a> {
        contender.diff(diff).await
    }

    async fn expected(&self, world: &mut World, diff: &Diff, _: &Rows) -> Result<Rows> {
        let posts = world.posts(&[diff.post.id]).await?;
        let found = posts.first().ok_or("the post is gone")?;
        check(&found.comments, &diff.outcome(std::iter::repeat(0)).comments)?;
        Ok(posts.into())
    }
}

#[async_trait(?Send)]
impl Workload for CastDiff {
    type Job = Diff;

    fn name(&self) -> &'static str {
        "cast"
    }

    fn sizes(&self) -> &'static [usize] {
        SIZES
    }

    async fn job(&self, world: &mut World, size: usize, operations: usize, number: usize) -> Result<Diff> {
        SaveDiff.job(world, size, operations, number).await
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, diff: &'a Diff) -> Prepared<'a> {
        contender.cast(diff).await
    }

    async fn expected(&self, world: &mut World, diff: &Diff, rows: &Rows) -> Result<Rows> {
        SaveDiff.expected(world, diff, rows).await
    }
}

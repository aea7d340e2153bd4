//! One row at a time, in a table of 10,000.

use async_trait::async_trait;

use super::{Workload, check};
use crate::{
    contender::{Contender, EDITED, Prepared, Result, Rows},
    data::{self, Comment, Post},
    world::{Link, World},
};

pub struct InsertOne;
pub struct GetOne;
pub struct UpdateOne;
pub struct UpdateInTransaction;

const ROWS: usize = 10_000;

/// Enough that starting and stopping the clock does not count.
fn operations(link: Link) -> usize {
    match link {
        Link::Loopback => 100,
        Link::Delayed => 10,
    }
}

/// Keys of rows all over the table, others in each run.
fn ids(operations: usize, number: usize) -> Vec<i64> {
    let mut ids: Vec<i64> = (0..operations).map(|at| ((number * 37 + at * 97) % ROWS) as i64 + 1).collect();
    ids.sort_unstable();
    ids
}

#[async_trait(?Send)]
impl Workload for InsertOne {
    type Job = Vec<Comment>;

    fn name(&self) -> &'static str {
        "insert-one"
    }

    fn sizes(&self) -> &'static [usize] {
        &[1]
    }

    fn base(&self, _: usize) -> Vec<Post> {
        data::new_posts(ROWS)
    }

    fn operations(&self, link: Link) -> usize {
        operations(link)
    }

    async fn job(&self, _: &mut World, _: usize, operations: usize, number: usize) -> Result<Vec<Comment>> {
        let comment = |at| Comment { post_id: (number % 100) as i64 + 1, ..data::new_comment(at) };
        Ok((0..operations).map(comment).collect())
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, comments: &'a Vec<Comment>) -> Prepared<'a> {
        contender.insert_each(comments).await
    }

    async fn expected(&self, world: &mut World, comments: &Vec<Comment>, rows: &Rows) -> Result<Rows> {
        let Rows::Comments(told) = rows else { return Err("comments were asked for".into()) };
        let ids: Vec<i64> = told.iter().map(|comment| comment.id).collect();
        let found = world.comments(&ids).await?;
        check(&found, comments)?;
        Ok(found.into())
    }
}

#[async_trait(?Send)]
impl Workload for GetOne {
    type Job = Vec<i64>;

    fn name(&self) -> &'static str {
        "get"
    }

    fn sizes(&self) -> &'static [usize] {
        &[1]
    }

    fn base(&self, _: usize) -> Vec<Post> {
        data::new_posts(ROWS)
    }

    fn operations(&self, link: Link) -> usize {
        operations(link)
    }

    async fn job(&self, _: &mut World, _: usize, operations: usize, number: usize) -> Result<Vec<i64>> {
        Ok(ids(operations, number))
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, ids: &'a Vec<i64>) -> Prepared<'a> {
        contender.get_each(ids).await
    }

    async fn expected(&self, world: &mut World, ids: &Vec<i64>, _: &Rows) -> Result<Rows> {
        Ok(world.comments(ids).await?.into())
    }
}

#[async_trait(?Send)]
impl Workload for UpdateOne {
    type Job = Vec<Comment>;

    fn name(&self) -> &'static str {
        "update-one"
    }

    fn sizes(&self) -> &'static [usize] {
        &[1]
    }

    fn base(&self, _: usize) -> Vec<Post> {
        data::new_posts(ROWS)
    }

    fn operations(&self, link: Link) -> usize {
        operations(link)
    }

    /// Comments of a post of their own: one that has its new text already would not be written by everybody.
    async fn job(&self, world: &mut World, _: usize, operations: usize, _: usize) -> Result<Vec<Comment>> {
        Ok(world.add(data::new_post(operations)).await?.comments)
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, comments: &'a Vec<Comment>) -> Prepared<'a> {
        contender.update_each(comments).await
    }

    async fn expected(&self, world: &mut World, comments: &Vec<Comment>, _: &Rows) -> Result<Rows> {
        let ids: Vec<i64> = comments.iter().map(|comment| comment.id).collect();
        let found = world.comments(&ids).await?;
        let edited: Vec<Comment> =
            comments.iter().map(|row| Comment { body: EDITED.to_owned(), ..row.clone() }).collect();
        check(&found, &edited)?;
        Ok(found.into())
    }
}

#[async_trait(?Send)]
impl Workload for UpdateInTransaction {
    type Job = Vec<Comment>;

    fn name(&self) -> &'static str {
        "update-in-transaction"
    }

    fn sizes(&self) -> &'static [usize] {
        &[10]
    }

    fn base(&self, _: usize) -> Vec<Post> {
        data::new_posts(ROWS)
    }

    async fn job(&self, world: &mut World, size: usize, _: usize, number: usize) -> Result<Vec<Comment>> {
        UpdateOne.job(world, size, size, number).await
    }

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, comments: &'a Vec<Comment>) -> Prepared<'a> {
        contender.update_in_transaction(comments).await
    }

    async fn expected(&self, world: &mut World, comments: &Vec<Comment>, rows: &Rows) -> Result<Rows> {
        UpdateOne.expected(world, comments, rows).await
    }
}

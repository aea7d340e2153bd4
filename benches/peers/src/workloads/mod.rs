//! What is measured, and how it is known that it was done right.

mod about;
mod insert;
mod load;
mod save;
mod single;

use async_trait::async_trait;

pub use self::{
    about::{ABOUT, About, about},
    insert::{InsertPost, InsertTrees},
    load::{AllRows, PreloadPost, PreloadTrees},
    save::{CastDiff, SaveDiff},
    single::{GetOne, InsertOne, UpdateInTransaction, UpdateOne},
};
use crate::{
    contender::{Contender, Prepared, Result, Rows},
    data::{self, Comment, Post},
    world::{Link, World},
};

#[async_trait(?Send)]
pub trait Workload {
    /// What one run works on.
    type Job;

    /// Its name in files, and on the command line.
    fn name(&self) -> &'static str;

    /// How many comments there are, for each measurement.
    fn sizes(&self) -> &'static [usize];

    /// The posts that are in the database before anything is measured.
    fn base(&self, size: usize) -> Vec<Post> {
        (0..(10_000 / size).max(1)).map(|_| data::new_post(size)).collect()
    }

    /// How many operations one run is: several where one is too short to be timed by itself.
    fn operations(&self, _link: Link) -> usize {
        1
    }

    /// What the run of a number works on.
    async fn job(&self, world: &mut World, size: usize, operations: usize, number: usize) -> Result<Self::Job>;

    async fn prepare<'a>(&self, contender: &'a mut dyn Contender, job: &'a Self::Job) -> Prepared<'a>;

    /// The database after a run, as the contender should have told it; an error where it is not what it should be.
    async fn expected(&self, world: &mut World, job: &Self::Job, rows: &Rows) -> Result<Rows>;
}

/// The sizes of what depends on the number of comments.
pub const SIZES: &[usize] = &[10, 100, 1000, 10_000, 100_000];

/// Whether comments are what was asked for; those without a key were new, and may have any.
fn check(found: &[Comment], expected: &[Comment]) -> Result<()> {
    if found.len() != expected.len() {
        return Err(format!("{} comments in the database, not {}", found.len(), expected.len()).into());
    }
    for (found, expected) in found.iter().zip(expected) {
        let id = if expected.id == 0 { found.id } else { expected.id };
        let post_id = if expected.post_id == 0 { found.post_id } else { expected.post_id };
        let expected = Comment { id, post_id, ..expected.clone() };
        if *found != expected {
            return Err(format!("in the database is {found:?}, not {expected:?}").into());
        }
    }
    Ok(())
}

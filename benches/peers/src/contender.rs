//! What every contender does, in its own best way.

use std::pin::Pin;

use async_trait::async_trait;

use crate::data::{Comment, Diff, Post};
pub use crate::rows::Rows;

pub type Error = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The part of a workload that is timed. It sends, waits, and has its results as structs of the contender's own kind
/// in the end.
pub type Timed<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + 'a>>;

/// A contender that is a variant of another one does not take part everywhere.
pub type Prepared<'a> = Result<Option<Timed<'a>>>;

/// How to look at those results afterwards, which is not timed.
pub type Answer = Box<dyn FnOnce() -> Rows>;

/// Each method gets ready what a program has in hand before it calls its library, which is not timed: a changeset, an
/// active model, rows to insert. Then it returns the part that is.
///
/// What is written comes back as it is now, with the keys that the database made. What is read is ordered by key where the
/// library lets one ask for that.
#[async_trait(?Send)]
pub trait Contender {
    /// Saves a diff that is known already.
    async fn diff<'a>(&'a mut self, diff: &'a Diff) -> Prepared<'a>;

    /// Finds the diff between the comments in hand and JSON, and saves it.
    async fn cast<'a>(&'a mut self, _diff: &'a Diff) -> Prepared<'a> {
        Ok(None)
    }

    /// Inserts posts with their comments, all or nothing.
    async fn insert<'a>(&'a mut self, _posts: &'a [Post]) -> Prepared<'a> {
        Ok(None)
    }

    /// Loads a post, and its comments.
    async fn preload<'a>(&'a mut self, _post: i64) -> Prepared<'a> {
        Ok(None)
    }

    /// Loads all posts, their comments, and the authors of these.
    async fn preload_trees<'a>(&'a mut self) -> Prepared<'a> {
        Ok(None)
    }

    /// Inserts comments, one call each.
    async fn insert_each<'a>(&'a mut self, _comments: &'a [Comment]) -> Prepared<'a> {
        Ok(None)
    }

    /// Gets comments by their keys, one call each.
    async fn get_each<'a>(&'a mut self, _ids: &'a [i64]) -> Prepared<'a> {
        Ok(None)
    }

    /// Gives the text "Edited" to each of these comments, which are loaded, one call each.
    async fn update_each<'a>(&'a mut self, _comments: &'a [Comment]) -> Prepared<'a> {
        Ok(None)
    }

    /// The same in one transaction.
    async fn update_in_transaction<'a>(&'a mut self, _comments: &'a [Comment]) -> Prepared<'a> {
        Ok(None)
    }

    /// Loads all comments.
    async fn rows<'a>(&'a mut self) -> Prepared<'a> {
        Ok(None)
    }
}

/// The text of [`Contender::update_each`].
pub const EDITED: &str = "Edited";

/// The timed part of a contender that takes part.
pub fn timed<'a>(work: impl Future<Output = Result<Answer>> + 'a) -> Prepared<'a> {
    Ok(Some(Box::pin(work)))
}

/// An answer whose rows are looked at later.
pub fn answer(rows: impl FnOnce() -> Rows + 'static) -> Result<Answer> {
    Ok(Box::new(rows))
}

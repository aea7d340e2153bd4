//! `prepare_changes`: what runs in a save's transaction before its rows are written.

use assoc_core::{Changeset, Schema, adapter::DbError, changeset::Prepare};

use crate::repo::Repo;

/// Functions that run in the transaction of a save.
pub trait PrepareChanges<T>: Sized {
    /// Runs a function in the transaction of the save, once the changeset is known to be valid, and before any row is
    /// written. It gets the changeset and a repo in that transaction, and may change more, even add errors; then, or if
    /// it fails, all is rolled back.
    ///
    /// A changeset that changes nothing runs none. Several run in the order in which they were added, those of the
    /// children after those of their owner.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Visit { id: i64, note: String }
    /// # async fn example(repo: Repo, post: Post) -> Result<(), SaveError<Changeset<Post>>> {
    /// let changeset = post.change().set(Post::title, "New").prepare_changes(async |changeset, tx: Repo| {
    ///     let count = tx.all(Visit::query()).await?.len();
    ///     Ok(changeset.set(Post::title, format!("New ({count})")))
    /// });
    /// repo.update(changeset).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn prepare_changes<F, Fut>(self, prepare: F) -> Self
    where
        F: Fn(Self, Repo) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Self, DbError>> + Send + 'static;
}

impl<T: Schema> PrepareChanges<T> for Changeset<T> {
    fn prepare_changes<F, Fut>(self, prepare: F) -> Self
    where
        F: Fn(Self, Repo) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Self, DbError>> + Send + 'static,
    {
        let mut node = self.into_node();
        node.prepare(Prepare::new(move |node, repo| match repo.downcast_ref::<Repo>() {
            Some(repo) => {
                let prepared = prepare(Changeset::from_node(node), repo.clone());
                Box::pin(async move { prepared.await.map(Changeset::into_node) })
            }
            None => Box::pin(async { Ok(node) }),
        }));
        Self::from_node(node)
    }
}

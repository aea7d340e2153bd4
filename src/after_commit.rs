//! What runs once a transaction is committed.

use std::sync::{Mutex, PoisonError};

use assoc_core::adapter::{BoxFuture, Connection, DbError};

use crate::repo::{Repo, Source};

impl Repo {
    /// Runs a function once all that was written is there to stay: after the commit of the outermost transaction, in the
    /// order in which functions were given. It never runs if that, or the nested transaction that gave it, is rolled back.
    /// Outside of a transaction it runs at once.
    ///
    /// The commit waits for it, but cannot fail by it any more. It runs also if the future of the commit is dropped in the
    /// middle. It is not kept anywhere else: where the program ends between the commit and the function, it does not run.
    /// Inside of it, use a repo that is no transaction.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
    /// repo.transaction::<_, Box<dyn std::error::Error>>(async |tx| {
    ///     let post = tx.insert(Post::build().set(Post::title, "Hello")).await?;
    ///     tx.after_commit(async move || println!("{} is there to stay", post.title)).await?;
    ///     Ok(())
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DbError::TransactionEnded`].
    pub async fn after_commit<F, Fut>(&self, callback: F) -> Result<(), DbError>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        match &*self.source {
            Source::Pool(_) => {
                callback().await;
                Ok(())
            }
            Source::Transaction(open) => open.callbacks.add(vec![Box::new(|| Box::pin(callback()))]),
        }
    }
}

type Callback = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// The functions that wait for the commit of a transaction; none once that has ended.
pub(crate) struct Callbacks(Mutex<Option<Vec<Callback>>>);

impl Default for Callbacks {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

impl Callbacks {
    pub fn add(&self, more: Vec<Callback>) -> Result<(), DbError> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.as_mut().ok_or(DbError::TransactionEnded)?.extend(more);
        Ok(())
    }

    /// The transaction has ended: what waited for it, to be run, handed on, or dropped.
    pub fn close(&self) -> Vec<Callback> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// Commits, and runs functions one after the other, also if nobody waits for that any more.
pub(crate) async fn run_after(mut connection: Box<dyn Connection>, callbacks: Vec<Callback>) -> Result<(), DbError> {
    let done = tokio::spawn(async move {
        connection.commit().await?;
        drop(connection);
        for callback in callbacks {
            callback().await;
        }
        Ok(())
    });
    match done.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(result) => result,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime ends, and with it the transaction.
        Err(Err(_)) => Err(DbError::TransactionEnded),
    }
}

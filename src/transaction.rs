//! Transactions: a repo on one connection, committed as a whole or not at all.

use std::ops::Deref;

use assoc_core::adapter::DbError;
use tokio::sync::Mutex;

use crate::repo::{Repo, Source};

/// An open transaction. It is a [`Repo`], so everything that reads or writes works inside of it; a save that
/// fails leaves it usable. Dropped without [`commit`](Self::commit), it is rolled back.
///
/// ```no_run
/// # use assoc::prelude::*;
/// # #[derive(Debug, Clone, Schema)]
/// # struct Post { id: i64, title: String }
/// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
/// let tx = repo.begin().await?;
/// let post = tx.insert(Post::build().set(Post::title, "Hello")).await?;
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction {
    repo: Repo,
}

impl Transaction {
    pub(crate) async fn begin(repo: &Repo) -> Result<Self, DbError> {
        let mut connection = repo.open()?;
        connection.begin().await?;
        let source = Source::Transaction(repo.dialect(), Mutex::new(Some(connection)));
        Ok(Self { repo: repo.beside(source) })
    }

    /// Makes everything that was written in it permanent.
    ///
    /// # Errors
    /// The database refuses (a deferred constraint, a lost connection), or a call inside of it was dropped in
    /// the middle. Nothing was written then.
    pub async fn commit(self) -> Result<(), DbError> {
        self.end(async |mut connection| connection.commit().await).await
    }

    /// Undoes everything that was written in it.
    ///
    /// # Errors
    /// The connection is lost; the database then undoes it by itself.
    pub async fn rollback(self) -> Result<(), DbError> {
        self.end(async |mut connection| connection.rollback().await).await
    }

    async fn end(
        self,
        end: impl AsyncFnOnce(Box<dyn assoc_core::adapter::Connection>) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let Source::Transaction(_, held) = &*self.repo.source else { return Ok(()) };
        let connection = held.lock().await.take().ok_or(DbError::TransactionEnded)?;
        end(connection).await
    }
}

impl Deref for Transaction {
    type Target = Repo;

    fn deref(&self) -> &Repo {
        &self.repo
    }
}

impl Drop for Transaction {
    /// Drops the connection, and with it what was not committed, whoever else holds the repo.
    fn drop(&mut self) {
        abandon(&self.repo);
    }
}

fn abandon(repo: &Repo) {
    if let Source::Transaction(_, held) = &*repo.source
        && let Ok(mut held) = held.try_lock()
    {
        held.take();
    }
}

/// Runs a function in a transaction, or up to a savepoint of the one that is open.
pub(crate) async fn run<T, E: From<DbError>>(
    repo: &Repo,
    run: impl AsyncFnOnce(&Repo) -> Result<T, E>,
) -> Result<T, E> {
    if let Source::Pool(_) = &*repo.source {
        let transaction = Transaction::begin(repo).await?;
        let result = run(&transaction).await;
        match &result {
            Ok(_) => transaction.commit().await?,
            Err(_) => transaction.rollback().await?,
        }
        return result;
    }
    repo.with(async |connection, _, _| connection.begin().await).await?;
    // If this is dropped in the middle, nobody knows what the savepoint holds: the transaction goes, too.
    let unfinished = Abandon(Some(repo));
    let result = run(repo).await;
    let keep = result.is_ok();
    repo.with(async |connection, _, _| if keep { connection.commit().await } else { connection.rollback().await })
        .await?;
    unfinished.finished();
    result
}

struct Abandon<'r>(Option<&'r Repo>);

impl Abandon<'_> {
    fn finished(mut self) {
        self.0 = None;
    }
}

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        if let Some(repo) = self.0 {
            abandon(repo);
        }
    }
}

//! Transactions: a repo on one connection, committed as a whole or not at all.

use std::{ops::Deref, sync::atomic::Ordering};

use assoc_core::adapter::{BoxFuture, Connection, DbError, TransactionOptions};

use crate::{
    after_commit,
    repo::{Repo, Source, TransactionConnection},
};

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
    pub(crate) async fn begin(repo: &Repo, options: TransactionOptions) -> Result<Self, DbError> {
        let mut connection = repo.open()?;
        let statement_timeout = options.statement_timeout.or(repo.settings.statement_timeout);
        let options = TransactionOptions { statement_timeout, ..options };
        if options == TransactionOptions::new() {
            connection.begin().await?;
        } else {
            connection.begin_with(repo.dialect().begin(&options)?).await?;
        }
        Ok(Self { repo: repo.beside(Source::transaction(repo.dialect(), connection)) })
    }

    /// Makes everything that was written in it permanent, and runs what waits for that:
    /// [`after_commit`](Repo::after_commit).
    ///
    /// # Errors
    /// The database refuses (a deferred constraint), a call inside of it was dropped in the middle, or a stream that was not
    /// read to its end has failed: nothing was written then. Where the connection was lost
    /// ([`DbError::ConnectionLost`]), nobody knows.
    pub async fn commit(self) -> Result<(), DbError> {
        let mut connection = self.take().await?;
        match self.open()?.callbacks.close() {
            callbacks if callbacks.is_empty() => connection.commit().await,
            callbacks => after_commit::run_after(connection, callbacks).await,
        }
    }

    /// Undoes everything that was written in it.
    ///
    /// # Errors
    /// The connection is lost; the database then undoes it by itself.
    pub async fn rollback(self) -> Result<(), DbError> {
        self.take().await?.rollback().await
    }

    fn open(&self) -> Result<&TransactionConnection, DbError> {
        match &*self.repo.source {
            Source::Transaction(open) => Ok(open),
            Source::Pool(_) => Err(DbError::TransactionEnded),
        }
    }

    async fn take(&self) -> Result<Box<dyn Connection>, DbError> {
        let open = self.open()?;
        if open.streaming.load(Ordering::Acquire) {
            return Err(DbError::Streaming);
        }
        open.connection.lock().await.take().ok_or(DbError::TransactionEnded)
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
        if let Ok(open) = self.open() {
            open.ended.store(true, Ordering::Release);
            open.callbacks.close();
            if let Ok(mut connection) = open.connection.try_lock() {
                connection.take();
            }
        }
    }
}

/// Runs a function in a transaction, or up to a savepoint of the one that is open.
pub(crate) async fn run<T, E: From<DbError>>(
    repo: &Repo,
    options: TransactionOptions,
    run: impl AsyncFnOnce(Repo) -> Result<T, E>,
) -> Result<T, E> {
    let running = Running::begin(repo, options).await?;
    let result = run(running.repo()).await;
    let ended = running.end(result.is_ok()).await;
    let value = result?;
    ended?;
    Ok(value)
}

/// What a function runs in. That it begins and ends is in boxes, so that it is compiled here, once, and not with each
/// function.
enum Running<'r> {
    Outermost(Transaction),
    /// The connection is lent to a repo of its own: until it comes back, the outer one cannot be used, and if it
    /// never does, because a call was dropped in the middle, the transaction goes with it.
    Nested {
        repo: &'r Repo,
        outer: &'r TransactionConnection,
        nested: Transaction,
    },
}

impl<'r> Running<'r> {
    fn begin(repo: &'r Repo, options: TransactionOptions) -> BoxFuture<'r, Result<Self, DbError>> {
        Box::pin(async move {
            match &*repo.source {
                Source::Pool(_) => Transaction::begin(repo, options).await.map(Self::Outermost),
                Source::Transaction(_) if options != TransactionOptions::new() => Err(DbError::Configuration(
                    "a nested transaction runs as the one around it began; give its options to the outermost"
                        .to_owned(),
                )),
                Source::Transaction(outer) => {
                    let mut lease = repo.lease().await?;
                    if let Err(error) = lease.connection().begin().await {
                        lease.give_back();
                        return Err(error);
                    }
                    let source = Source::transaction(repo.dialect(), lease.lend());
                    Ok(Self::Nested { repo, outer, nested: Transaction { repo: repo.beside(source) } })
                }
            }
        })
    }

    fn repo(&self) -> Repo {
        match self {
            Self::Outermost(transaction) | Self::Nested { nested: transaction, .. } => transaction.repo.clone(),
        }
    }

    /// Commits if the function succeeded, or else rolls back. Where that fails, the connection is lost; what went wrong
    /// before is what the caller wants to know.
    fn end(self, succeeded: bool) -> BoxFuture<'r, Result<(), DbError>> {
        Box::pin(async move {
            match self {
                Self::Outermost(transaction) if succeeded => transaction.commit().await,
                Self::Outermost(transaction) => transaction.rollback().await,
                Self::Nested { repo, outer, nested } => {
                    let mut connection = nested.take().await?;
                    let ended = if succeeded { connection.commit().await } else { connection.rollback().await };
                    repo.take_back(connection).await;
                    ended?;
                    if succeeded {
                        outer.callbacks.add(nested.open()?.callbacks.close())?;
                    }
                    Ok(())
                }
            }
        })
    }
}

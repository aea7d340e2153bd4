//! Transactions that are tried again when others got in their way.

use std::{
    error::Error,
    hash::{BuildHasher, RandomState},
};

use assoc_core::adapter::{DbError, Retries};

use crate::{
    error::SaveError,
    repo::{Repo, Source},
};

/// An error that can tell whether a transaction may succeed if it is tried again: because others got in its way
/// ([`DbError::Serialization`]).
///
/// Boxed errors look for a [`DbError`] among their sources. An error of your own asks what it holds:
///
/// ```
/// use assoc::{DbError, Retryable};
///
/// enum Transfer {
///     NotEnough,
///     Database(DbError),
/// }
///
/// impl Retryable for Transfer {
///     fn is_retryable(&self) -> bool {
///         matches!(self, Transfer::Database(error) if error.is_retryable())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell whether a transaction can be tried again",
    note = "implement `assoc::Retryable` for it, by asking the `DbError` or `SaveError` that it holds; `DbError`, `SaveError` and `Box<dyn Error>` do"
)]
pub trait Retryable {
    /// Whether the transaction may succeed if it is tried again.
    fn is_retryable(&self) -> bool;
}

impl Retryable for DbError {
    fn is_retryable(&self) -> bool {
        self.is_serialization_failure()
    }
}

impl<C> Retryable for SaveError<C> {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_retryable())
    }
}

impl Retryable for dyn Error + 'static {
    fn is_retryable(&self) -> bool {
        let mut cause = Some(self);
        while let Some(error) = cause {
            if error.downcast_ref::<DbError>().is_some_and(Retryable::is_retryable) {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

impl Retryable for Box<dyn Error> {
    fn is_retryable(&self) -> bool {
        (**self).is_retryable()
    }
}

impl Retryable for Box<dyn Error + Send + Sync> {
    fn is_retryable(&self) -> bool {
        let error: &(dyn Error + 'static) = &**self;
        error.is_retryable()
    }
}

impl Repo {
    /// Runs a function in a transaction, and again in a new one if others got in its way, be it at the commit: a
    /// serialization failure or a deadlock of PostgreSQL, a locked database of SQLite. Between the tries it waits, longer
    /// each time, and a bit by chance. What the function does beside the database, it may do several times:
    /// [`after_commit`](Self::after_commit) is for what must not.
    ///
    /// Inside of a transaction it is [`transaction_with`](Self::transaction_with): only the outermost can be tried again.
    ///
    /// ```no_run
    /// use assoc::{TransactionOptions, prelude::*};
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Account { id: i64, balance: i64 }
    /// # async fn example(repo: Repo) -> Result<(), SaveError<Changeset<Account>>> {
    /// let amount = 100;
    /// // With `move`, so that the future can be sent to other threads, as `tokio::spawn` wants.
    /// repo.transaction_retrying(TransactionOptions::serializable().retries(5), async move |tx| {
    ///     let account: Account = tx.fetch(7).await?;
    ///     let balance = account.balance - amount;
    ///     tx.update(account.change().set(Account::balance, balance)).await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`transaction_with`](Self::transaction_with); that of the last try.
    pub async fn transaction_retrying<T, E: From<DbError> + Retryable>(
        &self,
        retries: Retries,
        run: impl AsyncFn(Repo) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut failures = 0;
        loop {
            let result = self.transaction_with(retries.options, &run).await;
            let Err(error) = &result else { return result };
            failures += 1;
            let again = matches!(&*self.source, Source::Pool(_)) && error.is_retryable();
            let Some(pause) = retries.pause_after(failures, chance()).filter(|_| again) else { return result };
            tokio::time::sleep(pause).await;
        }
    }
}

/// A number that differs each time, as the standard library draws it for its hash maps.
fn chance() -> u64 {
    RandomState::new().hash_one(())
}

//! How a transaction runs: its isolation, what it may do, how long, and how often it is tried.

use std::time::Duration;

/// How a transaction begins: `repo.transaction_with(TransactionOptions::serializable().read_only(), …)`.
///
/// ```
/// use assoc_core::adapter::TransactionOptions;
///
/// let report = TransactionOptions::serializable().read_only().deferrable();
/// let transfer = TransactionOptions::serializable().retries(5);
/// # drop((report, transfer));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "options do nothing until a transaction begins with them"]
pub struct TransactionOptions {
    /// How much it sees of others; the database's default if nothing is said.
    pub isolation: Option<Isolation>,
    /// Whether writing is an error.
    pub read_only: bool,
    /// Whether a serializable, read-only transaction waits until it can run without ever failing.
    pub deferrable: bool,
    /// How long each of its statements may take.
    pub statement_timeout: Option<Duration>,
}

/// How much a transaction sees of others that run at the same time: at least what the level promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// All statements see what was committed before the first.
    RepeatableRead,
    /// As if transactions ran one after the other.
    Serializable,
}

impl TransactionOptions {
    /// As the database does it by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Each statement sees what was committed before it began.
    pub fn read_committed() -> Self {
        Self { isolation: Some(Isolation::ReadCommitted), ..Self::new() }
    }

    /// All statements see what was committed before the first.
    pub fn repeatable_read() -> Self {
        Self { isolation: Some(Isolation::RepeatableRead), ..Self::new() }
    }

    /// As if transactions ran one after the other; where that cannot be, one of them fails with
    /// [`DbError::Serialization`](super::DbError::Serialization), and can be tried again: see [`retries`](Self::retries).
    ///
    /// SQLite has no other transactions.
    pub fn serializable() -> Self {
        Self { isolation: Some(Isolation::Serializable), ..Self::new() }
    }

    /// Writing is an error of the database.
    ///
    /// SQLite cannot tell a transaction so: connect with `sqlite://file.db?mode=ro` there.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// A serializable and read-only transaction waits, at its beginning, until it cannot fail any more, nor make others fail.
    /// On its own this has no effect. PostgreSQL only.
    pub fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// The database ends a statement that takes longer, with [`DbError::Timeout`](super::DbError::Timeout). PostgreSQL
    /// only.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = Some(timeout);
        self
    }

    /// Tries that many times more, after a pause, if others got in the way: for `transaction_retrying`.
    pub fn retries(self, retries: u32) -> Retries {
        Retries { options: self, retries, pause: Duration::from_millis(10), longest: Duration::from_secs(1) }
    }
}

/// How often a transaction is tried again if others got in the way, and how long it waits before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "options do nothing until a transaction begins with them"]
pub struct Retries {
    /// How each try begins.
    pub options: TransactionOptions,
    retries: u32,
    pause: Duration,
    longest: Duration,
}

impl Retries {
    /// The pause before the second try, 10 ms if nothing is said, and the longest one, 1 s. It doubles each time; half of
    /// it is left to chance, so that those who met once do not meet again.
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.pause, self.longest) = (first, longest);
        self
    }

    /// How long to wait after that many failures; `None` if that was the last try. `chance` is any number.
    pub fn pause_after(&self, failures: u32, chance: u64) -> Option<Duration> {
        if failures > self.retries {
            return None;
        }
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let half = self.pause.saturating_mul(doubled).min(self.longest) / 2;
        Some(half + half.mul_f64((chance % 1024) as f64 / 1024.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let millis = Duration::from_millis;
        let retries = TransactionOptions::new().retries(4).pauses(millis(10), millis(30));
        let pauses = |chance| (1..=5).map(|failures| retries.pause_after(failures, chance)).collect::<Vec<_>>();
        assert_eq!(pauses(0), [Some(millis(5)), Some(millis(10)), Some(millis(15)), Some(millis(15)), None]);
        assert_eq!(
            pauses(512),
            [7_500, 15_000, 22_500, 22_500]
                .map(Duration::from_micros)
                .map(Some)
                .into_iter()
                .chain([None])
                .collect::<Vec<_>>()
        );
        assert_eq!(TransactionOptions::new().retries(0).pause_after(1, 0), None);
    }
}

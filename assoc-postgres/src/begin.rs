//! How a transaction begins.

use std::{borrow::Cow, fmt::Write as _, time::Duration};

use assoc_core::adapter::{Isolation, TransactionOptions};

/// `BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SET LOCAL statement_timeout = 5000`
pub(crate) fn begin(options: &TransactionOptions) -> Cow<'static, str> {
    if *options == TransactionOptions::new() {
        return "BEGIN".into();
    }
    let mut text = "BEGIN".to_owned();
    text.push_str(match options.isolation {
        Some(Isolation::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
        Some(Isolation::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
        Some(Isolation::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
        None => "",
    });
    text.push_str(if options.read_only { " READ ONLY" } else { "" });
    text.push_str(if options.deferrable { " DEFERRABLE" } else { "" });
    if let Some(timeout) = options.statement_timeout {
        let _ = write!(text, "; SET LOCAL statement_timeout = {}", millis(timeout));
    }
    text.into()
}

/// The number always fits: 0 would be no timeout at all, and one that the database refuses would leave the transaction
/// that has just begun in the pool.
fn millis(timeout: Duration) -> i32 {
    i32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(i32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_left_to_the_database() {
        assert_eq!(begin(&TransactionOptions::new()), "BEGIN");
        assert_eq!(begin(&TransactionOptions::new().read_only()), "BEGIN READ ONLY");
        assert_eq!(
            begin(&TransactionOptions::serializable().deferrable().statement_timeout(Duration::from_secs(5))),
            "BEGIN ISOLATION LEVEL SERIALIZABLE DEFERRABLE; SET LOCAL statement_timeout = 5000"
        );
    }

    #[test]
    fn every_timeout_is_one_that_the_database_takes() {
        for (timeout, expected) in [
            (Duration::ZERO, 1),
            (Duration::from_nanos(1), 1),
            (Duration::from_micros(1001), 2),
            (Duration::MAX, i32::MAX),
        ] {
            assert_eq!(millis(timeout), expected);
        }
    }
}

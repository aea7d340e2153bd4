//! How many statements a test may send.

use std::fmt;

use assoc_core::statements::{Statements, record};

/// How many statements are right. Written as `<= 3`, `< 3` or `== 3` in [`assert_statements!`](crate::assert_statements).
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Budget {
    AtMost(usize),
    Below(usize),
    Exactly(usize),
}

impl Budget {
    fn allows(self, count: usize) -> bool {
        match self {
            Self::AtMost(most) => count <= most,
            Self::Below(bound) => count < bound,
            Self::Exactly(number) => count == number,
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::Below(bound) => write!(f, "fewer than {bound}"),
            Self::Exactly(number) => write!(f, "exactly {number}"),
        }
    }
}

/// What the future gives, or what to say about the statements it sent.
#[doc(hidden)]
pub async fn within<T>(budget: Budget, future: impl Future<Output = T>) -> Result<T, String> {
    let (value, sent) = record(future).await;
    if budget.allows(sent.count()) { Ok(value) } else { Err(complaint(budget, &sent)) }
}

fn complaint(budget: Budget, sent: &Statements) -> String {
    let mut said = format!("expected {budget} statements, but {} were sent", sent.count());
    if let Some((_, times)) = sent.repeated() {
        said += &format!(
            ";\nthe same statement was sent {times} times: if that is once for each row (N+1), load what it reads for all rows \
             at once: `repo.preload(&mut rows, …)`, or `query.preload(…)`"
        );
    }
    if sent.round_trips() > 0 {
        said += &format!(":\n{sent}");
    }
    said
}

/// Fails the test if a future sends more statements than it may: `<= n`, `< n`, or not exactly as many: `== n`. Gives back
/// what the future gives.
///
/// Statements of every repo of `assoc` count, in transactions and outside of them; BEGIN, COMMIT and savepoints do not, as
/// in a plan. So an N+1 is a test that fails, and says which statement was sent again and again.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let posts = assoc_test::assert_statements!(<= 2, async {
///     // repo.all(Post::query().preload(Post::comments)).await.unwrap()
/// #   vec![1, 2]
/// });
/// assert_eq!(posts.len(), 2);
/// # });
/// ```
#[macro_export]
macro_rules! assert_statements {
    (<= $most:expr, $future:expr $(,)?) => {
        $crate::__within!(AtMost, $most, $future)
    };
    (< $bound:expr, $future:expr $(,)?) => {
        $crate::__within!(Below, $bound, $future)
    };
    (== $number:expr, $future:expr $(,)?) => {
        $crate::__within!(Exactly, $number, $future)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __within {
    ($budget:ident, $number:expr, $future:expr) => {
        match $crate::within($crate::Budget::$budget($number), $future).await {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(complaint) => ::core::panic!("{complaint}"),
        }
    };
}

//! The statements that a task sends, counted and listed: for budgets, whatever repo sends them.

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

type Record = Arc<Mutex<Vec<Sent>>>;

thread_local! {
    /// The recordings that the future which is polled right now is part of, the outermost first.
    static OPEN: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
}

/// Runs a future, and tells what statements it sent, by any repo, in transactions or outside of them.
///
/// Recordings nest: the outer one has the statements of the inner one, too. What the future spawns is a task of its own
/// and is not recorded, nor is what goes to the driver directly.
///
/// ```
/// # assoc_core::statements::ready(async {
/// let (value, sent) = assoc_core::statements::record(async { 42 }).await;
/// assert_eq!((value, sent.count()), (42, 0));
/// # });
/// ```
pub fn record<F: Future>(future: F) -> Recording<F> {
    Recording { future: Box::pin(future), record: Record::default() }
}

/// A future whose statements are recorded. Made by [`record`].
#[must_use = "futures do nothing unless polled"]
pub struct Recording<F> {
    future: Pin<Box<F>>,
    record: Record,
}

impl<F: Future> Future for Recording<F> {
    type Output = (F::Output, Statements);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let open = Open::enter(self.record.clone());
        let polled = self.future.as_mut().poll(context);
        drop(open);
        let sent = || std::mem::take(&mut *self.record.lock().unwrap_or_else(PoisonError::into_inner));
        polled.map(|output| (output, Statements { sent: sent() }))
    }
}

/// A recording while its future is polled; also where that panics, it ends.
struct Open;

impl Open {
    fn enter(record: Record) -> Self {
        OPEN.with_borrow_mut(|open| open.push(record));
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.with_borrow_mut(Vec::pop);
    }
}

/// What a text that is sent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It reads or writes.
    Statement,
    /// It begins or ends a transaction or a savepoint.
    Control,
}

#[derive(Clone, Debug)]
struct Sent {
    kind: Kind,
    text: String,
}

/// For connections: a statement is about to be sent.
#[doc(hidden)]
pub fn note(kind: Kind, text: &str) {
    OPEN.with_borrow(|open| {
        for record in open {
            let sent = Sent { kind, text: text.to_owned() };
            record.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        }
    });
}

/// The statements that were sent, in their order. They hold no values.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    sent: Vec<Sent>,
}

impl Statements {
    /// How many they are, as a plan counts them: those that read or write.
    pub fn count(&self) -> usize {
        self.texts().count()
    }

    /// The same with what begins and ends transactions and savepoints.
    pub fn round_trips(&self) -> usize {
        self.sent.len()
    }

    /// The texts of those that read or write.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.sent.iter().filter(|sent| sent.kind == Kind::Statement).map(|sent| sent.text.as_str())
    }

    /// The text that was sent most often, with how often; `None` where none was sent twice. One text for many rows is
    /// what N+1 queries look like.
    pub fn repeated(&self) -> Option<(&str, usize)> {
        let mut times: HashMap<&str, usize> = HashMap::new();
        let mut most: Option<(&str, usize)> = None;
        for text in self.texts() {
            let times = times.entry(text).or_default();
            *times += 1;
            if *times > most.map_or(1, |(_, most)| most) {
                most = Some((text, *times));
            }
        }
        most
    }
}

impl fmt::Display for Statements {
    /// One a line, numbered; what begins and ends transactions has no number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = 0;
        for (at, Sent { kind, text }) in self.sent.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            if *kind == Kind::Control {
                write!(f, "{end}   - {text}")?;
            } else {
                number += 1;
                write!(f, "{end}{number:>3}. {text}")?;
            }
        }
        Ok(())
    }
}

/// For examples: the output of a future that waits for nothing.
#[doc(hidden)]
pub fn ready<F: Future>(future: F) -> Option<F::Output> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind::*, *};

    #[test]
    fn only_what_is_sent_inside_is_recorded_and_inner_recordings_count_for_outer_ones() {
        note(Statement, "before");
        let inner = async {
            note(Statement, "one");
            record(async { note(Statement, "two") }).await.1.count()
        };
        let (inner, sent) = ready(record(inner)).unwrap();
        note(Statement, "after");
        assert_eq!((inner, sent.texts().collect::<Vec<_>>()), (1, vec!["one", "two"]));
    }

    #[test]
    fn a_future_that_waits_records_nothing_of_others() {
        let mut waits = std::pin::pin!(record(std::future::pending::<()>()));
        assert!(waits.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_pending());
        note(Statement, "another task");
        assert_eq!(waits.record.lock().unwrap().len(), 0);
    }

    #[test]
    fn transactions_are_listed_and_not_counted() {
        let sends = async {
            note(Control, "BEGIN");
            (0..3).for_each(|_| note(Statement, "SELECT 1"));
            note(Statement, "SELECT 2");
            note(Control, "COMMIT");
        };
        let ((), sent) = ready(record(sends)).unwrap();
        assert_eq!((sent.count(), sent.round_trips(), sent.repeated()), (4, 6, Some(("SELECT 1", 3))));
        assert_eq!(
            sent.to_string(),
            "   - BEGIN\n  1. SELECT 1\n  2. SELECT 1\n  3. SELECT 1\n  4. SELECT 2\n   - COMMIT"
        );
    }
}

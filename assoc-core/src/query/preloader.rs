//! Preloading: one statement for each association and level, rows put where they belong as they arrive.

use std::sync::{Mutex, PoisonError};

use super::{
    Context,
    branch::{Branch, branches},
    preload::Spec,
};
use crate::{
    adapter::{BoxFuture, Connection, DbError},
    schema::Entity,
};

/// Where further connections come from, to load associations beside each other; `None` where there is one only, that of a
/// transaction.
pub type More<'a> = Option<&'a (dyn Fn() -> Box<dyn Connection> + Send + Sync)>;

/// So many associations of one level are loaded at the same time.
const AT_ONCE: usize = 4;

/// Loads associations of rows of one schema. Rows that have them loaded keep them, be it in part,
/// unless forced.
///
/// All associations of a level are loaded on `connection`, one after the other. Where there are more connections, each
/// that can be had helps with what nobody has begun. So whoever waits for a connection keeps nobody from going on: one is
/// enough, and none is waited for once there is nothing left to begin.
///
/// # Errors
/// A statement fails, or a row does not fit its schema; the association is not loaded then, and no further one is begun.
pub fn preload<'a, 'e: 'a>(
    owners: Vec<&'e mut dyn Entity>,
    specs: &'a [Spec],
    connection: &'a mut dyn Connection,
    more: More<'a>,
    cx: &'a Context,
) -> BoxFuture<'a, Result<(), DbError>> {
    Box::pin(async move { level(owners, &Spec::merged(specs)?, connection, more, cx).await })
}

/// The same for specs that name each association once.
pub(super) fn level<'a, 'e: 'a>(
    owners: Vec<&'e mut dyn Entity>,
    specs: &'a [Spec],
    connection: &'a mut dyn Connection,
    more: More<'a>,
    cx: &'a Context,
) -> BoxFuture<'a, Result<(), DbError>> {
    Box::pin(async move {
        let branches = branches(owners, specs, cx);
        let helpers = branches.len().min(AT_ONCE).saturating_sub(1);
        let work = Work { cx, state: Mutex::new(State { running: 0, failed: None, waiting: branches }) };
        let mut workers: Vec<BoxFuture<'_, ()>> = vec![Box::pin(work.on(connection, more))];
        if let Some(more) = more {
            workers.extend((0..helpers).map(|_| -> BoxFuture<'_, ()> { Box::pin(work.help(more())) }));
        }
        work.done_by(&mut workers).await;
        drop(workers);
        work.state.into_inner().unwrap_or_else(PoisonError::into_inner).failed.map_or(Ok(()), Err)
    })
}

/// The associations of a level, taken by whoever has a connection.
struct Work<'a, 'e> {
    cx: &'a Context,
    state: Mutex<State<'a, 'e>>,
}

struct State<'s, 'e> {
    /// In reverse order.
    waiting: Vec<Branch<'s, 'e>>,
    running: usize,
    failed: Option<DbError>,
}

impl<'a, 'e> Work<'a, 'e> {
    fn with<T>(&self, change: impl FnOnce(&mut State<'a, 'e>) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self) -> Option<Branch<'a, 'e>> {
        self.with(|state| {
            let branch = state.waiting.pop()?;
            state.running += 1;
            Some(branch)
        })
    }

    async fn on(&self, connection: &mut dyn Connection, more: More<'a>) {
        while let Some(branch) = self.take() {
            let result = branch.load(connection, more, self.cx).await;
            self.with(|state| {
                state.running -= 1;
                if let Err(error) = result {
                    state.waiting.clear();
                    state.failed.get_or_insert(error);
                }
            });
        }
    }

    /// A connection that cannot be had is none that is needed.
    async fn help(&self, mut connection: Box<dyn Connection>) {
        if connection.ready().await.is_ok() {
            self.on(&mut *connection, None).await;
        }
    }

    /// Waits for all that was begun, not for workers that still wait for a connection.
    async fn done_by(&self, workers: &mut Vec<BoxFuture<'_, ()>>) {
        std::future::poll_fn(|context| {
            workers.retain_mut(|worker| worker.as_mut().poll(context).is_pending());
            let is_done = self.with(|state| state.waiting.is_empty() && state.running == 0);
            if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

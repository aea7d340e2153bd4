//! Connections that stay with a repo between two of its calls.
//!
//! A pool of sqlx asks the database whether a connection is well whenever one comes back: a round trip for each call, in
//! which the connection is missing. A repo that made its pool itself keeps connections instead whose last statement was
//! answered to its end. Each goes back to the pool, where it is tested, and closed if it is too old, when nobody has needed
//! it for a moment, and from time to time in any case; the last one that others could have goes back at once.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::{Either, select};
use sqlx::{Database, Pool, pool::PoolConnection};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, SemaphorePermit},
};

use crate::{lost::LastLoss, source::Taken};

/// So long nobody needs a connection before it goes back to the pool.
const IDLE: Duration = Duration::from_millis(200);
/// So long a connection is away from the pool, unless somebody is using it.
const AWAY: Duration = Duration::from_secs(1);

pub(crate) struct Kept<DB: Database> {
    pool: Pool<DB>,
    pub loss: Arc<LastLoss>,
    state: Mutex<State<DB>>,
    /// As many permits as there are connections, apart from those that were promised to somebody who waits: first come,
    /// first served.
    free: Semaphore,
    waiting: AtomicUsize,
}

struct State<DB: Database> {
    /// The last one was used last.
    idle: Vec<Idle<DB>>,
    is_swept: bool,
}

struct Idle<DB: Database> {
    taken: Taken<DB>,
    since: Instant,
}

impl<DB: Database> Kept<DB> {
    pub fn of(pool: Pool<DB>, loss: Arc<LastLoss>) -> Self {
        let state = Mutex::new(State { idle: Vec::new(), is_swept: false });
        Self { pool, loss, state, free: Semaphore::new(0), waiting: AtomicUsize::new(0) }
    }

    pub fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    fn state(&self) -> MutexGuard<'_, State<DB>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that was used a moment ago, if nobody waits for it.
    pub fn free(&self) -> Option<Taken<DB>> {
        let free = self.free.try_acquire().ok().filter(|_| !self.pool.is_closed())?;
        free.forget();
        self.pop()
    }

    /// One that comes back, or one of the pool.
    pub async fn acquire(&self) -> Result<Taken<DB>, sqlx::Error> {
        if self.others_have_one() {
            // One that is being opened is waited for: given up halfway, it would have been opened in vain.
            return self.pool.acquire().await.map(Taken::now);
        }
        let _waiting = Waiting::at(&self.waiting);
        let (kept, new) = (std::pin::pin!(self.free.acquire()), std::pin::pin!(self.pool.acquire()));
        match select(kept, new).await {
            Either::Left((free, new)) => {
                free.map(SemaphorePermit::forget).map_err(|_| sqlx::Error::PoolClosed)?;
                match self.pop() {
                    Some(taken) => Ok(taken),
                    None => new.await.map(Taken::now),
                }
            }
            Either::Right((new, _)) => new.map(Taken::now),
        }
    }

    /// The one that was used last. If one was lost since it was taken, this one may be, too, and goes back, to be tested.
    fn pop(&self) -> Option<Taken<DB>> {
        let taken = self.state().idle.pop().map(|idle| idle.taken);
        taken.filter(|taken| !self.loss.is_within(taken.since.elapsed()))
    }

    /// Takes one back whose last statement was answered to its end.
    pub fn keep(self: &Arc<Self>, taken: Taken<DB>) {
        let is_wanted = self.waiting.load(Ordering::Acquire) > 0 || self.others_have_one();
        if !is_wanted || self.pool.is_closed() || taken.since.elapsed() > AWAY {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let mut state = self.state();
        state.idle.push(Idle { taken, since: Instant::now() });
        let is_swept = std::mem::replace(&mut state.is_swept, true);
        drop(state);
        self.free.add_permits(1);
        if !is_swept {
            runtime.spawn(sweep(Sweeper(Arc::downgrade(self)), self.pool.clone()));
        }
    }

    /// Whether who asks the pool itself would get a connection.
    fn others_have_one(&self) -> bool {
        self.pool.num_idle() > 0 || self.pool.size() < self.pool.options().get_max_connections()
    }

    /// Gives back those that nobody has needed since; whether any are left.
    pub fn give_back(&self, since: Instant) -> bool {
        let mut state = self.state();
        let old = state.idle.partition_point(|idle| idle.since <= since);
        // Those that are promised to somebody stay.
        let free = (0..old).map_while(|_| self.free.try_acquire().ok().map(SemaphorePermit::forget)).count();
        let old: Vec<_> = state.idle.drain(..free).collect();
        state.is_swept = !state.idle.is_empty();
        let is_left = state.is_swept;
        drop(state);
        drop(old);
        is_left
    }
}

/// Gives back connections until there is none.
async fn sweep<DB: Database>(sweeper: Sweeper<DB>, pool: Pool<DB>) {
    loop {
        let pause = std::pin::pin!(tokio::time::sleep(IDLE));
        select(pause, std::pin::pin!(pool.close_event())).await;
        let Some(kept) = sweeper.0.upgrade() else { return };
        let now = Instant::now();
        let before = if pool.is_closed() { now } else { now.checked_sub(IDLE).unwrap_or(now) };
        if !kept.give_back(before) {
            return;
        }
    }
}

/// Should its runtime end, another one may sweep.
struct Sweeper<DB: Database>(Weak<Kept<DB>>);

impl<DB: Database> Drop for Sweeper<DB> {
    fn drop(&mut self) {
        if let Some(kept) = self.0.upgrade() {
            let mut state = kept.state();
            if !state.idle.is_empty() {
                state.is_swept = false;
            }
        }
    }
}

impl<DB: Database> Drop for Kept<DB> {
    /// Connections go back to the pool by a task of the runtime; where there is none, they are closed.
    fn drop(&mut self) {
        if Handle::try_current().is_err() {
            let idle = std::mem::take(&mut self.state().idle);
            idle.into_iter().for_each(|idle| drop(PoolConnection::detach(idle.taken.connection)));
        }
    }
}

/// Counts who waits.
struct Waiting<'k>(&'k AtomicUsize);

impl<'k> Waiting<'k> {
    fn at(count: &'k AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

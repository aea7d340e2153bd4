//! Where connections come from, and where they go.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, Instant},
};

use assoc_core::adapter::BoxFuture;
use sqlx::{Connection as _, Database, Pool, pool::PoolConnection};

use crate::{kept::Kept, lost::LastLoss};

/// A connection that was idle for longer is tested before it is used.
const TRUSTED: Duration = Duration::from_secs(5);

/// Where connections come from.
pub(crate) enum Source<DB: Database> {
    /// A pool that others know, too, or that has hooks of theirs: each of its connections goes back to it at once.
    Given(Pool<DB>),
    /// A pool that was made for this.
    Own(Arc<Kept<DB>>),
}

impl<DB: Database> Source<DB> {
    /// Connects with a pool made for this.
    pub async fn connect(
        options: sqlx::pool::PoolOptions<DB>,
        to: <DB::Connection as sqlx::Connection>::Options,
    ) -> Result<Self, sqlx::Error> {
        let loss = Arc::new(LastLoss::default());
        let last = loss.clone();
        let options = options.test_before_acquire(false).before_acquire(move |connection, found| {
            let is_suspect = found.idle_for > TRUSTED || last.is_within(found.idle_for);
            Box::pin(async move {
                if is_suspect {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
        Ok(Self::Own(Arc::new(Kept::of(options.connect_with(to).await?, loss))))
    }

    pub fn pool(&self) -> &Pool<DB> {
        match self {
            Self::Given(pool) => pool,
            Self::Own(kept) => kept.pool(),
        }
    }

    pub async fn acquire(&self) -> Result<Taken<DB>, sqlx::Error> {
        let Self::Own(kept) = self else { return Box::pin(self.pool().acquire()).await.map(Taken::now) };
        match kept.free() {
            Some(taken) => Ok(taken),
            // In a box, here and above: what opens a connection is large, and would be part of every statement's future.
            None => Box::pin(kept.acquire()).await,
        }
    }

    /// One was found dead: the database may have closed all of them, and none is used again before it was tested.
    pub fn suspect(&self) {
        if let Self::Own(kept) = self {
            kept.loss.note();
            kept.give_back(Instant::now());
        }
    }

    /// One that has just answered, after another was found dead.
    pub fn acquire_alive(&self) -> BoxFuture<'_, Result<Taken<DB>, sqlx::Error>> {
        Box::pin(async move {
            loop {
                let mut connection = self.pool().acquire().await?;
                match connection.ping().await {
                    Ok(()) => return Ok(Taken::now(connection)),
                    // A new one is opened in its place; where that fails, that is the error.
                    Err(_) => drop(connection.detach()),
                }
            }
        })
    }

    /// Takes one back whose last statement was answered to its end.
    pub fn keep(&self, taken: Taken<DB>) {
        if let Self::Own(kept) = self {
            kept.keep(taken);
        }
    }
}

impl<DB: Database> Clone for Source<DB> {
    fn clone(&self) -> Self {
        match self {
            Self::Given(pool) => Self::Given(pool.clone()),
            Self::Own(kept) => Self::Own(kept.clone()),
        }
    }
}

/// A connection that was taken out of the pool.
pub(crate) struct Taken<DB: Database> {
    pub connection: PoolConnection<DB>,
    pub since: Instant,
}

impl<DB: Database> Taken<DB> {
    pub fn now(connection: PoolConnection<DB>) -> Self {
        Self { connection, since: Instant::now() }
    }
}

impl<DB: Database> Deref for Taken<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: Database> DerefMut for Taken<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

//! Connections while they are used: ones of the pool, or that of a transaction.

use std::sync::atomic::{AtomicBool, Ordering};

use assoc_core::{
    adapter::{Connection, DbError, Pool, TransactionOptions},
    run::Scope,
};
use tokio::sync::MutexGuard;

use crate::{
    observe::observed,
    repo::{Repo, Source},
    timed::Timed,
};

impl Repo {
    /// A connection: one of the pool, or that of the transaction.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>, DbError> {
        match &*self.source {
            Source::Pool(pool) => Ok(Lease::of(self.connection_of(&**pool)?)),
            Source::Transaction(_) if self.settings.statement_timeout.is_some() => Err(DbError::Configuration(
                "a transaction keeps the statement timeout with which it began: set it by `TransactionOptions`"
                    .to_owned(),
            )),
            Source::Transaction(open) => {
                let mut home = open.connection.lock().await;
                let connection = home.take().filter(|_| !open.ended.load(Ordering::Acquire));
                let connection = connection.ok_or(DbError::TransactionEnded)?;
                Ok(Lease { connection, home: Some(Home { slot: home, ended: &open.ended }) })
            }
        }
    }

    /// A connection of a pool, in the way of this repo.
    pub(crate) fn connection_of(&self, pool: &dyn Pool) -> Result<Box<dyn Connection>, DbError> {
        let connection = observed(pool.connection(), &self.settings.observer);
        if let Some(timeout) = self.settings.statement_timeout {
            let begin = pool.dialect().begin(&TransactionOptions::new().statement_timeout(timeout))?;
            return Ok(Box::new(Timed::new(connection, begin)));
        }
        Ok(connection)
    }

    /// Takes back what was lent.
    pub(crate) async fn take_back(&self, connection: Box<dyn Connection>) {
        if let Source::Transaction(open) = &*self.source {
            let home = Home { slot: open.connection.lock().await, ended: &open.ended };
            Lease { connection, home: Some(home) }.give_back();
        }
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Connection>, DbError> {
        match &*self.source {
            Source::Pool(pool) => Ok(observed(pool.connection(), &self.settings.observer)),
            Source::Transaction(..) => Err(DbError::Configuration(
                "this repo is in a transaction already; nest with `repo.transaction(async |tx| …)`".to_owned(),
            )),
        }
    }

    /// The sqlx pool behind this repo, if it is one of that database.
    pub(crate) fn driver<P: 'static>(&self) -> Option<&P> {
        match &*self.source {
            Source::Pool(pool) => pool.as_any().downcast_ref(),
            Source::Transaction(..) => None,
        }
    }
}

/// A connection while it is used. A transaction gets its connection back only by [`give_back`](Self::give_back);
/// where that is never reached, because a future was dropped, the transaction is rolled back.
pub(crate) struct Lease<'r> {
    connection: Box<dyn Connection>,
    home: Option<Home<'r>>,
}

/// Where the connection of a transaction belongs.
struct Home<'r> {
    slot: MutexGuard<'r, Option<Box<dyn Connection>>>,
    ended: &'r AtomicBool,
}

impl Lease<'_> {
    /// A connection of a pool.
    pub fn of(connection: Box<dyn Connection>) -> Self {
        Self { connection, home: None }
    }

    pub fn connection(&mut self) -> &mut dyn Connection {
        &mut *self.connection
    }

    pub fn scope(&self) -> Scope {
        if self.home.is_some() { Scope::Joined } else { Scope::Own }
    }

    pub fn give_back(self) {
        if let Some(mut home) = self.home.filter(|home| !home.ended.load(Ordering::Acquire)) {
            *home.slot = Some(self.connection);
        }
    }

    /// The connection, for a nested transaction.
    pub fn lend(self) -> Box<dyn Connection> {
        self.connection
    }
}

//! Connections while they are used: ones of the pool, or that of a transaction.

use std::sync::atomic::{AtomicBool, Ordering};

use assoc_core::{
    adapter::{Connection, DbError, Pool, TransactionOptions},
    run::Scope,
};
use tokio::sync::MutexGuard;

use crate::{
    observe::observed,
    repo::{Repo, Source, TransactionConnection},
    timed::Timed,
};

impl Repo {
    /// A connection: one of the pool, or that of the transaction.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>, DbError> {
        match &*self.source {
            Source::Pool(pool) => self.lease_of(&**pool),
            Source::Transaction(open) => {
                if open.streaming.load(Ordering::Acquire) {
                    return Err(DbError::Streaming);
                }
                self.lease_held(open).await
            }
        }
    }

    /// The connection of the transaction.
    pub(crate) async fn lease_held<'r>(&self, open: &'r TransactionConnection) -> Result<Lease<'r>, DbError> {
        if self.settings.statement_timeout.is_some() {
            return Err(DbError::Configuration(
                "a transaction keeps the statement timeout with which it began: set it by `TransactionOptions`"
                    .to_owned(),
            ));
        }
        Lease::held(open).await
    }

    /// A connection of a pool.
    pub(crate) fn lease_of<'r>(&'r self, pool: &'r dyn Pool) -> Result<Lease<'r>, DbError> {
        let connection = self.opener(pool)?();
        Ok(Lease { connection, home: None, pool: Some(pool) })
    }

    /// Opens connections of a pool, in the way of this repo.
    pub(crate) fn opener<'r>(&'r self, pool: &'r dyn Pool) -> Result<impl Fn() -> Box<dyn Connection> + 'r, DbError> {
        let timed = self.settings.statement_timeout.map(|timeout| TransactionOptions::new().statement_timeout(timeout));
        let begin = timed.map(|options| pool.dialect().begin(&options)).transpose()?;
        Ok(move || {
            let connection = observed(pool.connection(), &self.settings.observer, pool.dialect().name());
            match &begin {
                Some(begin) => Box::new(Timed::new(connection, begin.clone())),
                None => connection,
            }
        })
    }

    /// Takes back what was lent.
    pub(crate) async fn take_back(&self, connection: Box<dyn Connection>) {
        if let Source::Transaction(open) = &*self.source {
            let home = Home { slot: open.connection.lock().await, ended: &open.ended };
            Lease { connection, home: Some(home), pool: None }.give_back();
        }
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Connection>, DbError> {
        match &*self.source {
            Source::Pool(pool) => Ok(observed(pool.connection(), &self.settings.observer, pool.dialect().name())),
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
    pool: Option<&'r dyn Pool>,
}

/// Where the connection of a transaction belongs.
struct Home<'r> {
    slot: MutexGuard<'r, Option<Box<dyn Connection>>>,
    ended: &'r AtomicBool,
}

impl<'r> Lease<'r> {
    /// The connection of a transaction.
    pub async fn held(open: &'r TransactionConnection) -> Result<Self, DbError> {
        let mut home = open.connection.lock().await;
        let connection = home.take().filter(|_| !open.ended.load(Ordering::Acquire));
        let connection = connection.ok_or(DbError::TransactionEnded)?;
        Ok(Self { connection, home: Some(Home { slot: home, ended: &open.ended }), pool: None })
    }

    /// The pool that it is of, if it is no transaction's.
    pub fn pool(&self) -> Option<&'r dyn Pool> {
        self.pool
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

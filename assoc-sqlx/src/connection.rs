//! A connection of the pool, with its transaction.

use std::{any::Any, borrow::Cow, future::poll_fn, task::Poll};

use assoc_core::adapter::{Room, Sql, TransactionOptions};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Transaction, pool::PoolConnection};

use super::*;

/// A connection, taken out of the pool when it is first needed. Dropping a transaction of sqlx rolls it back
/// before anybody else gets the connection.
pub(crate) struct Held<D: Driver> {
    pool: sqlx::Pool<D::Database>,
    state: State<D::Database>,
}

enum State<DB: Database> {
    Idle,
    Plain(PoolConnection<DB>),
    Transaction {
        transaction: Transaction<'static, DB>,
        savepoints: u32,
        /// How many savepoints there were when a statement failed that nobody has rolled back since.
        failed: Option<u32>,
    },
}

impl<D: Driver> Held<D>
where
    for<'c> &'c mut <D::Database as Database>::Connection: Executor<'c, Database = D::Database>,
{
    pub fn new(pool: sqlx::Pool<D::Database>) -> Self {
        Self { pool, state: State::Idle }
    }

    async fn get(&mut self) -> Result<&mut <D::Database as Database>::Connection, DbError> {
        if let State::Idle = self.state {
            self.state = State::Plain(self.pool.acquire().await.map_err(D::error)?);
        }
        match &mut self.state {
            State::Plain(connection) => Ok(connection),
            State::Transaction { transaction, .. } => Ok(transaction),
            State::Idle => Err(DbError::TransactionEnded),
        }
    }

    /// PostgreSQL answers a COMMIT after a failure with a rollback, and says so in passing.
    fn note_failure(&mut self) {
        if let State::Transaction { savepoints, failed, .. } = &mut self.state
            && D::FAILURE_ABORTS
        {
            failed.get_or_insert(*savepoints);
        }
    }

    async fn fetch(&mut self, sql: Sql<'_>, on_row: OnRow<'_>, room: Room<'_>) -> Result<(), DbError>
    where
        <D::Database as Database>::Arguments: IntoArguments<D::Database>,
    {
        // The text is rendered by the dialect: identifiers quoted, values bound.
        let query = sqlx::query_with(AssertSqlSafe(sql.text), arguments::<D>(&sql.binds)?);
        let mut rows = self.get().await?.fetch(query);
        loop {
            poll_fn(|_| room()).await;
            match rows.try_next().await {
                Ok(Some(row)) => D::read(&row, on_row)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    drop(rows);
                    self.note_failure();
                    return Err(D::error(error));
                }
            }
        }
    }

    async fn control(&mut self, text: String) -> Result<(), DbError> {
        let connection = self.get().await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(text))).await.map(drop).map_err(D::error)
    }
}

fn arguments<D: Driver>(binds: &[Bind<'_>]) -> Result<<D::Database as Database>::Arguments, DbError> {
    let mut arguments = <D::Database as Database>::Arguments::default();
    for bind in binds {
        D::bind(&mut arguments, bind).map_err(DbError::Driver)?;
    }
    Ok(arguments)
}

impl<D: Driver> Connection for Held<D>
where
    <D::Database as Database>::Arguments: IntoArguments<D::Database>,
    for<'c> &'c mut <D::Database as Database>::Connection: Executor<'c, Database = D::Database>,
{
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move { self.fetch(sql, on_row, &mut || Poll::Ready(())).await })
    }

    fn run_paced<'a>(
        &'a mut self,
        sql: Sql<'a>,
        on_row: OnRow<'a>,
        room: Room<'a>,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(self.fetch(sql, on_row, room))
    }

    fn execute<'a>(&'a mut self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let query = sqlx::query_with(AssertSqlSafe(sql.text), arguments::<D>(&sql.binds)?);
            match self.get().await?.execute(query).await {
                Ok(result) => Ok(D::affected(&result)),
                Err(error) => {
                    self.note_failure();
                    Err(D::error(error))
                }
            }
        })
    }

    fn ready(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async { self.get().await.map(drop) })
    }

    fn driver(&mut self) -> BoxFuture<'_, Result<&mut (dyn Any + Send), DbError>> {
        Box::pin(async { self.get().await.map(|connection| connection as &mut (dyn Any + Send)) })
    }

    fn driver_failed(&mut self) {
        self.note_failure();
    }

    fn script<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
            match self.get().await?.execute(script).await {
                Ok(result) => Ok(D::affected(&result)),
                Err(error) => {
                    self.note_failure();
                    Err(D::error(error))
                }
            }
        })
    }

    fn begin(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            if let State::Transaction { savepoints, .. } = &self.state {
                self.control(format!("SAVEPOINT assoc_{}", savepoints + 1)).await?;
                if let State::Transaction { savepoints, .. } = &mut self.state {
                    *savepoints += 1;
                }
                return Ok(());
            }
            self.begin_with(D::DIALECT.begin(&TransactionOptions::new())?).await
        })
    }

    fn begin_with(&mut self, text: Cow<'static, str>) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            self.state = State::Idle;
            // A task of its own goes on if nobody waits any more: sqlx returns a connection to the pool with its
            // transaction open if it is interrupted between BEGIN and the answer.
            let pool = self.pool.clone();
            let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(text)).await }).await;
            let transaction = begun.map_err(|error| DbError::Driver(Box::new(error)))?.map_err(D::error)?;
            self.state = State::Transaction { transaction, savepoints: 0, failed: None };
            Ok(())
        })
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            match std::mem::replace(&mut self.state, State::Idle) {
                State::Transaction { transaction, savepoints: 0, failed: None } => {
                    transaction.commit().await.map_err(D::error)
                }
                State::Transaction { transaction, savepoints: 0, .. } => {
                    transaction.rollback().await.map_err(D::error)?;
                    Err(DbError::TransactionAborted)
                }
                State::Transaction { transaction, savepoints, failed: Some(failed) } if failed >= savepoints => {
                    self.state = State::Transaction { transaction, savepoints, failed: Some(failed) };
                    self.rollback().await?;
                    Err(DbError::TransactionAborted)
                }
                State::Transaction { transaction, savepoints, failed } => {
                    self.state = State::Transaction { transaction, savepoints: savepoints - 1, failed };
                    self.control(format!("RELEASE SAVEPOINT assoc_{savepoints}")).await
                }
                _ => Err(DbError::TransactionEnded),
            }
        })
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            match std::mem::replace(&mut self.state, State::Idle) {
                State::Transaction { transaction, savepoints: 0, .. } => transaction.rollback().await.map_err(D::error),
                State::Transaction { transaction, savepoints, failed } => {
                    let failed = failed.filter(|failed| *failed < savepoints);
                    self.state = State::Transaction { transaction, savepoints: savepoints - 1, failed };
                    let name = format!("assoc_{savepoints}");
                    self.control(format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")).await
                }
                _ => Err(DbError::TransactionEnded),
            }
        })
    }
}

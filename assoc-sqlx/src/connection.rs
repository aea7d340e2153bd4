//! A connection of the pool, with its transaction.

use std::{any::Any, borrow::Cow, future::poll_fn, sync::Arc, task::Poll};

use assoc_core::{
    Type, Value,
    adapter::{Room, Sql, TransactionOptions},
    schema::Row,
};
use futures_util::TryStreamExt;
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Either, SqlSafeStr};
use sqlx_core::transaction::TransactionManager;

use super::*;
use crate::{
    answer::boxed,
    lost::is_lost,
    source::{Source, Taken},
};

/// A connection, taken out of the pool when it is first needed.
pub(crate) struct Held<D: Driver> {
    source: Source<D::Database>,
    state: State<D::Database>,
    /// Whether a statement was begun whose answer has not come to its end, or somebody else had the connection.
    is_busy: bool,
}

enum State<DB: Database> {
    Idle,
    Plain(Taken<DB>),
    Transaction {
        taken: Taken<DB>,
        savepoints: u32,
        /// How many savepoints there were when a statement failed that nobody has rolled back since.
        failed: Option<u32>,
    },
}

type Manager<D> = <<D as Driver>::Database as Database>::TransactionManager;

impl<D: Driver> Drop for Held<D> {
    /// A transaction is rolled back before anybody else gets the connection.
    fn drop(&mut self) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Plain(taken) if !self.is_busy => self.source.keep(taken),
            State::Transaction { mut taken, .. } => Manager::<D>::start_rollback(&mut taken),
            _ => {}
        }
    }
}

impl<D: Driver> Held<D>
where
    <D::Database as Database>::Arguments: IntoArguments<D::Database>,
    for<'c> &'c mut <D::Database as Database>::Connection: Executor<'c, Database = D::Database>,
{
    pub fn new(source: Source<D::Database>) -> Self {
        Self { source, state: State::Idle, is_busy: false }
    }

    /// Takes the connection out of the pool, if that has not been done.
    async fn take(&mut self) -> Result<(), DbError> {
        if let State::Idle = self.state {
            self.state = State::Plain(self.source.acquire().await.map_err(D::error)?);
        }
        Ok(())
    }

    /// The connection, for a statement.
    async fn get(&mut self) -> Result<&mut <D::Database as Database>::Connection, DbError> {
        self.take().await?;
        self.settle().await?;
        self.is_busy = true;
        match &mut self.state {
            State::Plain(taken) | State::Transaction { taken, .. } => Ok(taken),
            State::Idle => Err(DbError::TransactionEnded),
        }
    }

    /// Passes over the rest of an answer that nobody has read to its end. What failed there has failed in the transaction,
    /// and no row of the statement that comes next is to blame.
    async fn settle(&mut self) -> Result<(), DbError> {
        let State::Transaction { taken, .. } = &mut self.state else { return Ok(()) };
        if !self.is_busy {
            return Ok(());
        }
        let Err(error) = taken.flush().await else { return Ok(()) };
        // That it ended is told after the error.
        if let Err(ended) = taken.flush().await {
            return Err(self.failed(ended));
        }
        Err(match self.failed(error) {
            DbError::Violation(violation) => DbError::Driver(violation.message.into()),
            other => other,
        })
    }

    /// What went wrong with a statement.
    fn failed(&mut self, error: sqlx::Error) -> DbError {
        self.note_failure();
        if !is_lost::<D>(&error) {
            return D::error(error);
        }
        self.source.suspect();
        DbError::ConnectionLost(boxed(error))
    }

    /// PostgreSQL answers a COMMIT after a failure with a rollback, and says so in passing.
    fn note_failure(&mut self) {
        if let State::Transaction { savepoints, failed, .. } = &mut self.state
            && D::DIALECT.failure_aborts()
        {
            failed.get_or_insert(*savepoints);
        }
    }

    async fn fetch(
        &mut self,
        text: Arc<str>,
        binds: &[Bind<'_>],
        on_row: OnRow<'_>,
        room: Room<'_>,
    ) -> Result<(), DbError> {
        // The text is rendered by the dialect: identifiers quoted, values bound.
        let query = sqlx::query_with(AssertSqlSafe(text), arguments::<D>(binds)?);
        let mut rows = self.get().await?.fetch_many(query);
        let mut known = D::Known::default();
        loop {
            poll_fn(|_| room()).await;
            match rows.try_next().await {
                Ok(Some(Either::Right(row))) => D::read(&row, &mut known, on_row)?,
                Ok(Some(Either::Left(_result))) => {}
                Ok(None) => break,
                Err(error) => {
                    drop(rows);
                    return Err(self.failed(error));
                }
            }
        }
        drop(rows);
        self.is_busy = false;
        Ok(())
    }

    /// A read can be sent again as long as nobody has seen a row of it.
    async fn fetch_again(&mut self, sql: Sql<'_>, on_row: OnRow<'_>, room: Room<'_>) -> Result<(), DbError> {
        let mut is_seen = false;
        let seen = &mut |row: &mut dyn Row| {
            is_seen = true;
            on_row(row)
        };
        match self.fetch(sql.text.clone(), &sql.binds, seen, room).await {
            Err(DbError::ConnectionLost(_)) if !is_seen && matches!(self.state, State::Plain(_)) => {
                self.state = State::Plain(self.replace().await?);
                Box::pin(self.fetch(sql.text, &sql.binds, on_row, room)).await
            }
            result => result,
        }
    }

    /// Another connection for one that is lost, which gives up its place in the pool: there may be no further one.
    async fn replace(&mut self) -> Result<Taken<D::Database>, DbError> {
        if let State::Plain(lost) | State::Transaction { taken: lost, .. } =
            std::mem::replace(&mut self.state, State::Idle)
        {
            drop(lost.connection.detach());
        }
        self.source.acquire_alive().await.map_err(D::error)
    }

    async fn control(&mut self, text: String) -> Result<(), DbError> {
        let done = self.get().await?.execute(sqlx::raw_sql(AssertSqlSafe(text))).await;
        done.map(drop).map_err(|error| self.failed(error))
    }

    /// Begins a transaction. Nothing is lost with a connection on which none could begin: another one will do.
    async fn begin_again(&mut self, text: Cow<'static, str>) -> Result<(), DbError> {
        let taken = match std::mem::replace(&mut self.state, State::Idle) {
            State::Plain(taken) => taken,
            _ => self.source.acquire().await.map_err(D::error)?,
        };
        match self.begin_on(taken, text.clone()).await {
            Err(error) if is_lost::<D>(&error) => {
                self.source.suspect();
                let taken = self.replace().await?;
                let begun = self.begin_on(taken, text).await;
                begun.map_err(|error| self.failed(error))
            }
            result => result.map_err(D::error),
        }
    }

    async fn begin_on(&mut self, taken: Taken<D::Database>, text: Cow<'static, str>) -> Result<(), sqlx::Error> {
        self.state = State::Transaction { taken, savepoints: 0, failed: None };
        match &mut self.state {
            State::Transaction { taken, .. } => {
                Manager::<D>::begin(taken, Some(AssertSqlSafe(text).into_sql_str())).await
            }
            _ => Ok(()),
        }
    }

    /// After the answer to the end of the transaction. Until it came, the transaction is open, and is rolled back if nobody
    /// waits any more.
    fn close(&mut self, ended: Result<(), sqlx::Error>) -> Result<(), DbError> {
        let State::Transaction { mut taken, .. } = std::mem::replace(&mut self.state, State::Idle) else {
            return Err(DbError::TransactionEnded);
        };
        if let Err(error) = ended {
            Manager::<D>::start_rollback(&mut taken);
            return Err(self.failed(error));
        }
        (self.state, self.is_busy) = (State::Plain(taken), false);
        Ok(())
    }
}

fn arguments<D: Driver>(binds: &[Bind<'_>]) -> Result<<D::Database as Database>::Arguments, DbError> {
    let mut arguments = <D::Database as Database>::Arguments::default();
    arguments.reserve(binds.len(), binds.iter().map(size).sum());
    for bind in binds {
        D::bind(&mut arguments, bind).map_err(DbError::Driver)?;
    }
    Ok(arguments)
}

/// How many bytes it takes, about: values of a column with their lengths.
fn size(bind: &Bind<'_>) -> usize {
    let text = |value: &Value| match value {
        Value::String(Some(text)) => 4 + text.len(),
        _ => 4,
    };
    match bind {
        Bind::Column(Type::Text, values) => 24 + values.iter().map(text).sum::<usize>(),
        Bind::Column(Type::Bool | Type::I16 | Type::I32 | Type::F32, values) => 24 + 8 * values.len(),
        Bind::Column(_, values) => 24 + 12 * values.len(),
        Bind::One(_) | Bind::Scalar(..) => 12,
    }
}

impl<D: Driver> Connection for Held<D>
where
    <D::Database as Database>::Arguments: IntoArguments<D::Database>,
    for<'c> &'c mut <D::Database as Database>::Connection: Executor<'c, Database = D::Database>,
{
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move { self.fetch(sql.text, &sql.binds, on_row, &mut || Poll::Ready(())).await })
    }

    fn read<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move { self.fetch_again(sql, on_row, &mut || Poll::Ready(())).await })
    }

    fn read_paced<'a>(
        &'a mut self,
        sql: Sql<'a>,
        on_row: OnRow<'a>,
        room: Room<'a>,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(self.fetch_again(sql, on_row, room))
    }

    fn execute<'a>(&'a mut self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let query = sqlx::query_with(AssertSqlSafe(sql.text), arguments::<D>(&sql.binds)?);
            match self.get().await?.execute(query).await {
                Ok(result) => {
                    self.is_busy = false;
                    Ok(D::affected(&result))
                }
                Err(error) => Err(self.failed(error)),
            }
        })
    }

    fn ready(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(self.take())
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
                Ok(result) => {
                    self.is_busy = false;
                    Ok(D::affected(&result))
                }
                Err(error) => Err(self.failed(error)),
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
            let state = std::mem::replace(&mut self.state, State::Idle);
            let mut begun = Self { source: self.source.clone(), state, is_busy: self.is_busy };
            // A task of its own goes on if nobody waits any more: sqlx does not know of a transaction if it is interrupted
            // between BEGIN and the answer.
            let begun = tokio::spawn(async move { begun.begin_again(text).await.map(|()| begun) }).await;
            let mut begun = begun.map_err(|error| DbError::Driver(Box::new(error)))??;
            std::mem::swap(&mut self.state, &mut begun.state);
            Ok(())
        })
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            if let Err(error) = self.settle().await {
                self.rollback().await?;
                return Err(error);
            }
            match &mut self.state {
                State::Transaction { taken, savepoints: 0, failed: None } => {
                    let ended = Manager::<D>::commit(taken).await;
                    self.close(ended)
                }
                State::Transaction { savepoints, failed, .. } if failed.is_some_and(|failed| failed >= *savepoints) => {
                    self.rollback().await?;
                    Err(DbError::TransactionAborted)
                }
                State::Transaction { savepoints, .. } => {
                    let name = *savepoints;
                    *savepoints -= 1;
                    self.control(format!("RELEASE SAVEPOINT assoc_{name}")).await
                }
                _ => Err(DbError::TransactionEnded),
            }
        })
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            // It is undone, too.
            let _ = self.settle().await;
            match &mut self.state {
                State::Transaction { taken, savepoints: 0, .. } => {
                    let ended = Manager::<D>::rollback(taken).await;
                    self.close(ended)
                }
                State::Transaction { savepoints, failed, .. } => {
                    let name = format!("assoc_{savepoints}");
                    *failed = failed.filter(|failed| *failed < *savepoints);
                    *savepoints -= 1;
                    self.control(format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")).await
                }
                _ => Err(DbError::TransactionEnded),
            }
        })
    }
}

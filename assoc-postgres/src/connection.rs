//! Connections of a sqlx pool.

use std::any::Any;

use assoc_core::adapter::{BoxFuture, Connection, DbError, Dialect, OnRow, Pool, Sql};
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, PgPool, Transaction,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnection},
};

use crate::{decode::Decoder, dialect::PostgresDialect, encode::encode, error::error};

/// A pool of connections to PostgreSQL.
#[derive(Clone, Debug)]
pub struct Postgres(PgPool);

impl From<PgPool> for Postgres {
    fn from(pool: PgPool) -> Self {
        Self(pool)
    }
}

impl Pool for Postgres {
    fn connection(&self) -> Box<dyn Connection> {
        Box::new(Held { pool: self.0.clone(), state: State::Idle })
    }

    fn dialect(&self) -> &'static dyn Dialect {
        &PostgresDialect
    }

    fn as_any(&self) -> &dyn Any {
        &self.0
    }
}

/// A connection of the pool, taken when it is first needed. Dropping a transaction of sqlx rolls it back
/// before anybody else gets the connection.
struct Held {
    pool: PgPool,
    state: State,
}

enum State {
    Idle,
    Plain(PoolConnection<sqlx::Postgres>),
    Transaction { transaction: Transaction<'static, sqlx::Postgres>, savepoints: u32 },
}

impl Held {
    async fn get(&mut self) -> Result<&mut PgConnection, DbError> {
        if let State::Idle = self.state {
            self.state = State::Plain(self.pool.acquire().await.map_err(error)?);
        }
        match &mut self.state {
            State::Plain(connection) => Ok(connection),
            State::Transaction { transaction, .. } => Ok(transaction),
            State::Idle => Err(DbError::TransactionEnded),
        }
    }

    async fn control(&mut self, text: String) -> Result<(), DbError> {
        let connection = self.get().await?;
        sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.map(drop).map_err(error)
    }
}

impl Connection for Held {
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let mut arguments = PgArguments::default();
            for bind in &sql.binds {
                encode(&mut arguments, bind).map_err(DbError::Driver)?;
            }
            // The text is rendered by the dialect: identifiers quoted, values bound.
            let query = sqlx::query_with(AssertSqlSafe(sql.text), arguments);
            let mut rows = query.fetch(self.get().await?);
            while let Some(row) = rows.try_next().await.map_err(error)? {
                on_row(&mut Decoder(&row))?;
            }
            Ok(())
        })
    }

    fn begin(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            if let State::Transaction { savepoints, .. } = &mut self.state {
                *savepoints += 1;
                let text = format!("SAVEPOINT assoc_{savepoints}");
                return self.control(text).await;
            }
            self.state = State::Idle;
            // A task of its own goes on if nobody waits any more: sqlx returns a connection to the pool with its
            // transaction open if it is interrupted between BEGIN and the answer.
            let pool = self.pool.clone();
            let begun = tokio::spawn(async move { pool.begin().await }).await;
            let transaction = begun.map_err(|error| DbError::Driver(Box::new(error)))?.map_err(error)?;
            self.state = State::Transaction { transaction, savepoints: 0 };
            Ok(())
        })
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            match std::mem::replace(&mut self.state, State::Idle) {
                State::Transaction { transaction, savepoints: 0 } => transaction.commit().await.map_err(error),
                State::Transaction { transaction, savepoints } => {
                    self.state = State::Transaction { transaction, savepoints: savepoints - 1 };
                    self.control(format!("RELEASE SAVEPOINT assoc_{savepoints}")).await
                }
                _ => Err(DbError::TransactionEnded),
            }
        })
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        Box::pin(async {
            match std::mem::replace(&mut self.state, State::Idle) {
                State::Transaction { transaction, savepoints: 0 } => transaction.rollback().await.map_err(error),
                State::Transaction { transaction, savepoints } => {
                    self.state = State::Transaction { transaction, savepoints: savepoints - 1 };
                    self.control(format!(
                        "ROLLBACK TO SAVEPOINT assoc_{savepoints}; RELEASE SAVEPOINT assoc_{savepoints}"
                    ))
                    .await
                }
                _ => Err(DbError::TransactionEnded),
            }
        })
    }

    fn as_any(&mut self) -> Option<&mut dyn Any> {
        match &mut self.state {
            State::Idle => None,
            State::Plain(connection) => Some(&mut **connection),
            State::Transaction { transaction, .. } => Some(&mut **transaction),
        }
    }
}

//! Connections whose statements may take so long only.

use std::{any::Any, borrow::Cow};

use assoc_core::adapter::{BoxFuture, Connection, DbError, OnRow, Room, Sql};

/// A connection on which every statement is in a transaction that says how long it may take: what is said to a
/// connection itself, the next one who gets it from the pool would hear.
pub(crate) struct Timed {
    connection: Box<dyn Connection>,
    begin: Cow<'static, str>,
    depth: usize,
}

impl Timed {
    pub fn new(connection: Box<dyn Connection>, begin: Cow<'static, str>) -> Self {
        Self { connection, begin, depth: 0 }
    }

    /// Begins a transaction for one statement, if none is open.
    async fn enter(&mut self) -> Result<(), DbError> {
        match self.depth {
            0 => self.connection.begin_with(self.begin.clone()).await,
            _ => Ok(()),
        }
    }

    async fn leave<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        if self.depth > 0 {
            return result;
        }
        match &result {
            Ok(_) => self.connection.commit().await?,
            // Where that fails, too, the connection is lost, and the transaction with it.
            Err(_) => drop(self.connection.rollback().await),
        }
        result
    }
}

impl Connection for Timed {
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async {
            self.enter().await?;
            let result = self.connection.run(sql, on_row).await;
            self.leave(result).await
        })
    }

    fn read<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async {
            self.enter().await?;
            let result = self.connection.read(sql, on_row).await;
            self.leave(result).await
        })
    }

    fn read_paced<'a>(
        &'a mut self,
        sql: Sql<'a>,
        on_row: OnRow<'a>,
        room: Room<'a>,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async {
            self.enter().await?;
            let result = self.connection.read_paced(sql, on_row, room).await;
            self.leave(result).await
        })
    }

    fn execute<'a>(&'a mut self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async {
            self.enter().await?;
            let result = self.connection.execute(sql).await;
            self.leave(result).await
        })
    }

    fn ready(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.connection.ready()
    }

    fn driver(&mut self) -> BoxFuture<'_, Result<&mut (dyn Any + Send), DbError>> {
        if self.depth > 0 {
            return self.connection.driver();
        }
        Box::pin(async {
            Err(DbError::Configuration(
                "the driver's own connection knows nothing of this repo's statement timeout; lend it inside of a transaction"
                    .to_owned(),
            ))
        })
    }

    fn driver_failed(&mut self) {
        self.connection.driver_failed();
    }

    fn script<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async {
            self.enter().await?;
            let result = self.connection.script(sql).await;
            self.leave(result).await
        })
    }

    fn begin(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth += 1;
        match self.depth {
            1 => self.connection.begin_with(self.begin.clone()),
            _ => self.connection.begin(),
        }
    }

    fn begin_with(&mut self, text: Cow<'static, str>) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth += 1;
        self.connection.begin_with(text)
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth = self.depth.saturating_sub(1);
        self.connection.commit()
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth = self.depth.saturating_sub(1);
        self.connection.rollback()
    }
}

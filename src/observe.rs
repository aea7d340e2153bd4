//! Connections whose statements are shown before they are sent.

use std::{any::Any, borrow::Cow, sync::Arc};

use assoc_core::adapter::{BoxFuture, Connection, DbError, OnRow, Sql};

/// Sees the text of every statement.
pub(crate) type Observer = Arc<dyn Fn(&str) + Send + Sync>;

/// The connection, observed if anybody wants to see.
pub(crate) fn observed(connection: Box<dyn Connection>, observer: &Option<Observer>) -> Box<dyn Connection> {
    match observer {
        Some(observer) => Box::new(Observed { connection, observer: observer.clone(), depth: 0 }),
        None => connection,
    }
}

struct Observed {
    connection: Box<dyn Connection>,
    observer: Observer,
    depth: usize,
}

impl Observed {
    fn show(&self, outer: &str, inner: &str) {
        (self.observer)(if self.depth <= 1 { outer } else { inner });
    }
}

impl Connection for Observed {
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        (self.observer)(&sql.text);
        self.connection.run(sql, on_row)
    }

    fn execute<'a>(&'a mut self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>> {
        (self.observer)(&sql.text);
        self.connection.execute(sql)
    }

    fn driver(&mut self) -> BoxFuture<'_, Result<&mut (dyn Any + Send), DbError>> {
        self.connection.driver()
    }

    fn driver_failed(&mut self) {
        self.connection.driver_failed();
    }

    fn script<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<u64, DbError>> {
        (self.observer)(sql);
        self.connection.script(sql)
    }

    fn begin(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth += 1;
        self.show("BEGIN", "SAVEPOINT");
        self.connection.begin()
    }

    fn begin_with(&mut self, text: Cow<'static, str>) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth += 1;
        (self.observer)(&text);
        self.connection.begin_with(text)
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.show("COMMIT", "RELEASE SAVEPOINT");
        self.depth = self.depth.saturating_sub(1);
        self.connection.commit()
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.show("ROLLBACK", "ROLLBACK TO SAVEPOINT");
        self.depth = self.depth.saturating_sub(1);
        self.connection.rollback()
    }
}

//! Connections whose statements are shown.

use std::{
    any::Any,
    borrow::Cow,
    task::Poll,
    time::{Duration, Instant},
};

use assoc_core::{
    adapter::{BoxFuture, Connection, DbError, OnRow, Room, Sql},
    schema::Row,
    statements,
};

use super::{
    Observer,
    watch::{Rows, Text, Watch},
};

/// The connection, with everybody shown what they want to see.
pub(crate) fn observed(
    connection: Box<dyn Connection>,
    observer: &Observer,
    database: &'static str,
) -> Box<dyn Connection> {
    Box::new(Observed { connection, observer: observer.clone(), database, depth: 0 })
}

struct Observed {
    connection: Box<dyn Connection>,
    observer: Observer,
    database: &'static str,
    /// How many transactions and savepoints are open.
    depth: usize,
}

impl Observed {
    /// Shows a statement that is about to be sent. Where nobody looks, that is all there is to do.
    fn show(&self, text: Text<'_>) -> Option<Watch> {
        let (kind, sql, _) = text.parts();
        statements::note(kind, sql);
        if let Some(on_statement) = &self.observer.on_statement {
            on_statement(sql);
        }
        Watch::begin(&self.observer, self.database, text)
    }

    fn show_control(&self, outer: &'static str, inner: &'static str) -> Option<Watch> {
        self.show(Text::Control(if self.depth <= 1 { outer } else { inner }))
    }
}

impl Connection for Observed {
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        let Some(watch) = self.show(Text::Rendered(&sql.text, &sql.binds)) else {
            return self.connection.run(sql, on_row);
        };
        let statement = async {
            let mut rows = 0;
            let result = self.connection.run(sql, &mut counted(&mut rows, on_row)).await;
            (result.map(|()| Rows::Returned(rows)), Duration::ZERO)
        };
        Box::pin(async { watch.follow(statement).await.map(drop) })
    }

    fn read<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        let Some(watch) = self.show(Text::Rendered(&sql.text, &sql.binds)) else {
            return self.connection.read(sql, on_row);
        };
        let statement = async {
            let mut rows = 0;
            let result = self.connection.read(sql, &mut counted(&mut rows, on_row)).await;
            (result.map(|()| Rows::Returned(rows)), Duration::ZERO)
        };
        Box::pin(async { watch.follow(statement).await.map(drop) })
    }

    fn read_paced<'a>(
        &'a mut self,
        sql: Sql<'a>,
        on_row: OnRow<'a>,
        room: Room<'a>,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        let Some(watch) = self.show(Text::Rendered(&sql.text, &sql.binds)) else {
            return self.connection.read_paced(sql, on_row, room);
        };
        let statement = async {
            let (mut rows, mut idle) = (0, Idle::default());
            let room = &mut || idle.note(room());
            let result = self.connection.read_paced(sql, &mut counted(&mut rows, on_row), room).await;
            (result.map(|()| Rows::Returned(rows)), idle.total)
        };
        Box::pin(async { watch.follow(statement).await.map(drop) })
    }

    fn execute<'a>(&'a mut self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>> {
        let watch = self.show(Text::Rendered(&sql.text, &sql.binds));
        writing(watch, self.connection.execute(sql))
    }

    fn ready(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.connection.ready()
    }

    fn driver(&mut self) -> BoxFuture<'_, Result<&mut (dyn Any + Send), DbError>> {
        self.connection.driver()
    }

    fn driver_failed(&mut self) {
        self.connection.driver_failed();
    }

    fn script<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<u64, DbError>> {
        let watch = self.show(Text::Script(sql));
        writing(watch, self.connection.script(sql))
    }

    fn begin(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth += 1;
        let watch = self.show_control("BEGIN", "SAVEPOINT");
        controlling(watch, self.connection.begin())
    }

    fn begin_with(&mut self, text: Cow<'static, str>) -> BoxFuture<'_, Result<(), DbError>> {
        self.depth += 1;
        let watch = self.show(Text::Control(&text));
        controlling(watch, self.connection.begin_with(text))
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        let watch = self.show_control("COMMIT", "RELEASE SAVEPOINT");
        self.depth = self.depth.saturating_sub(1);
        controlling(watch, self.connection.commit())
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>> {
        let watch = self.show_control("ROLLBACK", "ROLLBACK TO SAVEPOINT");
        self.depth = self.depth.saturating_sub(1);
        controlling(watch, self.connection.rollback())
    }
}

/// How long a statement waited for its reader.
#[derive(Default)]
struct Idle {
    since: Option<Instant>,
    total: Duration,
}

impl Idle {
    fn note(&mut self, room: Poll<()>) -> Poll<()> {
        if room.is_pending() {
            self.since.get_or_insert_with(Instant::now);
        } else if let Some(since) = self.since.take() {
            self.total += since.elapsed();
        }
        room
    }
}

fn counted<'a>(
    rows: &'a mut u64,
    on_row: OnRow<'a>,
) -> impl FnMut(&mut dyn Row) -> Result<(), assoc_core::TypeError> + Send + 'a {
    move |row| {
        *rows += 1;
        on_row(row)
    }
}

fn writing<'a>(
    watch: Option<Watch>,
    statement: BoxFuture<'a, Result<u64, DbError>>,
) -> BoxFuture<'a, Result<u64, DbError>> {
    let Some(watch) = watch else { return statement };
    Box::pin(async {
        let statement = async { (statement.await.map(Rows::Affected), Duration::ZERO) };
        watch.follow(statement).await.map(Rows::count)
    })
}

fn controlling<'a>(
    watch: Option<Watch>,
    statement: BoxFuture<'a, Result<(), DbError>>,
) -> BoxFuture<'a, Result<(), DbError>> {
    let Some(watch) = watch else { return statement };
    Box::pin(async {
        let statement = async { (statement.await.map(|()| Rows::Affected(0)), Duration::ZERO) };
        watch.follow(statement).await.map(drop)
    })
}

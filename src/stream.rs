//! Rows one after the other, as they are asked for.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use assoc_core::{
    Query,
    adapter::{BoxFuture, DbError},
    schema::Row,
};
use futures_core::Stream;

use crate::{
    lease::Lease,
    repo::{Repo, Source},
};

impl Repo {
    /// The rows of a query, one after the other: however many they are, one of them is kept. Rows that nobody asks for stay
    /// with the database.
    ///
    /// Nothing is sent before the first row is asked for. From then on, the stream has a connection of its own, which others
    /// lack as long as it is read: a pool that may be used up by streams has none for what is done with their rows. In a
    /// transaction, it has that of the transaction, and other calls in it fail with [`DbError::Streaming`] as long as there
    /// is a row to come. A stream may be dropped at any row: the transaction goes on. What the database has sent by then is
    /// passed over, so give a query that is not read to its end a `limit`. Dropped while it waits for its first row, it takes
    /// the transaction with it, as every call does that is dropped in the middle.
    ///
    /// A stream preloads nothing. Read some rows by [`chunk`](RowStream::chunk), and [`preload`](Self::preload) into them:
    /// outside of a transaction, on another connection, which the pool must have (`sqlite::memory:` has one only: read
    /// [pages](Repo::page) there).
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let mut posts = repo.stream(Post::query().order_by(Post::id.asc()));
    /// while let Some(post) = posts.next().await {
    ///     println!("{}", post?.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As items, the last ones: the database refuses, a row does not fit the schema, or [`DbError::Configuration`] where the
    /// query preloads.
    pub fn stream<'r, Q: 'static, O: Send + 'r>(&'r self, query: Query<Q, O>) -> RowStream<'r, O> {
        let arrived = Arrived::default();
        RowStream { driver: Some(Box::pin(drive(self, query, arrived.clone()))), arrived }
    }
}

/// The row that has arrived and was not yet taken.
type Arrived<S> = Arc<Mutex<Option<S>>>;

/// Rows of a query as they come. Made by [`Repo::stream`]. It is a [`Stream`](futures_core::Stream) of results.
#[must_use = "a stream does nothing unless rows are asked for"]
pub struct RowStream<'r, S> {
    /// `None` once it has ended.
    driver: Option<BoxFuture<'r, Result<(), DbError>>>,
    arrived: Arrived<S>,
}

impl<S> RowStream<'_, S> {
    /// The next row; `None` where there is no more.
    ///
    /// # Errors
    /// As [`Repo::stream`]; there is no row after an error.
    pub async fn next(&mut self) -> Option<Result<S, DbError>> {
        std::future::poll_fn(|context| self.poll_row(context)).await
    }

    /// The next rows, up to that many; fewer where there are no more, none after the last one.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, #[has_many] comments: HasMany<Comment> }
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Comment { id: i64, post_id: i64 }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let mut rows = repo.stream(Post::query());
    /// loop {
    ///     let mut posts = rows.chunk(500).await?;
    ///     if posts.is_empty() {
    ///         break;
    ///     }
    ///     repo.preload(&mut posts, Post::comments).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Repo::stream`]; there is no row after an error.
    pub async fn chunk(&mut self, rows: usize) -> Result<Vec<S>, DbError> {
        let mut chunk = Vec::new();
        while chunk.len() < rows
            && let Some(row) = self.next().await
        {
            chunk.push(row?);
        }
        Ok(chunk)
    }

    /// The statement goes on until a row is there, and no further.
    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<S, DbError>>> {
        let Some(driver) = &mut self.driver else { return Poll::Ready(None) };
        let polled = driver.as_mut().poll(context);
        if let Some(row) = lock(&self.arrived).take() {
            // The end came with its last row: what there was to say is said.
            if polled.is_ready() {
                self.driver = None;
            }
            return Poll::Ready(Some(Ok(row)));
        }
        polled.map(|result| {
            self.driver = None;
            result.err().map(Err)
        })
    }
}

impl<S> Stream for RowStream<'_, S> {
    type Item = Result<S, DbError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(context)
    }
}

impl<S> fmt::Debug for RowStream<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowStream({})", if self.driver.is_some() { "open" } else { "ended" })
    }
}

/// Runs the statement, and goes on with the next row when this one was taken.
async fn drive<Q, O: Send>(repo: &Repo, query: Query<Q, O>, arrived: Arrived<O>) -> Result<(), DbError> {
    let sql = query.to_sql(&repo.context())?;
    let decoder = query.decoder();
    if !query.preloads().is_empty() {
        return Err(DbError::Configuration(
            "a stream loads no associations; read some rows with `stream.chunk(500)`, and `repo.preload(&mut rows, …)` into \
             them"
                .to_owned(),
        ));
    }
    let begun = AtomicBool::new(false);
    let mut lent = Lent::by(repo, &query, &begun).await?;
    let on_row = &mut |row: &mut dyn Row| {
        *lock(&arrived) = Some((decoder.read)(row)?);
        begun.store(true, Ordering::Relaxed);
        Ok(())
    };
    let room = &mut || if lock(&arrived).is_some() { Poll::Pending } else { Poll::Ready(()) };
    let Some(lease) = &mut lent.lease else { return Err(DbError::TransactionEnded) };
    let result = lease.connection().read_paced(sql, on_row, room).await;
    begun.store(true, Ordering::Relaxed);
    result
}

fn lock<S>(arrived: &Mutex<Option<S>>) -> std::sync::MutexGuard<'_, Option<S>> {
    arrived.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection of a stream. A transaction gets it back also where the stream is dropped before its end: the driver passes
/// over what is left of a statement that has begun to answer.
struct Lent<'r, 'b> {
    lease: Option<Lease<'r>>,
    streaming: Option<&'r AtomicBool>,
    begun: &'b AtomicBool,
}

impl<'r, 'b> Lent<'r, 'b> {
    async fn by<Q, O>(repo: &'r Repo, query: &Query<Q, O>, begun: &'b AtomicBool) -> Result<Self, DbError> {
        let Source::Transaction(open) = &*repo.source else {
            let lease = repo.lease_query(query.locks()).await?;
            return Ok(Self { lease: Some(lease), streaming: None, begun });
        };
        // From here on, who asks for the connection is told so instead of waiting for the end of the stream.
        if open.streaming.swap(true, Ordering::AcqRel) {
            return Err(DbError::Streaming);
        }
        let mut lent = Self { lease: None, streaming: Some(&open.streaming), begun };
        lent.lease = Some(repo.lease_held(open).await?);
        Ok(lent)
    }
}

impl Drop for Lent<'_, '_> {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take().filter(|_| self.begun.load(Ordering::Relaxed)) {
            lease.give_back();
        }
        if let Some(streaming) = self.streaming {
            streaming.store(false, Ordering::Release);
        }
    }
}

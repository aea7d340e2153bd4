//! Reading rows, and loading associations into them.

use assoc_core::{
    Preloads, Query, Stored, Value,
    adapter::{BoxFuture, DbError, OnRow, Sql},
    query::{Context, Cursor, More, Page, Paged, Preloaded, Spec, by_key, preload},
    schema::{Entity, Meta, PreloadInto, Row},
    types::KeyValues,
};

use crate::{lease::Lease, repo::Repo};

impl Repo {
    /// The row with that primary key, if there is one.
    ///
    /// # Errors
    /// The database refuses, or the row does not fit the schema.
    pub async fn get<S: Stored>(&self, key: impl Into<S::Key>) -> Result<Option<S>, DbError> {
        let mut found = None;
        let on_row = &mut |row: &mut dyn Row| {
            found = Some(S::from_row(row)?);
            Ok(())
        };
        self.read_by_key(S::META, key.into().into_values(), on_row).await?;
        Ok(found)
    }

    /// In a box, as all below that does not depend on a schema: so it is compiled here, once, and not with each schema of the
    /// user's crate.
    fn read_by_key<'a>(
        &'a self,
        meta: &'static Meta,
        key: Vec<Value>,
        on_row: OnRow<'a>,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let sql = by_key(meta, key, &self.context())?;
            let mut rows = 0;
            let counted = &mut |row: &mut dyn Row| {
                rows += 1;
                on_row(row)
            };
            self.read_leased(sql, counted, false).await?.give_back();
            if rows > 1 { Err(DbError::TooMany { schema: meta.name }) } else { Ok(()) }
        })
    }

    /// The row with that primary key.
    ///
    /// # Errors
    /// [`DbError::NotFound`] where there is none.
    pub async fn fetch<S: Stored>(&self, key: impl Into<S::Key>) -> Result<S, DbError> {
        self.get(key).await?.ok_or(DbError::NotFound { schema: S::META.name })
    }

    /// The only row of a query, if there is one.
    ///
    /// # Errors
    /// [`DbError::TooMany`] where there are several.
    pub async fn one<Q, O: Send>(&self, query: Query<Q, O>) -> Result<Option<O>, DbError> {
        let subject = query.subject();
        let mut rows = self.all(query.at_most(2)).await?;
        if rows.len() > 1 {
            return Err(DbError::TooMany { schema: subject });
        }
        Ok(rows.pop())
    }

    /// All rows of a query, with the associations that it preloads.
    ///
    /// # Errors
    /// The database refuses, [cannot do](DbError::Unsupported) what is asked for, or a row does not fit the schema.
    pub async fn all<Q, O: Send>(&self, query: Query<Q, O>) -> Result<Vec<O>, DbError> {
        let cx = self.context();
        let decoder = query.decoder();
        let (sql, reading) = query.statement(&cx)?;
        let mut rows: Vec<O> = Vec::new();
        let mut arrivals = reading.into_rows(&mut rows);
        let on_row = &mut |row: &mut dyn Row| arrivals.place(row, &mut { decoder.read });
        let lease = self.read(sql, on_row, query.locks()).await?;
        let preloaded = arrivals.end();
        self.preload_of(&query, preloaded, &mut rows, lease, &cx).await?;
        Ok(rows)
    }

    /// One page of a query, by the values of its rows (keyset pagination): as fast on the last page as on the first, and
    /// no row comes twice or is passed over because others come and go. Any order will do; rows that are equal in it are told
    /// apart by their keys.
    ///
    /// ```no_run
    /// use assoc::{prelude::*, query::Page};
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let posts = || Post::query().order_by(Post::title.asc());
    /// let first = repo.page(posts(), Page::first(20)).await?;
    /// if let Some(next) = first.next {
    ///     // The cursor is a text that a client can send back.
    ///     let second = repo.page(posts(), Page::after(20, next)).await?;
    ///     println!("{:?}", second.rows);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DbError::Cursor`] for a cursor that is none of this query; the database refuses.
    pub async fn page<Q, O: Send>(&self, query: Query<Q, O>, page: Page) -> Result<Paged<O>, DbError> {
        let cx = self.context();
        let (sql, reading, places) = query.to_page_sql(&page, &cx)?;
        let decoder = query.decoder();
        let (mut rows, mut cursors): (Vec<O>, Vec<Cursor>) = Default::default();
        let mut arrivals = reading.into_rows(&mut rows);
        let read = &mut |row: &mut dyn Row| {
            cursors.push(places.cursor(row)?);
            (decoder.read)(row)
        };
        let lease = self.read(sql, &mut |row: &mut dyn Row| arrivals.place(row, read), query.locks()).await?;
        let preloaded = arrivals.end();
        let mut paged = page.paged(rows.into_iter().zip(cursors).collect());
        self.preload_of(&query, preloaded, &mut paged.rows, lease, &cx).await?;
        Ok(paged)
    }

    /// Loads associations into rows that are there already: a struct, a `Vec`, a slice, an `Option`.
    ///
    /// Each association takes one statement, however many rows there are. What is loaded already stays, on every level; only
    /// what is missing is asked for. Outside of a transaction, associations of the same rows are loaded at the same time,
    /// each on a connection of its own, as far as the pool has some; in a transaction, one after the other.
    ///
    /// # Errors
    /// The database refuses, or a row does not fit its schema. The association that failed is not loaded then, be it in
    /// part; no further one is begun. [`DbError::Configuration`] if one is named twice, with two conditions, orders or limits.
    pub async fn preload<S: Stored, T: PreloadInto<S> + ?Sized>(
        &self,
        target: &mut T,
        preloads: impl Preloads<S>,
    ) -> Result<(), DbError> {
        self.preload_rows(target.entities(), preloads.specs()).await
    }

    fn preload_rows<'a>(
        &'a self,
        rows: Vec<&'a mut dyn Entity>,
        specs: Vec<Spec>,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let lease = self.lease_read().await?;
            self.preload_on(lease, rows, &specs, &self.context()).await
        })
    }

    /// What a query preloads beside what came with its rows.
    async fn preload_of<Q, O>(
        &self,
        query: &Query<Q, O>,
        preloaded: Preloaded,
        rows: &mut [O],
        lease: Lease<'_>,
        cx: &Context,
    ) -> Result<(), DbError> {
        if preloaded == Preloaded::Wholly || query.preloads().is_empty() {
            lease.give_back();
            return Ok(());
        }
        let (rows, cx) = ((query.decoder().entities)(rows), query.preload_context(cx));
        self.preload_more(lease, rows, query.preloads(), cx).await
    }

    fn preload_more<'a>(
        &'a self,
        lease: Lease<'a>,
        rows: Vec<&'a mut dyn Entity>,
        specs: &'a [Spec],
        cx: Context,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move { self.preload_on(lease, rows, specs, &cx).await })
    }

    fn read<'r: 'f, 'f>(
        &'r self,
        sql: Sql<'f>,
        on_row: OnRow<'f>,
        locks: bool,
    ) -> BoxFuture<'f, Result<Lease<'r>, DbError>> {
        Box::pin(self.read_leased(sql, on_row, locks))
    }

    /// Runs a statement that reads, on a connection of the primary if it locks rows. Whoever reads on has the connection.
    async fn read_leased(&self, sql: Sql<'_>, on_row: OnRow<'_>, locks: bool) -> Result<Lease<'_>, DbError> {
        let mut lease = self.lease_query(locks).await?;
        match lease.connection().read(sql, on_row).await {
            Ok(()) => Ok(lease),
            Err(error) => {
                lease.give_back();
                Err(error)
            }
        }
    }

    /// Outside of a transaction, other connections of the pool may help.
    async fn preload_on(
        &self,
        mut lease: Lease<'_>,
        rows: Vec<&mut dyn Entity>,
        specs: &[Spec],
        cx: &Context,
    ) -> Result<(), DbError> {
        let more = lease.pool().map(|pool| self.opener(pool)).transpose()?;
        let more: More<'_> = more.as_ref().map(|more| more as _);
        let result = preload(rows, specs, lease.connection(), more, cx).await;
        lease.give_back();
        result
    }
}

//! Reading rows, and loading associations into them.

use assoc_core::{
    Preloads, Query, Stored, TypeError,
    adapter::{DbError, Sql},
    query::{Arrivals, Context, Cursor, More, Page, Paged, Preloaded, Spec, by_key, preload},
    schema::{Entity, PreloadInto, Row},
};

use crate::{lease::Lease, repo::Repo};

impl Repo {
    /// The row with that primary key, if there is one.
    ///
    /// # Errors
    /// The database refuses, or the row does not fit the schema.
    pub async fn get<S: Stored>(&self, key: impl Into<S::Key>) -> Result<Option<S>, DbError> {
        let sql = by_key::<S>(key.into(), &self.context())?;
        let (mut found, mut several) = (None, false);
        let on_row = &mut |row: &mut dyn Row| {
            several = found.replace(S::from_row(row)?).is_some();
            Ok(())
        };
        let mut lease = self.lease_read().await?;
        let result = lease.connection().read(sql, on_row).await;
        lease.give_back();
        result?;
        if several { Err(DbError::TooMany { schema: S::META.name }) } else { Ok(found) }
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
        let mut lease = self.lease_query(&query).await?;
        let arrivals = reading.into_rows(&mut rows);
        let result = match arrive(&mut lease, sql, arrivals, decoder.read).await {
            Ok(Preloaded::Partly) => self.preload_of(&query, &mut rows, &mut lease, &cx).await,
            result => result.map(drop),
        };
        lease.give_back();
        result.map(|()| rows)
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
        let mut lease = self.lease_query(&query).await?;
        let read = |row: &mut dyn Row| {
            cursors.push(places.cursor(row)?);
            (decoder.read)(row)
        };
        let arrived = arrive(&mut lease, sql, reading.into_rows(&mut rows), read).await;
        let mut paged = page.paged(rows.into_iter().zip(cursors).collect());
        let result = match arrived {
            Ok(Preloaded::Partly) => self.preload_of(&query, &mut paged.rows, &mut lease, &cx).await,
            result => result.map(drop),
        };
        lease.give_back();
        result.map(|()| paged)
    }

    /// Loads associations into rows that are there already: a struct, a `Vec`, a slice, an `Option`.
    ///
    /// Each association takes one statement, however many rows there are. What is loaded already stays, on every level; only
    /// what is missing is asked for. Outside of a transaction, associations of the same rows are loaded at the same time,
    /// each on a connection of its own, as far as the pool has some; in a transaction, one after the other.
    ///
    /// # Errors
    /// The database refuses, or a row does not fit its schema. The association that failed is not loaded then, be it in
    /// part; no further one is begun.
    pub async fn preload<S: Stored, T: PreloadInto<S> + ?Sized>(
        &self,
        target: &mut T,
        preloads: impl Preloads<S>,
    ) -> Result<(), DbError> {
        let specs = preloads.specs();
        let mut lease = self.lease_read().await?;
        let result = self.preload_on(&mut lease, target.entities(), &specs, &self.context()).await;
        lease.give_back();
        result
    }

    /// What a query preloads.
    async fn preload_of<Q, O>(
        &self,
        query: &Query<Q, O>,
        rows: &mut [O],
        lease: &mut Lease<'_>,
        cx: &Context,
    ) -> Result<(), DbError> {
        if query.preloads().is_empty() {
            return Ok(());
        }
        let rows = (query.decoder().entities)(rows);
        self.preload_on(lease, rows, query.preloads(), &query.preload_context(cx)).await
    }

    /// Outside of a transaction, other connections of the pool may help.
    async fn preload_on(
        &self,
        lease: &mut Lease<'_>,
        rows: Vec<&mut dyn Entity>,
        specs: &[Spec],
        cx: &Context,
    ) -> Result<(), DbError> {
        let more = lease.pool().map(|pool| self.opener(pool)).transpose()?;
        let more: More<'_> = more.as_ref().map(|more| more as _);
        preload(rows, specs, lease.connection(), more, cx).await
    }
}

/// Runs a statement; `read` reads the rows of its query.
async fn arrive<O: Send>(
    lease: &mut Lease<'_>,
    sql: Sql<'_>,
    mut arrivals: Arrivals<'_, O>,
    mut read: impl FnMut(&mut dyn Row) -> Result<O, TypeError> + Send,
) -> Result<Preloaded, DbError> {
    lease.connection().read(sql, &mut |row: &mut dyn Row| arrivals.place(row, &mut read)).await?;
    Ok(arrivals.end())
}

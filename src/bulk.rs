//! Reading and writing all rows of a query at once, without loading them.

use assoc_core::{
    Column, ColumnType, Query, Stored,
    adapter::{BoxFuture, DbError, OnRow, Sql},
    query::{Assignments, In, InsertAll, InsertTable, Source},
    schema::Row,
};

use crate::repo::Repo;

impl Repo {
    /// How many rows a query has.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String, views: i32 }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let read = repo.count(Post::query().filter(Post::views.gt(0))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database refuses.
    pub async fn count<Q, O>(&self, query: Query<Q, O>) -> Result<u64, DbError> {
        let count = self.all(query.counted()).await?.pop();
        Ok(count.and_then(|count| count.try_into().ok()).unwrap_or_default())
    }

    /// Whether a query has any row.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn exists<Q, O>(&self, query: Query<Q, O>) -> Result<bool, DbError> {
        Ok(self.count(query.any()).await? > 0)
    }

    /// The greatest value of a column among the rows of a query; `None` if there is none.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn max<Q, O, S: Source + In<Q, I>, V: ColumnType, I>(
        &self,
        query: Query<Q, O>,
        column: Column<S, V>,
    ) -> Result<Option<V>, DbError> {
        self.one(query.extreme(column, true)).await
    }

    /// The least value of a column among the rows of a query; `None` if there is none.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn min<Q, O, S: Source + In<Q, I>, V: ColumnType, I>(
        &self,
        query: Query<Q, O>,
        column: Column<S, V>,
    ) -> Result<Option<V>, DbError> {
        self.one(query.extreme(column, false)).await
    }

    /// Updates all rows of a query in one statement, and tells how many they were. No changeset looks at it: there are
    /// no validations, and the times of `#[timestamps]` stay as they are. Without any change nothing is sent, and no row is
    /// updated.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String, views: i32 }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let seen = Post::query().filter(Post::id.is_in([1, 2, 3]));
    /// repo.update_all(seen, (Post::views.inc(1), Post::title.set("Seen"))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database refuses; [`DbError::Configuration`] for what it cannot do, as adding to a `Decimal` on SQLite, which
    /// keeps it as text.
    pub async fn update_all<Q, S: Stored>(
        &self,
        query: Query<Q, S>,
        changes: impl Assignments<S>,
    ) -> Result<u64, DbError> {
        let changes = changes.assignments();
        if changes.is_empty() {
            return Ok(0);
        }
        let cx = self.context();
        let update = query.into_update(changes, false, &cx)?;
        self.run_bulk(cx.dialect.render(update)).await
    }

    /// As [`update_all`](Self::update_all), and returns the rows as they are now (`RETURNING`), in no particular order.
    ///
    /// # Errors
    /// The database refuses; or a row does not fit the schema, and is written nevertheless: put it into a
    /// [`transaction`](Repo::transaction) where that can be.
    pub async fn update_all_returning<Q, S: Stored>(
        &self,
        query: Query<Q, S>,
        changes: impl Assignments<S>,
    ) -> Result<Vec<S>, DbError> {
        let changes = changes.assignments();
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let cx = self.context();
        let update = query.into_update(changes, true, &cx)?;
        self.run_returning(cx.dialect.render(update)).await
    }

    /// Deletes all rows of a query in one statement, and tells how many they were. `on_delete` of associations does not
    /// count here; foreign keys of the database do.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn delete_all<Q, S: Stored>(&self, query: Query<Q, S>) -> Result<u64, DbError> {
        let cx = self.context();
        self.run_bulk(cx.dialect.render(query.into_delete(false, &cx)?)).await
    }

    /// As [`delete_all`](Self::delete_all), and returns the rows as they were (`RETURNING`), in no particular order.
    ///
    /// # Errors
    /// The database refuses; or a row does not fit the schema, and is gone nevertheless: put it into a
    /// [`transaction`](Repo::transaction) where that can be.
    pub async fn delete_all_returning<Q, S: Stored>(&self, query: Query<Q, S>) -> Result<Vec<S>, DbError> {
        let cx = self.context();
        self.run_returning(cx.dialect.render(query.into_delete(true, &cx)?)).await
    }

    /// Inserts rows as they are, without changesets: there are no validations. Tells how many rows were written.
    ///
    /// ```no_run
    /// use assoc::{prelude::*, query::InsertAll};
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Visit { id: i64, path: String, hits: i64 }
    /// # async fn example(repo: Repo, paths: Vec<String>) -> Result<(), assoc::DbError> {
    /// let visits = paths.into_iter().map(|path| (Visit::path.set(path), Visit::hits.set(1)));
    /// repo.insert_all(InsertAll::rows(visits).on_conflict_add(Visit::path, Visit::hits)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database refuses, and nothing is written.
    pub async fn insert_all<S: Stored>(&self, rows: InsertAll<S>) -> Result<u64, DbError> {
        let table = rows.into_table(false)?;
        let mut written = 0;
        self.run_inserts(&table, &mut |_| Ok(()), &mut |count| written += count).await?;
        Ok(written)
    }

    /// As [`insert_all`](Self::insert_all), and returns the rows as they are now (`RETURNING`), in no particular order.
    /// Rows that a conflict left out are not among them.
    ///
    /// # Errors
    /// The database refuses, or a row does not fit the schema; nothing is written.
    pub async fn insert_all_returning<S: Stored>(&self, rows: InsertAll<S>) -> Result<Vec<S>, DbError> {
        let table = rows.into_table(true)?;
        let mut written = Vec::new();
        let on_row = &mut |row: &mut dyn Row| {
            written.push(S::from_row(row)?);
            Ok(())
        };
        self.run_inserts(&table, on_row, &mut |_| {}).await?;
        Ok(written)
    }

    /// Runs the inserts of a table, in a transaction where some may be written and others fail.
    async fn run_inserts(
        &self,
        table: &InsertTable,
        on_row: OnRow<'_>,
        on_count: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), DbError> {
        let dialect = self.dialect();
        table.check(dialect)?;
        let chunks = table.chunks(dialect);
        let in_transaction = chunks.len() > 1 || table.may_not_fit();
        let mut lease = self.lease().await?;
        if in_transaction && let Err(error) = lease.connection().begin().await {
            lease.give_back();
            return Err(error);
        }
        let connection = lease.connection();
        let result = async {
            for rows in chunks {
                let statement = table.statement(rows, self.prefix());
                let sql = dialect.write(&statement);
                if statement.returning.is_empty() {
                    on_count(connection.execute(sql).await?);
                } else {
                    connection.run(sql, on_row).await?;
                }
            }
            Ok(())
        };
        let result: Result<(), DbError> = result.await;
        let ended = match (in_transaction, &result) {
            (false, _) => Ok(()),
            (true, Ok(())) => lease.connection().commit().await,
            (true, Err(_)) => lease.connection().rollback().await,
        };
        lease.give_back();
        result.and(ended)
    }

    pub(crate) fn run_bulk<'a>(&'a self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let mut lease = self.lease().await?;
            let result = lease.connection().execute(sql).await;
            lease.give_back();
            result
        })
    }

    async fn run_returning<S: Stored>(&self, sql: Sql<'_>) -> Result<Vec<S>, DbError> {
        let mut rows = Vec::new();
        let on_row = &mut |row: &mut dyn Row| {
            rows.push(S::from_row(row)?);
            Ok(())
        };
        self.run_sql(sql, on_row).await?;
        Ok(rows)
    }

    /// Runs a statement that may write, and hands over its rows. In a box, as all that is the same for each schema.
    pub(crate) fn run_sql<'a>(&'a self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let mut lease = self.lease().await?;
            let result = lease.connection().run(sql, on_row).await;
            lease.give_back();
            result
        })
    }
}

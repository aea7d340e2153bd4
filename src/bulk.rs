//! Reading and writing all rows of a query at once, without loading them.

use assoc_core::{
    Column, ColumnType, Query, Stored,
    adapter::{DbError, Sql},
    query::{Assignments, Select},
    types::Type,
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
    pub async fn count<S: Stored>(&self, query: Query<S>) -> Result<u64, DbError> {
        let count: Option<i64> = self.first_value(query.into_count(self.dialect()), Type::I64).await?;
        Ok(count.and_then(|count| count.try_into().ok()).unwrap_or_default())
    }

    /// Whether a query has any row.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn exists<S: Stored>(&self, query: Query<S>) -> Result<bool, DbError> {
        Ok(self.count(query.at_most(1)).await? > 0)
    }

    /// The greatest value of a column among the rows of a query; `None` if there is none.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn max<S: Stored, V: ColumnType>(
        &self,
        query: Query<S>,
        column: Column<S, V>,
    ) -> Result<Option<V::Base>, DbError> {
        self.first_value(query.into_extreme(column.index(), true, self.dialect()), V::TYPE).await
    }

    /// The least value of a column among the rows of a query; `None` if there is none.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn min<S: Stored, V: ColumnType>(
        &self,
        query: Query<S>,
        column: Column<S, V>,
    ) -> Result<Option<V::Base>, DbError> {
        self.first_value(query.into_extreme(column.index(), false, self.dialect()), V::TYPE).await
    }

    /// Updates all rows of a query in one statement, and tells how many they were. No changeset looks at it: there are
    /// no validations, and the times of `#[timestamps]` stay as they are.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String, views: i32 }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let seen = Post::query().filter(Post::id.is_in([1, 2, 3]));
    /// repo.update_all(seen, (Post::views.plus(1), Post::title.to("Seen"))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database refuses; [`DbError::Configuration`] for what it cannot do, as adding to a `Decimal` on SQLite, which
    /// keeps it as text.
    pub async fn update_all<S: Stored>(&self, query: Query<S>, changes: impl Assignments<S>) -> Result<u64, DbError> {
        let dialect = self.dialect();
        self.run_bulk(dialect.render(query.into_update(changes.assignments(), dialect)?)).await
    }

    /// Deletes all rows of a query in one statement, and tells how many they were. `on_delete` of associations does not
    /// count here; foreign keys of the database do.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn delete_all<S: Stored>(&self, query: Query<S>) -> Result<u64, DbError> {
        let dialect = self.dialect();
        self.run_bulk(dialect.render(query.into_delete(dialect))).await
    }

    pub(crate) async fn run_bulk(&self, sql: Sql<'_>) -> Result<u64, DbError> {
        let mut lease = self.lease().await?;
        let result = lease.connection().execute(sql).await;
        lease.give_back();
        result
    }

    async fn first_value<V: ColumnType>(&self, select: Select, ty: Type) -> Result<Option<V>, DbError> {
        let mut found = None;
        let mut lease = self.lease().await?;
        let on_row = &mut |row: &mut dyn assoc_core::schema::Row| {
            found = Option::<V>::from_value(row.take(0, ty)?)?;
            Ok(())
        };
        let result = lease.connection().run(self.dialect().select(select), on_row).await;
        lease.give_back();
        result.map(|()| found)
    }
}

//! Hand-written SQL, and rows of sqlx, read as schemas.

use assoc_core::{
    Schema, SqlQuery, Stored, TypeError,
    adapter::{DbError, OnRow},
    schema::Places,
};

use crate::repo::Repo;

impl Repo {
    /// The rows of a statement of your own. It runs on this database, not on a replica, for it may write:
    /// `INSERT … RETURNING *` has rows, too.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String, #[has_many] comments: HasMany<Comment> }
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Comment { id: i64, post_id: i64 }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let found = Post::from_sql("SELECT * FROM posts WHERE to_tsvector(title) @@ plainto_tsquery($1)").bind("rust");
    /// let mut posts = repo.all_sql(found).await?;
    /// repo.preload(&mut posts, Post::comments).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database refuses; [`DbError::Type`] if a column of the schema is missing among those of the row, or its value
    /// does not fit.
    pub async fn all_sql<S: Stored>(&self, query: SqlQuery<S>) -> Result<Vec<S>, DbError> {
        let mut rows = Vec::new();
        let mut places = None;
        let on_row: OnRow<'_> = &mut |row| {
            let places = match &places {
                Some(places) => places,
                None => places.insert(Places::of(S::META, row)?),
            };
            rows.push(places.read(row)?);
            Ok(())
        };
        self.run_sql(query.into_sql(), on_row).await?;
        Ok(rows)
    }

    /// The only row of a statement of your own, if there is one.
    ///
    /// # Errors
    /// As [`all_sql`](Self::all_sql); [`DbError::TooMany`] where there are several.
    pub async fn one_sql<S: Stored>(&self, query: SqlQuery<S>) -> Result<Option<S>, DbError> {
        let mut rows = self.all_sql(query).await?;
        if rows.len() > 1 {
            return Err(DbError::TooMany { schema: S::META.name });
        }
        Ok(rows.pop())
    }
}

/// A row of sqlx as a schema: for SQL that runs by sqlx itself. Columns are found by their names; there may be more.
///
/// ```no_run
/// use assoc::prelude::*;
///
/// # #[derive(Debug, Clone, Schema)]
/// # struct Post { id: i64, title: String }
/// # async fn example(pool: sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
/// let row = sqlx::query("SELECT * FROM posts ORDER BY random() LIMIT 1").fetch_one(&pool).await?;
/// let post = assoc::from_row::<Post>(&row)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A column of the schema is missing among those of the row, or its value does not fit.
pub fn from_row<S: Schema>(row: &impl DriverRow) -> Result<S, TypeError> {
    let mut read = Err(TypeError("the driver shows no row".to_owned()));
    row.show(&mut |row| {
        read = Places::of(S::META, row).and_then(|places| places.read(row));
        Ok(())
    })?;
    read
}

/// A row of sqlx, of a database that assoc knows.
pub trait DriverRow {
    /// Shows the row to a function.
    #[doc(hidden)]
    fn show(&self, on_row: OnRow<'_>) -> Result<(), TypeError>;
}

#[cfg(feature = "postgres")]
impl DriverRow for sqlx::postgres::PgRow {
    fn show(&self, on_row: OnRow<'_>) -> Result<(), TypeError> {
        assoc_postgres::read(self, on_row)
    }
}

#[cfg(feature = "sqlite")]
impl DriverRow for sqlx::sqlite::SqliteRow {
    fn show(&self, on_row: OnRow<'_>) -> Result<(), TypeError> {
        assoc_sqlite::read(self, on_row)
    }
}

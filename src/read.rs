//! Reading rows, and loading associations into them.

use assoc_core::{Preloads, Query, Stored, adapter::DbError, query::preload, schema::PreloadInto};

use crate::repo::Repo;

impl Repo {
    /// The row with that primary key, if there is one.
    ///
    /// # Errors
    /// The database refuses, or the row does not fit the schema.
    pub async fn get<S: Stored>(&self, key: impl Into<S::Key>) -> Result<Option<S>, DbError> {
        self.one(Query::by_key(key)).await
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
    pub async fn one<S: Stored>(&self, query: Query<S>) -> Result<Option<S>, DbError> {
        let mut rows = self.all(query.at_most(2)).await?;
        if rows.len() > 1 {
            return Err(DbError::TooMany { schema: S::META.name });
        }
        Ok(rows.pop())
    }

    /// All rows of a query, with the associations that it preloads.
    ///
    /// # Errors
    /// The database refuses, or a row does not fit the schema.
    pub async fn all<S: Stored>(&self, query: Query<S>) -> Result<Vec<S>, DbError> {
        let (select, specs) = query.into_select(self.dialect())?;
        let mut rows: Vec<S> = Vec::new();
        let mut lease = self.lease_read().await?;
        let push = &mut |row: &mut dyn assoc_core::schema::Row| {
            rows.push(S::from_row(row)?);
            Ok(())
        };
        let mut result = lease.connection().run(self.dialect().select(select), push).await;
        if result.is_ok() && !rows.is_empty() && !specs.is_empty() {
            result = preload(rows.entities(), &specs, lease.connection(), self.dialect()).await;
        }
        lease.give_back();
        result.map(|()| rows)
    }

    /// Loads associations into rows that are there already: a struct, a `Vec`, a slice, an `Option`.
    ///
    /// Each association takes one statement, however many rows there are. What is loaded already stays.
    ///
    /// # Errors
    /// The database refuses, or a row does not fit its schema.
    pub async fn preload<S: Stored, T: PreloadInto<S> + ?Sized>(
        &self,
        target: &mut T,
        preloads: impl Preloads<S>,
    ) -> Result<(), DbError> {
        let specs = preloads.specs();
        let mut lease = self.lease_read().await?;
        let result = preload(target.entities(), &specs, lease.connection(), self.dialect()).await;
        lease.give_back();
        result
    }
}

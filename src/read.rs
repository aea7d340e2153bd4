//! Reading rows, and loading associations into them.

use assoc_core::{
    Preloads, Query, Stored,
    adapter::DbError,
    query::{More, Spec, preload},
    schema::{Entity, PreloadInto},
};

use crate::{
    lease::Lease,
    observe::observed,
    repo::{Repo, Source},
};

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
        let mut lease = self.lease().await?;
        let push = &mut |row: &mut dyn assoc_core::schema::Row| {
            rows.push(S::from_row(row)?);
            Ok(())
        };
        let mut result = lease.connection().run(self.dialect().select(select), push).await;
        if result.is_ok() {
            result = self.preload_on(&mut lease, rows.entities(), &specs).await;
        }
        lease.give_back();
        result.map(|()| rows)
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
        let mut lease = self.lease().await?;
        let result = self.preload_on(&mut lease, target.entities(), &specs).await;
        lease.give_back();
        result
    }

    /// Outside of a transaction, other connections of the pool may help.
    async fn preload_on(
        &self,
        lease: &mut Lease<'_>,
        rows: Vec<&mut dyn Entity>,
        specs: &[Spec],
    ) -> Result<(), DbError> {
        let pool = match &*self.source {
            Source::Pool(pool) => Some(pool),
            Source::Transaction(..) => None,
        };
        let more = pool.map(|pool| || observed(pool.connection(), &self.observer, pool.dialect().name()));
        let more: More<'_> = more.as_ref().map(|more| more as _);
        preload(rows, specs, lease.connection(), more, self.dialect()).await
    }
}

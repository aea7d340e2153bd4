//! Repos that use a database in their own way.

use std::{sync::Arc, time::Duration};

use assoc_core::{query::DefaultScope, run::Sending};

use crate::{observe::Observer, replicas::Replicas, repo::Repo};

/// What a repo does in its own way, on a database that it may share with others.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub observer: Observer,
    pub prefix: Option<Arc<str>>,
    pub scopes: Arc<Vec<DefaultScope>>,
    pub statement_timeout: Option<Duration>,
    pub replicas: Option<Arc<Replicas>>,
    pub sending: Sending,
    pub savepoints: Savepoints,
}

/// Whether a save in an open transaction sets a savepoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Savepoints {
    #[default]
    EachSave,
    None,
}

impl Repo {
    /// The same database, whose tables lie in that database schema (on SQLite, in the attached database of that name): one
    /// for each tenant, say. A schema that has a `#[schema(prefix = "…")]` of its own stays where that is.
    ///
    /// Expressions of `database_default` and the names of enumeration types stand as they are written.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
    /// let tenant = repo.with_prefix("tenant_7");
    /// tenant.insert(Post::build().set(Post::title, "Hello")).await?;       // INSERT INTO "tenant_7"."posts" …
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_prefix(&self, prefix: impl Into<String>) -> Self {
        self.with(Settings { prefix: Some(prefix.into().into()), ..self.settings.clone() })
    }

    /// The database schema of tables that name none, if it was told by [`with_prefix`](Self::with_prefix).
    pub fn prefix(&self) -> Option<&str> {
        self.settings.prefix.as_deref()
    }

    /// The same database, which ends each statement that takes longer with [`DbError::Timeout`](crate::DbError::Timeout).
    ///
    /// So that nobody else in the pool is told the same, each call of this repo is a transaction of its own that begins
    /// with `SET LOCAL statement_timeout`: two messages more than without. A timeout for all connections of a pool costs
    /// nothing: `postgres://…/blog?options[statement_timeout]=5s`. For one transaction, see
    /// [`statement_timeout`](crate::TransactionOptions::statement_timeout); one that is open keeps the timeout with which it began.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let repo = repo.with_statement_timeout(std::time::Duration::from_secs(5));
    /// let posts = repo.all(Post::query()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The calls of a repo on SQLite are [`DbError::Unsupported`](crate::DbError::Unsupported); `with_postgres`, and the calls of a transaction that is
    /// open already, are [`DbError::Configuration`](crate::DbError::Configuration).
    #[must_use]
    pub fn with_statement_timeout(&self, timeout: Duration) -> Self {
        self.with(Settings { statement_timeout: Some(timeout), ..self.settings.clone() })
    }

    /// The same database, which gets the statements of each save one after the other, in a transaction, also where it could
    /// take them as one ([`Plan::in_turn`](crate::Plan::in_turn)).
    ///
    /// A save has the same outcome either way, but for what the database does by itself. Inside of one statement, triggers,
    /// row security policies and defaults that read tables do not find what the same save writes elsewhere; rewrite rules are
    /// refused; and foreign keys that no association tells of are looked at when all is written, so that a row that refers to
    /// a deleted one by way of such a key may be gone with it (`ON DELETE CASCADE`), although the save returns it.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
    /// let repo = repo.in_turn();
    /// repo.insert_many(["a", "b"].map(|title| Post::build().set(Post::title, title))).await?; // BEGIN, INSERT …, COMMIT
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn in_turn(&self) -> Self {
        self.with(Settings { sending: Sending::InTurn, ..self.settings.clone() })
    }

    /// The same transaction, in which saves set no savepoints: a save is one round trip instead of three (`BENCHMARKS.md` has what
    /// that saves; `benches/peers/run update-in-transaction` measures it), but one that the
    /// database refuses, or of which a row is gone, ends the transaction, whose commit is [`DbError::TransactionAborted`](crate::DbError::TransactionAborted) then.
    ///
    /// Errors of constraints are found by the key that the database tells, and are on the changeset where only one
    /// of its rows can be meant; else they are [`DbError::Violation`](crate::DbError::Violation) without a path. Outside of a transaction
    /// this changes nothing, nor does it on SQLite, where a savepoint costs little and a failure ends no transaction.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), SaveError<Changeset<Post>>> {
    /// repo.transaction(async |tx| {
    ///     let tx = tx.without_savepoints();
    ///     tx.insert(Post::build().set(Post::title, "one")).await?;
    ///     tx.insert(Post::build().set(Post::title, "two")).await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn without_savepoints(&self) -> Self {
        self.with(Settings { savepoints: Savepoints::None, ..self.settings.clone() })
    }

    /// The same database, used in another way.
    pub(crate) fn with(&self, settings: Settings) -> Self {
        Self { source: self.source.clone(), settings }
    }
}

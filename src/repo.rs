//! The repo: every way to read and write rows, on any database.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
};

use assoc_core::{
    Condition, Plan, Query, Stored,
    adapter::{Connection, DbError, Dialect, Pool, TransactionOptions},
    query::{Context, DefaultScope},
};
use tokio::sync::Mutex;

use crate::{after_commit::Callbacks, settings::Settings, transaction::Transaction};

/// A database to read from and write to: a pool of connections, or an open [`Transaction`].
///
/// Cloning is cheap, and a clone is the same database. Functions that take a `&Repo` work inside of a
/// transaction as well as outside.
///
/// ```no_run
/// use assoc::prelude::*;
///
/// # #[derive(Debug, Clone, Schema)]
/// # struct Post { id: i64, title: String }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let repo = Repo::connect("postgres://localhost/blog").await?;
/// let post = repo.insert(Post::build().set(Post::title, "Hello")).await?;
/// let found: Option<Post> = repo.get(post.id).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Repo {
    pub(crate) source: Arc<Source>,
    pub(crate) settings: Settings,
}

/// Where connections come from.
pub(crate) enum Source {
    Pool(Box<dyn Pool>),
    /// The one connection of a transaction. It is taken out while it is used, so that a call that is dropped
    /// in the middle takes the transaction with it.
    Transaction(TransactionConnection),
}

/// The connection of a transaction.
pub(crate) struct TransactionConnection {
    pub dialect: &'static dyn Dialect,
    pub connection: Mutex<Option<Box<dyn Connection>>>,
    /// Set when the transaction is dropped while a call has the connection.
    pub ended: AtomicBool,
    /// Set as long as a stream has the connection.
    pub streaming: AtomicBool,
    pub callbacks: Callbacks,
}

impl Source {
    pub fn transaction(dialect: &'static dyn Dialect, connection: Box<dyn Connection>) -> Self {
        let (connection, [ended, streaming]) = (Mutex::new(Some(connection)), Default::default());
        Self::Transaction(TransactionConnection {
            dialect,
            connection,
            ended,
            streaming,
            callbacks: Callbacks::default(),
        })
    }
}

impl Repo {
    /// A repo on a pool of its own, by URL: `postgres://user@host/database`, `sqlite://file.db`,
    /// `sqlite::memory:`.
    ///
    /// A SQLite file that is not there is made, with nothing in it; `sqlite://file.db?mode=rw` opens one that is.
    ///
    /// # Errors
    /// The URL cannot be read, the feature of its database is off, or the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        crate::connect::connect(url).await
    }

    pub(crate) fn of(source: Source) -> Self {
        Self { source: Arc::new(source), settings: Settings::default() }
    }

    /// A transaction of this repo. How long its statements may take, it was told when it began.
    pub(crate) fn beside(&self, source: Source) -> Self {
        Self { source: Arc::new(source), settings: Settings { statement_timeout: None, ..self.settings.clone() } }
    }

    /// The same database, whose queries only see rows of a schema that satisfy a condition: those that are not deleted,
    /// those of a tenant. It holds wherever a query reads the schema: first, joined, in `any`, preloaded, counted, updated
    /// or deleted by `update_all` and `delete_all`. Saves of changesets do not look at it. A query that shall see all rows is
    /// [`unscoped`](Query::unscoped).
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String, deleted: bool }
    /// # fn example(repo: Repo) {
    /// let repo = repo.scoped::<Post>(Post::deleted.eq(false));
    /// # }
    /// ```
    #[must_use]
    pub fn scoped<S: Stored>(&self, condition: Condition<S>) -> Self {
        let mut repo = self.clone();
        Arc::make_mut(&mut repo.settings.scopes).push(DefaultScope::of(condition));
        repo
    }

    /// How this database writes SQL.
    pub fn dialect(&self) -> &'static dyn Dialect {
        match &*self.source {
            Source::Pool(pool) => pool.dialect(),
            Source::Transaction(open) => open.dialect,
        }
    }

    /// The statements of a plan as this database gets them.
    pub fn to_sql(&self, plan: &Plan<'_>) -> Vec<String> {
        plan.to_sql_in(self.dialect(), self.settings.sending, self.prefix())
    }

    /// The text of a query's statement as this database gets it. It holds no values.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// println!("{}", repo.query_sql(Post::query().filter(Post::title.like("%rust%")))?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// This database cannot keep rows of the schema.
    pub fn query_sql<Q, O>(&self, query: Query<Q, O>) -> Result<String, DbError> {
        let (sql, _) = query.statement(&self.context())?;
        Ok(sql.text.to_string())
    }

    /// What rendering a query needs to know.
    pub(crate) fn context(&self) -> Context {
        let (prefix, scopes) = (self.settings.prefix.clone(), self.settings.scopes.clone());
        Context { dialect: self.dialect(), prefix, scopes, query_prefix: None }
    }

    /// Begins a transaction. Dropping it rolls it back.
    ///
    /// # Errors
    /// The database refuses, or this repo is in a transaction already: nest with
    /// [`transaction`](Self::transaction).
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        self.begin_with(TransactionOptions::new()).await
    }

    /// Begins a transaction that is isolated from others as told, may only read, or ends statements that take too long.
    ///
    /// ```no_run
    /// use assoc::TransactionOptions;
    /// # async fn example(repo: assoc::Repo) -> Result<(), assoc::DbError> {
    /// let tx = repo.begin_with(TransactionOptions::repeatable_read().read_only()).await?;
    /// tx.commit().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`begin`](Self::begin); [`DbError::Unsupported`] for what the database cannot do.
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, DbError> {
        Transaction::begin(self, options).await
    }

    /// Runs a function in a transaction: its `Ok` commits, its `Err` rolls back. Inside of a transaction it
    /// does so up to a savepoint.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
    /// let post = repo
    ///     .transaction(async |tx| {
    ///         let post = tx.insert(Post::build().set(Post::title, "Hello")).await?;
    ///         tx.update(post.change().set(Post::title, "Hello!")).await
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of the function, or of the database.
    pub async fn transaction<T, E: From<DbError>>(&self, run: impl AsyncFnOnce(Repo) -> Result<T, E>) -> Result<T, E> {
        self.transaction_with(TransactionOptions::new(), run).await
    }

    /// The same in a transaction that is isolated from others as told, may only read, or ends statements that take too
    /// long.
    ///
    /// ```no_run
    /// use assoc::{TransactionOptions, prelude::*};
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// let snapshot = TransactionOptions::repeatable_read().read_only();
    /// let (count, posts) = repo
    ///     .transaction_with(snapshot, async |tx| {
    ///         Ok::<_, assoc::DbError>((tx.count(Post::query()).await?, tx.all(Post::query().limit(20)).await?))
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction); [`DbError::Unsupported`] for what the database cannot do. Inside of a
    /// transaction, which has begun in its own way, [`DbError::Configuration`].
    pub async fn transaction_with<T, E: From<DbError>>(
        &self,
        options: TransactionOptions,
        run: impl AsyncFnOnce(Repo) -> Result<T, E>,
    ) -> Result<T, E> {
        crate::transaction::run(self, options, run).await
    }
}

impl fmt::Debug for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Repo({})", self.dialect().name())
    }
}

//! Repos by URL, and from pools of sqlx.

use assoc_core::adapter::{BoxFuture, DbError};

use crate::repo::Repo;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::repo::Source;

/// In a box, so that what connects is compiled here.
pub(crate) fn connect(url: &str) -> BoxFuture<'_, Result<Repo, DbError>> {
    Box::pin(async move {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => {
                Repo::connect_postgres(Default::default(), url.parse().map_err(assoc_postgres::error)?).await
            }
            #[cfg(feature = "sqlite")]
            Some("sqlite") => assoc_sqlite::open(url).await.map(|pool| Repo::of(Source::Pool(pool))),
            #[allow(unreachable_patterns, reason = "reachable where a feature is off")]
            Some(scheme @ ("postgres" | "postgresql" | "sqlite")) => Err(DbError::Configuration(format!(
                "this URL is one of {scheme}, but assoc was built without that database; add its feature to `assoc` in Cargo.toml"
            ))),
            _ => Err(DbError::Configuration(
                "the URL names no known database; it begins with `postgres://`, `sqlite://` or `sqlite::memory:`"
                    .to_owned(),
            )),
        }
    })
}

/// The pool stays as it is: its connections go back to it after each call, by way of its own tests and hooks.
#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for Repo {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::of(Source::Pool(assoc_postgres::pool(pool)))
    }
}

/// The pool stays as it is: its connections go back to it after each call, by way of its own tests and hooks.
#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for Repo {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::of(Source::Pool(assoc_sqlite::pool(pool)))
    }
}

impl Repo {
    /// A repo on a pool of its own, as by [`connect`](Self::connect), whose size and times are yours. Between two calls its
    /// connections stay with the repo for a moment instead of being tested each time, so that hooks of the pool do not run
    /// for each call, and a `before_acquire` not at all: where you need them, make a pool, and the repo
    /// from that: `Repo::from(pool)`.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = sqlx::postgres::PgPoolOptions::new().max_connections(50);
    /// let repo = assoc::Repo::connect_postgres(pool, "postgres://localhost/blog".parse()?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database cannot be reached.
    #[cfg(feature = "postgres")]
    pub async fn connect_postgres(
        pool: sqlx::postgres::PgPoolOptions,
        to: sqlx::postgres::PgConnectOptions,
    ) -> Result<Self, DbError> {
        Ok(Self::of(Source::Pool(assoc_postgres::connect(pool, to).await?)))
    }

    /// A repo on a pool of its own, as by [`connect`](Self::connect), whose size and times are yours. Between two calls its
    /// connections stay with the repo for a moment, so that hooks of the pool do not run for each call, and a
    /// `before_acquire` not at all: where you need them, make a pool, and the repo from that: `Repo::from(pool)`.
    ///
    /// # Errors
    /// The database cannot be opened.
    #[cfg(feature = "sqlite")]
    pub async fn connect_sqlite(
        pool: sqlx::sqlite::SqlitePoolOptions,
        to: sqlx::sqlite::SqliteConnectOptions,
    ) -> Result<Self, DbError> {
        Ok(Self::of(Source::Pool(assoc_sqlite::connect(pool, to).await?)))
    }

    /// The pool of sqlx, if this is a repo on PostgreSQL outside of a transaction.
    #[cfg(feature = "postgres")]
    pub fn postgres(&self) -> Option<&sqlx::PgPool> {
        self.driver()
    }

    /// The pool of sqlx, if this is a repo on SQLite outside of a transaction.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&self) -> Option<&sqlx::SqlitePool> {
        self.driver()
    }

    /// Lends a connection to sqlx itself: inside of a transaction, that of the transaction.
    ///
    /// A function that fails inside of a transaction on PostgreSQL ends it, for its statement may have aborted it: the
    /// commit is refused then. Run what may fail in a nested [`transaction`](Self::transaction).
    ///
    /// ```no_run
    /// # async fn example(repo: assoc::Repo) -> Result<(), Box<dyn std::error::Error>> {
    /// repo.transaction(async |tx| {
    ///     tx.with_postgres(async |connection| Ok(sqlx::query("LOCK TABLE posts").execute(connection).await.map(drop)?)).await
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of the function; [`DbError::Configuration`] on another database.
    #[cfg(feature = "postgres")]
    pub async fn with_postgres<T, E: From<DbError>>(
        &self,
        run: impl AsyncFnOnce(&mut sqlx::PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with_driver(run).await
    }

    /// Lends a connection to sqlx itself: inside of a transaction, that of the transaction.
    ///
    /// # Errors
    /// That of the function; [`DbError::Configuration`] on another database.
    #[cfg(feature = "sqlite")]
    pub async fn with_sqlite<T, E: From<DbError>>(
        &self,
        run: impl AsyncFnOnce(&mut sqlx::SqliteConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with_driver(run).await
    }

    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    async fn with_driver<C: 'static, T, E: From<DbError>>(
        &self,
        run: impl AsyncFnOnce(&mut C) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lease = self.lease().await?;
        let result = match lease.connection().driver().await.map(|driver| driver.downcast_mut::<C>()) {
            Ok(Some(connection)) => {
                let result = run(connection).await;
                if result.is_err() {
                    lease.connection().driver_failed();
                }
                result
            }
            Ok(None) => {
                let name = self.dialect().name();
                Err(DbError::Configuration(format!("this repo is one of {name}; its connections are of another type"))
                    .into())
            }
            Err(error) => Err(error.into()),
        };
        lease.give_back();
        result
    }
}

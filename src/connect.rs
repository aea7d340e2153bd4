//! Repos by URL, and from pools of sqlx.

use assoc_core::adapter::DbError;

use crate::repo::Repo;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::repo::Source;

pub(crate) async fn connect(url: &str) -> Result<Repo, DbError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => {
            let pool = sqlx::postgres::PgPoolOptions::new().connect(url).await;
            pool.map(Repo::from).map_err(assoc_postgres::error)
        }
        #[cfg(feature = "sqlite")]
        Some("sqlite") => sqlite(url).await.map(Repo::from).map_err(assoc_sqlite::error),
        #[allow(unreachable_patterns, reason = "reachable where a feature is off")]
        Some(scheme @ ("postgres" | "postgresql" | "sqlite")) => Err(DbError::Configuration(format!(
            "this URL is one of {scheme}, but assoc was built without that database; add its feature to `assoc` in Cargo.toml"
        ))),
        _ => Err(DbError::Configuration(
            "the URL names no known database; it begins with `postgres://`, `sqlite://` or `sqlite::memory:`"
                .to_owned(),
        )),
    }
}

/// A database in memory lives as long as its connection: there is one, and it is never closed.
#[cfg(feature = "sqlite")]
async fn sqlite(url: &str) -> Result<sqlx::SqlitePool, sqlx::Error> {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
    let options: SqliteConnectOptions = url.parse()?;
    if url.contains(":memory:") || url.contains("mode=memory") {
        // A ping that is interrupted would close the connection, and with it the database.
        let pool = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
        return pool.idle_timeout(None).max_lifetime(None).connect_with(options).await;
    }
    // A file that is not there yet is made, unless the URL says what to do.
    let options = if url.contains("mode=") { options } else { options.create_if_missing(true) };
    SqlitePoolOptions::new().connect_with(options).await
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for Repo {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::of(Source::Pool(Box::new(assoc_postgres::Postgres::from(pool))))
    }
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for Repo {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::of(Source::Pool(Box::new(assoc_sqlite::Sqlite::from(pool))))
    }
}

impl Repo {
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
}

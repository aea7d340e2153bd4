use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use sqlx::{PgPool, migrate::Migrator, postgres::PgPoolOptions};

use crate::{Error, created::Created, template::Template};

/// A database of its own for one test, dropped with this value.
///
/// ```no_run
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// let db = assoc_test::Database::from_sql("create table tags (name text primary key)").await?;
/// sqlx::query("insert into tags values ('rust')").execute(&db.pool().await?).await?;
/// # Ok(())
/// # }
/// ```
pub struct Database(Created);

impl Database {
    /// An empty database.
    pub async fn new() -> Result<Self, Error> {
        Self::create(None).await
    }

    /// A database in which all of these migrations were run.
    ///
    /// They run once per process, in a template; each call copies it.
    ///
    /// ```no_run
    /// # async fn test() -> Result<(), assoc_test::Error> {
    /// let db = assoc_test::Database::migrated(&sqlx::migrate!("tests/migrations")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn migrated(migrations: &Migrator) -> Result<Self, Error> {
        Self::from_template(Template::Migrations(migrations)).await
    }

    /// A database in which this script of SQL statements was run.
    ///
    /// It runs once per process, in a template; each call with the same text copies it.
    pub async fn from_sql(script: &str) -> Result<Self, Error> {
        Self::from_template(Template::Script(script)).await
    }

    /// Where the database is: a `postgres://` URL, for sqlx and for `psql`.
    pub fn url(&self) -> &str {
        self.0.url()
    }

    /// A small connection pool: five connections, the first of them open.
    pub async fn pool(&self) -> Result<PgPool, Error> {
        PgPoolOptions::new()
            .max_connections(5)
            .connect(self.url())
            .await
            .map_err(Error::sql("connect to the test database"))
    }

    async fn from_template(template: Template<'_>) -> Result<Self, Error> {
        Self::create(Some(&template.name().await?)).await
    }

    async fn create(template: Option<&str>) -> Result<Self, Error> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Created::new(&number.to_string(), template).await.map(Self)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.url()).finish()
    }
}

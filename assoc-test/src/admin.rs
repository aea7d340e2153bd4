use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

use crate::{Error, server::Server, url};

/// The connection on which databases are created and dropped.
///
/// It stays open as long as the process lives, and carries the owner's name: a database whose owner is not connected
/// was left behind.
pub(crate) struct Admin {
    server: Server,
    owner: String,
    connection: Option<PgConnection>,
}

const ORPHANS: &str = "
    SELECT d.datname::text FROM pg_database d
    WHERE d.datname ~ '^assoc_test_[0-9a-f]{16}_'
    AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = substr(d.datname, 1, 27))";

impl Admin {
    /// Connects, and clears away what earlier processes left behind, where the server outlives processes.
    pub(crate) async fn new(server: Server, owner: String) -> Result<Self, Error> {
        let mut admin = Self { server, owner, connection: None };
        let orphans: Vec<String> = sqlx::query_scalar(ORPHANS)
            .fetch_all(admin.connection().await?)
            .await
            .map_err(Error::sql("look for old test databases"))?;
        for name in orphans {
            admin.drop_database(&name).await;
        }
        Ok(admin)
    }

    /// Creates a database and returns its URL.
    pub(crate) async fn create(&mut self, name: &str, template: Option<&str>) -> Result<String, Error> {
        let version = self.connection().await?.server_version_num();
        let sql = create_database(name, template, strategy(&self.server, version));
        let mut attempts = 3; // the server itself waits for five seconds in each
        loop {
            attempts -= 1;
            match self.execute("create a test database", &sql).await {
                Ok(()) => return Ok(url::with_database(self.server.url(), name)),
                Err(error) if attempts > 0 && is_template_in_use(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Drops a database if it is there. Should that fail, a later process will try again.
    pub(crate) async fn drop_database(&mut self, name: &str) {
        let sql = format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#);
        let _ = self.execute("drop a test database", &sql).await;
    }

    async fn execute(&mut self, action: &str, sql: &str) -> Result<(), Error> {
        let connection = self.connection().await?;
        let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
        if matches!(&result, Err(error) if error.as_database_error().is_none()) {
            self.connection = None; // broken: the next call connects again
        }
        result.map(drop).map_err(Error::sql(action))
    }

    async fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await.map_err(Error::sql("connect to the test server"))?,
        };
        Ok(self.connection.insert(connection))
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let options: PgConnectOptions = self.server.url().parse()?;
        PgConnection::connect_with(&options.application_name(&self.owner)).await
    }
}

/// `template0` is the one nobody has changed.
fn create_database(name: &str, template: Option<&str>, strategy: &str) -> String {
    let template = template.unwrap_or("template0");
    format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}"{strategy}"#)
}

/// Copying files is fastest where nothing is synced. On a server that does sync, the checkpoints around it make it
/// slower than the default, and everyone else there waits for them.
fn strategy(server: &Server, version: Option<u32>) -> &'static str {
    const FIRST_WITH_A_CHOICE: u32 = 150_000;
    match version {
        Some(FIRST_WITH_A_CHOICE..) if server.is_private() => " STRATEGY file_copy",
        _ => "",
    }
}

fn is_template_in_use(error: &Error) -> bool {
    const OBJECT_IN_USE: &str = "55006";
    match error {
        Error::Sql { source, .. } => {
            source.as_database_error().is_some_and(|error| error.code().as_deref() == Some(OBJECT_IN_USE))
        }
        _ => false,
    }
}

//! A database for each test, and the statements that it really got.

mod log;
mod proxy;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use assoc::{Params, Repo};
use sqlx::{
    AssertSqlSafe, PgPool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

/// Statements in the order in which the database got them.
pub type Record = Arc<Mutex<Vec<String>>>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Postgres,
    Sqlite,
}

pub struct Db {
    pub repo: Repo,
    pub kind: Kind,
    sent: Record,
    said: Record,
    postgres: Option<(assoc_test::Database, proxy::Proxy)>,
}

impl Db {
    /// A new database on the test server, behind a proxy that reads what the driver sends.
    pub async fn postgres() -> Self {
        let database = assoc_test::Database::from_sql(include_str!("../schema.postgres.sql")).await.unwrap();
        let sent = Record::default();
        let proxy = proxy::Proxy::before(database.url(), sent.clone()).await;
        let repo = Repo::connect(&proxy.url).await.unwrap();
        Self::of(Kind::Postgres, repo, sent, Some((database, proxy)))
    }

    /// A database in memory, whose worker thread has a name by which the log of the driver is ours.
    pub async fn sqlite() -> Self {
        let sent = Record::default();
        let options: SqliteConnectOptions = "sqlite::memory:".parse().unwrap();
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.test_before_acquire(false).connect_with(log::recorded(options, &sent)).await.unwrap();
        sqlx::raw_sql(include_str!("../schema.sqlite.sql")).execute(&pool).await.unwrap();
        Self::of(Kind::Sqlite, Repo::from(pool), sent, None)
    }

    fn of(kind: Kind, repo: Repo, sent: Record, postgres: Option<(assoc_test::Database, proxy::Proxy)>) -> Self {
        let said = Record::default();
        let saying = said.clone();
        let repo = repo.on_statement(move |sql| saying.lock().unwrap().push(sql.to_owned()));
        let db = Self { repo, kind, sent, said, postgres };
        db.forget();
        db
    }

    pub fn is_postgres(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// Forgets what was sent so far.
    pub fn forget(&self) {
        self.sent.lock().unwrap().clear();
        self.said.lock().unwrap().clear();
    }

    /// What the database got since the last call, without transaction control, as the driver's wire (or its
    /// log) tells it; and that the repo's observer told the same.
    pub fn statements(&self) -> Vec<String> {
        let sent: Vec<String> = self.sent.lock().unwrap().drain(..).collect();
        let said: Vec<String> = self.said.lock().unwrap().drain(..).collect();
        let plain = |all: &[String]| all.iter().filter(|sql| !is_control(sql)).cloned().collect::<Vec<_>>();
        assert_eq!(plain(&sent), plain(&said), "the observer differs from what was sent");
        plain(&sent)
    }

    /// The same with BEGIN, COMMIT, savepoints. The log of SQLite's driver has none of them: there, the observer
    /// is asked.
    pub fn conversation(&self) -> Vec<String> {
        let sent: Vec<String> = self.sent.lock().unwrap().drain(..).collect();
        let said: Vec<String> = self.said.lock().unwrap().drain(..).collect();
        if self.is_postgres() { sent } else { said }
    }

    /// Runs SQL of the test's own, unseen.
    pub async fn execute(&self, sql: &str) {
        match self.repo.sqlite() {
            Some(pool) => drop(sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap()),
            None => drop(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.direct().await).await.unwrap()),
        }
        self.forget();
    }

    /// The only value of a query, as text; `NULL` where it is.
    pub async fn text(&self, sql: &str) -> String {
        let found: Option<String> = match self.repo.sqlite() {
            Some(pool) => {
                let sql = format!("SELECT CAST(x AS TEXT) FROM (SELECT ({sql}) AS x)");
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap()
            }
            None => {
                let sql = format!("SELECT ({sql})::text");
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&self.direct().await).await.unwrap()
            }
        };
        self.forget();
        found.unwrap_or_else(|| "NULL".to_owned())
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> usize {
        self.text(&format!("SELECT count(*) FROM {table}")).await.parse().unwrap()
    }

    /// A connection to PostgreSQL that goes around the proxy.
    pub async fn direct(&self) -> PgPool {
        let (database, _) = self.postgres.as_ref().expect("only PostgreSQL is behind a proxy");
        PgPool::connect(database.url()).await.unwrap()
    }

    /// The backend of every connection is killed right before a statement that contains `text` arrives.
    pub fn kill_before(&self, text: &'static str) {
        let (_, proxy) = self.postgres.as_ref().expect("only PostgreSQL has backends to kill");
        proxy.kill_before(text);
    }
}

fn is_control(sql: &str) -> bool {
    ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"].iter().any(|word| sql.starts_with(word))
}

/// A number that no other test of this process has.
pub fn unique() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Input from JSON.
pub fn params(json: serde_json::Value) -> Params {
    Params::from(json)
}

/// Errors as `path message`, one each.
pub fn errors<S: assoc::Schema>(error: assoc::SaveError<assoc::Changeset<S>>) -> Vec<String> {
    match error {
        assoc::SaveError::Invalid(changeset) => lines(&changeset.errors()),
        other => panic!("expected errors of the input, got: {other}"),
    }
}

pub fn lines(errors: &assoc::Errors) -> Vec<String> {
    errors.to_string().lines().map(str::to_owned).collect()
}

//! A database for each case: seeded, watched, dumped.

use std::sync::{Arc, Mutex};

use assoc::Repo;
use serde_json::{Map, Value as Json, json};
use sqlx::{AssertSqlSafe, PgPool, Row, SqlitePool, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};

use crate::{Stop, steps::list, world::members};

/// The tables in the order of the seed, with the columns of each.
const TABLES: [(&str, &str); 10] = [
    ("users", "id name email"),
    ("profiles", "id bio user_id"),
    ("posts", "id title body slug views author_id settings links"),
    ("comments", "id body rating post_id author_id"),
    ("tags", "id name"),
    ("posts_tags", "post_id tag_id"),
    ("categories", "id name parent_id"),
    ("enrollments", "id user_id tag_id level"),
    ("samples", "id int_f flag str ratio dec day at naive utc data words nums uid bin status counted"),
    ("documents", "id title lock_version"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

pub struct Database {
    pub repo: Repo,
    said: Arc<Mutex<Vec<Said>>>,
    driver: Driver,
}

enum Driver {
    Postgres { pool: PgPool, _database: assoc_test::Database },
    Sqlite(SqlitePool),
}

impl Database {
    pub async fn new(engine: Engine, seed: &Json) -> Result<Self, Stop> {
        let driver = match engine {
            Engine::Postgres => {
                let database = assoc_test::Database::from_sql(include_str!("schema.postgres.sql")).await;
                let database = database.map_err(|error| Stop::harness(error.to_string()))?;
                let pool = PgPoolOptions::new().max_connections(2).connect(database.url()).await.map_err(broken)?;
                Driver::Postgres { pool, _database: database }
            }
            Engine::Sqlite => {
                let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
                let pool = pool.test_before_acquire(false).connect("sqlite::memory:").await.map_err(broken)?;
                sqlx::raw_sql(include_str!("schema.sqlite.sql")).execute(&pool).await.map_err(broken)?;
                Driver::Sqlite(pool)
            }
        };
        let repo = match &driver {
            Driver::Postgres { pool, .. } => Repo::from(pool.clone()),
            Driver::Sqlite(pool) => Repo::from(pool.clone()),
        };
        let said: Arc<Mutex<Vec<Said>>> = Arc::default();
        let saying = said.clone();
        let repo = repo.observe(move |event| {
            let said = Said { text: event.text.to_owned(), is_refused: event.error.is_some() };
            saying.lock().expect("nobody panicked").push(said);
        });
        let database = Self { repo, said, driver };
        database.seed(seed).await?;
        Ok(database)
    }

    async fn seed(&self, seed: &Json) -> Result<(), Stop> {
        for (table, _) in TABLES {
            for row in list(&seed[table]) {
                self.insert(table, row).await?;
            }
        }
        for (table, columns) in TABLES {
            if !columns.starts_with("id ") {
                continue;
            }
            match &self.driver {
                Driver::Postgres { .. } => {
                    self.execute(&format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000, false)"))
                        .await?;
                }
                Driver::Sqlite(_) => {
                    self.execute(&format!("DELETE FROM sqlite_sequence WHERE name = '{table}'")).await?;
                    self.execute(&format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', 999)")).await?;
                }
            }
        }
        Ok(())
    }

    async fn insert(&self, table: &str, row: &Json) -> Result<(), Stop> {
        let columns: Vec<&str> = members(row).map(|(name, _)| name.as_str()).collect();
        let columns = columns.join(", ");
        match &self.driver {
            Driver::Postgres { pool, .. } => {
                let sql = format!(
                    "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1)"
                );
                sqlx::query(AssertSqlSafe(sql)).bind(row).execute(pool).await.map(drop).map_err(broken)
            }
            Driver::Sqlite(pool) => {
                let marks = members(row).map(|_| "?").collect::<Vec<_>>().join(", ");
                let sql = AssertSqlSafe(format!("INSERT INTO {table} ({columns}) VALUES ({marks})"));
                let mut query = sqlx::query(sql);
                for (_, value) in members(row) {
                    query = match value {
                        Json::Null => query.bind(None::<i64>),
                        Json::Bool(value) => query.bind(*value),
                        Json::Number(number) if number.is_i64() => query.bind(number.as_i64()),
                        Json::Number(number) => query.bind(number.as_f64()),
                        Json::String(text) => query.bind(text.clone()),
                        nested => query.bind(nested.to_string()),
                    };
                }
                query.execute(pool).await.map(drop).map_err(broken)
            }
        }
    }

    pub async fn execute(&self, sql: &str) -> Result<(), Stop> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.driver {
            Driver::Postgres { pool, .. } => sqlx::raw_sql(sql).execute(pool).await.map(drop).map_err(broken),
            Driver::Sqlite(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop).map_err(broken),
        }
    }

    /// All rows of all tables that are not empty, as the database itself shows them.
    pub async fn dump(&self) -> Result<Json, Stop> {
        let mut tables = Map::new();
        for (table, columns) in TABLES {
            let order =
                columns.split(' ').take(if table == "posts_tags" { 2 } else { 1 }).collect::<Vec<_>>().join(", ");
            let rows: Vec<String> = match &self.driver {
                Driver::Postgres { pool, .. } => {
                    let sql = format!("SELECT to_jsonb(t)::text FROM {table} t ORDER BY {order}");
                    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await.map_err(broken)?;
                    rows.iter().map(|row| row.get(0)).collect()
                }
                Driver::Sqlite(pool) => {
                    let parts: Vec<String> = columns.split(' ').map(sqlite_member).collect();
                    let sql = format!("SELECT json_object({}) FROM {table} ORDER BY {order}", parts.join(", "));
                    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await.map_err(broken)?;
                    rows.iter().map(|row| row.get(0)).collect()
                }
            };
            if !rows.is_empty() {
                let rows: Result<Vec<Json>, _> = rows.iter().map(|row| serde_json::from_str(row)).collect();
                tables.insert(table.to_owned(), json!(rows.map_err(|error| Stop::harness(error.to_string()))?));
            }
        }
        Ok(Json::Object(tables))
    }

    /// Forgets what the repo sent so far.
    pub fn forget(&self) {
        self.said.lock().expect("nobody panicked").clear();
    }

    /// What the repo sent, BEGIN and COMMIT included, up to the first ROLLBACK, or to the one statement of a save that is
    /// refused. After that comes the search for every row that is to blame, which Ecto does not do.
    pub fn statements(&self) -> Vec<String> {
        let said = self.said.lock().expect("nobody panicked");
        let ends =
            |said: &Said| said.text.starts_with("ROLLBACK") || said.is_refused && said.text.starts_with("WITH b0 ");
        let end = said.iter().position(ends).map_or(said.len(), |at| at + 1);
        said[..end].iter().map(|said| said.text.clone()).collect()
    }

    pub fn count(&self) -> usize {
        self.statements().len()
    }
}

/// A statement that the repo sent.
struct Said {
    text: String,
    is_refused: bool,
}

/// A column of SQLite as the JSON that PostgreSQL would show.
fn sqlite_member(column: &str) -> String {
    match column {
        "settings" | "links" | "data" | "words" | "nums" => format!("'{column}', json({column})"),
        "flag" => format!("'{column}', json(CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"),
        "naive" => format!("'{column}', replace({column}, ' ', 'T')"),
        "dec" => format!("'{column}', CAST({column} AS real)"),
        "bin" => format!("'{column}', CAST({column} AS text)"),
        "uid" => format!(
            "'{column}', CASE WHEN {column} IS NULL THEN NULL ELSE lower(substr(hex({column}), 1, 8) || '-' || \
             substr(hex({column}), 9, 4) || '-' || substr(hex({column}), 13, 4) || '-' || \
             substr(hex({column}), 17, 4) || '-' || substr(hex({column}), 21)) END"
        ),
        _ => format!("'{column}', {column}"),
    }
}

fn broken(error: sqlx::Error) -> Stop {
    Stop::harness(format!("the database of the case: {error}"))
}

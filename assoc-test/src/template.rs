use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use sqlx::{AssertSqlSafe, PgPool, migrate::Migrator, postgres::PgPoolOptions};
use tokio::sync::OnceCell;

use crate::{Error, created::Created};

/// What a test database starts with. It is put into a database once per process; tests get copies of that one.
pub(crate) enum Template<'a> {
    Migrations(&'a Migrator),
    Script(&'a str),
}

type Templates = HashMap<u64, Arc<OnceCell<Created>>>;

/// Kept to the end of the process: the next test may want a copy.
static TEMPLATES: LazyLock<Mutex<Templates>> = LazyLock::new(Mutex::default);

impl Template<'_> {
    /// The name of the database to copy, made first if this is the first call.
    pub(crate) async fn name(&self) -> Result<String, Error> {
        let hash = self.hash();
        let template = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner).entry(hash).or_default().clone();
        let created = template.get_or_try_init(|| self.make(hash)).await?;
        Ok(created.name().to_owned())
    }

    async fn make(&self, hash: u64) -> Result<Created, Error> {
        let created = Created::new(&format!("template_{hash:016x}"), None).await?;
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect(created.url())
            .await
            .map_err(Error::sql("connect to the template database"))?;
        self.fill(&pool).await?;
        pool.close().await; // a database with a connection to it cannot be copied
        Ok(created)
    }

    async fn fill(&self, pool: &PgPool) -> Result<(), Error> {
        match self {
            Template::Migrations(migrations) => {
                migrations.run(pool).await.map_err(|source| Error::Migrate(Arc::new(source)))
            }
            Template::Script(script) => sqlx::raw_sql(AssertSqlSafe(*script))
                .execute(pool)
                .await
                .map(drop)
                .map_err(Error::sql("run the script of the template database")),
        }
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            Template::Migrations(migrations) => {
                migrations.iter().for_each(|migration| (migration.version, &migration.checksum).hash(&mut hasher))
            }
            Template::Script(script) => script.hash(&mut hasher),
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{
        SqlSafeStr,
        migrate::{Migration, MigrationType, Migrator},
    };

    use super::Template;

    fn migrations(sql: &'static [(i64, &'static str)]) -> Migrator {
        let migration = |&(version, sql): &(i64, &'static str)| {
            Migration::new(version, "".into(), MigrationType::Simple, sql.into_sql_str(), false)
        };
        Migrator::with_migrations(sql.iter().map(migration).collect())
    }

    #[test]
    fn a_template_is_shared_exactly_by_what_has_the_same_content() {
        let hash = |sql| Template::Migrations(&migrations(sql)).hash();
        assert_eq!(hash(&[(1, "select 1")]), hash(&[(1, "select 1")]));
        assert_ne!(hash(&[(1, "select 1")]), hash(&[(2, "select 1")]));
        assert_ne!(hash(&[(1, "select 1")]), hash(&[(1, "select 2")]));
        assert_ne!(Template::Script("select 1").hash(), Template::Script("select 2").hash());
    }
}

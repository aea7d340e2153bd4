use std::{fmt, path::PathBuf, sync::Arc};

/// Why there is no database for this test.
///
/// One server serves all tests of a process, so one failure to start it is told to each of them: hence `Clone`.
///
/// ```no_run
/// # async fn test() {
/// if let Err(error) = assoc_test::Database::new().await {
///     eprintln!("{error}"); // … install PostgreSQL 13 or newer (Debian, Ubuntu: `apt-get install postgresql`; …
/// }
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// There is no PostgreSQL on this machine, and none could be fetched.
    NotFound {
        /// Each place that looked promising, and what was wrong there.
        tried: Vec<String>,
    },
    /// PostgreSQL is there but does not start.
    Start {
        /// The folder with the binaries.
        binaries: PathBuf,
        /// What it said, or the reason why it could not be run.
        output: String,
    },
    /// The environment variable does not hold the URL of a PostgreSQL server.
    Url {
        /// The name of the variable.
        variable: &'static str,
    },
    /// The server refused something.
    Sql {
        /// What was being done.
        action: String,
        /// What the server or the connection to it said.
        source: Arc<sqlx::Error>,
    },
    /// A migration of the template failed.
    Migrate(Arc<sqlx::migrate::MigrateError>),
    /// The thread that looks after the server is gone.
    Thread(String),
}

impl Error {
    pub(crate) fn sql(action: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let action = action.into();
        move |source| Error::Sql { action, source: Arc::new(source) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound { tried } => {
                f.write_str(
                    "no PostgreSQL to test with: install PostgreSQL 13 or newer (Debian, Ubuntu: `apt-get install \
                     postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql`), or set \
                     PGBIN to the folder with its `initdb` and `postgres`, or ASSOC_TEST_DATABASE_URL to the URL of a \
                     server",
                )?;
                tried.iter().try_for_each(|place| write!(f, "\n  tried {place}"))
            }
            Error::Start { binaries, output } => {
                write!(f, "PostgreSQL in {} does not start: {}", binaries.display(), output.trim())
            }
            Error::Url { variable } => {
                write!(f, "{variable} is not a URL like `postgres://user:password@host:5432/database`")
            }
            Error::Sql { action, source } => {
                write!(f, "could not {action}: {source}")?;
                match source.as_database_error().and_then(|e| e.code()) {
                    Some(code) if code == INSUFFICIENT_PRIVILEGE => {
                        f.write_str("; tests create a database each, so allow the role to: `ALTER ROLE … CREATEDB`")
                    }
                    _ => Ok(()),
                }
            }
            Error::Migrate(source) => {
                write!(f, "could not migrate the template database: {source}")
            }
            Error::Thread(why) => write!(f, "could not look after the test server: {why}"),
        }
    }
}

const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Reads like `Display`: this is what a test prints that ends in `unwrap` or `?`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Sql { source, .. } => Some(&**source),
            Error::Migrate(source) => Some(&**source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_failed_unwrap_says_what_to_install() {
        let tried = vec!["/opt/bin: version 9 is older than 13".to_owned()];
        let message = format!("{:?}", Error::NotFound { tried });
        assert!(message.contains("`apt-get install postgresql`"), "{message}");
        assert!(message.ends_with("\n  tried /opt/bin: version 9 is older than 13"), "{message}");
    }
}

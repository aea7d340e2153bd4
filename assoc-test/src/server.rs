use std::env;

use crate::{Error, supervisor::Supervisor, url};

/// A PostgreSQL on which this process may create databases.
pub(crate) struct Server {
    url: String,
    /// Of a private server: holding it keeps the server running.
    supervisor: Option<Supervisor>,
}

impl Server {
    /// The server that the environment names, if it names one.
    pub(crate) fn from_environment() -> Result<Option<Self>, Error> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let asked_for = "ASSOC_TEST_DATABASE_URL";
        match (variable(asked_for), variable("DATABASE_URL")) {
            (Some(url), _) if url::is_postgres(&url) => Ok(Some(Self::named(url))),
            (Some(_), _) => Err(Error::Url { variable: asked_for }),
            (None, Some(url)) if url::is_postgres(&url) => Ok(Some(Self::named(url))),
            (None, _) => Ok(None), // DATABASE_URL may well be for another kind of database
        }
    }

    /// A server of our own, which ends with this process.
    pub(crate) fn start() -> Result<Self, Error> {
        let supervisor = Supervisor::start()?;
        Ok(Self { url: url::of_socket(supervisor.folder()), supervisor: Some(supervisor) })
    }

    /// The URL of the database to connect to for creating others.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether the server is ours alone and ends with us.
    pub(crate) fn is_private(&self) -> bool {
        self.supervisor.is_some()
    }

    fn named(url: String) -> Self {
        Self { url, supervisor: None }
    }
}

//! Reads that go to copies of the database.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use assoc_core::adapter::{DbError, Pool};

use crate::{
    lease::Lease,
    repo::{Repo, Source},
    settings::Settings,
};

/// Copies that take turns.
pub(crate) struct Replicas {
    sources: Vec<Arc<Source>>,
    turn: AtomicUsize,
}

impl Replicas {
    fn next(&self) -> Option<&dyn Pool> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed).checked_rem(self.sources.len())?;
        match &**self.sources.get(turn)? {
            Source::Pool(pool) => Some(&**pool),
            Source::Transaction(_) => None,
        }
    }
}

impl Repo {
    /// The same database, with copies of it that take turns to answer reads. Writes, and all that is in a transaction, stay
    /// with this one, as does SQL of your own. A copy may be behind: where a read must see what was just written, ask
    /// the [`primary`](Self::primary). Timeouts, observers, prefixes and scopes are those of this repo, whatever a copy's are.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let copies = [Repo::connect("postgres://copy-1/blog").await?, Repo::connect("postgres://copy-2/blog").await?];
    /// let repo = Repo::connect("postgres://primary/blog").await?.with_replicas(copies)?;
    ///
    /// let post = repo.insert(Post::build().set(Post::title, "Hello")).await?;
    /// let posts = repo.all(Post::query()).await?;                     // from a copy
    /// let post: Post = repo.primary().fetch(post.id).await?;          // it is there for certain
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DbError::Configuration`] if this repo or a copy is a transaction, or a copy is another kind of database.
    pub fn with_replicas(&self, replicas: impl IntoIterator<Item = Repo>) -> Result<Self, DbError> {
        let refused = |why: &str| Err(DbError::Configuration(format!("a repo with replicas {why}")));
        let sources: Vec<_> = replicas.into_iter().map(|replica| replica.source).collect();
        for source in std::iter::once(&self.source).chain(&sources) {
            match &**source {
                Source::Transaction(_) => return refused("is made of repos that are not in a transaction"),
                Source::Pool(pool) if pool.dialect().name() != self.dialect().name() => {
                    return refused("is made of databases of one kind");
                }
                Source::Pool(_) => {}
            }
        }
        let replicas = Some(Arc::new(Replicas { sources, turn: AtomicUsize::new(0) }));
        Ok(self.with(Settings { replicas, ..self.settings.clone() }))
    }

    /// The same database without its replicas: reads see what was written.
    #[must_use]
    pub fn primary(&self) -> Self {
        self.with(Settings { replicas: None, ..self.settings.clone() })
    }

    /// A connection to read the rows of a query from; those that are to be locked are the primary's.
    pub(crate) async fn lease_query(&self, locks: bool) -> Result<Lease<'_>, DbError> {
        if locks { self.lease().await } else { self.lease_read().await }
    }

    /// A connection to read from: one of a replica, if there are any and this is no transaction.
    pub(crate) async fn lease_read(&self) -> Result<Lease<'_>, DbError> {
        let replica = self.settings.replicas.as_ref().and_then(|replicas| replicas.next());
        match (&*self.source, replica) {
            (Source::Pool(_), Some(replica)) => self.lease_of(replica),
            _ => self.lease().await,
        }
    }
}

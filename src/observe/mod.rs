//! Who sees the statements of a repo, and what they see.

mod connection;
mod event;
#[cfg(feature = "tracing")]
mod span;
mod summary;
mod watch;

use std::{sync::Arc, time::Duration};

pub(crate) use connection::observed;
pub use event::StatementEvent;

use crate::repo::Repo;

/// What a repo's statements are shown to; repos that were cloned share it.
pub(crate) type Observer = Arc<Settings>;

type OnStatement = Arc<dyn Fn(&str) + Send + Sync>;
type OnEvent = Arc<dyn Fn(&StatementEvent<'_>) + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct Settings {
    on_statement: Option<OnStatement>,
    observers: Vec<OnEvent>,
    slow: Option<Duration>,
    values: bool,
}

impl Repo {
    /// The same database, with every statement shown to a function before it is sent. Statements hold no
    /// values.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), assoc::DbError> {
    /// let repo = assoc::Repo::connect("postgres://localhost/blog").await?.on_statement(|sql| println!("{sql}"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_statement(&self, observer: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let mut repo = self.clone();
        repo.settings().on_statement = Some(Arc::new(observer));
        repo
    }

    /// The same database, with every statement shown to a function when it has ended: its text, how many rows it had, how
    /// long it took, its error. Several functions can observe one repo. A statement whose future is dropped before its end
    /// is not shown.
    ///
    /// ```no_run
    /// # async fn example(repo: assoc::Repo) {
    /// let repo = repo.observe(|event| println!("{:?} {} rows: {}", event.elapsed, event.rows, event.text));
    /// # }
    /// ```
    #[must_use]
    pub fn observe(&self, observer: impl Fn(&StatementEvent<'_>) + Send + Sync + 'static) -> Self {
        let mut repo = self.clone();
        repo.settings().observers.push(Arc::new(observer));
        repo
    }

    /// The same database, where statements that take that long or longer are [`slow`](StatementEvent::slow): observers are
    /// told so, and with the feature `tracing`, a warning is written.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn example(repo: assoc::Repo) {
    /// let repo = repo.slow_statements(Duration::from_millis(200)).observe(|event| {
    ///     if event.slow {
    ///         eprintln!("{:?}: {}", event.elapsed, event.text);
    ///     }
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn slow_statements(&self, least: Duration) -> Self {
        let mut repo = self.clone();
        repo.settings().slow = Some(least);
        repo
    }

    /// The same database, where observers and traces get the bound values of each statement, too. They may be anybody's
    /// secrets: nobody gets them unless this is called.
    ///
    /// ```no_run
    /// # async fn example(repo: assoc::Repo) {
    /// let repo = repo.log_values().observe(|event| println!("{} {:?}", event.text, event.values));
    /// # }
    /// ```
    #[must_use]
    pub fn log_values(&self) -> Self {
        let mut repo = self.clone();
        repo.settings().values = true;
        repo
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings.observer)
    }
}

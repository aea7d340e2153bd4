//! The repo: every way to read and write rows, on any database.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use assoc_core::{
    Action, Changeset, IntoChangeset, Plan, Preloads, Query, Stored,
    adapter::{Connection, DbError, Dialect, Pool},
    changeset::{Node, State},
    query::preload,
    run::{self, Failure, Scope},
    schema::{Columns, PreloadInto, Record},
};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    error::SaveError,
    observe::{Observer, observed},
    transaction::Transaction,
};

/// A database to read from and write to: a pool of connections, or an open [`Transaction`].
///
/// Cloning is cheap, and a clone is the same database. Functions that take a `&Repo` work inside of a
/// transaction as well as outside.
///
/// ```no_run
/// use assoc::prelude::*;
///
/// # #[derive(Debug, Clone, Schema)]
/// # struct Post { id: i64, title: String }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let repo = Repo::connect("postgres://localhost/blog").await?;
/// let post = repo.insert(Post::build().set(Post::title, "Hello")).await?;
/// let found: Option<Post> = repo.get(post.id).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Repo {
    pub(crate) source: Arc<Source>,
    observer: Option<Observer>,
}

/// Where connections come from.
pub(crate) enum Source {
    Pool(Box<dyn Pool>),
    /// The one connection of a transaction. It is taken out while it is used, so that a call that is dropped
    /// in the middle takes the transaction with it.
    Transaction(Held),
}

/// The connection of a transaction.
pub(crate) struct Held {
    pub dialect: &'static dyn Dialect,
    pub connection: Mutex<Option<Box<dyn Connection>>>,
    /// Set when the transaction is dropped while a call has the connection.
    pub ended: AtomicBool,
}

impl Source {
    pub fn transaction(dialect: &'static dyn Dialect, connection: Box<dyn Connection>) -> Self {
        Self::Transaction(Held { dialect, connection: Mutex::new(Some(connection)), ended: AtomicBool::new(false) })
    }
}

impl Repo {
    /// A repo on a pool of its own, by URL: `postgres://user@host/database`, `sqlite://file.db`,
    /// `sqlite::memory:`.
    ///
    /// # Errors
    /// The URL cannot be read, the feature of its database is off, or the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        crate::connect::connect(url).await
    }

    pub(crate) fn of(source: Source) -> Self {
        Self { source: Arc::new(source), observer: None }
    }

    pub(crate) fn beside(&self, source: Source) -> Self {
        Self { source: Arc::new(source), observer: self.observer.clone() }
    }

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
    pub fn on_statement(mut self, observer: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// How this database writes SQL.
    pub fn dialect(&self) -> &'static dyn Dialect {
        match &*self.source {
            Source::Pool(pool) => pool.dialect(),
            Source::Transaction(open) => open.dialect,
        }
    }

    /// The statements of a plan as this database gets them.
    pub fn to_sql(&self, plan: &Plan<'_>) -> Vec<String> {
        plan.to_sql(self.dialect())
    }

    /// The text of a query's statement as this database gets it. It holds no values.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # fn example(repo: Repo) -> Result<(), assoc::DbError> {
    /// println!("{}", repo.query_sql(Post::query().filter(Post::title.like("%rust%")))?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// This database cannot keep rows of the schema.
    pub fn query_sql<S: Stored>(&self, query: Query<S>) -> Result<String, DbError> {
        let (select, _) = query.into_select(self.dialect())?;
        Ok(self.dialect().select(select).text.into_owned())
    }

    // --- reading ------------------------------------------------------------------------------

    /// The row with that primary key, if there is one.
    ///
    /// # Errors
    /// The database refuses, or the row does not fit the schema.
    pub async fn get<S: Stored>(&self, key: impl Into<S::Key>) -> Result<Option<S>, DbError> {
        self.one(Query::by_key(key)).await
    }

    /// The row with that primary key.
    ///
    /// # Errors
    /// [`DbError::NotFound`] where there is none.
    pub async fn fetch<S: Stored>(&self, key: impl Into<S::Key>) -> Result<S, DbError> {
        self.get(key).await?.ok_or(DbError::NotFound { schema: S::META.name })
    }

    /// The only row of a query, if there is one.
    ///
    /// # Errors
    /// [`DbError::TooMany`] where there are several.
    pub async fn one<S: Stored>(&self, query: Query<S>) -> Result<Option<S>, DbError> {
        let mut rows = self.all(query.at_most(2)).await?;
        if rows.len() > 1 {
            return Err(DbError::TooMany { schema: S::META.name });
        }
        Ok(rows.pop())
    }

    /// All rows of a query, with the associations that it preloads.
    ///
    /// # Errors
    /// The database refuses, or a row does not fit the schema.
    pub async fn all<S: Stored>(&self, query: Query<S>) -> Result<Vec<S>, DbError> {
        let (select, specs) = query.into_select(self.dialect())?;
        let mut rows: Vec<S> = Vec::new();
        let mut lease = self.lease().await?;
        let push = &mut |row: &mut dyn assoc_core::schema::Row| {
            rows.push(S::from_row(row)?);
            Ok(())
        };
        let mut result = lease.connection().run(self.dialect().select(select), push).await;
        if result.is_ok() && !rows.is_empty() && !specs.is_empty() {
            result = preload(rows.entities(), &specs, lease.connection(), self.dialect()).await;
        }
        lease.give_back();
        result.map(|()| rows)
    }

    /// Loads associations into rows that are there already: a struct, a `Vec`, a slice, an `Option`.
    ///
    /// Each association takes one statement, however many rows there are. What is loaded already stays.
    ///
    /// # Errors
    /// The database refuses, or a row does not fit its schema.
    pub async fn preload<S: Stored, T: PreloadInto<S> + ?Sized>(
        &self,
        target: &mut T,
        preloads: impl Preloads<S>,
    ) -> Result<(), DbError> {
        let specs = preloads.specs();
        let mut lease = self.lease().await?;
        let result = preload(target.entities(), &specs, lease.connection(), self.dialect()).await;
        lease.give_back();
        result
    }

    // --- writing ------------------------------------------------------------------------------

    /// Inserts a new row with all that hangs on it, and gives it back as it now is.
    ///
    /// # Errors
    /// [`SaveError::Invalid`] with the changeset, where the errors are; nothing was written then.
    pub async fn insert<S: Stored>(&self, changeset: Changeset<S>) -> Result<S, SaveError<Changeset<S>>> {
        self.save_one(Action::Insert, changeset).await
    }

    /// Inserts many rows with all that hangs on them, in the statements that one would take.
    ///
    /// # Errors
    /// [`SaveError::Invalid`] with all changesets, as soon as one has errors; nothing was written then.
    pub async fn insert_many<S: Stored>(
        &self,
        changesets: impl IntoIterator<Item = Changeset<S>>,
    ) -> Result<Vec<S>, SaveError<Vec<Changeset<S>>>> {
        let mut nodes: Vec<Node> = changesets.into_iter().map(Changeset::into_node).collect();
        match self.save(Action::Insert, &mut nodes).await {
            Ok(records) => records.into_iter().map(|record| S::from_record(record).map_err(unreadable)).collect(),
            Err(failure) => Err(SaveError::of(failure, || nodes.into_iter().map(Changeset::from_node).collect())),
        }
    }

    /// Writes the changes of a loaded row and of all that hangs on it, and gives it back as it now is, with its
    /// associations. Where nothing changed, nothing is sent.
    ///
    /// # Errors
    /// [`SaveError::Invalid`] with the changeset, where the errors are; nothing was written then.
    pub async fn update<S: Stored>(&self, changeset: Changeset<S>) -> Result<S, SaveError<Changeset<S>>> {
        self.save_one(Action::Update, changeset).await
    }

    /// Inserts a new row, updates a loaded one.
    ///
    /// # Errors
    /// As [`insert`](Self::insert) and [`update`](Self::update).
    pub async fn insert_or_update<S: Stored>(&self, changeset: Changeset<S>) -> Result<S, SaveError<Changeset<S>>> {
        let action = match changeset.node().state() {
            State::Built => Action::Insert,
            State::Loaded => Action::Update,
        };
        self.save_one(action, changeset).await
    }

    /// Deletes a row, given as the loaded struct or as a changeset that declares constraints.
    ///
    /// # Errors
    /// [`SaveError::Invalid`] if a declared constraint stands against it; [`DbError::Stale`] if it is gone.
    pub async fn delete<S: Stored>(&self, row: impl IntoChangeset<S>) -> Result<S, SaveError<Changeset<S>>> {
        self.save_one(Action::Delete, row.into_changeset()).await
    }

    async fn save_one<S: Stored>(&self, action: Action, changeset: Changeset<S>) -> Result<S, SaveError<Changeset<S>>> {
        let mut nodes = vec![changeset.into_node()];
        match self.save(action, &mut nodes).await {
            Ok(mut records) => match records.pop().map(S::from_record) {
                Some(Ok(row)) => Ok(row),
                Some(Err(error)) => Err(unreadable(error)),
                None => Err(SaveError::Database(DbError::NotFound { schema: S::META.name })),
            },
            Err(failure) => {
                let node = nodes.pop();
                Err(SaveError::of(failure, || node.map_or_else(S::build, Changeset::from_node)))
            }
        }
    }

    async fn save(&self, action: Action, nodes: &mut Vec<Node>) -> Result<Vec<Record>, Failure> {
        for node in nodes.iter_mut() {
            node.check_call(action).map_err(Failure::Misuse)?;
            node.set_action(action);
        }
        let wait = nodes.iter().any(Node::has_prepares) && nodes.iter().all(Node::is_valid);
        if wait { self.save_prepared(nodes).await } else { self.save_now(nodes, None).await }
    }

    async fn save_now(&self, nodes: &mut Vec<Node>, scope: Option<Scope>) -> Result<Vec<Record>, Failure> {
        let mut lease = self.lease().await.map_err(Failure::Database)?;
        let scope = scope.unwrap_or(lease.scope());
        let result = run::save(nodes, lease.connection(), self.dialect(), scope).await;
        lease.give_back();
        result
    }

    /// Functions that the changesets brought along run in the transaction, before anything is planned.
    async fn save_prepared(&self, nodes: &mut Vec<Node>) -> Result<Vec<Record>, Failure> {
        let before = nodes.clone();
        let saved = self
            .transaction(async |tx| {
                for node in nodes.iter_mut() {
                    let unprepared = Node::new(node.meta(), node.state(), node.data().clone());
                    *node = std::mem::replace(node, unprepared).run_prepares(&tx).await?;
                }
                tx.save_now(nodes, Some(Scope::Enclosed)).await.map_err(Unsaved)
            })
            .await;
        saved.map_err(|Unsaved(failure)| {
            // The functions run again with the next try, on what was there before them.
            let tried = std::mem::replace(nodes, before);
            for (node, tried) in nodes.iter_mut().zip(&tried) {
                node.adopt_errors(tried);
            }
            failure
        })
    }

    /// Asks the database whether other rows have the values of these columns, and adds the error "has already been taken"
    /// to the first of them if so: for forms that want to know before the save.
    ///
    /// Somebody else can take the values before the save does: declare
    /// [`unique_constraint`](Changeset::unique_constraint), too. Nothing is asked if one of the columns has an error, no
    /// value, or if none of them changes.
    ///
    /// ```no_run
    /// use assoc::prelude::*;
    ///
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct User { id: i64, email: String }
    /// # async fn example(repo: Repo, params: Params) -> Result<(), assoc::DbError> {
    /// let changeset = User::build().cast(&params, User::email).unique_constraint(User::email);
    /// let changeset = repo.unsafe_validate_unique(changeset, User::email).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database refuses.
    pub async fn unsafe_validate_unique<S: Stored>(
        &self,
        changeset: Changeset<S>,
        columns: impl Columns<S>,
    ) -> Result<Changeset<S>, DbError> {
        let mut node = changeset.into_node();
        if let Some(query) = node.others_with::<S>(&columns.fields()) {
            let taken = !self.all(query.at_most(1)).await?.is_empty();
            node.note_unsafe_unique(&columns.fields(), taken);
        }
        Ok(Changeset::from_node(node))
    }

    /// Runs a statement of your own, or several, as they are, and tells how many rows they wrote: they must hold no input.
    /// Rows that they return are passed over.
    ///
    /// ```no_run
    /// # async fn example(repo: assoc::Repo) -> Result<(), assoc::DbError> {
    /// repo.execute("REFRESH MATERIALIZED VIEW top_posts").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database refuses.
    pub async fn execute(&self, sql: impl Into<Cow<'static, str>>) -> Result<u64, DbError> {
        let mut lease = self.lease().await?;
        let result = lease.connection().script(&sql.into()).await;
        lease.give_back();
        result
    }

    // --- transactions -------------------------------------------------------------------------

    /// Begins a transaction. Dropping it rolls it back.
    ///
    /// # Errors
    /// The database refuses, or this repo is in a transaction already: nest with
    /// [`transaction`](Self::transaction).
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        Transaction::begin(self).await
    }

    /// Runs a function in a transaction: its `Ok` commits, its `Err` rolls back. Inside of a transaction it
    /// does so up to a savepoint.
    ///
    /// ```no_run
    /// # use assoc::prelude::*;
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// # async fn example(repo: Repo) -> Result<(), Box<dyn std::error::Error>> {
    /// let post = repo
    ///     .transaction(async |tx| {
    ///         let post = tx.insert(Post::build().set(Post::title, "Hello")).await?;
    ///         tx.update(post.change().set(Post::title, "Hello!")).await
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of the function, or of the database.
    pub async fn transaction<T, E: From<DbError>>(&self, run: impl AsyncFnOnce(Repo) -> Result<T, E>) -> Result<T, E> {
        crate::transaction::run(self, run).await
    }

    // --- connections --------------------------------------------------------------------------

    /// A connection: one of the pool, or that of the transaction.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>, DbError> {
        match &*self.source {
            Source::Pool(pool) => Ok(Lease { connection: observed(pool.connection(), &self.observer), home: None }),
            Source::Transaction(open) => {
                let mut home = open.connection.lock().await;
                let connection = home.take().filter(|_| !open.ended.load(Ordering::Acquire));
                let connection = connection.ok_or(DbError::TransactionEnded)?;
                Ok(Lease { connection, home: Some(Home { slot: home, ended: &open.ended }) })
            }
        }
    }

    /// Takes back what was lent.
    pub(crate) async fn take_back(&self, connection: Box<dyn Connection>) {
        if let Source::Transaction(open) = &*self.source {
            let home = Home { slot: open.connection.lock().await, ended: &open.ended };
            Lease { connection, home: Some(home) }.give_back();
        }
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Connection>, DbError> {
        match &*self.source {
            Source::Pool(pool) => Ok(observed(pool.connection(), &self.observer)),
            Source::Transaction(..) => Err(DbError::Configuration(
                "this repo is in a transaction already; nest with `repo.transaction(async |tx| …)`".to_owned(),
            )),
        }
    }

    /// The sqlx pool behind this repo, if it is one of that database.
    pub(crate) fn driver<P: 'static>(&self) -> Option<&P> {
        match &*self.source {
            Source::Pool(pool) => pool.as_any().downcast_ref(),
            Source::Transaction(..) => None,
        }
    }
}

/// A connection while it is used. A transaction gets its connection back only by [`give_back`](Self::give_back);
/// where that is never reached, because a future was dropped, the transaction is rolled back.
pub(crate) struct Lease<'r> {
    connection: Box<dyn Connection>,
    home: Option<Home<'r>>,
}

/// Where the connection of a transaction belongs.
struct Home<'r> {
    slot: MutexGuard<'r, Option<Box<dyn Connection>>>,
    ended: &'r AtomicBool,
}

impl Lease<'_> {
    pub fn connection(&mut self) -> &mut dyn Connection {
        &mut *self.connection
    }

    pub fn scope(&self) -> Scope {
        if self.home.is_some() { Scope::Joined } else { Scope::Own }
    }

    pub fn give_back(self) {
        if let Some(mut home) = self.home.filter(|home| !home.ended.load(Ordering::Acquire)) {
            *home.slot = Some(self.connection);
        }
    }

    /// The connection, for a nested transaction.
    pub fn lend(self) -> Box<dyn Connection> {
        self.connection
    }
}

/// Why a save in a transaction of its own failed.
struct Unsaved(Failure);

impl From<DbError> for Unsaved {
    fn from(error: DbError) -> Self {
        Self(Failure::Database(error))
    }
}

/// A row that was written but cannot be read back: its schema does not fit the table.
fn unreadable<C>(error: assoc_core::TypeError) -> SaveError<C> {
    SaveError::Database(DbError::Type(error))
}

impl fmt::Debug for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Repo({})", self.dialect().name())
    }
}

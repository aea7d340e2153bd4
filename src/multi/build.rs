//! The steps that a `Multi` can have.

use std::{any::type_name, borrow::Cow};

use assoc_core::{
    Changeset, IntoChangeset, Query, Stored,
    query::{Assignments, InsertAll},
};

use super::{
    BoxError, Multi, MultiResults,
    step::{Act, Call, Many, One, Running, Save, Step, made},
};
use crate::repo::Repo;

impl Multi {
    /// Inserts a new row with all that hangs on it; its result is the row.
    pub fn insert<S: Stored>(self, name: impl Into<Cow<'static, str>>, changeset: Changeset<S>) -> Self {
        self.save::<S>(name, Call::Insert, changeset)
    }

    /// Inserts a new row that depends on the results of steps before.
    pub fn insert_with<S: Stored>(
        self,
        name: impl Into<Cow<'static, str>>,
        changeset: impl FnOnce(&MultiResults) -> Result<Changeset<S>, BoxError> + Send + 'static,
    ) -> Self {
        self.save_with(name, Call::Insert, changeset)
    }

    /// Inserts many rows; its result is a `Vec` of them.
    pub fn insert_many<S: Stored>(
        self,
        name: impl Into<Cow<'static, str>>,
        changesets: impl IntoIterator<Item = Changeset<S>>,
    ) -> Self {
        let many = Many(changesets.into_iter().collect());
        self.step(name, "insert_many", type_name::<Vec<S>>(), Act::Save(Box::new(many)))
    }

    /// Writes the changes of a loaded row; its result is the row as it is then.
    pub fn update<S: Stored>(self, name: impl Into<Cow<'static, str>>, changeset: Changeset<S>) -> Self {
        self.save::<S>(name, Call::Update, changeset)
    }

    /// Writes changes that depend on the results of steps before.
    pub fn update_with<S: Stored>(
        self,
        name: impl Into<Cow<'static, str>>,
        changeset: impl FnOnce(&MultiResults) -> Result<Changeset<S>, BoxError> + Send + 'static,
    ) -> Self {
        self.save_with(name, Call::Update, changeset)
    }

    /// Inserts a new row, updates a loaded one; its result is the row.
    pub fn insert_or_update<S: Stored>(self, name: impl Into<Cow<'static, str>>, changeset: Changeset<S>) -> Self {
        self.save::<S>(name, Call::InsertOrUpdate, changeset)
    }

    /// Inserts or updates a row that depends on the results of steps before.
    pub fn insert_or_update_with<S: Stored>(
        self,
        name: impl Into<Cow<'static, str>>,
        changeset: impl FnOnce(&MultiResults) -> Result<Changeset<S>, BoxError> + Send + 'static,
    ) -> Self {
        self.save_with(name, Call::InsertOrUpdate, changeset)
    }

    /// Deletes a row, given as the loaded struct or as a changeset; its result is the row as it was.
    pub fn delete<S: Stored>(self, name: impl Into<Cow<'static, str>>, row: impl IntoChangeset<S>) -> Self {
        self.save::<S>(name, Call::Delete, row.into_changeset())
    }

    /// Deletes a row that depends on the results of steps before.
    pub fn delete_with<S: Stored>(
        self,
        name: impl Into<Cow<'static, str>>,
        changeset: impl FnOnce(&MultiResults) -> Result<Changeset<S>, BoxError> + Send + 'static,
    ) -> Self {
        self.save_with(name, Call::Delete, changeset)
    }

    /// Updates all rows of a query; its result is how many they were, a `u64`.
    pub fn update_all<Q: 'static, S: Stored>(
        self,
        name: impl Into<Cow<'static, str>>,
        query: Query<Q, S>,
        changes: impl Assignments<S> + Send + 'static,
    ) -> Self {
        self.later(name, "update_all", async move |tx: Repo, _| Ok(tx.update_all(query, changes).await?))
    }

    /// Inserts rows as they are, without changesets; its result is how many were written, a `u64`.
    pub fn insert_all<S: Stored>(self, name: impl Into<Cow<'static, str>>, rows: InsertAll<S>) -> Self {
        self.later(name, "insert_all", async move |tx: Repo, _| Ok(tx.insert_all(rows).await?))
    }

    /// Deletes all rows of a query; its result is how many they were, a `u64`.
    pub fn delete_all<Q: 'static, S: Stored>(self, name: impl Into<Cow<'static, str>>, query: Query<Q, S>) -> Self {
        self.later(name, "delete_all", async move |tx: Repo, _| Ok(tx.delete_all(query).await?))
    }

    /// Reads all rows of a query; its result is a `Vec` of them.
    pub fn all<Q: 'static, O: Send + Sync + 'static>(
        self,
        name: impl Into<Cow<'static, str>>,
        query: Query<Q, O>,
    ) -> Self {
        self.later(name, "all", async move |tx: Repo, _| Ok(tx.all(query).await?))
    }

    /// Reads the only row of a query; its result is an `Option` of it.
    pub fn one<Q: 'static, O: Send + Sync + 'static>(
        self,
        name: impl Into<Cow<'static, str>>,
        query: Query<Q, O>,
    ) -> Self {
        self.later(name, "one", async move |tx: Repo, _| Ok(tx.one(query).await?))
    }

    /// Asks whether a query has any row; its result is a `bool`.
    pub fn exists<Q: 'static, O: 'static>(self, name: impl Into<Cow<'static, str>>, query: Query<Q, O>) -> Self {
        self.later(name, "exists", async move |tx: Repo, _| Ok(tx.exists(query).await?))
    }

    /// Runs a function with a repo in the transaction and the results so far. What it gives is the step's result; its error
    /// is the step's.
    ///
    /// ```no_run
    /// # use assoc::{Multi, prelude::*};
    /// # #[derive(Debug, Clone, Schema)]
    /// # struct Post { id: i64, title: String }
    /// let multi = Multi::new().run("title", async |tx: Repo, _done| {
    ///     let newest = tx.one(Post::query().order_by(Post::id.desc()).limit(1)).await?;
    ///     newest.map(|post| post.title).ok_or_else(|| "there is no post".into())
    /// });
    /// ```
    pub fn run<T, F, Fut>(self, name: impl Into<Cow<'static, str>>, run: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(Repo, MultiResults) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, BoxError>> + Send + 'static,
    {
        self.later(name, "run", run)
    }

    /// A value that is known already, for steps that look for it among the results.
    pub fn put<T: Send + Sync + 'static>(self, name: impl Into<Cow<'static, str>>, value: T) -> Self {
        self.later(name, "put", async move |_, _| Ok(value))
    }

    /// Fails when its turn comes, and with it all: for a branch that turned out to have no good end.
    pub fn error(self, name: impl Into<Cow<'static, str>>, error: impl Into<BoxError>) -> Self {
        let error = error.into();
        self.later::<(), _, _>(name, "error", async move |_, _| Err(error))
    }

    /// Shows the results so far to a function.
    pub fn inspect(mut self, look: impl FnOnce(&MultiResults) + Send + 'static) -> Self {
        self.steps.push(Step { name: None, kind: "inspect", ty: "()", act: Act::Inspect(Box::new(look)) });
        self
    }

    /// The steps of another one after these.
    pub fn append(mut self, other: Self) -> Self {
        self.steps.extend(other.steps);
        self
    }

    /// The steps of another one before these.
    pub fn prepend(self, other: Self) -> Self {
        other.append(self)
    }

    /// Goes on with steps that depend on the results so far. That their names are new is only known by then.
    pub fn merge(mut self, more: impl FnOnce(&MultiResults) -> Result<Self, BoxError> + Send + 'static) -> Self {
        self.steps.push(Step { name: None, kind: "merge", ty: "()", act: Act::Merge(Box::new(more)) });
        self
    }

    fn save<S: Stored>(self, name: impl Into<Cow<'static, str>>, call: Call, changeset: Changeset<S>) -> Self {
        self.step(name, call.name(), type_name::<S>(), Act::Save(Box::new(One(call, changeset))))
    }

    fn save_with<S: Stored>(
        self,
        name: impl Into<Cow<'static, str>>,
        call: Call,
        changeset: impl FnOnce(&MultiResults) -> Result<Changeset<S>, BoxError> + Send + 'static,
    ) -> Self {
        let run = move |tx: Repo, done: MultiResults| -> Running {
            match changeset(&done) {
                Ok(changeset) => Box::new(One(call, changeset)).run(tx),
                Err(error) => Box::pin(async { Err(error) }),
            }
        };
        self.step(name, call.name(), type_name::<S>(), Act::Run(Box::new(run)))
    }

    fn later<T, F, Fut>(self, name: impl Into<Cow<'static, str>>, kind: &'static str, run: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(Repo, MultiResults) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, BoxError>> + Send + 'static,
    {
        let run = move |tx: Repo, done: MultiResults| -> Running {
            let running = run(tx, done);
            Box::pin(async move { made(running.await) })
        };
        self.step(name, kind, type_name::<T>(), Act::Run(Box::new(run)))
    }

    fn step(mut self, name: impl Into<Cow<'static, str>>, kind: &'static str, ty: &'static str, act: Act) -> Self {
        self.steps.push(Step { name: Some(name.into()), kind, ty, act });
        self
    }
}

//! Writing rows by their changesets.

use std::{borrow::Cow, sync::Arc};

use assoc_core::{
    Action, Changeset, IntoChangeset, Stored,
    adapter::{BoxFuture, DbError},
    changeset::{Node, State},
    run::{self, Failure, Manner, Scope},
    schema::{Columns, Record},
};

use crate::{error::SaveError, repo::Repo, settings::Savepoints};

impl Repo {
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
        match self.save_nodes(Action::Insert, &mut nodes).await {
            Ok(records) => records.into_iter().map(|record| S::from_record(record).map_err(unreadable)).collect(),
            Err(failure) => Err(SaveError::of(failure, || nodes.into_iter().map(Changeset::from_node).collect())),
        }
    }

    /// Writes the changes of a loaded row and of all that hangs on it, and gives it back as it now is, with its
    /// associations. Where nothing changed, nothing is sent.
    ///
    /// Dropped before it is done (a timeout, a request that is given up), a save is carried out as a whole or not at all: one
    /// that takes several statements is undone, one that is sent as one statement, as most are on PostgreSQL, is most likely
    /// carried out. In a [`transaction`](Self::transaction), nothing is kept before that commits.
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
        match self.save_node(action, changeset.into_node()).await {
            Ok(record) => S::from_record(record).map_err(unreadable),
            Err((failure, node)) => Err(SaveError::of(failure, || Changeset::from_node(node))),
        }
    }

    /// Saves one row; its changeset comes back where that fails. In a box, as [`save_nodes`](Self::save_nodes), so that it
    /// is compiled here, once, and not with each schema of the user's crate.
    fn save_node(&self, action: Action, node: Node) -> BoxFuture<'_, Result<Record, (Failure, Node)>> {
        Box::pin(async move {
            let meta = node.meta();
            let mut nodes = vec![node];
            let saved = self.save(action, &mut nodes).await;
            let gone = || Failure::Database(DbError::NotFound { schema: meta.name });
            saved.and_then(|mut records| records.pop().ok_or_else(gone)).map_err(|failure| {
                let new = || Node::new(meta, State::Built, Arc::new(Record::built(meta)));
                (failure, nodes.pop().unwrap_or_else(new))
            })
        })
    }

    fn save_nodes<'a>(
        &'a self,
        action: Action,
        nodes: &'a mut Vec<Node>,
    ) -> BoxFuture<'a, Result<Vec<Record>, Failure>> {
        Box::pin(self.save(action, nodes))
    }

    async fn save(&self, action: Action, nodes: &mut Vec<Node>) -> Result<Vec<Record>, Failure> {
        for node in nodes.iter_mut() {
            node.check_call(action).map_err(Failure::Misuse)?;
            node.set_action(action);
        }
        let wait = nodes.iter().any(Node::has_prepares) && nodes.iter().all(Node::is_valid);
        // The rare way is boxed, so that the future of a save is small.
        if wait { Box::pin(self.save_prepared(nodes)).await } else { self.save_now(nodes, None).await }
    }

    async fn save_now(&self, nodes: &mut Vec<Node>, scope: Option<Scope>) -> Result<Vec<Record>, Failure> {
        let mut lease = self.lease().await.map_err(Failure::Database)?;
        let manner = Manner {
            dialect: self.dialect(),
            scope: scope.unwrap_or(match lease.scope() {
                Scope::Joined if self.settings.savepoints == Savepoints::None => Scope::Unguarded,
                scope => scope,
            }),
            sending: self.settings.sending,
            prefix: self.prefix(),
        };
        let result = run::save(nodes, lease.connection(), manner).await;
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
        if let Some(query) = node.others_with::<S>(columns.fields().as_ref()) {
            let taken = !self.primary().all(query.at_most(1)).await?.is_empty();
            node.note_unsafe_unique(columns.fields().as_ref(), taken);
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

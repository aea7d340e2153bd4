//! Saving a plan: statements in turn, values the database makes handed on, failures blamed on their rows.
//!
//! Written once for every database; an adapter only renders and runs.

mod blame;
mod outcome;
mod statement;

use std::collections::HashSet;

pub use statement::WriteStatement;

use crate::{
    adapter::{Connection, DbError, Dialect, Violation, ViolationKind},
    changeset::{Misuse, Node, PlanError, finish, key_of},
    plan::{Batch, Op, Plan, Purpose},
    query::{ColumnAt, Filter, Select},
    schema::{Kind, Record, Relation},
};
use outcome::Outcome;

/// Why a save failed. Nothing was written.
#[derive(Debug)]
pub enum Failure {
    /// The input has errors; they are on the changesets.
    Invalid,
    /// The program asks for something that cannot be meant.
    Misuse(Misuse),
    /// The database refused.
    Database(DbError),
}

/// Saves changesets as a whole or not at all, and gives back their rows as they are now.
///
/// # Errors
/// See [`Failure`]; errors of input are added to `nodes`, which are otherwise as they were.
pub async fn save(
    nodes: &mut Vec<Node>,
    connection: &mut dyn Connection,
    dialect: &'static dyn Dialect,
    scope: Scope,
) -> Result<Vec<Record>, Failure> {
    let saved = {
        let plan = match Plan::of(nodes) {
            Ok(plan) => plan,
            Err(PlanError::Invalid(_)) => return Err(Failure::Invalid),
            Err(PlanError::Misuse(misuse)) => return Err(Failure::Misuse(misuse)),
        };
        Saver { plan: &plan, connection, dialect, scope }.save().await
    };
    match saved {
        Ok(mut written) => {
            let mut id = 0;
            let mut next = |_: &Node| {
                id += 1;
                written.get_mut(id - 1).map(std::mem::take)
            };
            Ok(std::mem::take(nodes).into_iter().map(|node| finish(node, None, &mut next)).collect())
        }
        Err(Rejection::Database(error)) => Err(Failure::Database(error)),
        Err(Rejection::Rows(violations)) => blame::blame(nodes, violations),
        Err(Rejection::Commit(violation)) => blame::blame_deferred(nodes, violation),
    }
}

/// Whose transaction a save runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Its own, if it needs one.
    Own,
    /// One that is open already, in which a savepoint keeps a failure from ending it.
    Joined,
}

/// Why the statements of a plan did not go through.
pub(crate) enum Rejection {
    /// Rows violate constraints.
    Rows(Vec<Culprit>),
    /// Some row violates a deferred constraint, which was looked at when all was written.
    Commit(Violation),
    Database(DbError),
}

impl From<DbError> for Rejection {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

/// A row that violates a constraint.
pub(crate) struct Culprit {
    pub node: usize,
    /// What it was written for: only as a row of its own can its changeset declare the constraint.
    pub purpose: Purpose,
    pub violation: Violation,
}

/// How many violations of one save are looked for: input must not choose how long that takes.
const MAX_VIOLATIONS: usize = 100;

struct Saver<'s, 'c> {
    plan: &'s Plan<'c>,
    connection: &'s mut dyn Connection,
    dialect: &'static dyn Dialect,
    scope: Scope,
}

impl<'c> Saver<'_, 'c> {
    async fn save(mut self) -> Result<Vec<outcome::Written>, Rejection> {
        if self.plan.is_empty() {
            return Ok(Outcome::new(self.plan).written(self.plan));
        }
        match self.straight().await {
            Err(Rejection::Database(DbError::Violation(_))) => self.careful().await,
            other => other,
        }
    }

    /// Batch after batch, stopping at the first failure. This is all that a good save costs.
    async fn straight(&mut self) -> Result<Vec<outcome::Written>, Rejection> {
        let transaction = self.scope == Scope::Joined || self.plan.needs_transaction();
        if transaction {
            self.connection.begin().await?;
        }
        let mut outcome = Outcome::new(self.plan);
        let mut result = Ok(());
        for batch in &self.plan.batches {
            let rows: Vec<usize> = (0..batch.rows.len()).collect();
            for rows in rows.chunks(batch.max_rows(self.dialect)) {
                if result.is_ok() {
                    result = self.run(batch, rows, &mut outcome).await;
                }
            }
        }
        match result {
            Ok(()) if transaction => self.connection.commit().await?,
            Ok(()) => {}
            Err(error) => {
                if transaction {
                    self.undo().await;
                }
                return Err(error.into());
            }
        }
        Ok(outcome.written(self.plan))
    }

    /// The same again after a violation, with a savepoint before each batch: one that fails is split until
    /// the rows are found that violate a constraint by themselves.
    async fn careful(&mut self) -> Result<Vec<outcome::Written>, Rejection> {
        self.connection.begin().await?;
        let mut outcome = Outcome::new(self.plan);
        let mut violations = Vec::new();
        match self.find(&mut outcome, &mut violations).await {
            Ok(()) if violations.is_empty() => match self.connection.commit().await {
                Ok(()) => Ok(outcome.written(self.plan)),
                Err(DbError::Violation(violation)) => Err(Rejection::Commit(*violation)),
                Err(error) => Err(error.into()),
            },
            Ok(()) => {
                self.undo().await;
                Err(Rejection::Rows(violations))
            }
            Err(error) => {
                self.undo().await;
                Err(error.into())
            }
        }
    }

    /// Rolls back. Where even that fails, the connection is lost, and the transaction with it; what went wrong
    /// before is what the caller wants to know.
    async fn undo(&mut self) {
        drop(self.connection.rollback().await);
    }

    async fn find(&mut self, outcome: &mut Outcome, violations: &mut Vec<Culprit>) -> Result<(), DbError> {
        let mut failed = HashSet::new();
        for batch in &self.plan.batches {
            if violations.len() >= MAX_VIOLATIONS {
                break;
            }
            let all: Vec<usize> =
                (0..batch.rows.len()).filter(|&row| !self.hangs_on(batch.rows[row].node, &failed)).collect();
            let chunks = all.chunks(batch.max_rows(self.dialect));
            let mut pending: Vec<Vec<usize>> = chunks.rev().map(<[usize]>::to_vec).collect();
            while let Some(mut rows) = pending.pop().filter(|rows| !rows.is_empty()) {
                self.connection.begin().await?;
                match self.run(batch, &rows, outcome).await {
                    Ok(()) => self.connection.commit().await?,
                    Err(DbError::Violation(violation)) => {
                        self.connection.rollback().await?;
                        if let [row] = rows[..] {
                            let node = batch.rows[row].node;
                            self.block(node, &mut failed);
                            if violations.len() + 1 == MAX_VIOLATIONS {
                                pending.clear();
                            }
                            let mut violation = Violation { path: self.plan.path(node), ..*violation };
                            match batch.purpose {
                                Purpose::Rows => violation = self.name_columns(node, batch.op, violation).await?,
                                Purpose::Links => violation.message.push_str(" (in the join table)"),
                                Purpose::Parking => violation.message.push_str(
                                    " (while its unique value was freed for another row; make that constraint DEFERRABLE, or use two saves)",
                                ),
                            }
                            violations.push(Culprit { node, purpose: batch.purpose, violation });
                        } else {
                            let second = rows.split_off(rows.len() / 2);
                            pending.extend([second, rows]);
                        }
                    }
                    Err(error) => {
                        self.undo().await;
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds the columns of a violated foreign key where the database tells nothing (SQLite), by asking for the
    /// parents that the row refers to.
    async fn name_columns(&mut self, node: usize, op: Op, mut violation: Violation) -> Result<Violation, DbError> {
        let unknown = violation.constraint.is_none() && violation.columns.is_empty();
        if violation.kind != ViolationKind::ForeignKey || !unknown {
            return Ok(violation);
        }
        let meta = self.plan.nodes[node].node.meta;
        if op == Op::Delete {
            let key = meta.primary_key.iter().map(|&field| meta.fields[field].column.to_owned());
            violation.columns = key.collect();
            violation.message.push_str(": other rows refer to it");
            return Ok(violation);
        }
        let node = self.plan.nodes[node].node;
        for association in node.meta.associations {
            let Relation::Parent(keys) = association.relation else { continue };
            let Some(key) = key_of(keys.iter().map(|key| node.get(key.owner))) else { continue };
            let related = (association.related)();
            let columns = keys.iter().map(|pair| ColumnAt::of(related, pair.related)).collect();
            let mut select = Select::of(related, self.dialect);
            select.filter(vec![Filter::AnyOf(columns, vec![key.values().to_vec()])], self.dialect);
            let mut found = false;
            let on_row = &mut |_: &mut dyn crate::schema::Row| {
                found = true;
                Ok(())
            };
            self.connection.run(self.dialect.select(select), on_row).await?;
            if !found {
                violation.columns = keys.iter().map(|pair| node.meta.fields[pair.owner].column.to_owned()).collect();
                break;
            }
        }
        Ok(violation)
    }

    /// Keeps the row, and an owner that was to belong to it, from being tried again.
    fn block(&self, node: usize, failed: &mut HashSet<usize>) {
        let mut at = Some(node);
        while let Some(id) = at {
            failed.insert(id);
            let via = self.plan.nodes[id].parent;
            at = via.filter(|via| via.association(self.plan).kind == Kind::BelongsTo).map(|via| via.owner);
        }
    }

    /// Whether the row, or one that it hangs on, could not be written.
    fn hangs_on(&self, node: usize, failed: &HashSet<usize>) -> bool {
        let mut at = Some(node);
        while let Some(id) = at {
            if failed.contains(&id) {
                return true;
            }
            at = self.plan.nodes[id].parent.map(|via| via.owner);
        }
        false
    }

    /// Runs some rows of a batch and keeps what the database made.
    async fn run(&mut self, batch: &Batch<'c>, rows: &[usize], outcome: &mut Outcome) -> Result<(), DbError> {
        for (col, expression) in &batch.draws {
            let sql = self.dialect.draw(expression, col.ty, rows.len());
            let mut drawn = Vec::with_capacity(rows.len());
            let on_row = &mut |row: &mut dyn crate::schema::Row| {
                drawn.push(row.take(0, col.ty)?);
                Ok(())
            };
            self.connection.run(sql, on_row).await?;
            outcome.draw(batch, rows, *col, drawn)?;
        }
        let returned = {
            let statement = WriteStatement::of(batch, rows, outcome)?;
            let mut returned = Vec::with_capacity(rows.len());
            let on_row = &mut |row: &mut dyn crate::schema::Row| {
                let values = batch.returning.iter().enumerate().map(|(at, col)| row.take(at, col.ty));
                returned.push(values.collect::<Result<Vec<_>, _>>()?);
                Ok(())
            };
            self.connection.run(self.dialect.write(&statement), on_row).await?;
            returned
        };
        match batch.op {
            Op::Insert => outcome.inserted(batch, rows, returned),
            Op::Update | Op::Delete => self.expect_all(batch, rows, &returned, outcome),
        }
    }

    /// Every row that must exist was there.
    fn expect_all(
        &self,
        batch: &Batch<'c>,
        rows: &[usize],
        returned: &[Vec<sea_query::Value>],
        outcome: &Outcome,
    ) -> Result<(), DbError> {
        if batch.purpose == Purpose::Links || returned.len() == rows.len() {
            return Ok(());
        }
        let returned: HashSet<&[sea_query::Value]> = returned.iter().map(Vec::as_slice).collect();
        for &row in rows.iter().filter(|&&row| batch.rows[row].must_exist) {
            if !returned.contains(outcome.key_after(batch, row).as_slice()) {
                return Err(DbError::Stale(self.plan.path(batch.rows[row].node)));
            }
        }
        Ok(())
    }
}

//! After a violation: which rows are to blame.

use std::collections::HashSet;

use super::{Culprit, Rejection, Scope, outcome::Outcome, saver::Saver};
use crate::{
    adapter::{DbError, Violation, ViolationKind},
    changeset::Written,
    plan::{Batch, Purpose},
    schema::Kind,
};

/// How many violations of one save are looked for: input must not choose how long that takes.
const MAX_VIOLATIONS: usize = 100;

impl<'c> Saver<'_, 'c> {
    /// Finds the rows that violate constraints. Where the plan writes one row only, it is that; else all is run again.
    pub async fn search(&mut self, violation: Violation) -> Result<Written, Rejection> {
        let plan = self.plan;
        if let [batch] = &plan.batches[..]
            && let Some(row) = batch.rows.only()
        {
            let enclosed = self.manner.scope == Scope::Enclosed && plan.is_single_row();
            let violation = match violation.kind.is_of_value() {
                false => violation,
                true if enclosed => self.name_value_anew(batch, violation).await?,
                true => return self.careful().await,
            };
            let culprit = self.culprit(batch, row.node, violation).await?;
            return Err(Rejection::Rows(vec![culprit]));
        }
        self.careful().await
    }

    /// The transaction failed with its row, and ends with it: in a new one, the database tells the column.
    async fn name_value_anew(&mut self, batch: &Batch<'c>, violation: Violation) -> Result<Violation, Rejection> {
        self.connection.rollback().await?;
        self.connection.begin().await?;
        self.name_value(batch, 0, &mut Outcome::new(self.plan), violation).await
    }

    /// The same again after a violation, with a savepoint before each batch: one that fails is split until
    /// the rows are found that violate a constraint by themselves. So is one whose keys do not tell which row is which, until
    /// they do.
    pub(super) async fn careful(&mut self) -> Result<Written, Rejection> {
        self.connection.begin().await?;
        let mut outcome = Outcome::new(self.plan);
        let mut violations = Vec::new();
        match self.find(&mut outcome, &mut violations).await {
            Ok(()) if violations.is_empty() => match self.connection.commit().await {
                Ok(()) => Ok(outcome.written(self.plan)),
                Err(DbError::Violation(violation)) => Err(match self.blamed_by_key(&violation, &outcome) {
                    culprits if culprits.is_empty() => Rejection::Commit(violation),
                    culprits => Rejection::Rows(culprits),
                }),
                Err(error) => Err(error.into()),
            },
            Ok(()) => {
                self.undo().await;
                Err(Rejection::Rows(violations))
            }
            Err(rejection) => {
                self.undo().await;
                Err(rejection)
            }
        }
    }

    async fn find(&mut self, outcome: &mut Outcome, violations: &mut Vec<Culprit>) -> Result<(), Rejection> {
        let mut failed = HashSet::new();
        for batch in &self.plan.batches {
            if violations.len() >= MAX_VIOLATIONS {
                break;
            }
            let all: Vec<usize> =
                (0..batch.rows.len()).filter(|&row| !self.hangs_on(batch.rows.node(row), &failed)).collect();
            let chunks = all.chunks(batch.max_rows(self.manner.dialect));
            let mut pending: Vec<Vec<usize>> = chunks.rev().map(<[usize]>::to_vec).collect();
            while let Some(mut rows) = pending.pop().filter(|rows| !rows.is_empty()) {
                self.connection.begin().await?;
                match self.run(batch, &rows, outcome).await {
                    Ok(()) => self.connection.commit().await?,
                    Err(Rejection::Database(DbError::Violation(violation))) => {
                        self.connection.rollback().await?;
                        if let [row] = rows[..] {
                            let node = batch.rows.node(row);
                            self.block(node, &mut failed);
                            if violations.len() + 1 == MAX_VIOLATIONS {
                                pending.clear();
                            }
                            let violation = self.name_value(batch, row, outcome, *violation).await?;
                            violations.push(self.culprit(batch, node, violation).await?);
                        } else {
                            let second = rows.split_off(rows.len() / 2);
                            pending.extend([second, rows]);
                        }
                    }
                    Err(Rejection::Unordered) => {
                        self.connection.rollback().await?;
                        let second = rows.split_off(rows.len() / 2);
                        pending.extend([second, rows]);
                    }
                    Err(rejection) => {
                        self.undo().await;
                        return Err(rejection);
                    }
                }
            }
        }
        Ok(())
    }

    async fn culprit(&mut self, batch: &Batch<'c>, node: usize, violation: Violation) -> Result<Culprit, DbError> {
        let mut violation = Violation { path: self.plan.path(node), ..violation };
        match batch.purpose {
            Purpose::Rows => violation = self.name_columns(node, batch.op, violation).await?,
            Purpose::Links if self.is_link(batch, &violation) => violation.message.push_str(
                " (in the join table: they are linked already; `on_join_conflict = nothing` on the association passes over that)",
            ),
            Purpose::Links => violation.message.push_str(" (in the join table)"),
            Purpose::OnDelete => violation.message.push_str(" (by `on_delete` of an association)"),
            Purpose::Parking => violation.message.push_str(
                " (while its unique value was freed for another row; make that constraint DEFERRABLE, or use two saves)",
            ),
        }
        let owner = self.plan.nodes[node].parent.map(|via| via.owner);
        Ok(Culprit { node, owner, purpose: batch.purpose, violation })
    }

    /// Whether a row of a join table is there already: what is unique are the keys of its two ends.
    fn is_link(&self, batch: &Batch<'c>, violation: &Violation) -> bool {
        let told = violation.key.iter().flat_map(|key| key.pairs().map(|(name, _)| name));
        let mut columns = told.chain(violation.columns.iter().map(String::as_str)).peekable();
        let is_end = |name: &str| batch.returning.iter().any(|col| col.name == name);
        violation.kind == ViolationKind::Unique && columns.peek().is_some() && columns.all(is_end)
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
}

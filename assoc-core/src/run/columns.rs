//! The columns of a violation, where the database does not tell them.

use std::sync::Arc;

use super::{Rejection, outcome::Outcome, saver::Saver, statement::WriteStatement};
use crate::{
    adapter::{DbError, Violation, ViolationKind},
    changeset::{Declared, Node, key_of},
    plan::{Batch, Op},
    query::{ColumnAt, Context, Node as Condition, Renderer, Select},
    schema::{Hop, Relation, Row},
};

impl<'c> Saver<'_, 'c> {
    /// Finds the column whose value the database refuses (too long, out of range), by writing one after the other. All
    /// of it is rolled back.
    pub async fn name_value(
        &mut self,
        batch: &Batch<'c>,
        row: usize,
        outcome: &mut Outcome,
        mut violation: Violation,
    ) -> Result<Violation, Rejection> {
        if !violation.kind.is_of_value() || !violation.columns.is_empty() || batch.op == Op::Delete {
            return Ok(violation);
        }
        for (at, col) in batch.set.iter().enumerate() {
            self.connection.begin().await?;
            let statement = WriteStatement::of(batch, &[row], outcome, self.manner.prefix)?.only(at);
            let tried = self.connection.run(self.manner.dialect.write(&statement), &mut |_: &mut dyn Row| Ok(())).await;
            self.connection.rollback().await?;
            if matches!(tried, Err(DbError::Violation(found)) if found.kind == violation.kind) {
                violation.columns = vec![col.name.to_owned()];
                break;
            }
        }
        Ok(violation)
    }

    /// Finds the columns of a violated foreign key where the database tells nothing (SQLite), by asking for the
    /// parents that the row refers to.
    pub async fn name_columns(&mut self, node: usize, op: Op, mut violation: Violation) -> Result<Violation, DbError> {
        let unknown = violation.constraint.is_none() && violation.columns.is_empty();
        if violation.kind != ViolationKind::ForeignKey || !unknown {
            return Ok(violation);
        }
        let node = self.plan.nodes[node].node;
        if op == Op::Delete {
            let meta = node.meta;
            let key = meta.primary_key.iter().map(|&field| meta.fields[field].column.to_owned());
            violation.columns = key.collect();
            violation.message.push_str(": other rows refer to it");
            return self.name_association(node, violation).await;
        }
        let parents: Vec<_> = node
            .meta
            .associations
            .iter()
            .filter_map(|association| match association.relation {
                Relation::Parent(keys) => {
                    let key = key_of(keys.iter().map(|key| node.get(key.owner)))?;
                    Some(((association.related)(), keys, key))
                }
                _ => None,
            })
            .collect();
        for (related, keys, key) in &parents {
            let columns = keys.iter().map(|pair| ColumnAt::of(related, pair.related));
            let mut r = self.renderer();
            let mut select = Select::of(related, &mut r);
            select.filter(vec![Condition::any_of(columns, vec![key.values().to_vec()])], &mut r);
            let mut found = false;
            let on_row = &mut |_: &mut dyn Row| {
                found = true;
                Ok(())
            };
            // If there is one only, it need not be asked for.
            if parents.len() > 1 {
                self.connection.run(select.sql(r)?, on_row).await?;
            }
            if !found {
                violation.columns = keys.iter().map(|pair| node.meta.fields[pair.owner].column.to_owned()).collect();
                break;
            }
        }
        Ok(violation)
    }

    /// Finds the foreign key whose rows keep their owner, among those that are declared, by asking for such rows.
    async fn name_association(&mut self, node: &Node, mut violation: Violation) -> Result<Violation, DbError> {
        let is_declared = |name: &Option<_>| name.is_some() && node.constraints.iter().any(|it| it.name == *name);
        let associations = node.meta.associations.iter().map(|&it| (it, Declared::no_assoc(it).name));
        let declared: Vec<_> = associations.filter(|(_, name)| is_declared(name)).collect();
        for (association, name) in &declared {
            // If there is one only, it need not be asked for.
            if declared.len() == 1 || self.has_rows(node, association).await? {
                violation.constraint = name.as_deref().map(str::to_owned);
                break;
            }
        }
        Ok(violation)
    }

    /// Whether rows refer to this one by way of an association.
    async fn has_rows(&mut self, node: &Node, association: Hop) -> Result<bool, DbError> {
        let related = (association.related)();
        let mut r = self.renderer();
        let mut select = Select::of(related, &mut r);
        let pairs = match association.relation {
            Relation::Child(keys) => keys.iter().map(|key| (ColumnAt::of(related, key.related), key.owner)).collect(),
            _ => select.join_back(node.meta, &[association], &mut r),
        };
        let Some(key) = key_of(pairs.iter().map(|(_, field)| node.data.get(*field))) else { return Ok(false) };
        let columns = pairs.into_iter().map(|(column, _)| column);
        select.filter(vec![Condition::any_of(columns, vec![key.values().to_vec()])], &mut r);
        select.window(Some(1), None);
        let mut found = false;
        let on_row = &mut |_: &mut dyn Row| {
            found = true;
            Ok(())
        };
        self.connection.run(select.sql(r)?, on_row).await?;
        Ok(found)
    }

    /// Queries read from where this save writes to.
    fn renderer(&self) -> Renderer {
        Renderer::new(&Context { prefix: self.manner.prefix.map(Arc::from), ..self.manner.dialect.into() })
    }
}

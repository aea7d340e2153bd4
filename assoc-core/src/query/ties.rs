//! What tells the rows of a query apart, so that pages can begin between any two of them.

use std::borrow::Cow;

use sea_query::UnionType;

use super::{
    ColumnAt, Ordering, Parts,
    join::Target,
    parts::{Combined, From},
    select::path,
};
use crate::{
    adapter::DbError,
    schema::{Hop, Meta, Relation},
    types::Type,
};

/// Directions by which no two rows are equal: those of their groups, or of the keys of all that is read.
///
/// # Errors
/// A row may come several times, so that nothing tells it from itself.
pub(super) fn tie_breakers(parts: &Parts) -> Result<Vec<Ordering>, DbError> {
    if !parts.group.is_empty() {
        return Ok(parts.group.iter().map(|(node, ty)| Ordering::of_node(node.clone(), *ty)).collect());
    }
    let mut ties = of_source(&parts.source, parts)?;
    for join in &parts.joins {
        ties.extend(match &join.target {
            Target::Association { association, at, .. } => {
                if !is_told_by_its_ends(&path(association)) {
                    return Err(several(format!("the join of `{}`", association.name)));
                }
                keys((association.related)(), at.clone())
            }
            Target::On(source, _) => of_source(source, parts)?,
        });
    }
    let nullable = parts.joins.iter().any(|join| join.left);
    Ok(ties.into_iter().map(|column| Ordering { nullable, ..Ordering::of_column(column) }).collect())
}

fn several(what: String) -> DbError {
    DbError::Configuration(format!(
        "{what} may return a row several times, which pages cannot tell apart: make it `.distinct().subquery()` first"
    ))
}

fn keys(meta: &Meta, at: Cow<'static, str>) -> Vec<ColumnAt> {
    meta.primary_key.iter().map(|&field| ColumnAt::aliased(meta, field, at.clone())).collect()
}

fn of_source(source: &From, parts: &Parts) -> Result<Vec<ColumnAt>, DbError> {
    let (rows, at) = match source {
        From::Table(meta, at) => return Ok(keys(meta, at.clone())),
        From::Query(rows, at) => (Some(&**rows), at),
        From::Named(name, at) => (parts.ctes.iter().find(|cte| cte.name == *name).map(|cte| &cte.query), at),
    };
    let Some(rows) = rows else { return Ok(Vec::new()) };
    let meta = parts.rows_of.filter(|_| std::ptr::eq(source, &parts.source));
    if !rows.come_once(meta) {
        return Err(several(format!("the query that is read as `{at}`")));
    }
    Ok(meta.map_or_else(|| rows.columns(at.clone()), |meta| keys(meta, at.clone())))
}

impl Combined {
    /// Whether no row comes several times; rows of a schema are the same if their keys are.
    fn come_once(&self, meta: Option<&'static Meta>) -> bool {
        match self.others.last() {
            Some((UnionType::All, _)) => false,
            Some(_) => true,
            None if meta.is_none() || !self.first.is_plain() => true,
            None => {
                self.first.joins.is_empty()
                    && match &self.first.source {
                        From::Query(rows, _) => rows.come_once(meta),
                        From::Table(..) | From::Named(..) => true,
                    }
            }
        }
    }

    /// The columns that tell rows of no schema apart: all that have an order.
    fn columns(&self, at: Cow<'static, str>) -> Vec<ColumnAt> {
        let ordered = self.first.selection.iter().filter(|selected| selected.ty != Type::Json);
        let column = |name: &Cow<'static, str>, ty| match name {
            Cow::Borrowed(column) => Some(ColumnAt { table: at.clone(), column, ty }),
            Cow::Owned(_) => None,
        };
        ordered.filter_map(|selected| column(selected.name.as_ref()?, selected.ty)).collect()
    }
}

/// Whether there is one way at most between two rows: from the owner each step leads to one row, up to one that leads to
/// several; from the related row each leads back to one.
fn is_told_by_its_ends(path: &[Hop]) -> bool {
    let several = path.iter().skip_while(|hop| matches!(hop.relation, Relation::Parent(_))).skip(1);
    several.into_iter().all(|hop| matches!(hop.relation, Relation::Child(_)))
}

//! Violations as errors on the rows that caused them.

use std::collections::HashMap;

use super::{Culprit, Failure};
use crate::{
    adapter::{DbError, Violation, ViolationKind},
    changeset::{FieldError, Node, Role, is_parent, leaves, required},
    plan::Purpose,
    schema::{Meta, Record},
};

/// Adds an error to each row whose constraint is declared. One that nobody declared is reported as it is.
pub(super) fn blame(nodes: &mut [Node], culprits: Vec<Culprit>) -> Result<Vec<Record>, Failure> {
    let (rows, others): (Vec<_>, Vec<_>) = culprits.into_iter().partition(|culprit| culprit.purpose == Purpose::Rows);
    let mut violations: HashMap<usize, Violation> =
        rows.into_iter().map(|culprit| (culprit.node, culprit.violation)).collect();
    let mut undeclared = others.into_iter().next().map(|culprit| culprit.violation);
    let mut id = 0;
    let mut found: Vec<(usize, FieldError)> = Vec::new();
    for node in nodes.iter() {
        walk(node, None, &mut id, &mut |id, node| {
            if let Some(violation) = violations.remove(&id) {
                match error_of(node, &violation) {
                    Some(error) => found.push((id, error)),
                    None => undeclared = undeclared.take().or(Some(violation)),
                }
            }
        });
    }
    if let Some(violation) = undeclared {
        return Err(Failure::Database(DbError::Violation(Box::new(violation))));
    }
    let mut found: HashMap<usize, FieldError> = found.into_iter().collect();
    let mut id = 0;
    for node in nodes {
        walk_mut(node, None, &mut id, &mut |id, node| node.errors.extend(found.remove(&id)));
    }
    Err(Failure::Invalid)
}

/// A deferred constraint names no row: it is the one that declares it, if there is only one.
pub(super) fn blame_deferred(nodes: &mut [Node], violation: Violation) -> Result<Vec<Record>, Failure> {
    let mut declaring = Vec::new();
    let mut id = 0;
    for node in nodes.iter() {
        walk(node, None, &mut id, &mut |id, node| {
            if node.is_changed() && error_of(node, &violation).is_some() {
                declaring.push(id);
            }
        });
    }
    match declaring[..] {
        [only] => blame(nodes, vec![Culprit { node: only, purpose: Purpose::Rows, violation }]),
        _ => Err(Failure::Database(DbError::Violation(Box::new(violation)))),
    }
}

fn error_of(node: &Node, violation: &Violation) -> Option<FieldError> {
    let meta = node.meta;
    let declared = node.constraints.iter().find(|constraint| constraint.matches(meta, violation));
    declared.map(|constraint| constraint.error(meta, violation)).or_else(|| built_in(meta, violation))
}

/// NOT NULL needs no declaration: the column is the field.
fn built_in(meta: &Meta, violation: &Violation) -> Option<FieldError> {
    let column = violation.columns.first().filter(|_| violation.kind == ViolationKind::NotNull)?;
    meta.column_fields()
        .iter()
        .find(|field| field.column == column)
        .map(|field| required(field.name).with("constraint", violation.kind.name()))
}

/// Visits the changesets in the order in which the plan counts them.
fn walk(node: &Node, role: Option<Role>, id: &mut usize, visit: &mut dyn FnMut(usize, &Node)) {
    visit(*id, node);
    *id += 1;
    if leaves(node, role) {
        return;
    }
    for parents in [true, false] {
        for (_, child) in node.children().filter(|(index, _)| is_parent(node.meta, *index) == parents) {
            walk(&child.node, Some(child.role), id, visit);
        }
    }
}

fn walk_mut(node: &mut Node, role: Option<Role>, id: &mut usize, visit: &mut dyn FnMut(usize, &mut Node)) {
    visit(*id, node);
    *id += 1;
    if leaves(node, role) {
        return;
    }
    let meta = node.meta;
    for parents in [true, false] {
        for (_, children) in node.associations.iter_mut().filter(|(index, _)| is_parent(meta, **index) == parents) {
            for child in children {
                walk_mut(&mut child.node, Some(child.role), id, visit);
            }
        }
    }
}

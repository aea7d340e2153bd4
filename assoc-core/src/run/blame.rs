//! Violations as errors on the rows that caused them.

use std::collections::HashMap;

use super::{Culprit, Failure};
use crate::{
    adapter::{DbError, Violation, ViolationKind},
    changeset::{FieldError, Node, Path, Role, State, is_parent, leaves, required},
    plan::Purpose,
    schema::Meta,
};

/// Adds an error to each row whose constraint is declared; one of a join table is declared on the owner. A violation that
/// nobody declared is reported as it is.
pub(super) fn blame(nodes: &mut [Node], culprits: Vec<Culprit>) -> Failure {
    let mut all: Vec<&Node> = Vec::new();
    let mut id = 0;
    for node in nodes.iter() {
        walk(node, None, &mut id, &mut |_, node| all.push(node));
    }
    let mut found: HashMap<usize, FieldError> = HashMap::new();
    let refused: Vec<&Node> = culprits.iter().filter_map(|culprit| all.get(culprit.node).copied()).collect();
    let mut kept = None;
    for Culprit { node, owner, purpose, violation } in culprits {
        if purpose == Purpose::Rows && all.get(node).is_some_and(|node| is_kept_from(node, &refused, &violation)) {
            kept = Some(violation);
            continue;
        }
        let error = match purpose {
            Purpose::Rows => all.get(node).and_then(|node| error_of(node, &violation)),
            Purpose::Links => owner.and_then(|owner| all.get(owner)).and_then(|owner| declared(owner, &violation)),
            Purpose::Parking | Purpose::OnDelete => None,
        };
        match error {
            Some(error) => drop(found.insert(node, error)),
            None => return Failure::Database(DbError::Violation(Box::new(violation))),
        }
    }
    if let Some(violation) = kept.filter(|_| found.is_empty()) {
        return Failure::Database(DbError::Violation(Box::new(violation)));
    }
    let mut id = 0;
    for node in nodes {
        walk_mut(node, None, &mut id, &mut |id, node| node.errors.extend(found.remove(&id)));
    }
    Failure::Invalid
}

/// A deferred constraint whose key tells no row is about the one that declares it, if there is only one.
pub(super) fn blame_deferred(nodes: &mut [Node], violation: Violation) -> Failure {
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
        [only] => blame(nodes, vec![Culprit { node: only, owner: None, purpose: Purpose::Rows, violation }]),
        _ => Failure::Database(DbError::Violation(Box::new(violation))),
    }
}

/// Whether the row was to take a unique value that another one keeps, because that was refused itself: then it is not to
/// blame.
fn is_kept_from(node: &Node, refused: &[&Node], violation: &Violation) -> bool {
    let Some(declared) = node.constraints.iter().find(|it| it.matches(node.meta, violation)) else { return false };
    let gives_up = |other: &&Node| {
        let mut fields = declared.fields.iter();
        other.state == State::Loaded
            && other.meta.table == node.meta.table
            && fields.clone().any(|&field| other.changes.contains(field))
            && fields.all(|&field| other.data.get(field).is_some() && other.data.get(field) == node.get(field))
    };
    violation.kind == ViolationKind::Unique && refused.iter().any(gives_up)
}

fn error_of(node: &Node, violation: &Violation) -> Option<FieldError> {
    declared(node, violation).or_else(|| built_in(node.meta, violation))
}

fn declared(node: &Node, violation: &Violation) -> Option<FieldError> {
    let declared = node.constraints.iter().find(|constraint| constraint.matches(node.meta, violation));
    declared.map(|constraint| constraint.error(node.meta, violation))
}

/// NOT NULL, and values that the column cannot hold, need no declaration: the column is the field.
fn built_in(meta: &Meta, violation: &Violation) -> Option<FieldError> {
    let column = violation.columns.first()?;
    let field = meta.column_fields().iter().find(|field| field.column == column)?;
    let error = match violation.kind {
        ViolationKind::NotNull => required(field.name),
        ViolationKind::OutOfRange => FieldError::new("is out of range").on(field.name),
        ViolationKind::TooLong => FieldError::new("is too long").on(field.name),
        ViolationKind::Value => FieldError::new("is invalid").on(field.name),
        _ => return None,
    };
    Some(error.with("constraint", violation.kind.name()))
}

/// A row that is gone is an error of its changeset, if that says where.
pub(super) fn blame_stale(nodes: &mut [Node], stale: usize, path: Path) -> Failure {
    let mut id = 0;
    let mut found = false;
    for node in nodes {
        walk_mut(node, None, &mut id, &mut |id, node| {
            if id != stale {
                return;
            }
            if let Some(error) = node.options.as_ref().and_then(|options| options.stale_error.clone()) {
                node.errors.push(error);
                found = true;
            }
        });
    }
    if found { Failure::Invalid } else { Failure::Database(DbError::Stale(path)) }
}

/// Visits the changesets in the order in which the plan counts them.
fn walk<'n>(node: &'n Node, role: Option<Role>, id: &mut usize, visit: &mut dyn FnMut(usize, &'n Node)) {
    visit(*id, node);
    *id += 1;
    if leaves(node, role) {
        return;
    }
    for parents in [true, false] {
        for (_, child) in node.rows().filter(|(index, _)| is_parent(node.meta, *index) == parents) {
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
        let rows = |index: usize| meta.associations[index].embedded_in().is_none() && is_parent(meta, index) == parents;
        for (_, children) in node.associations.iter_mut().filter(|(index, _)| rows(*index)) {
            for child in children {
                walk_mut(&mut child.node, Some(child.role), id, visit);
            }
        }
    }
}

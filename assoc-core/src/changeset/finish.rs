//! The row as it is after its changes.

use std::sync::Arc;

use super::node::{Node, Role, is_parent, key_of, leaves};
use crate::schema::{KeyPair, Loaded, Record, Relation};

/// Values that came with the save, by field: keys, defaults, foreign keys, timestamps.
pub(crate) type Written = Vec<(usize, sea_query::Value)>;

/// Puts changes, what the save added, and the children into one record. `written` is asked for each node,
/// in the order in which the plan counts them: a row, then its parents, then its children.
pub(crate) fn finish(node: Node, role: Option<Role>, written: &mut dyn FnMut(&Node) -> Option<Written>) -> Record {
    let added = written(&node);
    let gone = leaves(&node, role);
    let Node { meta, data, changes, associations, .. } = node;
    if gone {
        return Arc::unwrap_or_clone(data);
    }
    let mut record = Arc::unwrap_or_clone(data);
    let overlay = changes.into_iter().chain(added.into_iter().flatten());
    for (field, value) in overlay {
        record.values[field] = Some(value);
    }
    let mut touched = vec![false; record.associations.len()];
    let (parents, children): (Vec<_>, Vec<_>) =
        associations.into_iter().partition(|(index, _)| is_parent(meta, *index));
    for (index, children) in parents.into_iter().chain(children) {
        touched[index] = true;
        let partial = record.associations[index].take().is_some_and(|loaded| loaded.partial);
        let mut rows = Vec::with_capacity(children.len());
        for child in children {
            let mut row = finish(child.node, Some(child.role), written);
            if let Relation::Child(keys) = meta.associations[index].relation {
                keys.iter().for_each(|key| row.values[key.related].clone_from(&record.values[key.owner]));
            }
            if !matches!(child.role, Role::Detach(_)) {
                if let Relation::Parent(keys) = meta.associations[index].relation {
                    for key in keys.iter().filter(|key| row.get(key.related).is_some()) {
                        record.values[key.owner].clone_from(&row.values[key.related]);
                    }
                }
                rows.push(Arc::new(row));
            }
        }
        record.associations[index] = Some(Loaded { rows, partial });
    }
    for (index, association) in meta.associations.iter().enumerate().filter(|(index, _)| !touched[*index]) {
        let Some(loaded) = &record.associations[index] else { continue };
        let there = |keys: &[KeyPair], row: &Record| key_of(keys.iter().map(|key| row.get(key.related)));
        let here = |keys: &[KeyPair]| key_of(keys.iter().map(|key| record.get(key.owner)));
        // Loaded rows that the keys no longer lead to are not loaded any more.
        let stale = match association.relation {
            Relation::Parent(keys) => loaded.rows.first().and_then(|row| there(keys, row)) != here(keys),
            Relation::Child(keys) => loaded.rows.first().is_some_and(|row| there(keys, row) != here(keys)),
            _ => false,
        };
        if stale {
            record.associations[index] = None;
        }
    }
    record
}

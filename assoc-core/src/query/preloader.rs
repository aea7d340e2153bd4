//! Preloading: one statement for each association and level, rows put where they belong as they arrive.

use std::collections::{HashMap, HashSet};

use super::{
    ColumnAt, Context, Node, Ordering, Renderer,
    preload::Spec,
    select::{Select, path},
};
use crate::{
    adapter::{BoxFuture, Connection, DbError},
    schema::{Association, Entity, Meta, Relation, Row},
    types::{Key, TypeError},
};

/// Loads associations of rows of one schema. Rows that have them loaded keep them, be it in part,
/// unless forced.
///
/// # Errors
/// A statement fails, or a row does not fit its schema; the association is not loaded then.
pub fn preload<'a, 'e: 'a>(
    owners: Vec<&'e mut dyn Entity>,
    specs: &'a [Spec],
    connection: &'a mut dyn Connection,
    cx: &'a Context,
) -> BoxFuture<'a, Result<(), DbError>> {
    Box::pin(async move {
        let mut owners = owners;
        for spec in specs {
            load(&mut owners, spec, connection, cx).await?;
            if spec.nested.is_empty() {
                continue;
            }
            let Some(index) = index_of(&owners, spec.association) else { continue };
            let mut related: Vec<&mut dyn Entity> = Vec::new();
            for owner in &mut owners {
                if let Some(slot) = owner.association(index) {
                    slot.entities(&mut related);
                }
            }
            preload(related, &spec.nested, connection, cx).await?;
        }
        Ok(())
    })
}

fn index_of(owners: &[&mut dyn Entity], association: &Association) -> Option<usize> {
    owners.first()?.meta().association_index(association.name)
}

/// Loads one association of all rows that lack it.
async fn load(
    owners: &mut [&mut dyn Entity],
    spec: &Spec,
    connection: &mut dyn Connection,
    cx: &Context,
) -> Result<(), DbError> {
    let Some(index) = index_of(owners, spec.association) else { return Ok(()) };
    if spec.association.embedded_in().is_some() {
        return Ok(());
    }
    let owner = owners[0].meta();
    let related = (spec.association.related)();
    let mut r = Renderer::new(cx);
    let mut select = Select::of(related, &mut r);
    let keys = select.join_back(owner, &path(spec.association), &mut r);
    let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
    let mut wanted = Vec::new();
    for (at, owner) in owners.iter_mut().enumerate() {
        let key = Key::new(keys.iter().filter_map(|(_, field)| owner.field(*field)));
        let Some(slot) = owner.association(index).filter(|slot| spec.force || !slot.is_loaded()) else { continue };
        slot.reset(spec.is_partial());
        if let Some(key) = key {
            let owners = by_key.entry(key.clone()).or_default();
            if owners.is_empty() {
                wanted.push(key.values().to_vec());
            }
            owners.push(at);
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let columns: Vec<ColumnAt> = keys.iter().map(|(column, _)| column.clone()).collect();
    for column in &columns {
        select.column(column.clone(), &r);
    }
    let mut filters = vec![Node::any_of(columns.clone(), wanted)];
    filters.extend(spec.filters.iter().cloned());
    select.filter(filters, &mut r).window(spec.limit, None);
    let usual = Ordering::<()>::of(spec.association);
    select.order(if spec.order.is_empty() { usual } else { spec.order.clone() }, &mut r);
    if let Some(rows) = spec.limit_each {
        select = select.limit_each(&columns, rows, related, &mut r);
    } else if spec.order.is_empty() {
        select.order_by_key(related);
    }
    let sql = select.sql(r);
    let mut seen = HashSet::new();
    let distinct = matches!(spec.association.relation, Relation::Through(_));
    let place = &mut |row: &mut dyn Row| -> Result<(), TypeError> {
        let key = columns.iter().enumerate().map(|(at, column)| row.take(related.columns + at, column.ty));
        let Some(key) = Key::new(key.collect::<Result<Vec<_>, _>>()?) else { return Ok(()) };
        if distinct && !seen.insert((key.clone(), row_key(row, related)?)) {
            return Ok(());
        }
        for &owner in by_key.get(&key).into_iter().flatten() {
            if let Some(slot) = owners[owner].association(index) {
                slot.push(row)?;
            }
        }
        Ok(())
    };
    let loaded = match sql {
        Ok(sql) => connection.run(sql, place).await,
        Err(error) => Err(error),
    };
    if loaded.is_err() {
        for &owner in by_key.values().flatten() {
            if let Some(slot) = owners[owner].association(index) {
                slot.unload(spec.association);
            }
        }
    }
    loaded
}

fn row_key(row: &mut dyn Row, meta: &Meta) -> Result<Option<Key>, TypeError> {
    let values = meta.primary_key.iter().map(|&field| row.take(field, meta.fields[field].ty));
    values.collect::<Result<Vec<_>, _>>().map(Key::new)
}

//! Preloads in the statement of their query: left joins, whose rows are folded into their owners.

use std::collections::HashMap;

use super::{
    ColumnAt, Context, Decoder, Ordering, Parts, Selected, Window,
    join::{JoinPart, Target},
    parts::{Distinct, From},
    preload::Spec,
    shape::Shifted,
    window::row_number,
};
use crate::{
    adapter::{DbError, Sql},
    schema::{Entity, Hop, Meta, Row},
    types::{Key, KeyMap, Type, TypeError},
};

/// An association that is joined.
struct Joined {
    /// The association whose rows it belongs to; `None` for those of the query itself.
    parent: Option<usize>,
    association: Hop,
    /// Its place among the owner's.
    index: usize,
    /// Where its columns begin.
    at: usize,
    partial: bool,
}

/// Puts each row of a statement with joins where it belongs.
#[doc(hidden)]
pub struct Fold<O> {
    decoder: Decoder<O>,
    joins: Joins,
}

/// What is joined to the rows of a query, whatever these are.
struct Joins {
    /// What tells the query's rows apart, and where it is: their key, or their place.
    root: Vec<(usize, Type)>,
    joined: Vec<Joined>,
    roots: KeyMap<usize>,
    /// The rows of each association of each owner, by where the owner is.
    known: HashMap<(usize, Vec<usize>), KeyMap<usize>>,
}

impl Parts {
    /// Whether rows of associations come with its own.
    pub(super) fn has_joins(&self) -> bool {
        // Locked rows are read by themselves: databases lock neither what is numbered nor what is left-joined.
        self.lock.is_none() && self.preloads.iter().any(|spec| spec.joined)
    }

    /// The statement with its joined preloads.
    ///
    /// # Errors
    /// The database cannot do what is asked for, or the query has groups or a limit of a joined preload.
    fn joined_sql(&self, meta: &'static Meta, cx: &Context) -> Result<(Sql<'static>, Joins), DbError> {
        let (mut parts, at) = outer(self.clone(), meta)?;
        let root = match parts.selection.get(meta.columns) {
            Some(place) => vec![(meta.columns, place.ty)],
            None => meta.primary_key.iter().map(|&field| (field, meta.fields[field].ty)).collect(),
        };
        let mut joined = Vec::new();
        let mut order = Vec::new();
        if parts.order.is_empty() {
            parts.order = keys(meta, &at);
        }
        let specs = std::mem::take(&mut parts.preloads);
        let specs = Spec::merged(&specs)?;
        let owner = Owner { meta, at, joined: None };
        join(&mut parts, &specs, &owner, &mut joined, &mut order)?;
        parts.order.extend(order);
        let sql = parts.build(cx)?;
        let (roots, known) = (KeyMap::default(), HashMap::new());
        Ok((sql, Joins { root, joined, roots, known }))
    }
}

/// The query to which joins can be added: itself, or one of its rows, where it returns only some of them.
fn outer(mut parts: Parts, meta: &'static Meta) -> Result<(Parts, String), DbError> {
    let at = meta.table.name.to_owned();
    let own = matches!(&parts.source, From::Table(table, name) if table.table == meta.table && *name == at);
    if own && parts.joins.is_empty() && parts.is_plain() && !parts.is_windowed() {
        return Ok((parts, at));
    }
    if !parts.is_plain() || !matches!(parts.distinct, Distinct::No) {
        return Err(DbError::Configuration(
            "a query with groups or `distinct` has no joined preloads; leave out `.joined()`".to_owned(),
        ));
    }
    let preloads = std::mem::take(&mut parts.preloads);
    let place: super::Expression<(), i64> = row_number().over(Window::in_order(parts.order.clone()));
    parts.selection.push(Selected { node: place.node, ty: Type::I64, name: Some("place".into()) });
    let (prefix, scoped) = (parts.prefix.clone(), parts.scoped);
    let mut outer = Parts { preloads, prefix, scoped, ..parts.nested(at.clone()) };
    outer.selection =
        (0..meta.columns).map(|field| Selected::column(ColumnAt::aliased(meta, field, at.clone().into()))).collect();
    let place = ColumnAt { table: at.clone().into(), column: "place", ty: Type::I64 };
    outer.selection.push(Selected::column(place.clone()));
    outer.order = vec![Ordering::of_column(place)];
    Ok((outer, at))
}

fn keys(meta: &'static Meta, at: &str) -> Vec<Ordering> {
    let key = |&field: &usize| Ordering::of_column(ColumnAt::aliased(meta, field, at.to_owned().into()));
    meta.primary_key.iter().map(key).collect()
}

struct Owner {
    meta: &'static Meta,
    at: String,
    joined: Option<usize>,
}

fn join(
    parts: &mut Parts,
    specs: &[Spec],
    owner: &Owner,
    joined: &mut Vec<Joined>,
    order: &mut Vec<Ordering>,
) -> Result<(), DbError> {
    for spec in specs.iter().filter(|spec| spec.joined) {
        let Some(index) = owner.meta.association_index(spec.association.name) else { continue };
        if spec.limit.is_some() || spec.limit_each.is_some() {
            return Err(DbError::Configuration(format!(
                "the joined preload of `{}` has a limit; leave out `.joined()`, or the limit",
                spec.association.name
            )));
        }
        let related = (spec.association.related)();
        let here = joined.len();
        let at = format!("p{here}");
        joined.push(Joined {
            parent: owner.joined,
            association: spec.association,
            index,
            at: parts.selection.len(),
            partial: spec.is_partial(),
        });
        let target = Target::Association {
            owner: owner.meta,
            owner_at: owner.at.clone().into(),
            association: spec.association,
            at: at.clone().into(),
            on: spec.filters.clone(),
        };
        parts.joins.push(JoinPart { left: true, target });
        let columns = (0..related.columns).map(|field| ColumnAt::aliased(related, field, at.clone().into()));
        parts.selection.extend(columns.map(Selected::column));
        let usual = if spec.order.is_empty() { Ordering::of(spec.association) } else { spec.order.clone() };
        order.extend(usual.into_iter().chain(keys(related, &at)).map(|mut ordering| {
            ordering.node.rename(related.table.name, &at);
            ordering
        }));
        join(parts, &spec.nested, &Owner { meta: related, at, joined: Some(here) }, joined, order)?;
    }
    Ok(())
}

impl<O> Fold<O> {
    /// The statement of a query with joined preloads, and what folds its rows.
    ///
    /// # Errors
    /// The database cannot do what is asked for, or a joined preload cannot be meant.
    pub(super) fn of(
        parts: &Parts,
        decoder: Decoder<O>,
        meta: &'static Meta,
        cx: &Context,
    ) -> Result<(Sql<'static>, Self), DbError> {
        let (sql, joins) = parts.joined_sql(meta, cx)?;
        Ok((sql, Self { decoder, joins }))
    }

    /// Puts a row where it belongs.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    pub fn place(&mut self, rows: &mut Vec<O>, row: &mut dyn Row) -> Result<(), TypeError> {
        let Some((root, is_new)) = self.joins.root(rows.len(), row)? else { return Ok(()) };
        if is_new {
            rows.push((self.decoder.read)(row)?);
        }
        let Some(entity) = (self.decoder.entities)(&mut rows[root..=root]).pop() else { return Ok(()) };
        if is_new {
            self.joins.empty(None, &[root], entity);
        }
        self.joins.place(root, entity, row)
    }
}

impl Joins {
    /// Which row of the query it is, and whether it is the next one, which is new; `None` if it is none.
    fn root(&mut self, next: usize, row: &mut dyn Row) -> Result<Option<(usize, bool)>, TypeError> {
        let Some(key) = Key::read(row, &self.root)? else { return Ok(None) };
        let root = *self.roots.entry(key).or_insert(next);
        Ok(Some((root, root == next)))
    }

    /// Puts the rows of associations where they belong, below a row of the query.
    fn place(&mut self, root: usize, entity: &mut dyn Entity, row: &mut dyn Row) -> Result<(), TypeError> {
        let mut paths: Vec<Option<Vec<usize>>> = Vec::with_capacity(self.joined.len());
        for at in 0..self.joined.len() {
            let parent = match self.joined[at].parent {
                None => Some(vec![root]),
                Some(parent) => paths[parent].clone(),
            };
            paths.push(match parent {
                Some(parent) => self.place_joined(at, parent, entity, row)?,
                None => None,
            });
        }
        Ok(())
    }

    /// Where the row of an association is, if there is one.
    fn place_joined(
        &mut self,
        at: usize,
        mut path: Vec<usize>,
        root: &mut dyn Entity,
        row: &mut dyn Row,
    ) -> Result<Option<Vec<usize>>, TypeError> {
        let Joined { association, index, at: column, .. } = self.joined[at];
        let Some(key) = Key::read_primary(row, (association.related)(), column)? else { return Ok(None) };
        let known = self.known.entry((at, path.clone())).or_default();
        if let Some(&position) = known.get(&key) {
            path.push(position);
            return Ok(Some(path));
        }
        let position = known.len();
        known.insert(key, position);
        with_entity(&self.joined, at, &path, root, &mut |owner| match owner.slot(index) {
            Some(slot) => slot.push(association, &mut Shifted { row, by: column }),
            None => Ok(()),
        })?;
        path.push(position);
        self.empty(Some(at), &path, root);
        Ok(Some(path))
    }

    /// A new row has loaded associations, be they empty.
    fn empty(&self, of: Option<usize>, path: &[usize], root: &mut dyn Entity) {
        for (at, joined) in self.joined.iter().enumerate().filter(|(_, joined)| joined.parent == of) {
            let reset = &mut |owner: &mut dyn Entity| {
                if let Some(slot) = owner.slot(joined.index) {
                    slot.reset(joined.partial);
                }
                Ok(())
            };
            let _ = with_entity(&self.joined, at, path, root, reset);
        }
    }
}

/// Hands over the owner of an association's row, which is at a path.
fn with_entity(
    joined: &[Joined],
    of: usize,
    path: &[usize],
    root: &mut dyn Entity,
    then: &mut dyn FnMut(&mut dyn Entity) -> Result<(), TypeError>,
) -> Result<(), TypeError> {
    let mut steps = Vec::new();
    let mut next = joined[of].parent;
    while let Some(at) = next {
        steps.insert(0, &joined[at]);
        next = joined[at].parent;
    }
    let mut entity = root;
    for (step, &position) in steps.into_iter().zip(path.iter().skip(1)) {
        match entity.slot(step.index).and_then(|slot| slot.entity(step.association, position)) {
            Some(next) => entity = next,
            None => return Ok(()),
        }
    }
    then(entity)
}

//! Which rows refer to which, as far as the associations of their schemas tell.

use std::collections::{HashMap, HashSet};

use crate::schema::{Association, Meta, Relation, Table};

/// For each table, the associations by which its rows refer to others.
#[derive(Debug, Default)]
pub(super) struct References(HashMap<Table, Vec<Reference>>);

#[derive(Debug)]
struct Reference {
    to: Table,
    owner: &'static Meta,
    association: &'static Association,
}

/// The columns with which a row refers to another: what holds the value, and what it is the value of.
pub(super) type Pairs = Vec<(&'static str, &'static str)>;

impl References {
    /// What can be known from these schemas, and from those that they know of.
    pub fn of(metas: impl Iterator<Item = &'static Meta>) -> Self {
        let mut references: HashMap<Table, Vec<Reference>> = HashMap::new();
        let mut pending: Vec<&'static Meta> = metas.collect();
        let mut seen = HashSet::new();
        while let Some(owner) = pending.pop() {
            if !seen.insert(std::ptr::from_ref(owner)) {
                continue;
            }
            for &association in owner.associations {
                let related = (association.related)();
                pending.push(related);
                let mut add = |from, to| references.entry(from).or_default().push(Reference { to, owner, association });
                match association.relation {
                    Relation::Child(_) => add(related.table, owner.table),
                    Relation::Parent(_) => add(owner.table, related.table),
                    Relation::Join(join) => {
                        add(join.table(), owner.table);
                        add(join.table(), related.table);
                    }
                    Relation::Through(_) | Relation::Embed { .. } => {}
                }
            }
        }
        Self(references)
    }

    /// Whether rows of one table refer to rows of another, be it by way of rows of further ones.
    pub fn lead(&self, from: Table, to: Table) -> bool {
        let mut pending = vec![from];
        let mut seen = HashSet::new();
        while let Some(table) = pending.pop() {
            for reference in self.0.get(&table).into_iter().flatten() {
                if reference.to == to {
                    return true;
                }
                if seen.insert(reference.to) {
                    pending.push(reference.to);
                }
            }
        }
        false
    }

    /// How rows of one table refer to rows of another: by these columns, or these.
    pub fn between(&self, from: Table, to: Table) -> impl Iterator<Item = Pairs> {
        let references = self.0.get(&from).into_iter().flatten().filter(move |reference| reference.to == to);
        references.flat_map(move |reference| reference.pairs(from))
    }

    /// The columns with which rows of a table refer to others.
    pub fn columns(&self, from: Table) -> impl Iterator<Item = &'static str> {
        let references = self.0.get(&from).into_iter().flatten();
        references.flat_map(move |reference| reference.pairs(from)).flatten().map(|(column, _)| column)
    }

    /// The columns of a table to which rows refer, those that make a reference together.
    pub fn referred(&self, to: Table) -> impl Iterator<Item = Vec<&'static str>> {
        let from = self.0.keys().flat_map(move |&from| self.between(from, to));
        from.map(|pairs| pairs.into_iter().map(|(_, column)| column).collect())
    }
}

impl Reference {
    /// One list of columns; two where a join table refers to the same table with both ends.
    fn pairs(&self, from: Table) -> Vec<Pairs> {
        let Self { to, owner, association } = *self;
        let related = (association.related)();
        let column = |meta: &Meta, field: usize| meta.fields[field].column;
        match association.relation {
            Relation::Child(keys) => {
                vec![keys.iter().map(|key| (column(related, key.related), column(owner, key.owner))).collect()]
            }
            Relation::Parent(keys) => {
                vec![keys.iter().map(|key| (column(owner, key.owner), column(related, key.related))).collect()]
            }
            Relation::Join(join) if join.table() == from => {
                let ends = [(owner, join.owner), (related, join.related)].into_iter();
                let ends = ends.filter(|(meta, _)| meta.table == to);
                ends.map(|(meta, keys)| keys.iter().map(|key| (key.column, column(meta, key.field))).collect())
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Schema, doctest::Comment};

    fn table(name: &'static str) -> Table {
        Table { schema: None, name }
    }

    #[test]
    fn rows_lead_to_those_that_they_refer_to() {
        let references = References::of([Comment::META].into_iter());
        assert!(references.lead(table("comments"), table("posts")));
        assert!(references.lead(table("posts_tags"), table("posts")));
        assert!(!references.lead(table("posts"), table("comments")));
        assert!(!references.lead(table("posts"), table("posts")));
        let pairs: Vec<Pairs> = references.between(table("posts_tags"), table("tags")).collect();
        assert_eq!(pairs, [[("tag_id", "id")]]);
    }
}

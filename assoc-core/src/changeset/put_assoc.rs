//! `put_assoc` and `put_embed`: an association set to rows that the program has, loaded or new.

use std::{collections::HashSet, sync::Arc};

use super::{
    Misuse,
    match_rows::{Candidates, Matched, removal},
    node::{Child, Node, Removal, Role, State},
};
use crate::{
    schema::{Association, OnReplace, Relation},
    types::{Key, KeyMap, is_null},
};

impl Node {
    /// Sets the whole of an association: what is not given leaves it by way of `on_replace`.
    pub fn put_assoc(&mut self, index: usize, nodes: Vec<Node>) {
        let association = self.meta.associations[index];
        let data = self.data.clone();
        let loaded = match self.loaded(&data, index) {
            Ok(loaded) => loaded,
            Err(misuse) => return self.blame(misuse),
        };
        let embedded = association.embedded_in().is_some();
        let mut rest = Candidates::new((association.related)(), loaded);
        let mut given = HashSet::new();
        let mut children = Vec::with_capacity(nodes.len());
        for (position, mut node) in nodes.into_iter().enumerate() {
            let key = node.loaded_key();
            let found = match &key {
                Some(key) => rest.take(key),
                None if embedded && node.state == State::Loaded => match association.on_replace {
                    OnReplace::Update => rest.take_any(),
                    _ => rest.take_equal(&node.data),
                },
                None => None,
            };
            let again = key.as_ref().is_some_and(|key| rest.contains(key));
            let role = match &key {
                _ if found.is_some() || again => Role::Keep,
                Some(_) if !embedded => Role::Attach,
                _ => Role::New,
            };
            if embedded {
                node.settle(role, found);
            }
            if key.is_some_and(|key| !given.insert(key)) {
                node.blame_key("has already been taken");
            }
            children.push(Child { role, position: Some(position), node });
        }
        let unmatched = rest.unmatched();
        if association.on_replace == OnReplace::Update && !unmatched.is_empty() && !children.is_empty() {
            return self.blame(Misuse::UpdateOnly(association));
        }
        let errors = self.errors.len();
        self.replace(index, Matched { children, unmatched });
        // As in Ecto: no input was validated.
        for error in self.errors.iter_mut().skip(errors) {
            error.params.remove("validation");
        }
    }

    /// An embedded row lives in its owner's: what differs from the one that is there is a change, and one that is not
    /// there is new.
    fn settle(&mut self, role: Role, found: Option<Arc<crate::schema::Record>>) {
        if role == Role::New {
            self.state = State::Built;
            return;
        }
        let Some(found) = found else { return };
        let given = std::mem::replace(&mut self.data, found);
        for (field, column) in self.meta.fields.iter().enumerate() {
            let new = given.get(field).cloned().unwrap_or_else(|| column.ty.null());
            let same = match self.data.get(field) {
                Some(old) => *old == new,
                None => is_null(&new),
            };
            if !same && self.changes.get(field).is_none() {
                self.changes.insert(field, new);
            }
        }
        for (index, embed) in self.meta.associations.iter().enumerate() {
            let meta = (embed.related)();
            let rows = given.associations.get(index).map_or(&[][..], |given| &given.rows);
            if !self.associations.contains(index) {
                self.put_assoc(index, rows.iter().map(|row| Self::new(meta, State::Loaded, row.clone())).collect());
            }
        }
    }

    /// Adds rows to an association, whatever else it holds: new ones, and ones of the database.
    pub fn add_to(&mut self, index: usize, nodes: Vec<Node>) {
        self.extend(index, nodes, None);
    }

    /// Takes rows out of an association by way of `on_replace`, whatever else it holds.
    pub fn remove_from(&mut self, index: usize, nodes: Vec<Node>) {
        let association = self.meta.associations[index];
        match removal(association) {
            Some(removal) => self.extend(index, nodes, Some(removal)),
            None if nodes.is_empty() => {}
            None => self.blame(Misuse::Replaced(association)),
        }
    }

    /// Ends the links to rows of a many-to-many association; the rows themselves stay.
    pub fn unlink(&mut self, index: usize, nodes: Vec<Node>) {
        self.extend(index, nodes, Some(Removal::Unlink));
    }

    /// Adds to the children that are there, or takes out. Of one row the last call counts.
    fn extend(&mut self, index: usize, nodes: Vec<Node>, removal: Option<Removal>) {
        if nodes.is_empty() {
            return;
        }
        let association = self.meta.associations[index];
        let meta = (association.related)();
        let data = self.data.clone();
        let there = data.associations.get(index).map_or(&[][..], |there| &there.rows);
        let loaded = Candidates::new(meta, there);
        // What is loaded stays, so that the saved struct has it.
        let keep = |row| Child { role: Role::Keep, position: None, node: Node::new(meta, State::Loaded, row) };
        let children = self.associations.remove(index);
        let children = children.unwrap_or_else(|| there.iter().cloned().map(keep).collect());
        let next = children.iter().filter_map(|child| child.position).max().map_or(0, |last| last + 1);
        let mut children: Vec<Option<Child>> = children.into_iter().map(Some).collect();
        let mut by_key: KeyMap<usize> = KeyMap::default();
        by_key.extend(
            children.iter().flatten().enumerate().filter_map(|(at, child)| Some((child.node.loaded_key()?, at))),
        );
        for (position, mut node) in nodes.into_iter().enumerate() {
            let key = node.loaded_key();
            let row = key.as_ref().and_then(|key| loaded.find(key));
            let earlier = key.as_ref().and_then(|key| by_key.get(key).copied());
            if node.is_reference() {
                let stays = |child: &Child| !matches!(child.role, Role::Detach(_));
                if removal.is_none() && earlier.and_then(|at| children[at].as_ref()).is_some_and(stays) {
                    continue;
                }
                if let Some(row) = row {
                    node = Node::new(meta, State::Loaded, row.clone());
                }
            }
            let role = match (removal, node.state) {
                (Some(removal), _) => Role::Detach(removal),
                (None, State::Built) => Role::New,
                (None, State::Loaded) if row.is_some() => Role::Keep,
                (None, State::Loaded) => Role::Attach,
            };
            if removal.is_some() && self.is_anothers(association, &node) {
                if removal == Some(Removal::DeleteIfExists) {
                    continue;
                }
                node.blame_key("does not exist");
            }
            if let Some(earlier) = earlier {
                children[earlier] = None;
            }
            by_key.extend(key.map(|key| (key, children.len())));
            children.push(Some(Child { role, position: Some(next + position), node }));
        }
        self.associations.insert(index, children.into_iter().flatten().collect());
    }

    /// Whether the row's own key tells that it belongs to another owner.
    fn is_anothers(&self, association: &Association, row: &Node) -> bool {
        let Relation::Child(keys) = association.relation else { return false };
        let keys = keys.iter().filter(|key| row.meta.primary_key.contains(&key.related));
        keys.into_iter().any(|key| row.data.get(key.related) != self.data.get(key.owner))
    }

    fn loaded_key(&self) -> Option<Key> {
        self.key().filter(|_| self.state == State::Loaded)
    }
}

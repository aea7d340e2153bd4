//! `put_assoc` and `put_embed`: an association set to rows that the program has, loaded or new.

use std::{collections::HashSet, sync::Arc};

use super::{
    Misuse,
    match_rows::{Loaded, Matched},
    node::{Child, Node, Removal, Role, State},
};
use crate::{schema::OnReplace, types::is_null};

impl Node {
    /// Sets the whole of an association: what is not given leaves it by way of `on_replace`.
    pub fn put_assoc(&mut self, index: usize, nodes: Vec<Node>) {
        let association = self.meta.associations[index];
        let loaded = match self.loaded(index) {
            Ok(loaded) => loaded,
            Err(misuse) => return self.blame(misuse),
        };
        let embedded = association.embedded_in().is_some();
        let mut rest = Loaded::new((association.related)(), &loaded.rows);
        let mut given = HashSet::new();
        let mut children = Vec::with_capacity(nodes.len());
        for (position, mut node) in nodes.into_iter().enumerate() {
            let key = node.key().filter(|_| node.state == State::Loaded);
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
        self.replace(index, Matched { children, unmatched });
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
            let rows = given.associations.get(index).and_then(Option::as_ref).map_or(&[][..], |given| &given.rows);
            if !self.associations.contains_key(&index) {
                self.put_assoc(index, rows.iter().map(|row| Self::new(meta, State::Loaded, row.clone())).collect());
            }
        }
    }

    /// Adds a row to an association, whatever else it holds: a new one, or one of the database.
    pub fn add_to(&mut self, index: usize, node: Node) {
        let role = if node.state == State::Built { Role::New } else { Role::Attach };
        self.extend(index, role, node);
    }

    /// Takes a row out of an association by way of `on_replace`, whatever else it holds.
    pub fn remove_from(&mut self, index: usize, node: Node) {
        let association = self.meta.associations[index];
        match super::match_rows::removal(association) {
            Some(removal) => self.extend(index, Role::Detach(removal), node),
            None => self.blame(Misuse::Replaced(association)),
        }
    }

    /// Ends the link to a row of a many-to-many association; the row itself stays.
    pub fn unlink(&mut self, index: usize, node: Node) {
        self.extend(index, Role::Detach(Removal::Unlink), node);
    }

    fn extend(&mut self, index: usize, role: Role, node: Node) {
        let loaded = self.data.associations.get(index).and_then(Option::as_ref).map(|loaded| loaded.rows.clone());
        let children = self.associations.entry(index).or_insert_with(|| {
            // What is loaded stays, so that the saved struct has it.
            let meta = node.meta;
            let keep = |row| Child { role: Role::Keep, position: None, node: Node::new(meta, State::Loaded, row) };
            loaded.into_iter().flatten().map(keep).collect()
        });
        let key = node.key().filter(|_| node.state == State::Loaded);
        children.retain(|child| key.is_none() || child.role != Role::Keep || child.node.key() != key);
        let position = children.iter().filter(|child| child.position.is_some()).count();
        children.push(Child { role, position: Some(position), node });
    }
}

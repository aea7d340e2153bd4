//! `put_assoc` and `put_embed`: an association set to rows that the program has, loaded or new.

use std::{collections::HashSet, sync::Arc};

use super::{
    Misuse,
    match_rows::{Loaded, Matched},
    node::{Child, Node, Removal, Role, State},
};
use crate::{
    schema::OnReplace,
    types::{Key, is_null},
};

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
                None if embedded => rest.take_equal(&node.data),
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
    }

    /// Adds rows to an association, whatever else it holds: new ones, or some of the database.
    pub fn add_to(&mut self, index: usize, nodes: Vec<Node>) {
        self.extend(index, nodes, |node| if node.state == State::Built { Role::New } else { Role::Attach });
    }

    /// Takes rows out of an association by way of `on_replace`, whatever else it holds.
    pub fn remove_from(&mut self, index: usize, nodes: Vec<Node>) {
        let association = self.meta.associations[index];
        match super::match_rows::removal(association) {
            Some(removal) => self.extend(index, nodes, |_| Role::Detach(removal)),
            None if nodes.is_empty() => {}
            None => self.blame(Misuse::Replaced(association)),
        }
    }

    /// Ends the links to rows of a many-to-many association; the rows themselves stay.
    pub fn unlink(&mut self, index: usize, nodes: Vec<Node>) {
        self.extend(index, nodes, |_| Role::Detach(Removal::Unlink));
    }

    fn extend(&mut self, index: usize, nodes: Vec<Node>, role: impl Fn(&Node) -> Role) {
        let meta = (self.meta.associations[index].related)();
        if nodes.is_empty() {
            return;
        }
        let loaded = self.data.associations.get(index).and_then(Option::as_ref);
        let children = self.associations.entry(index).or_insert_with(|| {
            // What is loaded stays, so that the saved struct has it.
            let keep = |row: &Arc<_>| Child {
                role: Role::Keep,
                position: None,
                node: Node::new(meta, State::Loaded, Arc::clone(row)),
            };
            loaded.into_iter().flat_map(|loaded| &loaded.rows).map(keep).collect()
        });
        let given = nodes.iter().filter(|node| node.state == State::Loaded);
        let given: HashSet<Key> = given.filter_map(Node::key).collect();
        children.retain(|child| child.role != Role::Keep || child.node.key().is_none_or(|key| !given.contains(&key)));
        let next = children.iter().filter_map(|child| child.position).max().map_or(0, |last: usize| last + 1);
        children.extend(nodes.into_iter().zip(next..).map(|(node, position)| Child {
            role: role(&node),
            position: Some(position),
            node,
        }));
    }
}

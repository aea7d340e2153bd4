//! `put_assoc`: an association set to rows that the program has, loaded or new.

use super::{
    Misuse,
    cast_assoc::{Loaded, Matched},
    node::{Child, Node, Role, State},
};
use crate::schema::OnReplace;

impl Node {
    /// Sets the whole of an association: what is not given leaves it by way of `on_replace`.
    pub(crate) fn put_assoc(&mut self, index: usize, nodes: Vec<Node>) {
        let association = self.meta.associations[index];
        let loaded = match self.loaded(index) {
            Ok(loaded) => loaded,
            Err(misuse) => return self.blame(misuse),
        };
        let mut rest = Loaded::new((association.related)(), &loaded.rows);
        let mut given = std::collections::HashSet::new();
        let mut children = Vec::with_capacity(nodes.len());
        for (position, mut node) in nodes.into_iter().enumerate() {
            let key = node.key().filter(|_| node.state == State::Loaded);
            let role = match &key {
                None => Role::New,
                Some(key) if rest.contains(key) => {
                    rest.take(key);
                    Role::Keep
                }
                Some(_) => Role::Attach,
            };
            if key.is_some_and(|key| !given.insert(key)) {
                node.blame_key();
            }
            children.push(Child { role, position: Some(position), node });
        }
        let unmatched = rest.unmatched();
        if association.on_replace == OnReplace::Update && !unmatched.is_empty() && !children.is_empty() {
            return self.blame(Misuse::UpdateOnly(association));
        }
        self.replace(index, Matched { children, unmatched });
    }
}

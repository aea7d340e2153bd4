//! Looking at what a changeset holds.

use serde_json::Value as Json;

use super::{
    Action, Misuse, Validation,
    finish::finish,
    node::{Child, Node, Role, State},
    written::Written,
};
use crate::schema::Record;

/// The changeset of a row of an association, and what is to happen to it there.
#[derive(Clone, Copy, Debug)]
pub struct ChildChange<'n> {
    /// The row's changeset.
    pub node: &'n Node,
    /// Insert, update (be it to nothing new), delete, or replace: taken out by way of `on_replace`.
    pub action: Action,
    /// Its place in the list that was cast or put; rows that the list does not name have none.
    pub position: Option<usize>,
}

impl Child {
    fn change(&self) -> ChildChange<'_> {
        let action = match self.role {
            Role::New => Action::Insert,
            Role::Keep | Role::Attach => Action::Update,
            Role::Detach(_) if self.node.deletes() => Action::Delete,
            Role::Detach(_) => Action::Replace,
        };
        ChildChange { node: &self.node, action, position: self.position }
    }
}

impl Node {
    /// The changesets of an association that changes: those of rows that are taken out, then the others in their order;
    /// ignored ones are not among them. `None` if it does not change.
    pub fn changed_rows(&self, association: usize) -> Option<Vec<ChildChange<'_>>> {
        let shown = |child: &&Child| child.node.action != Some(Action::Ignore);
        self.associations.get(association).map(|children| children.iter().filter(shown).map(Child::change).collect())
    }

    /// The associations that change.
    pub fn changed_associations(&self) -> impl Iterator<Item = usize> {
        self.associations.members()
    }

    /// The rows of an association as they will be, without those that are taken out.
    ///
    /// # Errors
    /// It was not loaded.
    pub fn rows_of(&self, association: usize) -> Result<Vec<Node>, Misuse> {
        let Some(children) = self.associations.get(association) else {
            let meta = (self.meta.associations[association].related)();
            let loaded = self.loaded(&self.data, association)?;
            return Ok(loaded.iter().map(|row| Node::new(meta, State::Loaded, row.clone())).collect());
        };
        let there = children.iter().filter(|child| !matches!(child.role, Role::Detach(_)));
        Ok(there.map(|child| child.node.clone()).collect())
    }

    /// The validations as JSON of the input's shape, each made by a function.
    pub fn traverse_validations(&self, make: &mut dyn FnMut(&Validation) -> Json) -> Json {
        let mut members = serde_json::Map::new();
        for validation in self.validations.iter() {
            let list = members.entry(validation.field.to_string()).or_insert_with(|| Json::Array(Vec::new()));
            if let Json::Array(list) = list {
                list.push(make(validation));
            }
        }
        for (index, children) in self.associations.iter() {
            let association = self.meta.associations[index];
            let stay = children.iter().filter(|child| !matches!(child.role, Role::Detach(_)));
            let mut rows = stay.map(|child| child.node.traverse_validations(make));
            let json = if association.is_one() { rows.next().unwrap_or(Json::Null) } else { rows.collect() };
            members.entry(association.name).or_insert(json);
        }
        Json::Object(members)
    }

    /// The row as it would be after saving, whether valid or not.
    pub fn apply(self) -> Record {
        finish(self, None, &mut Written::default())
    }

    /// Sorts the changesets of an association: rows that leave, then updates, then inserts.
    pub fn reorder_assoc(&mut self, association: usize) {
        if let Some(children) = self.associations.get_mut(association) {
            children.sort_by_key(|child| match child.role {
                Role::Detach(_) => 0,
                Role::Keep | Role::Attach => 1,
                Role::New => 2,
            });
        }
    }
}

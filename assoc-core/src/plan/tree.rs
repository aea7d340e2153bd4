//! A plan as people read it: the tree of rows, and what happens to each.

use std::fmt::Write as _;

use super::{
    Action, Plan, Planned,
    view::{PlannedValue, planned},
};
use crate::{
    changeset::{Removal, Role, State},
    schema::{Association, Meta, OnDelete, Relation},
    types::{key_text, value_text},
};

pub(super) fn render(plan: &Plan<'_>) -> String {
    let mut tree = Tree { plan, children: children(plan), out: String::new() };
    for (id, _) in plan.nodes.iter().enumerate().filter(|(_, planned)| planned.parent.is_none()) {
        tree.root(id);
    }
    let writes = plan.batches.iter().map(|batch| batch.rows.len()).sum();
    let _ = write!(tree.out, "{}, {}", count(writes, "write"), count(plan.statements(), "statement"));
    let _ = match plan.in_turn() {
        Some(why) => write!(tree.out, " in turn: {why}"),
        None if plan.statements() > 1 => write!(tree.out, " as one"),
        None => Ok(()),
    };
    tree.out
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The children of each node, in their order.
fn children(plan: &Plan<'_>) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); plan.nodes.len()];
    for (id, planned) in plan.nodes.iter().enumerate() {
        if let Some(via) = planned.parent {
            children[via.owner].push(id);
        }
    }
    children
}

struct Tree<'p, 'c> {
    plan: &'p Plan<'c>,
    children: Vec<Vec<usize>>,
    out: String,
}

impl Tree<'_, '_> {
    /// `posts 7 · update   title: "a" → "b"`
    fn root(&mut self, id: usize) {
        let planned = &self.plan.nodes[id];
        let key = match planned.action {
            Action::Insert => String::new(),
            _ => format!(" {}", self.key(planned)),
        };
        let verb = match planned.action {
            Action::Keep => "unchanged",
            Action::Insert => "insert",
            Action::Update => "update",
            Action::Delete => "delete",
        };
        let line = format!("{}{key} · {verb}   {}", planned.node.meta.table.name, self.values(id));
        self.line("", &line);
        self.associations(id, "");
    }

    /// The associations of a row that have changes, each with its rows.
    fn associations(&mut self, id: usize, indent: &str) {
        let Planned { node, action, .. } = self.plan.nodes[id];
        if action == Action::Delete {
            return self.on_delete(node.meta, indent);
        }
        // Embedded rows are shown as the value that they are.
        let embedded = |index: &usize| node.meta.associations[*index].embedded_in().is_some();
        let shown: Vec<usize> = node.associations.members().filter(|index| !embedded(index)).collect();
        for (nth, &index) in shown.iter().enumerate() {
            let last = nth + 1 == shown.len();
            let association = node.meta.associations[index];
            let partial = node.data.associations.get(index).is_some_and(|loaded| loaded.partial);
            let note = if partial { " (partially loaded: other rows are left alone)" } else { "" };
            self.line(&format!("{indent}{}", if last { "└─ " } else { "├─ " }), &format!("{}{note}", association.name));
            let below = format!("{indent}{}", if last { "   " } else { "│  " });
            let rows: Vec<usize> = self.children[id]
                .iter()
                .copied()
                .filter(|&child| self.plan.nodes[child].parent.is_some_and(|via| via.index == index))
                .collect();
            self.rows(&rows, &below);
        }
    }

    /// The associations whose rows go with a row that is deleted; which rows, only the database knows.
    fn on_delete(&mut self, meta: &Meta, indent: &str) {
        let shown: Vec<&Association> = meta
            .associations
            .iter()
            .copied()
            .filter(|association| association.on_delete != OnDelete::Nothing)
            .collect();
        for (nth, association) in shown.iter().enumerate() {
            let last = nth + 1 == shown.len();
            self.line(&format!("{indent}{}", if last { "└─ " } else { "├─ " }), association.name);
            let mark = match (association.on_delete, association.relation) {
                (OnDelete::NilifyAll, _) => "- detach all",
                (_, Relation::Join(_)) => "- unlink all",
                _ => "- delete all",
            };
            self.line(&format!("{indent}{}", if last { "   " } else { "│  " }), mark);
        }
    }

    /// Rows that leave, change, come, stay; those that merely stay share a line.
    fn rows(&mut self, rows: &[usize], indent: &str) {
        let key_width = rows.iter().map(|&id| self.row_key(id).chars().count()).max().unwrap_or(0);
        let mut rows: Vec<usize> = rows.to_vec();
        rows.sort_by_key(|&id| self.mark(id).1);
        let (quiet, loud): (Vec<usize>, Vec<usize>) =
            rows.into_iter().partition(|&id| self.mark(id).0 == "= keep" && self.children[id].is_empty());
        for id in loud {
            let (mark, _) = self.mark(id);
            let line = format!("{mark:<8} {:<key_width$}   {}", self.row_key(id), self.values(id));
            self.line(indent, &line);
            self.associations(id, &format!("{indent}  "));
        }
        if !quiet.is_empty() {
            let keys: Vec<String> = quiet.iter().take(10).map(|&id| self.row_key(id)).collect();
            let more = if quiet.len() > 10 { format!(", … ({} rows)", quiet.len()) } else { String::new() };
            self.line(indent, &format!("{:<8} {}{more}", "= keep", keys.join(", ")));
        }
    }

    /// What happens to a row in its association, and its place among the others.
    fn mark(&self, id: usize) -> (&'static str, u8) {
        let planned = &self.plan.nodes[id];
        let relation = planned.parent.map(|via| via.association(self.plan).relation);
        match (planned.parent.map(|via| via.child.role), planned.action) {
            (Some(Role::Detach(Removal::Unlink)), _) => ("- unlink", 0),
            (Some(Role::Detach(Removal::Nilify)), _) => ("- detach", 0),
            (_, Action::Delete) => ("- delete", 0),
            (Some(Role::Attach), _) if matches!(relation, Some(Relation::Join(_))) => ("+ link", 3),
            (Some(Role::Attach), _) if matches!(relation, Some(Relation::Child(_))) => ("~ attach", 1),
            (_, Action::Update) => ("~ update", 1),
            (_, Action::Insert) => ("+ insert", 2),
            (_, Action::Keep) => ("= keep", 4),
        }
    }

    fn row_key(&self, id: usize) -> String {
        let planned = &self.plan.nodes[id];
        if planned.node.state == State::Built { String::new() } else { self.key(planned) }
    }

    /// `10`, or `tenant_id=1,id=10` where the key has several parts.
    fn key(&self, planned: &Planned<'_>) -> String {
        let text = key_text(planned.node.meta, planned.node.key().as_ref());
        match text.split_once('=') {
            Some((_, value)) if planned.node.meta.primary_key.len() == 1 => value.to_owned(),
            _ => text,
        }
    }

    /// `body: "old" → "new"` of an update, `body: "new"` of an insert.
    fn values(&self, id: usize) -> String {
        let planned = &self.plan.nodes[id];
        if planned.action != Action::Update && planned.action != Action::Insert {
            return String::new();
        }
        let node = planned.node;
        let mut parts = Vec::new();
        for (index, field) in node.meta.column_fields().iter().enumerate() {
            if self.is_implied(planned, index) {
                continue;
            }
            let given = planned.set.get(index).map(|slot| self.slot(slot));
            let new = match (given, node.changes.get(index), planned.action) {
                (Some(text), ..) => text,
                (None, Some(value), _) => value_text(value),
                (None, None, Action::Insert) => match node.data.get(index) {
                    Some(value) => value_text(value),
                    None => continue,
                },
                (None, None, _) => continue,
            };
            match node.data.get(index).filter(|_| planned.action == Action::Update) {
                Some(old) => parts.push(format!("{}: {} → {new}", field.name, value_text(old))),
                None => parts.push(format!("{}: {new}", field.name)),
            }
        }
        parts.join(", ")
    }

    /// The key of the owner under which the tree shows a new row anyway.
    fn is_implied(&self, planned: &Planned<'_>, field: usize) -> bool {
        planned.parent.filter(|via| via.child.role == Role::New).is_some_and(|via| {
            let relation = via.association(self.plan).relation;
            matches!(relation, Relation::Child(keys) if keys.iter().any(|key| key.related == field))
        })
    }

    fn slot(&self, slot: &super::Slot<'_>) -> String {
        match planned(self.plan, slot) {
            PlannedValue::Known(value) => value_text(&value),
            PlannedValue::Of(path, field) if path.as_str().is_empty() => format!("<{field} of the root>"),
            PlannedValue::Of(path, field) => format!("<{}>", path.field(field)),
            PlannedValue::Now => "now".to_owned(),
        }
    }

    fn line(&mut self, indent: &str, text: &str) {
        let _ = writeln!(self.out, "{indent}{}", text.trim_end());
    }
}

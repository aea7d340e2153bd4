//! What is to happen to a changeset's row, where somebody says so.

/// The action of a changeset. A child's changeset function can set one; a save sets its own on a changeset that it
/// gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Insert it; only for rows that are new.
    Insert,
    /// Update it; only for rows that are there.
    Update,
    /// Delete it, whatever `on_replace` says; of a many-to-many association, unlink it.
    Delete,
    /// Take it out of its association by way of `on_replace`.
    Replace,
    /// Leave it out: what is there stays as it is, what is new is not inserted.
    Ignore,
}

impl Action {
    /// The name, as Ecto has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Ignore => "ignore",
        }
    }
}

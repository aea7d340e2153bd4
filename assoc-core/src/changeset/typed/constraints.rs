//! Constraints of the database that become errors.

use super::{
    super::{Constraint, Declared},
    Changeset,
};
use crate::{
    adapter::ViolationKind,
    schema::{AssocRef, Columns, Schema, kind},
};

impl<T: Schema> Changeset<T> {
    /// Makes the violation of a unique index on these columns an error of the first one.
    ///
    /// The index is known by its usual names (`posts_slug_index`, `posts_slug_key`, `posts_slug_idx`, for a
    /// primary key `posts_pkey`), on SQLite by its columns; see [`Constraint::unique`] for any other name.
    #[must_use]
    pub fn unique_constraint(self, columns: impl Columns<T>) -> Self {
        self.declare(Declared::new(ViolationKind::Unique, None, columns.fields().into()))
    }

    /// Makes the violation of the foreign key on these columns (`comments_post_id_fkey`) an error.
    #[must_use]
    pub fn foreign_key_constraint(self, columns: impl Columns<T>) -> Self {
        self.declare(Declared::new(ViolationKind::ForeignKey, None, columns.fields().into()))
    }

    /// Makes the violation of an association's foreign key an error of the association, not of the column.
    #[must_use]
    pub fn assoc_constraint<C: Schema>(self, association: AssocRef<T, C, kind::BelongsTo>) -> Self {
        self.declare(Declared::assoc(association.meta()))
    }

    /// For deletes: makes rows of an association that are still there an error of the association.
    ///
    /// The foreign key is known by the usual name, `comments_post_id_fkey`.
    #[must_use]
    pub fn no_assoc_constraint<C: Schema, K: kind::Referring>(self, association: AssocRef<T, C, K>) -> Self {
        self.declare(Declared::no_assoc(association.meta()))
    }

    /// Makes the violation of the check constraint of that name an error of the column.
    #[must_use]
    pub fn check_constraint(self, columns: impl Columns<T>, name: &'static str) -> Self {
        self.constraint(Constraint::check(name).on(columns))
    }

    /// Makes the violation of an exclusion constraint on these columns (`bookings_room_excl`,
    /// `bookings_room_exclusion`) an error of the first one; PostgreSQL only.
    #[must_use]
    pub fn exclusion_constraint(self, columns: impl Columns<T>) -> Self {
        self.declare(Declared::new(ViolationKind::Exclusion, None, columns.fields().into()))
    }

    /// Declares a constraint with a name or message of its own.
    #[must_use]
    pub fn constraint(self, constraint: Constraint<T>) -> Self {
        self.declare(constraint.declared)
    }

    /// What was declared so far.
    pub fn constraints(&self) -> &[Declared] {
        self.node.constraints()
    }

    fn declare(self, constraint: Declared) -> Self {
        self.with(|node| node.declare(constraint))
    }
}

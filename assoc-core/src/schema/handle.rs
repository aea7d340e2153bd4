//! Typed association handles.

use std::{fmt, marker::PhantomData};

use super::meta::Association;

/// An association from `P` to `C`. The derive makes one constant for each: `Post::comments`.
pub struct AssocRef<P, C, K> {
    meta: &'static Association,
    types: PhantomData<Ends<P, C, K>>,
}

/// The types are named, not held: a handle is `Send` and `Copy` whatever they are.
type Ends<P, C, K> = fn() -> (P, C, K);

impl<P, C, K> Clone for AssocRef<P, C, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, C, K> Copy for AssocRef<P, C, K> {}

impl<P, C, K> fmt::Debug for AssocRef<P, C, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.meta.owner, self.meta.name)
    }
}

impl<P, C, K> AssocRef<P, C, K> {
    /// For the derive: the handle of an association.
    #[doc(hidden)]
    pub const fn new(meta: &'static Association) -> Self {
        Self { meta, types: PhantomData }
    }

    /// The metadata.
    pub const fn meta(self) -> &'static Association {
        self.meta
    }
}

/// Markers for the kinds of associations.
pub mod kind {
    /// Rows that refer to the owner.
    pub enum HasMany {}
    /// The one row that refers to the owner.
    pub enum HasOne {}
    /// The row that the owner refers to.
    pub enum BelongsTo {}
    /// Rows by way of a join table.
    pub enum ManyToMany {}
    /// Many rows by way of other associations.
    pub enum ThroughMany {}
    /// One row by way of other associations.
    pub enum ThroughOne {}

    /// Kinds that changesets can write; `through` associations are read only.
    #[diagnostic::on_unimplemented(
        message = "a `through` association is read only",
        label = "this association goes through others",
        note = "change the associations that it goes through instead"
    )]
    pub trait Writable {
        /// Whether the association holds one row or many.
        type Cardinality;
    }

    /// At most one row.
    pub enum One {}
    /// Any number of rows.
    pub enum Many {}

    impl Writable for HasMany {
        type Cardinality = Many;
    }
    impl Writable for ManyToMany {
        type Cardinality = Many;
    }
    impl Writable for HasOne {
        type Cardinality = One;
    }
    impl Writable for BelongsTo {
        type Cardinality = One;
    }
}

/// The handle of a `#[has_many]` field.
pub type HasManyRef<P, C> = AssocRef<P, C, kind::HasMany>;
/// The handle of a `#[has_one]` field.
pub type HasOneRef<P, C> = AssocRef<P, C, kind::HasOne>;
/// The handle of a `#[belongs_to]` field.
pub type BelongsToRef<P, C> = AssocRef<P, C, kind::BelongsTo>;
/// The handle of a `#[many_to_many]` field.
pub type ManyToManyRef<P, C> = AssocRef<P, C, kind::ManyToMany>;
/// The handle of a `#[has_many(through(…))]` field.
pub type HasManyThroughRef<P, C> = AssocRef<P, C, kind::ThroughMany>;
/// The handle of a `#[has_one(through(…))]` field.
pub type HasOneThroughRef<P, C> = AssocRef<P, C, kind::ThroughOne>;

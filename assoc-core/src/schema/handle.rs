//! Typed association handles.

use std::{fmt, marker::PhantomData};

use super::{Schema, meta::Association};

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

impl<P: Schema, C, K> AssocRef<P, C, K> {
    /// The index of the association in the schema's metadata.
    pub fn index(self) -> usize {
        // The derive makes handles of associations that the schema has.
        P::META.association_index(self.meta.name).unwrap_or_default()
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
    /// One row inside of the owner's.
    pub enum EmbedsOne {}
    /// Rows inside of the owner's.
    pub enum EmbedsMany {}

    /// Associations that changesets can write; `through` associations are read only.
    #[diagnostic::on_unimplemented(
        message = "this is no association that can be cast or put",
        label = "a `through` association is read only, an embed is not an association",
        note = "change the associations that a `through` association goes through",
        note = "an embed has `cast_embed` and `put_embed`"
    )]
    pub trait Writable {
        /// Whether the association holds one row or many.
        type Cardinality;
    }

    /// Embeds.
    #[diagnostic::on_unimplemented(
        message = "this is an association, not an embed",
        label = "its rows have a table of their own",
        note = "an association has `cast_assoc` and `put_assoc`"
    )]
    pub trait Embed {
        /// Whether it holds one row or many.
        type Cardinality;
    }

    impl Embed for EmbedsOne {
        type Cardinality = One;
    }
    impl Embed for EmbedsMany {
        type Cardinality = Many;
    }

    /// Associations whose rows have a table of their own, which can be a step of a `through` path, be preloaded, and
    /// be asked about in conditions.
    #[diagnostic::on_unimplemented(
        message = "an embed cannot be a step of a `through` path, preloaded or queried",
        label = "these rows have no table of their own; they come with their owner"
    )]
    pub trait Step {}

    impl Step for HasMany {}
    impl Step for HasOne {}
    impl Step for BelongsTo {}
    impl Step for ManyToMany {}
    impl Step for ThroughMany {}
    impl Step for ThroughOne {}

    /// Associations whose rows can be added and removed one by one.
    #[diagnostic::on_unimplemented(
        message = "rows can be added to and removed from `has_many` and `many_to_many` associations only",
        label = "this association holds one row, or is read only"
    )]
    pub trait Collection {}

    impl Collection for HasMany {}
    impl Collection for ManyToMany {}

    /// Associations whose rows refer to their owner.
    #[diagnostic::on_unimplemented(
        message = "no rows of this association refer to its owner",
        label = "expected a `has_many`, `has_one` or `many_to_many` association"
    )]
    pub trait Referring {}

    impl Referring for HasMany {}
    impl Referring for HasOne {}
    impl Referring for ManyToMany {}

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
/// The handle of an `#[embeds_one]` field.
pub type EmbedsOneRef<P, C> = AssocRef<P, C, kind::EmbedsOne>;
/// The handle of an `#[embeds_many]` field.
pub type EmbedsManyRef<P, C> = AssocRef<P, C, kind::EmbedsMany>;

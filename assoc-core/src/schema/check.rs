//! The checks that the compiler makes: each is a bound with words of its own.

use super::{
    Schema,
    column::Column,
    handle::{AssocRef, kind},
    meta::{Hop, JoinKey, KeyPair},
};

/// A key of type `Self` can be referred to by a foreign key of type `F`.
#[diagnostic::on_unimplemented(
    message = "a foreign key of type `{F}` cannot refer to a key of type `{Self}`",
    label = "the foreign key is a `{F}`, the key it refers to is a `{Self}`",
    note = "give the foreign key the type `{Self}` or `Option<{Self}>`, or name another one with `foreign_key = …`"
)]
pub trait ReferencedBy<F> {}

impl<K> ReferencedBy<K> for K {}
impl<K> ReferencedBy<Option<K>> for K {}

/// A foreign key that can be NULL.
#[diagnostic::on_unimplemented(
    message = "`nilify` needs a foreign key that is an `Option`, not a `{Self}`",
    label = "this foreign key cannot be NULL",
    note = "make the foreign key an `Option<{Self}>`, or choose `delete` or `delete_all`"
)]
pub trait NullableKey {}

impl<T> NullableKey for Option<T> {}

/// Two ends of a `through` path that meet.
#[diagnostic::on_unimplemented(
    message = "the `through` path does not connect: one step leads to `{Self}`, the next starts at `{S}`",
    label = "this step does not start at `{Self}`",
    note = "each step of `through(…)` must be an association of the schema that the step before leads to"
)]
pub trait SameSchema<S> {}

impl<S> SameSchema<S> for S {}

/// Pairs a child's foreign key with the owner's field that it refers to, and checks that their types fit.
#[track_caller]
pub const fn child_key<P, C, K: ReferencedBy<F>, F>(key: Column<P, K>, foreign_key: Column<C, F>) -> KeyPair {
    KeyPair { owner: key.stored_index(), related: foreign_key.stored_index() }
}

/// The same for a foreign key of the owner, which refers to a field of the related schema.
#[track_caller]
pub const fn parent_key<P, C, K: ReferencedBy<F>, F>(key: Column<P, K>, foreign_key: Column<C, F>) -> KeyPair {
    KeyPair { owner: foreign_key.stored_index(), related: key.stored_index() }
}

/// A foreign key that `on_replace = nilify` can set to NULL.
pub const fn nullable<C, F: NullableKey>(foreign_key: Column<C, F>) -> Column<C, F> {
    foreign_key
}

/// A further step, checked to start where the step before ended.
pub const fn next_hop<A, B, S, C, K1, K2: kind::Step>(_before: AssocRef<A, B, K1>, step: AssocRef<S, C, K2>) -> Hop
where
    B: SameSchema<S>,
{
    step.meta()
}

/// The last step of a `through` path, checked to lead to the schema of the field.
pub const fn leads_to<T, S, C, K: kind::Step>(step: AssocRef<S, C, K>) -> AssocRef<S, C, K>
where
    C: SameTarget<T>,
{
    step
}

/// The schema that a `through` path leads to is the one of the field.
#[diagnostic::on_unimplemented(
    message = "the `through` path leads to `{Self}`, but the field holds `{T}`",
    label = "this path leads to `{Self}`",
    note = "give the field the schema that the last step leads to"
)]
pub trait SameTarget<T> {}

impl<T> SameTarget<T> for T {}

/// The column of a join schema that holds a key of one end, checked against the type of that key.
#[track_caller]
pub const fn join_key<P, J: Schema, K: ReferencedBy<F>, F>(key: Column<P, K>, foreign_key: Column<J, F>) -> JoinKey {
    JoinKey { column: J::META.fields[foreign_key.stored_index()].column, field: key.stored_index() }
}

//! What `put_assoc` takes: one row or none, or a list of rows, each a loaded struct or a changeset.

use super::Changeset;
use crate::schema::{Schema, kind};

/// Rows for [`Changeset::put_assoc`]: for an association of one, a row or an `Option` of one; for an
/// association of many, a `Vec`, an array, or a tuple, in which structs and changesets mix.
///
/// ```
/// use assoc_core::{Changeset, Schema, doctest::{Post, Tag}};
///
/// # fn example(post: Post, rust: Tag) -> Changeset<Post> {
/// post.change().put_assoc(Post::tags, (rust, Tag::build().set(Tag::name, "new")))
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into this association of `{C}`",
    label = "expected rows of `{C}`",
    note = "an association of one takes a `{C}`, a `&{C}`, a `Changeset<{C}>`, or an `Option` of these",
    note = "an association of many takes a `Vec`, an array or a tuple of them"
)]
pub trait Puttable<C, Cardinality, M> {
    /// The rows as changesets.
    fn into_changesets(self) -> Vec<Changeset<C>>;
}

/// How a value is read, so that the impls cannot overlap.
pub mod form {
    /// A row by itself.
    pub enum Single {}
    /// An `Option`.
    pub enum Optional {}
    /// A `Vec` or an array.
    pub enum List {}
    /// A tuple.
    pub enum Tuple {}
}

/// A row of `C`: a loaded struct, a reference to one, or a changeset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of `{C}`",
    label = "expected a row of `{C}`",
    note = "a row is a `{C}`, a `&{C}` that can be cloned, or a `Changeset<{C}>`"
)]
pub trait IntoChangeset<C> {
    /// The row as a changeset; of a struct, one without changes.
    fn into_changeset(self) -> Changeset<C>;
}

#[diagnostic::do_not_recommend]
impl<C: Schema> IntoChangeset<C> for Changeset<C> {
    fn into_changeset(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<C: Schema> IntoChangeset<C> for C {
    fn into_changeset(self) -> Changeset<C> {
        self.change()
    }
}

#[diagnostic::do_not_recommend]
impl<C: Schema + Clone> IntoChangeset<C> for &C {
    fn into_changeset(self) -> Changeset<C> {
        self.clone().change()
    }
}

impl<C: Schema, V: IntoChangeset<C>> Puttable<C, kind::One, form::Single> for V {
    fn into_changesets(self) -> Vec<Changeset<C>> {
        vec![self.into_changeset()]
    }
}

impl<C: Schema, V: IntoChangeset<C>> Puttable<C, kind::One, form::Optional> for Option<V> {
    fn into_changesets(self) -> Vec<Changeset<C>> {
        self.into_iter().map(V::into_changeset).collect()
    }
}

impl<C: Schema, V: IntoChangeset<C>, I: IntoIterator<Item = V>> Puttable<C, kind::Many, form::List> for I {
    fn into_changesets(self) -> Vec<Changeset<C>> {
        self.into_iter().map(V::into_changeset).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))+) => {$(
        impl<Row: Schema, $($name: IntoChangeset<Row>),*> Puttable<Row, kind::Many, form::Tuple> for ($($name,)*) {
            #[allow(non_snake_case)]
            fn into_changesets(self) -> Vec<Changeset<Row>> {
                let ($($name,)*) = self;
                vec![$($name.into_changeset()),*]
            }
        }
    )+};
}
tuples!(()(A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H));

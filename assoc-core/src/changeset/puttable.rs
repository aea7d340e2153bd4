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

impl<C: Schema, V: Into<Changeset<C>>> Puttable<C, kind::One, form::Single> for V {
    fn into_changesets(self) -> Vec<Changeset<C>> {
        vec![self.into()]
    }
}

impl<C: Schema, V: Into<Changeset<C>>> Puttable<C, kind::One, form::Optional> for Option<V> {
    fn into_changesets(self) -> Vec<Changeset<C>> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<C: Schema, V: Into<Changeset<C>>, I: IntoIterator<Item = V>> Puttable<C, kind::Many, form::List> for I {
    fn into_changesets(self) -> Vec<Changeset<C>> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))+) => {$(
        impl<Row: Schema, $($name: Into<Changeset<Row>>),*> Puttable<Row, kind::Many, form::Tuple> for ($($name,)*) {
            #[allow(non_snake_case)]
            fn into_changesets(self) -> Vec<Changeset<Row>> {
                let ($($name,)*) = self;
                vec![$($name.into()),*]
            }
        }
    )+};
}
tuples!(()(A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H));

//! Fields: cast, set, read.

use super::{super::Cast, Changeset};
use crate::{
    params::Params,
    schema::{Column, Columns, Schema},
    types::{Assign, ColumnType},
};

impl<T: Schema> Changeset<T> {
    /// Casts input: fields of the permit list that the input has become changes, or errors.
    ///
    /// A blank text counts as no value. What is not permitted is ignored. The params stay with the
    /// changeset for [`cast_assoc`](Self::cast_assoc).
    #[must_use]
    pub fn cast(self, params: &Params, permitted: impl Columns<T>) -> Self {
        self.cast_with(params, permitted, &Cast::default())
    }

    /// As [`cast`](Self::cast), with what counts as empty, or as a change, chosen.
    #[must_use]
    pub fn cast_with(self, params: &Params, permitted: impl Columns<T>, how: &Cast) -> Self {
        self.with(|node| node.cast(params, permitted.fields().as_ref(), how))
    }

    /// Sets a field to a value of its type (`put_change` in Ecto); the present value is no change.
    #[must_use]
    pub fn set<V: ColumnType>(self, column: Column<T, V>, value: impl Assign<V>) -> Self {
        self.with(|node| node.set(column.index(), value.assign().into_value()))
    }

    /// Sets a field, and writes it even if it has that value (`force_change` in Ecto).
    #[must_use]
    pub fn force_set<V: ColumnType>(self, column: Column<T, V>, value: impl Assign<V>) -> Self {
        self.with(|node| node.force(column.index(), value.assign().into_value()))
    }

    /// Changes the change of a field, if there is one (`update_change` in Ecto).
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "hello").map_change(Post::title, |title| title.to_uppercase());
    /// assert_eq!(changeset.changed(Post::title).as_deref(), Some("HELLO"));
    /// ```
    #[must_use]
    pub fn map_change<V: ColumnType, R: Assign<V>>(self, column: Column<T, V>, map: impl FnOnce(V) -> R) -> Self {
        match self.changed(column) {
            Some(value) => self.set(column, map(value)),
            None => self,
        }
    }

    /// The value of a field as it will be: the change, or else what is there.
    pub fn get<V: ColumnType>(&self, column: Column<T, V>) -> Option<V> {
        self.node.get(column.index()).cloned().and_then(|value| V::from_value(value).ok())
    }

    /// The change of a field, if there is one.
    pub fn changed<V: ColumnType>(&self, column: Column<T, V>) -> Option<V> {
        self.node.change(column.index()).cloned().and_then(|value| V::from_value(value).ok())
    }

    /// Whether a field changes, from this value and to that one where they are given (`changed?` in Ecto).
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Tag};
    /// let changeset = Tag { id: 1, name: "a".into() }.change().set(Tag::name, "b");
    /// assert!(changeset.is_changed(Tag::name, Some("a"), Some("b")));
    /// assert!(!changeset.is_changed(Tag::name, None::<String>, Some("c")));
    /// ```
    pub fn is_changed<V: ColumnType>(
        &self,
        column: Column<T, V>,
        from: Option<impl Assign<V>>,
        to: Option<impl Assign<V>>,
    ) -> bool {
        let Some(change) = self.node.change(column.index()) else { return false };
        let from = from.is_none_or(|from| self.node.data().get(column.index()) == Some(&from.assign().into_value()));
        from && to.is_none_or(|to| *change == to.assign().into_value())
    }

    /// Forgets the change of a field.
    #[must_use]
    pub fn delete_change<V>(self, column: Column<T, V>) -> Self {
        self.with(|node| node.delete_change(column.index()))
    }

    /// The params of the casts so far.
    pub fn params(&self) -> Option<&Params> {
        self.node.params()
    }

    /// Joins the changes, errors and declarations of another changeset of the same row; where both change a field, the
    /// other one counts. Of another row it is a [`Misuse`](crate::Misuse).
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.with(|node| node.merge(other.into_node()))
    }
}

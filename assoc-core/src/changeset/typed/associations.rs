//! Associations and embeds: cast, put, added to, read.

use super::{
    super::{Castable, Misuse, Node, Puttable, State},
    Changeset,
};
use crate::{
    params::Params,
    schema::{AssocRef, Record, Schema, kind},
    types::KeyValues,
};

impl<T: Schema> Changeset<T> {
    /// Casts a whole association from the params of the last [`cast`](Self::cast): rows are matched by
    /// their keys, and only the difference is written.
    ///
    /// `changeset` is the child's changeset function. A row whose key is not among the loaded ones is a
    /// new row: input never touches rows of another owner. Loaded rows that the input does not name leave
    /// the association by way of its `on_replace`. Input without the association's name changes nothing; nor does a
    /// changeset that was never `cast`. An id that comes twice is an error.
    ///
    /// The handle's methods choose what is not as usual: `Post::comments.required()`, `.sort_param(…)`, `.reject_unknown()`.
    #[must_use]
    pub fn cast_assoc<A: Castable<T>>(
        self,
        association: A,
        changeset: impl Fn(Changeset<A::Related>, &Params) -> Changeset<A::Related>,
    ) -> Self
    where
        A::Related: Schema,
        A::Kind: kind::Writable,
    {
        self.cast_rows(association, &|row, params, _| changeset(row, params))
    }

    /// As [`cast_assoc`](Self::cast_assoc); the changeset function gets the row's position in the list, too.
    #[must_use]
    pub fn cast_assoc_indexed<A: Castable<T>>(
        self,
        association: A,
        changeset: impl Fn(Changeset<A::Related>, &Params, usize) -> Changeset<A::Related>,
    ) -> Self
    where
        A::Related: Schema,
        A::Kind: kind::Writable,
    {
        self.cast_rows(association, &changeset)
    }

    /// Casts a whole embed from the params of the last [`cast`](Self::cast), as [`cast_assoc`](Self::cast_assoc) does.
    ///
    /// An embed without a key of its own cannot be matched: every input is a new one, and the old leaves by way of
    /// `on_replace`.
    #[must_use]
    pub fn cast_embed<A: Castable<T>>(
        self,
        embed: A,
        changeset: impl Fn(Changeset<A::Related>, &Params) -> Changeset<A::Related>,
    ) -> Self
    where
        A::Related: Schema,
        A::Kind: kind::Embed,
    {
        self.cast_rows(embed, &|row, params, _| changeset(row, params))
    }

    /// As [`cast_embed`](Self::cast_embed); the changeset function gets the row's position in the list, too.
    #[must_use]
    pub fn cast_embed_indexed<A: Castable<T>>(
        self,
        embed: A,
        changeset: impl Fn(Changeset<A::Related>, &Params, usize) -> Changeset<A::Related>,
    ) -> Self
    where
        A::Related: Schema,
        A::Kind: kind::Embed,
    {
        self.cast_rows(embed, &changeset)
    }

    fn cast_rows<A: Castable<T>>(self, association: A, changeset: ChildChangeset<'_, A::Related>) -> Self
    where
        A::Related: Schema,
    {
        let (association, options) = association.parts();
        let mut build = |node, params: &Params, at| changeset(Changeset::from_node(node), params, at).into_node();
        match T::META.association_index(association.name) {
            Some(index) => self.with(|node| node.cast_assoc(index, &options, &mut build)),
            None => self,
        }
    }

    /// Sets a whole association to rows that the program has: loaded structs, or changesets.
    ///
    /// It takes references, not data: fields that were altered in a struct are not written. A loaded row
    /// of another owner moves to this one.
    #[must_use]
    pub fn put_assoc<C: Schema, K: kind::Writable, M>(
        self,
        association: AssocRef<T, C, K>,
        rows: impl Puttable<C, K::Cardinality, M>,
    ) -> Self {
        let nodes = rows.into_changesets().into_iter().map(Changeset::into_node).collect();
        self.with(|node| node.put_assoc(association.index(), nodes))
    }

    /// Sets a whole embed to rows that the program has: structs, or changesets. What differs from the rows that are
    /// there is written.
    #[must_use]
    pub fn put_embed<C: Schema, K: kind::Embed, M>(
        self,
        embed: AssocRef<T, C, K>,
        rows: impl Puttable<C, K::Cardinality, M>,
    ) -> Self {
        let nodes = rows.into_changesets().into_iter().map(Changeset::into_node).collect();
        self.with(|node| node.put_assoc(embed.index(), nodes))
    }

    /// Adds rows to an association without loading the others: new ones are inserted, loaded ones move here; to a
    /// many-to-many association, both are linked.
    ///
    /// What was cast, put, added or removed before stays, and of one row the last call counts; a later
    /// [`cast_assoc`](Self::cast_assoc) or [`put_assoc`](Self::put_assoc) sets the whole association, and these rows are
    /// forgotten. The struct that comes back has the rows if the association was loaded, and else not loaded.
    ///
    /// ```
    /// use assoc_core::{Op, Schema, doctest::{Comment, Post}};
    ///
    /// # fn example(post: Post) -> Result<(), assoc_core::PlanError> {
    /// // The comments need not be loaded.
    /// let changeset = post.change().add_to(Post::comments, [Comment::build().set(Comment::body, "One more")]);
    /// assert_eq!(changeset.plan()?.writes()[0].op, Op::Insert);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn add_to<C: Schema, K: kind::Collection, M>(
        self,
        association: AssocRef<T, C, K>,
        rows: impl Puttable<C, kind::Many, M>,
    ) -> Self {
        let nodes = rows.into_changesets().into_iter().map(Changeset::into_node).collect();
        self.with(|node| node.add_to(association.index(), nodes))
    }

    /// Takes rows out of an association by their keys, without loading the others: by way of its `on_replace`, which
    /// must be `delete`, `delete_if_exists` or `nilify`. It goes with other calls as [`add_to`](Self::add_to) does.
    ///
    /// A key that is not there, or is that of another owner's row, is [`DbError::Stale`](crate::adapter::DbError::Stale),
    /// with `delete_if_exists` nothing at all; of a many-to-many association only the link is looked for, and one that
    /// is gone is no error.
    #[must_use]
    pub fn remove_from<C: Schema, K: kind::Collection, I: Into<C::Key>>(
        self,
        association: AssocRef<T, C, K>,
        keys: impl IntoIterator<Item = I>,
    ) -> Self {
        self.with(|node| node.remove_from(association.index(), references::<C, I>(keys)))
    }

    /// Links rows to a many-to-many association by their keys; neither they nor the others need be loaded. It goes with
    /// other calls as [`add_to`](Self::add_to) does.
    ///
    /// A link that is there already is a violation, unless the association is loaded, or has `on_join_conflict = nothing`.
    /// Of a row that is linked only the key is known, so the association of the struct that comes back is not loaded.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// # fn example(post: Post) -> Result<(), assoc_core::PlanError> {
    /// let changeset = post.change().link(Post::tags, [1, 2]).unlink(Post::tags, [3]);
    /// assert_eq!(changeset.plan()?.statements(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn link<C: Schema, I: Into<C::Key>>(
        self,
        association: AssocRef<T, C, kind::ManyToMany>,
        keys: impl IntoIterator<Item = I>,
    ) -> Self {
        self.with(|node| node.add_to(association.index(), references::<C, I>(keys)))
    }

    /// Unlinks rows from a many-to-many association by their keys, whatever its `on_replace`; the rows themselves stay. A
    /// link that is gone is no error.
    #[must_use]
    pub fn unlink<C: Schema, I: Into<C::Key>>(
        self,
        association: AssocRef<T, C, kind::ManyToMany>,
        keys: impl IntoIterator<Item = I>,
    ) -> Self {
        self.with(|node| node.unlink(association.index(), references::<C, I>(keys)))
    }

    /// The rows of an association or embed as they will be, without those that are taken out (`get_assoc` and
    /// `get_embed` in Ecto).
    ///
    /// # Errors
    /// It was not loaded.
    pub fn get_assoc<C: Schema, K>(&self, association: AssocRef<T, C, K>) -> Result<Vec<Changeset<C>>, Misuse> {
        let rows = self.node.rows_of(association.index())?;
        Ok(rows.into_iter().map(Changeset::from_node).collect())
    }

    /// Sorts the changesets of an association: rows that leave, then updates, then inserts. The plan writes in such an
    /// order anyway; this is for those who show the list.
    #[must_use]
    pub fn reorder_assoc<C: Schema, K>(self, association: AssocRef<T, C, K>) -> Self {
        self.with(|node| node.reorder_assoc(association.index()))
    }

    /// In a child's changeset function: the row is to be deleted, whatever `on_replace` says.
    #[must_use]
    pub fn mark_for_delete(self) -> Self {
        self.set_action(super::super::Action::Delete)
    }

    /// In a child's changeset function: what is to happen to the row.
    #[must_use]
    pub fn set_action(self, action: super::super::Action) -> Self {
        self.with(|node| node.set_action(action))
    }

    /// What is to happen to the row, if somebody said so; after a save that failed, what was tried.
    pub fn action(&self) -> Option<super::super::Action> {
        self.node.action()
    }
}

/// A child's changeset function, with the position of the row.
type ChildChangeset<'f, C> = &'f dyn Fn(Changeset<C>, &Params, usize) -> Changeset<C>;

/// Rows of which only the keys are known.
fn references<C: Schema, I: Into<C::Key>>(keys: impl IntoIterator<Item = I>) -> Vec<Node> {
    let unknown = || Record { values: vec![None; C::META.fields.len()], associations: Default::default() };
    let reference = |key: I| {
        let mut record = unknown();
        for (&field, value) in C::META.primary_key.iter().zip(key.into().into_values()) {
            record.values[field] = Some(value);
        }
        Node::new(C::META, State::Loaded, record.into())
    };
    keys.into_iter().map(reference).collect()
}

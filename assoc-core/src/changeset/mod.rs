//! Changesets: a row as it was, what is to change, and what is wrong with it.

mod cast;
mod cast_assoc;
mod changes;
mod constraint;
mod error;
mod finish;
mod misuse;
mod node;
mod put_assoc;
mod puttable;
mod validate;

use std::{fmt, marker::PhantomData, ops::RangeBounds, sync::Arc};

use sea_query::Value;

pub use constraint::Constraint;
pub(crate) use constraint::Declared;
pub use error::{Errors, FieldError, Path};
pub use misuse::Misuse;
pub use node::{Node, State};
pub use puttable::{IntoChangeset, Puttable};
pub use validate::Number;
pub(crate) use {
    cast::required,
    finish::finish,
    node::{Child, Removal, Role, is_parent, key_of, leaves},
};

use crate::{
    adapter::ViolationKind,
    params::Params,
    plan::Plan,
    schema::{AssocRef, Column, ColumnOf, Columns, Record, Schema, kind},
    types::{Assign, ColumnType, TypeError},
};

/// Changes to a row of schema `T` and to its associations: cast from input, set by the program, checked.
///
/// Made by [`Schema::build`] and [`Schema::change`]; saved by the repo's `insert` and `update`; looked at
/// with [`plan`](Changeset::plan). Every call takes the changeset and gives it back, so calls chain.
///
/// ```
/// use assoc_core::{Changeset, Params, Schema, doctest::Post};
///
/// let params = Params::from(serde_json::json!({"title": "Hello", "body": " "}));
/// let changeset = Post::build().cast(&params, (Post::title, Post::body)).validate_required(Post::body);
/// assert_eq!(changeset.get(Post::title), Some("Hello".to_owned()));
/// assert_eq!(changeset.errors().to_string(), "body can't be blank");
/// ```
pub struct Changeset<T> {
    node: Box<Node>,
    schema: PhantomData<fn() -> T>,
}

impl<T: Schema> Changeset<T> {
    pub(crate) fn built(record: Record) -> Self {
        Self::from_node(Node::new(T::META, State::Built, Arc::new(record)))
    }

    pub(crate) fn loaded(record: Record) -> Self {
        Self::from_node(Node::new(T::META, State::Loaded, Arc::new(record)))
    }

    /// For the repo: the typed shell around a node of this schema.
    #[doc(hidden)]
    pub fn from_node(node: Node) -> Self {
        Self { node: Box::new(node), schema: PhantomData }
    }

    /// For the repo: the untyped changeset inside.
    #[doc(hidden)]
    pub fn into_node(self) -> Node {
        *self.node
    }

    /// For the repo: the untyped changeset inside.
    #[doc(hidden)]
    pub fn node(&self) -> &Node {
        &self.node
    }

    fn with(mut self, change: impl FnOnce(&mut Node)) -> Self {
        change(&mut self.node);
        self
    }

    // --- fields -------------------------------------------------------------------------------

    /// Casts input: fields of the permit list that the input has become changes, or errors.
    ///
    /// A blank text counts as no value. What is not permitted is ignored. The params stay with the
    /// changeset for [`cast_assoc`](Self::cast_assoc).
    #[must_use]
    pub fn cast(self, params: &Params, permitted: impl Columns<T>) -> Self {
        self.with(|node| node.cast(params, &permitted.fields()))
    }

    /// Sets a field to a value of its type (`put_change` in Ecto); the present value is no change.
    #[must_use]
    pub fn set<V: ColumnType>(self, column: Column<T, V>, value: impl Assign<V>) -> Self {
        self.with(|node| node.set(column.index(), value.assign().into_value()))
    }

    /// The value of a field as it will be: the change, or else what is there.
    pub fn get<V: ColumnType>(&self, column: Column<T, V>) -> Option<V> {
        self.node.get(column.index()).cloned().and_then(|value| V::from_value(value).ok())
    }

    /// The change of a field, if there is one.
    pub fn changed<V: ColumnType>(&self, column: Column<T, V>) -> Option<V> {
        self.node.changes.get(column.index()).cloned().and_then(|value| V::from_value(value).ok())
    }

    /// Forgets the change of a field.
    #[must_use]
    pub fn delete_change<V>(self, column: Column<T, V>) -> Self {
        self.with(|node| node.changes.remove(column.index()))
    }

    // --- associations -------------------------------------------------------------------------

    /// Casts a whole association from the params of the last [`cast`](Self::cast): rows are matched by
    /// their keys, and only the difference is written.
    ///
    /// `changeset` is the child's changeset function. A row whose key is not among the loaded ones is a
    /// new row: input never touches rows of another owner. Loaded rows that the input does not name leave
    /// the association by way of its `on_replace`. Input without the association's name changes nothing; nor does a
    /// changeset that was never `cast`. An id that comes twice is an error.
    #[must_use]
    pub fn cast_assoc<C: Schema, K: kind::Writable>(
        self,
        association: AssocRef<T, C, K>,
        changeset: impl Fn(Changeset<C>, &Params) -> Changeset<C>,
    ) -> Self {
        let mut build = |node, params: &Params| changeset(Changeset::from_node(node), params).into_node();
        self.with_association(association, |node, index| node.cast_assoc(index, &mut build))
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
        self.with_association(association, |node, index| node.put_assoc(index, nodes))
    }

    fn with_association<C, K>(self, association: AssocRef<T, C, K>, change: impl FnOnce(&mut Node, usize)) -> Self {
        let index = T::META.association_index(association.meta().name);
        self.with(|node| {
            if let Some(index) = index {
                change(node, index)
            }
        })
    }

    /// In a child's changeset function: the row is to be deleted, whatever `on_replace` says.
    #[must_use]
    pub fn mark_for_delete(self) -> Self {
        self.with(|node| node.delete = true)
    }

    // --- validations --------------------------------------------------------------------------

    /// Each field must have a value that is not blank.
    #[must_use]
    pub fn validate_required(self, columns: impl Columns<T>) -> Self {
        self.with(|node| node.validate_required(&columns.fields()))
    }

    /// The length of a changed field: characters of a text, bytes, items of an array.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "Hi").validate_length(Post::title, 3..=100);
    /// assert_eq!(changeset.errors().to_string(), "title should be at least 3 character(s)");
    /// ```
    #[must_use]
    pub fn validate_length<V>(self, column: Column<T, V>, range: impl RangeBounds<usize>) -> Self {
        self.with(|node| node.validate(column.index(), |value| validate::length(value, &range)))
    }

    /// A changed text must satisfy a predicate, a regular expression's `is_match` for one.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "hello").validate_format(Post::title, |title| title.starts_with('H'));
    /// assert_eq!(changeset.errors().to_string(), "title has invalid format");
    /// ```
    #[must_use]
    pub fn validate_format<V>(self, column: Column<T, V>, matches: impl Fn(&str) -> bool) -> Self {
        self.with(|node| {
            node.validate(column.index(), |value| match value {
                Value::String(Some(text)) if !matches(text) => {
                    Some(FieldError::new("has invalid format").with("validation", "format"))
                }
                _ => None,
            });
        })
    }

    /// A changed number must compare as asked.
    #[must_use]
    pub fn validate_number<V: ColumnType>(self, column: Column<T, V>, number: Number<V::Base>) -> Self
    where
        V::Base: PartialOrd,
    {
        self.with(|node| {
            let check = |value: &Value| V::Base::from_value(value.clone()).ok().and_then(|value| number.check(value));
            node.validate(column.index(), check);
        })
    }

    /// A changed value must be one of these.
    #[must_use]
    pub fn validate_inclusion<V: ColumnType, I: Assign<V>>(
        self,
        column: Column<T, V>,
        values: impl IntoIterator<Item = I>,
    ) -> Self {
        self.validate_listed(column, values, true)
    }

    /// A changed value must be none of these.
    #[must_use]
    pub fn validate_exclusion<V: ColumnType, I: Assign<V>>(
        self,
        column: Column<T, V>,
        values: impl IntoIterator<Item = I>,
    ) -> Self {
        self.validate_listed(column, values, false)
    }

    fn validate_listed<V: ColumnType, I: Assign<V>>(
        self,
        column: Column<T, V>,
        values: impl IntoIterator<Item = I>,
        wanted: bool,
    ) -> Self {
        let values: Vec<Value> = values.into_iter().map(|value| value.assign().into_value()).collect();
        self.with(|node| node.validate(column.index(), |value| validate::listed(&values, value, wanted)))
    }

    /// A check of your own on a changed value; the message, or a [`FieldError`] with parameters, is its error.
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "foo").validate_change(Post::title, |title| {
    ///     if title == "foo" { Err("is a placeholder".into()) } else { Ok(()) }
    /// });
    /// assert_eq!(changeset.errors().to_string(), "title is a placeholder");
    /// ```
    #[must_use]
    pub fn validate_change<V: ColumnType>(
        self,
        column: Column<T, V>,
        check: impl Fn(V::Base) -> Result<(), FieldError>,
    ) -> Self {
        self.with(|node| {
            node.validate(column.index(), |value| {
                V::Base::from_value(value.clone()).ok().and_then(|value| check(value).err())
            });
        })
    }

    /// Adds an error of your own to a field.
    #[must_use]
    pub fn add_error(self, column: impl ColumnOf<T>, error: impl Into<FieldError>) -> Self {
        self.with(|node| node.errors.push(error.into().on(T::META.fields[column.field()].name)))
    }

    // --- constraints --------------------------------------------------------------------------

    /// Makes the violation of a unique index on these columns an error of the first one.
    ///
    /// The index is known by its usual names (`posts_slug_index`, `posts_slug_key`, `posts_slug_idx`, for a
    /// primary key `posts_pkey`), on SQLite by its columns; see [`Constraint::unique`] for any other name.
    #[must_use]
    pub fn unique_constraint(self, columns: impl Columns<T>) -> Self {
        self.declare(Declared::new(ViolationKind::Unique, None, columns.fields()))
    }

    /// Makes the violation of the foreign key on these columns (`comments_post_id_fkey`) an error.
    #[must_use]
    pub fn foreign_key_constraint(self, columns: impl Columns<T>) -> Self {
        self.declare(Declared::new(ViolationKind::ForeignKey, None, columns.fields()))
    }

    /// Makes the violation of the check constraint of that name an error of the column.
    #[must_use]
    pub fn check_constraint(self, columns: impl Columns<T>, name: &'static str) -> Self {
        self.constraint(Constraint::check(name).on(columns))
    }

    /// Declares a constraint with a name or message of its own.
    #[must_use]
    pub fn constraint(self, constraint: Constraint<T>) -> Self {
        self.declare(constraint.declared)
    }

    fn declare(self, constraint: Declared) -> Self {
        self.with(|node| node.constraints.push(constraint))
    }

    // --- results ------------------------------------------------------------------------------

    /// Whether neither the row nor a child has an error.
    pub fn is_valid(&self) -> bool {
        self.node.is_valid()
    }

    /// All errors, with those of the children in place.
    pub fn errors(&self) -> Errors {
        Errors::of(&self.node)
    }

    /// What saving would write. Pure: no database is asked.
    ///
    /// # Errors
    /// The changeset is not valid, or asks for something that cannot be meant.
    pub fn plan(&self) -> Result<Plan<'_>, PlanError> {
        Plan::of(std::slice::from_ref(&*self.node))
    }

    /// The struct as it would be after saving, whether valid or not. Nothing is written.
    ///
    /// # Errors
    /// A field that is no `Option` has no value yet, a key that the database makes for one.
    pub fn apply_changes(self) -> Result<T, TypeError> {
        T::from_record(finish(self.into_node(), None, &mut |_| None))
    }
}

/// Why there is no plan.
#[derive(Clone, Debug)]
pub enum PlanError {
    /// The input has errors.
    Invalid(Errors),
    /// The program asks for something that cannot be meant.
    Misuse(Misuse),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => write!(f, "the changeset is not valid:\n{errors}"),
            Self::Misuse(misuse) => misuse.fmt(f),
        }
    }
}

impl std::error::Error for PlanError {}

impl<T> Clone for Changeset<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), schema: PhantomData }
    }
}

impl<T: Schema> fmt::Debug for Changeset<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<_> = self.node.changes.fields().map(|field| T::META.fields[field].name).collect();
        let associations: Vec<_> =
            self.node.associations.keys().map(|&index| T::META.associations[index].name).collect();
        f.debug_struct("Changeset")
            .field("schema", &T::META.name)
            .field("state", &self.node.state)
            .field("changes", &changes)
            .field("associations", &associations)
            .field("errors", &self.errors().to_string())
            .finish()
    }
}

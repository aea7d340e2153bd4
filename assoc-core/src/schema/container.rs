//! Fields that hold associations: not loaded, or loaded, and never confusing the two.

use std::{
    fmt,
    marker::PhantomData,
    panic::{RefUnwindSafe, UnwindSafe},
};

use serde::{Serialize, Serializer, ser::Error as _};

use super::{
    Entity, Loaded, Row, Schema,
    erased::Erased,
    kind,
    meta::{Association, Meta},
};
use crate::types::TypeError;

/// The field of a `#[has_many]` association.
pub type HasMany<T> = Loadable<Vec<T>, kind::HasMany>;
/// The field of a `#[many_to_many]` association.
pub type ManyToMany<T> = Loadable<Vec<T>, kind::ManyToMany>;
/// The field of a `#[has_one]` association.
pub type HasOne<T> = Loadable<Option<Box<T>>, kind::HasOne>;
/// The field of a `#[belongs_to]` association.
pub type BelongsTo<T> = Loadable<Option<Box<T>>, kind::BelongsTo>;

/// Rows of an association, if they were loaded. Use it by the names of its kinds: [`HasMany`],
/// [`HasOne`], [`BelongsTo`], [`ManyToMany`].
///
/// ```
/// use assoc_core::schema::HasMany;
/// # use assoc_core::{doctest::Comment};
///
/// let comments: HasMany<Comment> = HasMany::default();
/// assert!(comments.get().is_err()); // not loaded is never the same as empty
/// ```
pub struct Loadable<V, K> {
    container: Container,
    kind: PhantomData<fn() -> (V, K)>,
}

/// A container without the type of its rows.
enum Container {
    NotLoaded(Option<&'static Association>),
    Loaded { rows: Erased, partial: bool },
}

/// How a container hands out its rows: as a list, or as at most one.
pub trait Rows: Sized + 'static {
    /// The schema of the rows.
    type Item: Schema;
    /// What a reader gets.
    type View<'a>;
    /// Whether there may be several.
    #[doc(hidden)]
    const MANY: bool;
    /// Hands out the rows.
    #[doc(hidden)]
    fn view(rows: &[Self::Item]) -> Self::View<'_>;
    /// The rows by value.
    #[doc(hidden)]
    fn take(rows: Erased) -> Self;
    /// Prints the rows.
    #[doc(hidden)]
    fn debug(rows: Self::View<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result
    where
        Self::Item: fmt::Debug;
    /// Serialises the rows.
    #[doc(hidden)]
    fn serialize<S: Serializer>(rows: Self::View<'_>, serializer: S) -> Result<S::Ok, S::Error>
    where
        Self::Item: Serialize;
}

impl<T: Schema> Rows for Vec<T> {
    type Item = T;
    type View<'a> = &'a [T];
    const MANY: bool = true;

    fn view(rows: &[T]) -> &[T] {
        rows
    }

    fn take(rows: Erased) -> Self {
        rows.into_vec()
    }

    fn debug(rows: &[T], f: &mut fmt::Formatter<'_>) -> fmt::Result
    where
        T: fmt::Debug,
    {
        f.debug_list().entries(rows).finish()
    }

    fn serialize<S: Serializer>(rows: &[T], serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize,
    {
        rows.serialize(serializer)
    }
}

impl<T: Schema> Rows for Option<Box<T>> {
    type Item = T;
    type View<'a> = Option<&'a T>;
    const MANY: bool = false;

    fn view(rows: &[T]) -> Option<&T> {
        rows.first()
    }

    fn take(rows: Erased) -> Self {
        rows.into_one()
    }

    /// As an option is printed, but not by way of references to references: the compiler counts them.
    fn debug(row: Option<&T>, f: &mut fmt::Formatter<'_>) -> fmt::Result
    where
        T: fmt::Debug,
    {
        match row {
            Some(row) => f.debug_tuple("Some").field(row).finish(),
            None => f.write_str("None"),
        }
    }

    fn serialize<S: Serializer>(row: Option<&T>, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize,
    {
        row.serialize(serializer)
    }
}

impl<V, K> Loadable<V, K> {
    /// For the derive: not loaded, and able to say which association is not.
    #[doc(hidden)]
    pub fn not_loaded(association: &'static Association) -> Self {
        Self { container: Container::NotLoaded(Some(association)), kind: PhantomData }
    }

    /// For the derive: itself without its type.
    #[doc(hidden)]
    pub fn slot(&mut self) -> &mut dyn Slot {
        &mut self.container
    }

    /// For the derive: the loaded rows as records.
    #[doc(hidden)]
    pub fn into_loaded(self, association: &Association) -> Option<Loaded> {
        self.container.into_loaded(association)
    }

    /// Whether rows were loaded, be it none.
    pub fn is_loaded(&self) -> bool {
        self.container.is_loaded()
    }

    /// The opposite of [`is_loaded`](Self::is_loaded), for `#[serde(skip_serializing_if = …)]`.
    pub fn is_not_loaded(&self) -> bool {
        !self.is_loaded()
    }

    /// Whether the preload was narrowed by a filter, so that there may be more rows than these.
    pub fn is_partial(&self) -> bool {
        matches!(self.container, Container::Loaded { partial: true, .. })
    }
}

impl<V: Rows, K> Loadable<V, K> {
    /// Loaded with these rows, as a preload would leave it: for tests without a database. Where there is room for one, it is
    /// the first.
    ///
    /// ```
    /// use assoc_core::{doctest::Tag, schema::ManyToMany};
    ///
    /// let tags = ManyToMany::loaded([Tag { id: 1, name: "rust".into() }]);
    /// assert_eq!(tags.get().map(|tags| tags.len()).ok(), Some(1));
    /// ```
    pub fn loaded(rows: impl IntoIterator<Item = V::Item>) -> Self {
        let mut loaded = Erased::default();
        rows.into_iter().for_each(|row| loaded.add(row, V::MANY));
        Self { container: Container::Loaded { rows: loaded, partial: false }, kind: PhantomData }
    }

    /// What was loaded: a slice, or an `Option` where there is at most one row.
    ///
    /// # Errors
    /// Nothing was loaded; the error names the association and the call that is missing.
    pub fn get(&self) -> Result<V::View<'_>, NotLoaded> {
        self.container.rows(V::Item::META).map(|rows| V::view(rows.as_slice()))
    }

    /// What was loaded, by value.
    ///
    /// # Errors
    /// Nothing was loaded; the error names the association and the call that is missing.
    pub fn into_inner(self) -> Result<V, NotLoaded> {
        self.container.into_rows(V::Item::META).map(V::take)
    }
}

impl Container {
    fn rows(&self, related: &Meta) -> Result<&Erased, NotLoaded> {
        match self {
            Self::Loaded { rows, .. } => Ok(rows),
            Self::NotLoaded(association) => Err(NotLoaded { association: *association, related: related.name }),
        }
    }

    fn into_rows(self, related: &Meta) -> Result<Erased, NotLoaded> {
        match self {
            Self::Loaded { rows, .. } => Ok(rows),
            Self::NotLoaded(association) => Err(NotLoaded { association, related: related.name }),
        }
    }

    fn into_loaded(self, association: &Association) -> Option<Loaded> {
        match self {
            Self::Loaded { rows, partial } => {
                let into_records = (association.related)().rows.into_records;
                Some(Loaded { rows: into_records(rows), partial })
            }
            Self::NotLoaded(_) => None,
        }
    }
}

/// What preloading and saving do with a container without knowing its type. They know which association it is for.
pub trait Slot: Send {
    /// Whether rows were loaded, be it none.
    fn is_loaded(&self) -> bool;
    /// Makes it loaded and empty.
    fn reset(&mut self, partial: bool);
    /// Makes it not loaded.
    fn unload(&mut self, association: &'static Association);
    /// Adds a row that a driver returned.
    ///
    /// # Errors
    /// The row does not fit the schema.
    fn push(&mut self, association: &Association, row: &mut dyn Row) -> Result<(), TypeError>;
    /// Takes the rows of a record.
    ///
    /// # Errors
    /// A row does not fit the schema.
    fn fill(&mut self, association: &Association, loaded: Loaded) -> Result<(), TypeError>;
    /// The row at a position, to go on with its own associations.
    fn entity(&mut self, association: &Association, at: usize) -> Option<&mut dyn Entity>;
    /// The rows, to go on with their own associations.
    fn entities<'a>(&'a mut self, association: &Association, into: &mut Vec<&'a mut dyn Entity>);
}

impl Slot for Container {
    fn is_loaded(&self) -> bool {
        matches!(self, Self::Loaded { .. })
    }

    fn reset(&mut self, partial: bool) {
        *self = Self::Loaded { rows: Erased::default(), partial };
    }

    fn unload(&mut self, association: &'static Association) {
        *self = Self::NotLoaded(Some(association));
    }

    fn push(&mut self, association: &Association, row: &mut dyn Row) -> Result<(), TypeError> {
        match self {
            Self::Loaded { rows, .. } => ((association.related)().rows.add)(rows, row, !association.is_one()),
            Self::NotLoaded(_) => Ok(()),
        }
    }

    fn fill(&mut self, association: &Association, loaded: Loaded) -> Result<(), TypeError> {
        let rows = (association.related)().rows.of_records(loaded.rows, !association.is_one())?;
        *self = Self::Loaded { rows, partial: loaded.partial };
        Ok(())
    }

    fn entity(&mut self, association: &Association, at: usize) -> Option<&mut dyn Entity> {
        match self {
            Self::Loaded { rows, .. } => ((association.related)().rows.entity)(rows, at),
            Self::NotLoaded(_) => None,
        }
    }

    fn entities<'a>(&'a mut self, association: &Association, into: &mut Vec<&'a mut dyn Entity>) {
        if let Self::Loaded { rows, .. } = self {
            ((association.related)().rows.entities)(rows, into);
        }
    }
}

impl<V, K> Default for Loadable<V, K> {
    fn default() -> Self {
        Self { container: Container::NotLoaded(None), kind: PhantomData }
    }
}

impl<V: Rows<Item: Clone>, K> Clone for Loadable<V, K> {
    fn clone(&self) -> Self {
        let container = match &self.container {
            Container::Loaded { rows, partial } => {
                Container::Loaded { rows: rows.copy::<V::Item>(), partial: *partial }
            }
            Container::NotLoaded(association) => Container::NotLoaded(*association),
        };
        Self { container, kind: PhantomData }
    }
}

impl<V: Rows<Item: PartialEq>, K> PartialEq for Loadable<V, K> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.container, &other.container) {
            (Container::Loaded { rows: a, .. }, Container::Loaded { rows: b, .. }) => {
                a.as_slice::<V::Item>() == b.as_slice::<V::Item>()
            }
            (a, b) => a.is_loaded() == b.is_loaded(),
        }
    }
}

impl<V: Rows<Item: fmt::Debug>, K> fmt::Debug for Loadable<V, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.container {
            Container::Loaded { rows, .. } => V::debug(V::view(rows.as_slice()), f),
            Container::NotLoaded(_) => f.write_str("NotLoaded"),
        }
    }
}

impl<V: Rows<Item: Serialize>, K> Serialize for Loadable<V, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.get() {
            Ok(rows) => V::serialize(rows, serializer),
            Err(error) => Err(S::Error::custom(error)),
        }
    }
}

// As of rows that are held by value.
impl<V, K> UnwindSafe for Loadable<V, K> {}
impl<V, K> RefUnwindSafe for Loadable<V, K> {}

/// An association that was read before it was loaded.
#[derive(Clone, Copy, Debug)]
pub struct NotLoaded {
    association: Option<&'static Association>,
    related: &'static str,
}

impl fmt::Display for NotLoaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.association {
            Some(Association { owner, name, .. }) => write!(
                f,
                "association `{name}` of `{owner}` is not loaded; load it first: `repo.preload(&mut value, {owner}::{name})`"
            ),
            None => write!(f, "an association to `{}` is not loaded; load it first with `repo.preload`", self.related),
        }
    }
}

impl std::error::Error for NotLoaded {}

//! Fields that hold associations: not loaded, or loaded, and never confusing the two.

use std::{
    any::Any,
    fmt,
    marker::PhantomData,
    panic::{RefUnwindSafe, UnwindSafe},
    sync::Arc,
};

use serde::{Serialize, Serializer, ser::Error as _};

use super::{Entity, Loaded, Row, Schema, kind, meta::Association, record::Record};
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
    state: State,
    kind: PhantomData<fn() -> (V, K)>,
}

enum State {
    NotLoaded(Option<&'static Association>),
    Loaded { rows: Erased, partial: bool },
}

/// The rows of a container, which is not made of their type: or else, to know whether a schema can be sent to another
/// thread, the compiler would ask that of all schemas that associations lead to from there, and give up after some twenty.
#[derive(Default)]
#[doc(hidden)]
pub struct Erased(Option<Box<dyn Any + Send + Sync>>);

impl Erased {
    fn of<T: Any + Send + Sync>(value: T) -> Self {
        Self(Some(Box::new(value)))
    }

    fn get<T: Any>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }

    fn get_mut<T: Any>(&mut self) -> Option<&mut T> {
        self.0.as_mut()?.downcast_mut()
    }

    fn take<T: Any>(self) -> Option<Box<T>> {
        self.0?.downcast().ok()
    }

    fn list<T: Any + Send + Sync>(&mut self) -> Option<&mut Vec<T>> {
        self.0.get_or_insert_with(|| Box::new(Vec::<T>::new())).downcast_mut()
    }
}

/// How a container keeps its rows: a list, or at most one.
pub trait Rows: Sized + 'static {
    /// The schema of the rows.
    type Item: Schema;
    /// What a reader gets.
    type View<'a>;
    /// Hands out the rows.
    #[doc(hidden)]
    fn view(rows: &Erased) -> Self::View<'_>;
    /// The rows by value.
    #[doc(hidden)]
    fn take(rows: Erased) -> Self;
    /// The rows of records.
    ///
    /// # Errors
    /// A row does not fit the schema.
    #[doc(hidden)]
    fn of_records(records: Vec<Arc<Record>>) -> Result<Erased, TypeError>;
    /// Adds a row; where there is room for one only, the first stays.
    #[doc(hidden)]
    fn push(rows: &mut Erased, row: Self::Item);
    /// The rows as records.
    #[doc(hidden)]
    fn into_records(rows: Erased) -> Vec<Arc<Record>>;
    /// The row at a position, to be changed in place.
    #[doc(hidden)]
    fn entity(rows: &mut Erased, at: usize) -> Option<&mut dyn Entity>;
    /// All rows, to be changed in place.
    #[doc(hidden)]
    fn entities<'a>(rows: &'a mut Erased, into: &mut Vec<&'a mut dyn Entity>);
    /// The same rows again.
    #[doc(hidden)]
    fn copy(rows: &Erased) -> Erased
    where
        Self::Item: Clone;
    /// Whether the rows are the same.
    #[doc(hidden)]
    fn equal(a: Self::View<'_>, b: Self::View<'_>) -> bool
    where
        Self::Item: PartialEq;
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

/// What slices and options do alike.
macro_rules! as_its_view {
    () => {
        fn equal(a: Self::View<'_>, b: Self::View<'_>) -> bool
        where
            T: PartialEq,
        {
            a == b
        }

        fn serialize<S: Serializer>(rows: Self::View<'_>, serializer: S) -> Result<S::Ok, S::Error>
        where
            T: Serialize,
        {
            rows.serialize(serializer)
        }
    };
}

// Loops, here and below, not chains of iterators: this is compiled for each schema.
impl<T: Schema> Rows for Vec<T> {
    type Item = T;
    type View<'a> = &'a [T];

    fn view(rows: &Erased) -> &[T] {
        rows.get::<Self>().map_or(&[], Self::as_slice)
    }

    fn take(rows: Erased) -> Self {
        rows.take().map_or_else(Self::new, |rows| *rows)
    }

    fn of_records(records: Vec<Arc<Record>>) -> Result<Erased, TypeError> {
        if records.is_empty() {
            return Ok(Erased::default());
        }
        let mut rows = Self::with_capacity(records.len());
        for record in records {
            rows.push(T::from_record(Arc::unwrap_or_clone(record))?);
        }
        Ok(Erased::of(rows))
    }

    fn push(rows: &mut Erased, row: T) {
        if let Some(rows) = rows.list() {
            rows.push(row);
        }
    }

    fn into_records(rows: Erased) -> Vec<Arc<Record>> {
        let rows = Self::take(rows);
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            records.push(Arc::new(row.into_record()));
        }
        records
    }

    fn entity(rows: &mut Erased, at: usize) -> Option<&mut dyn Entity> {
        rows.get_mut::<Self>()?.get_mut(at).map(|row| row as &mut dyn Entity)
    }

    fn entities<'a>(rows: &'a mut Erased, into: &mut Vec<&'a mut dyn Entity>) {
        let Some(rows) = rows.get_mut::<Self>() else { return };
        into.reserve_exact(rows.len());
        for row in rows {
            into.push(row);
        }
    }

    fn copy(rows: &Erased) -> Erased
    where
        T: Clone,
    {
        rows.get::<Self>().map_or_else(Erased::default, |rows| Erased::of(rows.clone()))
    }

    fn debug(rows: &[T], f: &mut fmt::Formatter<'_>) -> fmt::Result
    where
        T: fmt::Debug,
    {
        f.debug_list().entries(rows).finish()
    }

    as_its_view!();
}

impl<T: Schema> Rows for Option<Box<T>> {
    type Item = T;
    type View<'a> = Option<&'a T>;

    fn view(rows: &Erased) -> Option<&T> {
        rows.get()
    }

    fn take(rows: Erased) -> Self {
        rows.take()
    }

    fn of_records(records: Vec<Arc<Record>>) -> Result<Erased, TypeError> {
        match records.into_iter().next() {
            Some(record) => Ok(Erased::of(T::from_record(Arc::unwrap_or_clone(record))?)),
            None => Ok(Erased::default()),
        }
    }

    fn push(rows: &mut Erased, row: T) {
        if rows.0.is_none() {
            *rows = Erased::of(row);
        }
    }

    fn into_records(rows: Erased) -> Vec<Arc<Record>> {
        match rows.take::<T>() {
            Some(row) => vec![Arc::new((*row).into_record())],
            None => Vec::new(),
        }
    }

    fn entity(rows: &mut Erased, at: usize) -> Option<&mut dyn Entity> {
        match rows.get_mut::<T>() {
            Some(row) if at == 0 => Some(row),
            _ => None,
        }
    }

    fn entities<'a>(rows: &'a mut Erased, into: &mut Vec<&'a mut dyn Entity>) {
        if let Some(row) = rows.get_mut::<T>() {
            into.push(row);
        }
    }

    fn copy(rows: &Erased) -> Erased
    where
        T: Clone,
    {
        rows.get::<T>().map_or_else(Erased::default, |row| Erased::of(row.clone()))
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

    as_its_view!();
}

impl<V, K> Loadable<V, K> {
    /// For the derive: not loaded, and able to say which association is not.
    #[doc(hidden)]
    pub fn not_loaded(association: &'static Association) -> Self {
        Self { state: State::NotLoaded(Some(association)), kind: PhantomData }
    }

    /// Whether rows were loaded, be it none.
    pub fn is_loaded(&self) -> bool {
        matches!(self.state, State::Loaded { .. })
    }

    /// The opposite of [`is_loaded`](Self::is_loaded), for `#[serde(skip_serializing_if = …)]`.
    pub fn is_not_loaded(&self) -> bool {
        !self.is_loaded()
    }

    /// Whether the preload was narrowed by a filter, so that there may be more rows than these.
    pub fn is_partial(&self) -> bool {
        matches!(self.state, State::Loaded { partial: true, .. })
    }
}

impl<V: Rows, K> Loadable<V, K> {
    /// Loaded with these rows, as a preload would leave it: for tests without a database.
    ///
    /// ```
    /// use assoc_core::{doctest::Tag, schema::ManyToMany};
    ///
    /// let tags = ManyToMany::loaded([Tag { id: 1, name: "rust".into() }]);
    /// assert_eq!(tags.get().map(|tags| tags.len()).ok(), Some(1));
    /// ```
    pub fn loaded(rows: impl IntoIterator<Item = V::Item>) -> Self {
        let mut loaded = Erased::default();
        rows.into_iter().for_each(|row| V::push(&mut loaded, row));
        Self { state: State::Loaded { rows: loaded, partial: false }, kind: PhantomData }
    }

    /// What was loaded: a slice, or an `Option` where there is at most one row.
    ///
    /// # Errors
    /// Nothing was loaded; the error names the association and the call that is missing.
    pub fn get(&self) -> Result<V::View<'_>, NotLoaded> {
        match &self.state {
            State::Loaded { rows, .. } => Ok(V::view(rows)),
            State::NotLoaded(association) => Err(NotLoaded { association: *association, related: V::Item::META.name }),
        }
    }

    /// What was loaded, by value.
    ///
    /// # Errors
    /// Nothing was loaded; the error names the association and the call that is missing.
    pub fn into_inner(self) -> Result<V, NotLoaded> {
        match self.state {
            State::Loaded { rows, .. } => Ok(V::take(rows)),
            State::NotLoaded(association) => Err(NotLoaded { association, related: V::Item::META.name }),
        }
    }

    /// For the derive: the loaded rows as records.
    #[doc(hidden)]
    pub fn into_loaded(self) -> Option<Loaded> {
        match self.state {
            State::Loaded { rows, partial } => Some(Loaded { rows: V::into_records(rows), partial }),
            State::NotLoaded(_) => None,
        }
    }
}

/// What preloading and saving do with a container without knowing its type.
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
    fn push(&mut self, row: &mut dyn Row) -> Result<(), TypeError>;
    /// Takes the rows of a record.
    ///
    /// # Errors
    /// A row does not fit the schema.
    fn fill(&mut self, loaded: Loaded) -> Result<(), TypeError>;
    /// The row at a position, to go on with its own associations.
    fn entity(&mut self, at: usize) -> Option<&mut dyn Entity>;
    /// The rows, to go on with their own associations.
    fn entities<'a>(&'a mut self, into: &mut Vec<&'a mut dyn Entity>);
}

impl<V: Rows, K> Slot for Loadable<V, K> {
    fn is_loaded(&self) -> bool {
        Loadable::is_loaded(self)
    }

    fn reset(&mut self, partial: bool) {
        self.state = State::Loaded { rows: Erased::default(), partial };
    }

    fn unload(&mut self, association: &'static Association) {
        self.state = State::NotLoaded(Some(association));
    }

    fn push(&mut self, row: &mut dyn Row) -> Result<(), TypeError> {
        if let State::Loaded { rows, .. } = &mut self.state {
            V::push(rows, V::Item::from_row(row)?);
        }
        Ok(())
    }

    fn fill(&mut self, loaded: Loaded) -> Result<(), TypeError> {
        self.state = State::Loaded { rows: V::of_records(loaded.rows)?, partial: loaded.partial };
        Ok(())
    }

    fn entity(&mut self, at: usize) -> Option<&mut dyn Entity> {
        match &mut self.state {
            State::Loaded { rows, .. } => V::entity(rows, at),
            State::NotLoaded(_) => None,
        }
    }

    fn entities<'a>(&'a mut self, into: &mut Vec<&'a mut dyn Entity>) {
        if let State::Loaded { rows, .. } = &mut self.state {
            V::entities(rows, into);
        }
    }
}

impl<V, K> Default for Loadable<V, K> {
    fn default() -> Self {
        Self { state: State::NotLoaded(None), kind: PhantomData }
    }
}

impl<V: Rows<Item: Clone>, K> Clone for Loadable<V, K> {
    fn clone(&self) -> Self {
        let state = match &self.state {
            State::Loaded { rows, partial } => State::Loaded { rows: V::copy(rows), partial: *partial },
            State::NotLoaded(association) => State::NotLoaded(*association),
        };
        Self { state, kind: PhantomData }
    }
}

impl<V: Rows<Item: PartialEq>, K> PartialEq for Loadable<V, K> {
    fn eq(&self, other: &Self) -> bool {
        match (self.get(), other.get()) {
            (Ok(a), Ok(b)) => V::equal(a, b),
            (a, b) => a.is_err() && b.is_err(),
        }
    }
}

impl<V: Rows<Item: fmt::Debug>, K> fmt::Debug for Loadable<V, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Ok(rows) => V::debug(rows, f),
            Err(_) => f.write_str("NotLoaded"),
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

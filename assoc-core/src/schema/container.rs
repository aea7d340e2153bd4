//! Fields that hold associations: not loaded, or loaded, and never confusing the two.

use std::{fmt, marker::PhantomData, sync::Arc};

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
    state: State<V>,
    kind: PhantomData<fn() -> K>,
}

#[derive(Clone)]
enum State<V> {
    NotLoaded(Option<&'static Association>),
    Loaded { rows: V, partial: bool },
}

/// How a container keeps its rows: a list, or at most one.
pub trait Rows: Default + Send + Sync {
    /// The schema of the rows.
    type Item: Schema;
    /// What a reader gets.
    type View<'a>
    where
        Self: 'a;
    /// Hands out the rows.
    fn view(&self) -> Self::View<'_>;
    /// Makes room for so many rows more.
    fn reserve(&mut self, rows: usize);
    /// Adds a row; where there is room for one only, the first stays.
    fn push(&mut self, row: Self::Item);
    /// The rows as records.
    fn into_records(self) -> Vec<Arc<Record>>;
    /// The row at a position, to be changed in place.
    fn entity(&mut self, at: usize) -> Option<&mut dyn Entity>;
    /// All rows, to be changed in place.
    fn entities<'a>(&'a mut self, into: &mut Vec<&'a mut dyn Entity>);
}

impl<T: Schema> Rows for Vec<T> {
    type Item = T;
    type View<'a> = &'a [T];

    fn view(&self) -> &[T] {
        self
    }

    fn reserve(&mut self, rows: usize) {
        self.reserve_exact(rows);
    }

    fn push(&mut self, row: T) {
        self.push(row);
    }

    // Loops, here and below, not chains of iterators: this is compiled for each schema.
    fn into_records(self) -> Vec<Arc<Record>> {
        let mut records = Vec::with_capacity(self.len());
        for row in self {
            records.push(Arc::new(row.into_record()));
        }
        records
    }

    fn entity(&mut self, at: usize) -> Option<&mut dyn Entity> {
        self.get_mut(at).map(|row| row as &mut dyn Entity)
    }

    fn entities<'a>(&'a mut self, into: &mut Vec<&'a mut dyn Entity>) {
        into.reserve_exact(self.len());
        for row in self {
            into.push(row);
        }
    }
}

impl<T: Schema> Rows for Option<Box<T>> {
    type Item = T;
    type View<'a> = Option<&'a T>;

    fn view(&self) -> Option<&T> {
        self.as_deref()
    }

    fn reserve(&mut self, _rows: usize) {}

    fn push(&mut self, row: T) {
        if self.is_none() {
            *self = Some(Box::new(row));
        }
    }

    fn into_records(self) -> Vec<Arc<Record>> {
        match self {
            Some(row) => vec![Arc::new((*row).into_record())],
            None => Vec::new(),
        }
    }

    fn entity(&mut self, at: usize) -> Option<&mut dyn Entity> {
        match self {
            Some(row) if at == 0 => Some(&mut **row),
            _ => None,
        }
    }

    fn entities<'a>(&'a mut self, into: &mut Vec<&'a mut dyn Entity>) {
        if let Some(row) = self {
            into.push(&mut **row);
        }
    }
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
        let mut loaded = V::default();
        rows.into_iter().for_each(|row| loaded.push(row));
        Self { state: State::Loaded { rows: loaded, partial: false }, kind: PhantomData }
    }

    /// What was loaded: a slice, or an `Option` where there is at most one row.
    ///
    /// # Errors
    /// Nothing was loaded; the error names the association and the call that is missing.
    pub fn get(&self) -> Result<V::View<'_>, NotLoaded> {
        match &self.state {
            State::Loaded { rows, .. } => Ok(rows.view()),
            State::NotLoaded(association) => Err(NotLoaded { association: *association, related: V::Item::META.name }),
        }
    }

    /// What was loaded, by value.
    ///
    /// # Errors
    /// Nothing was loaded; the error names the association and the call that is missing.
    pub fn into_inner(self) -> Result<V, NotLoaded> {
        match self.state {
            State::Loaded { rows, .. } => Ok(rows),
            State::NotLoaded(association) => Err(NotLoaded { association, related: V::Item::META.name }),
        }
    }

    /// For the derive: the loaded rows as records.
    #[doc(hidden)]
    pub fn into_loaded(self) -> Option<Loaded> {
        match self.state {
            State::Loaded { rows, partial } => Some(Loaded { rows: rows.into_records(), partial }),
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
        self.state = State::Loaded { rows: V::default(), partial };
    }

    fn unload(&mut self, association: &'static Association) {
        self.state = State::NotLoaded(Some(association));
    }

    fn push(&mut self, row: &mut dyn Row) -> Result<(), TypeError> {
        if let State::Loaded { rows, .. } = &mut self.state {
            rows.push(V::Item::from_row(row)?);
        }
        Ok(())
    }

    fn fill(&mut self, loaded: Loaded) -> Result<(), TypeError> {
        let (mut rows, partial) = (V::default(), loaded.partial);
        rows.reserve(loaded.rows.len());
        loaded.each(&mut |record| {
            rows.push(V::Item::from_record(record)?);
            Ok(())
        })?;
        self.state = State::Loaded { rows, partial };
        Ok(())
    }

    fn entity(&mut self, at: usize) -> Option<&mut dyn Entity> {
        match &mut self.state {
            State::Loaded { rows, .. } => rows.entity(at),
            State::NotLoaded(_) => None,
        }
    }

    fn entities<'a>(&'a mut self, into: &mut Vec<&'a mut dyn Entity>) {
        if let State::Loaded { rows, .. } = &mut self.state {
            rows.entities(into);
        }
    }
}

impl Loaded {
    /// Hands over its records; one that others hold, too, is copied.
    fn each(self, take: &mut dyn FnMut(Record) -> Result<(), TypeError>) -> Result<(), TypeError> {
        self.rows.into_iter().try_for_each(|record| take(Arc::unwrap_or_clone(record)))
    }
}

impl<V, K> Default for Loadable<V, K> {
    fn default() -> Self {
        Self { state: State::NotLoaded(None), kind: PhantomData }
    }
}

impl<V: Clone, K> Clone for Loadable<V, K> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), kind: PhantomData }
    }
}

impl<V: PartialEq, K> PartialEq for Loadable<V, K> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.state, &other.state) {
            (State::Loaded { rows: a, .. }, State::Loaded { rows: b, .. }) => a == b,
            (State::NotLoaded(_), State::NotLoaded(_)) => true,
            _ => false,
        }
    }
}

impl<V: fmt::Debug, K> fmt::Debug for Loadable<V, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Loaded { rows, .. } => rows.fmt(f),
            State::NotLoaded(_) => f.write_str("NotLoaded"),
        }
    }
}

impl<V: Rows + Serialize, K> Serialize for Loadable<V, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.state {
            State::Loaded { rows, .. } => rows.serialize(serializer),
            State::NotLoaded(association) => {
                Err(S::Error::custom(NotLoaded { association: *association, related: V::Item::META.name }))
            }
        }
    }
}

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

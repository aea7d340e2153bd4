//! Rows of some schema, without its type.

use std::{any::Any, slice, sync::Arc};

use super::{ByMember, Entity, Loaded, Row, Schema, record::Record};
use crate::types::TypeError;

/// None, one, or a list of rows.
///
/// Containers keep this and not the rows themselves: or else, to know whether a schema can be sent to another thread, the
/// compiler would ask that of all schemas that associations lead to from there, and give up after some twenty.
#[derive(Default)]
pub struct Erased(Option<Box<dyn Any + Send + Sync>>);

/// What is done with rows of a schema whose type is not known.
#[derive(Clone, Copy, Debug)]
pub struct RowFns {
    /// An empty list, with room for so many rows.
    list: fn(usize) -> Erased,
    /// See [`Entity::add`].
    pub(super) add: fn(&mut Erased, &mut dyn Row, bool) -> Result<(), TypeError>,
    /// See [`Entity::entity`].
    pub(super) entity: fn(&mut Erased, usize) -> Option<&mut dyn Entity>,
    /// See [`Entity::entities`].
    pub(super) entities: for<'a> fn(&'a mut Erased, &mut Vec<&'a mut dyn Entity>),
    /// See [`Entity::into_records`].
    pub(super) into_records: fn(Erased) -> Vec<Arc<Record>>,
}

/// For the derive: the functions of `Entity` that are the same for all.
///
/// They are not provided by the trait, for they are part of the metadata, which leads to all schemas that hang together.
/// Between one and the next there must be no generic function and no closure: the compiler follows these 128 schemas deep,
/// and no further. So what is generic here comes back to no metadata.
#[doc(hidden)]
#[macro_export]
macro_rules! row_fns {
    () => {
        fn meta(&self) -> &'static $crate::schema::Meta {
            Self::metadata()
        }

        fn metadata() -> &'static $crate::schema::Meta {
            <Self as $crate::schema::Schema>::META
        }

        fn add(
            rows: &mut $crate::schema::Erased,
            row: &mut dyn $crate::schema::Row,
            many: bool,
        ) -> ::core::result::Result<(), $crate::types::TypeError> {
            rows.add(<Self as $crate::schema::Schema>::from_row(row)?, many);
            ::core::result::Result::Ok(())
        }

        fn entity(
            rows: &mut $crate::schema::Erased,
            at: usize,
        ) -> ::core::option::Option<&mut dyn $crate::schema::Entity> {
            match rows.as_mut_slice::<Self>().get_mut(at) {
                ::core::option::Option::Some(row) => ::core::option::Option::Some(row),
                ::core::option::Option::None => ::core::option::Option::None,
            }
        }

        fn entities<'a>(
            rows: &'a mut $crate::schema::Erased,
            into: &mut ::std::vec::Vec<&'a mut dyn $crate::schema::Entity>,
        ) {
            let rows = rows.as_mut_slice::<Self>();
            into.reserve(rows.len());
            for row in rows {
                into.push(row);
            }
        }

        fn into_records(rows: $crate::schema::Erased) -> ::std::vec::Vec<::std::sync::Arc<$crate::schema::Record>> {
            let rows = rows.into_vec::<Self>();
            let mut records = ::std::vec::Vec::with_capacity(rows.len());
            for row in rows {
                records.push(::std::sync::Arc::new(<Self as $crate::schema::Schema>::into_record(row)));
            }
            records
        }
    };
}

impl Erased {
    /// An empty list, with room for so many rows.
    pub fn list<T: Any + Send + Sync>(capacity: usize) -> Self {
        Self(Some(Box::new(Vec::<T>::with_capacity(capacity))))
    }

    /// Adds a row, to a list if there may be many; where there is room for one only, the first stays.
    pub fn add<T: Any + Send + Sync>(&mut self, row: T, many: bool) {
        if !many {
            if self.0.is_none() {
                self.0 = Some(Box::new(row));
            }
            return;
        }
        if self.0.is_none() {
            *self = Self::list::<T>(0);
        }
        match self.0.as_mut().and_then(|rows| rows.downcast_mut::<Vec<T>>()) {
            Some(rows) => rows.push(row),
            None => of_another_type(),
        }
    }

    /// The rows.
    pub fn as_slice<T: Any>(&self) -> &[T] {
        let Some(rows) = &self.0 else { return &[] };
        match (rows.downcast_ref::<Vec<T>>(), rows.downcast_ref()) {
            (Some(rows), _) => rows,
            (None, Some(row)) => slice::from_ref(row),
            (None, None) => of_another_type(),
        }
    }

    /// The rows, to be changed in place.
    pub fn as_mut_slice<T: Any>(&mut self) -> &mut [T] {
        let Some(rows) = &mut self.0 else { return &mut [] };
        if rows.is::<Vec<T>>() {
            return rows.downcast_mut::<Vec<T>>().map_or_else(of_another_type, Vec::as_mut_slice);
        }
        rows.downcast_mut().map_or_else(of_another_type, slice::from_mut)
    }

    /// The same rows again.
    pub fn copy<T: Any + Send + Sync + Clone>(&self) -> Self {
        let Some(rows) = &self.0 else { return Self(None) };
        match (rows.downcast_ref::<Vec<T>>(), rows.downcast_ref::<T>()) {
            (Some(rows), _) => Self(Some(Box::new(rows.clone()))),
            (None, Some(row)) => Self(Some(Box::new(row.clone()))),
            (None, None) => of_another_type(),
        }
    }

    /// The rows by value.
    pub fn into_vec<T: Any>(self) -> Vec<T> {
        let Some(rows) = self.0 else { return Vec::new() };
        match rows.downcast::<Vec<T>>() {
            Ok(rows) => *rows,
            Err(row) => row.downcast().map_or_else(|_| of_another_type(), |row| vec![*row]),
        }
    }

    /// The only row by value.
    pub fn into_one<T: Any>(self) -> Option<Box<T>> {
        self.0?.downcast().map_or_else(|_| of_another_type(), Some)
    }
}

/// What there is instead of rows of another type, which there never are: the derive names a container's type once.
#[cold]
fn of_another_type<D: Default>() -> D {
    debug_assert!(false, "a container has rows of another type than its own");
    D::default()
}

impl RowFns {
    /// Those of a schema.
    pub const fn of<S: Schema>() -> Self {
        Self {
            list: Erased::list::<S>,
            add: S::add,
            entity: S::entity,
            entities: S::entities,
            into_records: S::into_records,
        }
    }

    /// The rows of records, with their loaded associations.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    pub(super) fn of_records(&self, records: Vec<Arc<Record>>, many: bool) -> Result<Erased, TypeError> {
        let mut rows = if many && !records.is_empty() { (self.list)(records.len()) } else { Erased::default() };
        for (at, record) in records.into_iter().enumerate() {
            let mut record = Arc::unwrap_or_clone(record);
            let loaded = std::mem::take(&mut record.associations);
            (self.add)(&mut rows, &mut record, many)?;
            if !loaded.is_empty()
                && let Some(entity) = (self.entity)(&mut rows, at)
            {
                fill(entity, loaded)?;
            }
        }
        Ok(rows)
    }
}

/// Puts loaded rows into their containers.
///
/// # Errors
/// A value is NULL or of another type than its field.
pub(super) fn fill(entity: &mut dyn Entity, loaded: ByMember<Loaded>) -> Result<(), TypeError> {
    let associations = entity.meta().associations;
    for (index, loaded) in loaded {
        if let (Some(association), Some(slot)) = (associations.get(index), entity.slot(index)) {
            slot.fill(association, loaded)?;
        }
    }
    Ok(())
}

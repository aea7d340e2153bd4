//! Typed columns.

use std::{fmt, marker::PhantomData};

/// A column of schema `S` that holds a `V`. The derive makes one constant for each field: `Post::title`.
pub struct Column<S, V> {
    index: usize,
    is_virtual: bool,
    types: PhantomData<fn() -> (S, V)>,
}

impl<S, V> Clone for Column<S, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, V> Copy for Column<S, V> {}

impl<S: super::Schema, V> fmt::Debug for Column<S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", S::META.name, self.name())
    }
}

impl<S, V> Column<S, V> {
    /// For the derive: the column of the field with that index.
    #[doc(hidden)]
    pub const fn new(index: usize) -> Self {
        Self { index, is_virtual: false, types: PhantomData }
    }

    /// For the derive: a virtual field.
    #[doc(hidden)]
    pub const fn new_virtual(index: usize) -> Self {
        Self { is_virtual: true, ..Self::new(index) }
    }

    /// For the derive: the index, where only a field with a column will do; else it does not compile.
    #[doc(hidden)]
    #[track_caller]
    pub const fn stored_index(self) -> usize {
        assert!(
            !self.is_virtual,
            "this field is virtual: it has no column that the database could compare or order by"
        );
        self.index
    }

    /// The index of the field in the schema's metadata.
    pub const fn index(self) -> usize {
        self.index
    }
}

impl<S, V> Column<S, V> {
    /// The column of an alias of the schema, in a query that reads its table twice.
    pub fn of<A: crate::query::Alias<S>>(self, _alias: A) -> Column<A, V> {
        Column { index: self.index, is_virtual: self.is_virtual, types: PhantomData }
    }
}

impl<S: super::Schema, V> Column<S, V> {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        S::META.fields[self.index].name
    }
}

/// A column of schema `S`, whatever its type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column of `{S}`",
    label = "not a column of `{S}`",
    note = "write a column of this schema, as in `{S}::id`"
)]
pub trait ColumnOf<S> {
    /// The index of the field.
    fn field(&self) -> usize;
}

impl<S, V> ColumnOf<S> for Column<S, V> {
    fn field(&self) -> usize {
        self.index
    }
}

/// A permit list: a column, a tuple of columns of one schema, or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of columns of `{S}`",
    label = "expected columns of `{S}`",
    note = "write one column, as in `{S}::id`, a tuple of columns, or `()` for none; columns of another schema cannot be listed here"
)]
pub trait Columns<S> {
    /// The indices of the fields.
    fn fields(&self) -> impl AsRef<[usize]> + Into<Vec<usize>>;
}

impl<S> Columns<S> for () {
    fn fields(&self) -> impl AsRef<[usize]> + Into<Vec<usize>> {
        []
    }
}

impl<S, V> Columns<S> for Column<S, V> {
    fn fields(&self) -> impl AsRef<[usize]> + Into<Vec<usize>> {
        [self.index]
    }
}

macro_rules! tuple_columns {
    ($($name:ident)+) => {
        impl<S, $($name: ColumnOf<S>),+> Columns<S> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn fields(&self) -> impl AsRef<[usize]> + Into<Vec<usize>> {
                let ($($name,)+) = self;
                [$($name.field()),+]
            }
        }
    };
}
tuple_columns!(A);
tuple_columns!(A B);
tuple_columns!(A B C);
tuple_columns!(A B C D);
tuple_columns!(A B C D E);
tuple_columns!(A B C D E F);
tuple_columns!(A B C D E F G);
tuple_columns!(A B C D E F G H);
tuple_columns!(A B C D E F G H I);
tuple_columns!(A B C D E F G H I J);
tuple_columns!(A B C D E F G H I J K);
tuple_columns!(A B C D E F G H I J K L);
tuple_columns!(A B C D E F G H I J K L M);
tuple_columns!(A B C D E F G H I J K L M N);
tuple_columns!(A B C D E F G H I J K L M N O);
tuple_columns!(A B C D E F G H I J K L M N O P);

//! Many rows at once, without changesets.

use std::{borrow::Cow, marker::PhantomData, ops::Range};

use sea_query::Value;

use super::{Assignment, Assignments, bulk::Change, node::Node};
use crate::{
    adapter::{DbError, Dialect},
    plan::{Col, Conflict, Op},
    run::{Values, WriteStatement},
    schema::{Column, Columns, Field, Meta, Record, Stored},
    types::ColumnType,
};

/// Rows to be inserted as they are, in statements whose number does not grow with them.
///
/// ```
/// use assoc_core::{ExpressionMethods, doctest::Tag, query::InsertAll};
///
/// let tags = ["rust", "sql"].map(|name| Tag::name.set(name));
/// let insert = InsertAll::rows(tags).on_conflict_nothing(Tag::name);
/// # drop(insert);
/// ```
#[must_use = "a repo inserts them: `repo.insert_all(…)`"]
pub struct InsertAll<S> {
    rows: Vec<Vec<Assignment<S>>>,
    conflict: Option<Conflict>,
    schema: PhantomData<fn() -> S>,
}

impl<S: Stored> InsertAll<S> {
    /// Rows of the values that their columns are [set](crate::Column::set) to. A row that does not say a value has the default
    /// and the key that the schema makes, the present time in `#[timestamps]`, else what the database does without one.
    pub fn rows(rows: impl IntoIterator<Item = impl Assignments<S>>) -> Self {
        let rows = rows.into_iter().map(Assignments::assignments).collect();
        Self { rows, conflict: None, schema: PhantomData }
    }

    /// Rows that would violate the uniqueness of `target` are not inserted; `()` means any unique constraint.
    pub fn on_conflict_nothing(mut self, target: impl Columns<S>) -> Self {
        self.conflict = Some(Conflict { target: cols(S::META, target.fields().into()), ..Conflict::default() });
        self
    }

    /// Rows that would violate the uniqueness of `target` give the row that is there these columns. On PostgreSQL no row of
    /// the table can be meant twice.
    pub fn on_conflict_replace(self, target: impl Columns<S>, replace: impl Columns<S>) -> Self {
        self.upsert(target.fields().into(), |conflict| conflict.replace = cols(S::META, replace.fields().into()))
    }

    /// Rows that would violate the uniqueness of `target` add their numbers in these columns to those of the row that is
    /// there: counters. `NULL` counts as 0. Can be said beside [`on_conflict_replace`](Self::on_conflict_replace).
    ///
    /// ```
    /// use assoc_core::{doctest::Comment, query::InsertAll};
    ///
    /// let insert = InsertAll::rows([(Comment::id.set(7), Comment::body.set("Read"), Comment::rating.set(1))])
    ///     .on_conflict_replace(Comment::id, Comment::body)
    ///     .on_conflict_add(Comment::id, Comment::rating);
    /// # drop(insert);
    /// ```
    pub fn on_conflict_add(self, target: impl Columns<S>, add: impl Numbers<S>) -> Self {
        self.upsert(target.fields().into(), |conflict| conflict.add = cols(S::META, add.numbers()))
    }

    fn upsert(mut self, target: Vec<usize>, change: impl FnOnce(&mut Conflict)) -> Self {
        let conflict = self.conflict.get_or_insert_default();
        conflict.target = cols(S::META, target);
        change(conflict);
        self
    }

    /// For the repo: the rows by columns.
    ///
    /// # Errors
    /// An assignment is no value, or rows name different columns.
    #[doc(hidden)]
    pub fn into_table(self, returning: bool) -> Result<InsertTable, DbError> {
        let meta = S::META;
        let mut set: Vec<usize> = Vec::new();
        let mut values: Vec<Vec<Cow<'static, Value>>> = Vec::new();
        let rows = self.rows.len();
        for (at, assignments) in self.rows.into_iter().enumerate() {
            let row = row(meta, assignments)?;
            let fields: Vec<usize> = row.iter().map(|(field, _)| *field).collect();
            if at == 0 {
                values = fields.iter().map(|_| Vec::with_capacity(rows)).collect();
                set = fields;
            } else if set != fields {
                return Err(DbError::Configuration(format!(
                    "row {at} of the insert into `{}` sets other columns than the first; set the same in all rows",
                    meta.table.name
                )));
            }
            for (column, (_, value)) in values.iter_mut().zip(row) {
                column.push(Cow::Owned(value));
            }
        }
        let returning = if returning { cols(meta, (0..meta.columns).collect()) } else { Vec::new() };
        Ok(InsertTable { meta, set: cols(meta, set), values, rows, conflict: self.conflict, returning })
    }
}

/// Columns of `S` that hold numbers: one, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of columns of `{S}` that hold numbers",
    label = "expected numbers, which can be added to"
)]
pub trait Numbers<S> {
    /// The indices of the fields.
    #[doc(hidden)]
    fn numbers(self) -> Vec<usize>;
}

impl<S, V: ColumnType> Numbers<S> for Column<S, V>
where
    V::Base: std::ops::Add,
{
    fn numbers(self) -> Vec<usize> {
        vec![self.index()]
    }
}

macro_rules! tuple_numbers {
    ($($name:ident)+) => {
        impl<S, $($name: Numbers<S>),+> Numbers<S> for ($($name,)+) {
            #[allow(non_snake_case)]
            fn numbers(self) -> Vec<usize> {
                let ($($name,)+) = self;
                [$($name.numbers()),+].concat()
            }
        }
    };
}
tuple_numbers!(A);
tuple_numbers!(A B);
tuple_numbers!(A B C);
tuple_numbers!(A B C D);

/// The values of a row, by field: what is said, else what the schema knows.
fn row<S>(meta: &Meta, assignments: Vec<Assignment<S>>) -> Result<Vec<(usize, Value)>, DbError> {
    let mut values = Record::built(meta).values;
    for (value, field) in values.iter_mut().zip(meta.fields) {
        *value = value.take().or_else(|| present(field));
    }
    for assignment in assignments {
        let (field, change) = assignment.into_parts();
        let Change::Set(Node::Value(value, _)) = change else {
            let column = meta.fields[field].column;
            return Err(DbError::Configuration(format!(
                "a new row of `{}` needs a value for `{column}`, not an expression: there is no row yet to calculate with",
                meta.table.name
            )));
        };
        values[field] = Some(value);
    }
    let stored = values.into_iter().take(meta.columns).enumerate();
    Ok(stored.filter_map(|(field, value)| value.map(|value| (field, value))).collect())
}

fn present(field: &Field) -> Option<Value> {
    field.on_insert.or(field.on_update).map(|now| now())
}

fn cols(meta: &Meta, fields: Vec<usize>) -> Vec<Col> {
    fields.into_iter().map(|field| Col::of(meta, field)).collect()
}

/// Rows to be inserted, by columns.
#[doc(hidden)]
pub struct InsertTable {
    meta: &'static Meta,
    set: Vec<Col>,
    values: Vec<Vec<Cow<'static, Value>>>,
    rows: usize,
    conflict: Option<Conflict>,
    returning: Vec<Col>,
}

impl InsertTable {
    /// Whether the database can do it.
    ///
    /// # Errors
    /// It cannot add numbers of a type.
    pub fn check(&self, dialect: &dyn Dialect) -> Result<(), DbError> {
        let mut added = self.conflict.iter().flat_map(|conflict| &conflict.add);
        if added.any(|col| !dialect.calculates(col.ty)) {
            return Err(DbError::Unsupported {
                database: dialect.name(),
                what: "add to decimals, which it keeps as texts",
                instead: "read the rows, and save them with their new values",
            });
        }
        Ok(())
    }

    /// Whether what comes back may not fit the schema: it was not sent, and its field does not hold every value.
    pub fn may_not_fit(&self) -> bool {
        let fits = |col: &Col| {
            let sent = self.conflict.is_none() && self.set.contains(col);
            sent || col.field.is_some_and(|field| {
                let Field { total, nullable, .. } = self.meta.fields[field];
                total && (nullable || self.meta.primary_key.contains(&field))
            })
        };
        !self.returning.iter().all(fits)
    }

    /// The rows that one statement can carry, statement by statement.
    pub fn chunks(&self, dialect: &dyn Dialect) -> Vec<Range<usize>> {
        let most = dialect.max_rows(&mut self.set.iter()).max(1);
        (0..self.rows).step_by(most).map(|start| start..self.rows.min(start.saturating_add(most))).collect()
    }

    /// The statement for some of the rows.
    pub fn statement<'a>(&'a self, rows: Range<usize>, prefix: Option<&'a str>) -> WriteStatement<'a> {
        WriteStatement {
            op: Op::Insert,
            table: self.meta.table,
            prefix,
            keys: &[],
            key: &[],
            set: Cow::Borrowed(&self.set),
            returning: &self.returning,
            conflict: self.conflict.as_ref(),
            rows: rows.len(),
            values: self.values.iter().map(|column| Values::of_slice(&column[rows.clone()])).collect(),
        }
    }
}

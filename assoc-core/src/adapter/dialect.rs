//! How a database writes SQL, and what it can do.

use std::borrow::Cow;

use sea_query::{Expr, ExprTrait, Value};

use super::{DbError, PathStep, Sql, TransactionOptions};
use crate::{
    plan::Col,
    query::{ArrayTest, ColumnAt, Statement},
    run::{AsOne, WriteStatement},
    schema::{Meta, Version},
    types::Type,
};

/// How a database writes SQL.
pub trait Dialect: Send + Sync {
    /// The name, for messages.
    fn name(&self) -> &'static str;
    /// The text that begins a transaction.
    ///
    /// # Errors
    /// [`DbError::Unsupported`] for what the database cannot do.
    fn begin(&self, options: &TransactionOptions) -> Result<Cow<'static, str>, DbError>;
    /// Renders a write.
    fn write<'a>(&self, statement: &'a WriteStatement<'a>) -> Sql<'a>;
    /// Renders writes that are sent as one statement, if the database can take them so.
    fn write_as_one<'a>(&self, _writes: &'a AsOne<'a>) -> Option<Sql<'a>> {
        None
    }
    /// How many rows one write of these columns can carry.
    fn max_rows(&self, _columns: &mut dyn Iterator<Item = &Col>) -> usize {
        usize::MAX
    }
    /// Renders a statement of sea-query.
    fn render(&self, statement: Statement) -> Sql<'static>;
    /// An array column with one item more.
    fn append(&self, column: &'static str, item: Value, ty: Type) -> Expr;
    /// A column with a number added.
    ///
    /// # Errors
    /// The database cannot add numbers of that type.
    fn plus(&self, column: &'static str, number: Value, ty: Type) -> Result<Expr, DbError> {
        Ok(Expr::col(column).add(self.assigned(number, ty)))
    }
    /// A value to write to a column of that type.
    fn assigned(&self, value: Value, ty: Type) -> Expr {
        self.value(value, ty)
    }
    /// A value to compare a column of that type with.
    fn value(&self, value: Value, _ty: Type) -> Expr {
        Expr::val(value)
    }
    /// A column to compare or order by.
    fn operand(&self, column: ColumnAt) -> Expr {
        column.expr()
    }
    /// A column as it is in the table.
    fn plain(&self, column: ColumnAt) -> Expr {
        column.expr()
    }
    /// The text matches a pattern, with `%`, `_`, and `\\` before what stands for itself; case matters.
    fn like(&self, text: Expr, pattern: String) -> Expr {
        text.like(pattern)
    }
    /// The same, whatever the case.
    fn ilike(&self, text: Expr, pattern: String) -> Expr;
    /// A column to be read.
    fn column(&self, column: ColumnAt) -> Expr {
        let ty = column.ty;
        self.read(self.plain(column), ty)
    }
    /// An expression to be read.
    fn read(&self, expr: Expr, _ty: Type) -> Expr {
        expr
    }
    /// An expression as a value of the type that is read: NULL, or JSON of any kind.
    fn typed(&self, expr: Expr, _ty: Type) -> Expr {
        expr
    }
    /// The expressions equal one of the keys; the text must not grow with them, if that can be.
    fn any_of(&self, columns: &[(Expr, Type)], keys: Vec<Vec<Value>>) -> Expr;
    /// What [`any_of`](Self::any_of) binds for keys of these types.
    fn keys(&self, types: &[Type], keys: Vec<Vec<Value>>) -> Vec<Value>;
    /// Whether the text of [`any_of`](Self::any_of) grows with keys of these types.
    fn grows_with(&self, _types: &[Type]) -> bool {
        false
    }
    /// SQL with a `?` for each expression, and `??` for a question mark.
    fn fragment(&self, sql: &str, expressions: Vec<Expr>) -> Expr;
    /// The part of a JSON value at a path, as JSON or as text.
    fn json(&self, json: Expr, path: &[PathStep], text: bool) -> Expr;
    /// The array has all, or one, of the items, which are a value of an array of that type.
    fn array(&self, array: Expr, test: ArrayTest, items: Value, ty: Type) -> Expr;
    /// How many items the array has.
    fn array_length(&self, array: Expr) -> Expr;
    /// The function that joins the texts of a group.
    fn join_texts(&self) -> &'static str;
    /// Whether it can calculate with numbers of that type.
    fn calculates(&self, _ty: Type) -> bool {
        true
    }
    /// Whether it orders NULLs as if they were greater than all values, or less.
    fn nulls_are_greatest(&self) -> bool {
        true
    }
    /// Whether it knows `FOR UPDATE` and its kin.
    fn locks_rows(&self) -> bool {
        true
    }
    /// Whether `EXISTS` is sound in a query with `OFFSET`, also without a limit of its own.
    fn exists_beside_offset(&self) -> bool {
        true
    }
    /// Whether it knows `DISTINCT ON`.
    fn distinct_on(&self) -> bool {
        true
    }
    /// Whether it can tell that JSON contains other JSON.
    fn contains_json(&self) -> bool {
        true
    }
    /// `SELECT expression` once for each of `count` rows.
    fn draw(&self, expression: &'static str, ty: Type, count: usize) -> Sql<'static>;
    /// Whether a statement that fails undoes its transaction.
    fn failure_aborts(&self) -> bool {
        false
    }
    /// Whether it can tell the versions of a row in that way.
    fn knows_version(&self, _version: Version) -> bool {
        true
    }
}

impl dyn Dialect {
    /// Whether the database can keep rows of the schema.
    pub(crate) fn check(&self, meta: &Meta) -> Result<(), DbError> {
        let unknown =
            meta.fields.iter().find(|field| field.version.is_some_and(|version| !self.knows_version(version)));
        match unknown {
            Some(field) => Err(DbError::UnknownVersion { schema: meta.name, field: field.name, database: self.name() }),
            None => Ok(()),
        }
    }
}

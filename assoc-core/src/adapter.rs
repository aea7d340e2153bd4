//! What a database adapter provides: rendering, binding, fetching, naming its errors. All else is written once, here.

use std::{borrow::Cow, fmt, future::Future, pin::Pin, task::Poll};

use sea_query::{Expr, ExprTrait, Value};

use crate::{
    changeset::Path,
    plan::Col,
    query::{ArrayTest, ColumnAt, Statement},
    run::WriteStatement,
    schema::{Meta, Row, Version},
    types::{Type, TypeError},
};

/// A boxed future, so that adapters can stand behind a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes the rows of a statement as they arrive.
pub type OnRow<'a> = &'a mut (dyn FnMut(&mut dyn Row) -> Result<(), TypeError> + Send);

/// Whether there is room for one more row. Where there is none, the statement is polled again when there may be.
pub type Room<'a> = &'a mut (dyn FnMut() -> Poll<()> + Send);

/// A source of connections: a pool of some driver.
pub trait Pool: Send + Sync {
    /// A connection, which is taken out of the pool when it is first used.
    fn connection(&self) -> Box<dyn Connection>;
    /// How this database writes SQL.
    fn dialect(&self) -> &'static dyn Dialect;
    /// The driver's own pool, to be downcast.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// One connection. Dropping it inside of a transaction rolls that back.
pub trait Connection: Send {
    /// Runs a statement and hands over its rows.
    fn run<'a>(&'a mut self, sql: Sql<'a>, on_row: OnRow<'a>) -> BoxFuture<'a, Result<(), DbError>>;
    /// Runs a statement and hands over a row only where there is room for it; until then, it stays with the driver.
    fn run_paced<'a>(
        &'a mut self,
        sql: Sql<'a>,
        on_row: OnRow<'a>,
        room: Room<'a>,
    ) -> BoxFuture<'a, Result<(), DbError>>;
    /// Runs a statement that returns no rows, and tells how many it wrote.
    fn execute<'a>(&'a mut self, sql: Sql<'a>) -> BoxFuture<'a, Result<u64, DbError>>;
    /// The driver's own connection, to be downcast.
    fn driver(&mut self) -> BoxFuture<'_, Result<&mut (dyn std::any::Any + Send), DbError>>;
    /// What was done with the driver's connection failed: if that aborts a transaction, this one is.
    fn driver_failed(&mut self);
    /// Runs statements as they are, several perhaps, passes over their rows, and tells how many they wrote.
    fn script<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<u64, DbError>>;
    /// Begins a transaction; inside of one, sets a savepoint.
    fn begin(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
    /// Commits the transaction, or releases the savepoint.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
    /// Rolls back the transaction, or to the savepoint.
    fn rollback(&mut self) -> BoxFuture<'_, Result<(), DbError>>;
}

/// How a database writes SQL.
pub trait Dialect: Send + Sync {
    /// The name, for messages.
    fn name(&self) -> &'static str;
    /// Renders a write.
    fn write<'a>(&self, statement: &'a WriteStatement<'a>) -> Sql<'a>;
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
    /// Whether `EXISTS` is sound in a query with `OFFSET`, also without a limit of its own.
    fn exists_beside_offset(&self) -> bool {
        true
    }
    /// The expressions equal one of the keys; the text must not grow with them.
    fn any_of(&self, columns: &[(Expr, Type)], keys: Vec<Vec<Value>>) -> Expr;
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

/// A step of a path into JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// The value of a key.
    Key(String),
    /// The item at a position, from 0.
    Index(u32),
}

/// A statement: its text, and what is bound.
#[derive(Clone, Debug)]
pub struct Sql<'a> {
    /// The text. It never holds a value.
    pub text: Cow<'static, str>,
    /// The values, in the order of the placeholders.
    pub binds: Vec<Bind<'a>>,
}

/// A bound value.
#[derive(Clone, Debug)]
pub enum Bind<'a> {
    /// One value.
    One(Value),
    /// One value for each row, as an array.
    Column(Type, &'a [Cow<'a, Value>]),
}

/// A statement that failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum DbError {
    /// A row violates a constraint that no changeset declares.
    Violation(Box<Violation>),
    /// A row that was to be written is gone, or belongs to another owner.
    Stale(Path),
    /// A returned row does not fit its schema.
    Type(TypeError),
    /// The row that should exist does not.
    NotFound {
        /// The schema.
        schema: &'static str,
    },
    /// A query for one row found several.
    TooMany {
        /// The schema.
        schema: &'static str,
    },
    /// The schema tells the versions of its rows by what this database does not have.
    UnknownVersion {
        /// The schema.
        schema: &'static str,
        /// The field.
        field: &'static str,
        /// The database.
        database: &'static str,
    },
    /// The database cannot do what is asked for. Nothing was sent.
    Unsupported {
        /// The database.
        database: &'static str,
        /// What it cannot do.
        what: &'static str,
        /// What can be done instead.
        instead: &'static str,
    },
    /// The cursor of a page is none of the query: it was changed, or belongs to another order.
    Cursor,
    /// The URL or the options cannot be used.
    Configuration(String),
    /// The transaction has ended, was left in the middle of a call, or is lent to a nested one.
    TransactionEnded,
    /// A stream has the connection of the transaction, until it is read to its end or dropped.
    Streaming,
    /// A statement of the transaction failed, and the database undid all of it.
    TransactionAborted,
    /// Anything else the driver reports.
    Driver(Box<dyn std::error::Error + Send + Sync>),
}

/// A violated constraint.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The kind of constraint.
    pub kind: ViolationKind,
    /// The constraint's name, where the database tells it.
    pub constraint: Option<String>,
    /// The table, where the database tells it.
    pub table: Option<String>,
    /// The columns, where the database tells them.
    pub columns: Vec<String>,
    /// The database's message.
    pub message: String,
    /// The row that caused it.
    pub path: Path,
}

/// The kinds of constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// A unique index or a primary key.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check constraint.
    Check,
    /// NOT NULL.
    NotNull,
    /// An exclusion constraint.
    Exclusion,
    /// A number or time that the column cannot hold.
    OutOfRange,
    /// A text that is too long for the column.
    TooLong,
    /// Another value that the column cannot hold.
    Value,
}

impl ViolationKind {
    /// The name in the parameters of an error.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign",
            Self::Check => "check",
            Self::NotNull => "not_null",
            Self::Exclusion => "exclusion",
            Self::OutOfRange => "out_of_range",
            Self::TooLong => "too_long",
            Self::Value => "value",
        }
    }

    /// Whether a value is to blame, whatever else the table holds.
    pub fn is_of_value(self) -> bool {
        matches!(self, Self::OutOfRange | Self::TooLong | Self::Value)
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(violation) => violation.fmt(f),
            Self::Stale(path) if path.as_str().is_empty() => {
                f.write_str("the row is gone, or somebody changed it, after it had been loaded")
            }
            Self::Stale(path) => write!(
                f,
                "the row at `{path}` is gone, belongs to another owner, or somebody changed it, after it had been loaded"
            ),
            Self::Type(error) => error.fmt(f),
            Self::NotFound { schema } => write!(f, "no `{schema}` was found"),
            Self::TooMany { schema } => write!(f, "more than one `{schema}` was found"),
            Self::UnknownVersion { schema, field, database } => write!(
                f,
                "`{field}` of `{schema}` is a `#[schema(version = xmin)]`, which {database} does not have; count versions in a column of your own: `#[schema(version)]`"
            ),
            Self::Unsupported { database, what, instead } => write!(f, "{database} cannot {what}; {instead}"),
            Self::Cursor => f.write_str("the cursor is none of this query; begin at the first page"),
            Self::Configuration(message) => f.write_str(message),
            Self::TransactionEnded => f.write_str(
                "the transaction has ended, a call in it was dropped in the middle, or a nested transaction has it: inside of `transaction(async |tx| …)`, use that `tx`",
            ),
            Self::Streaming => f.write_str(
                "a stream of this transaction is being read: read it to its end, or drop it, before the next call",
            ),
            Self::TransactionAborted => f.write_str(
                "a statement of this transaction failed, so the database has undone all of it; run what may fail in a nested `transaction(async |tx| …)`",
            ),
            Self::Driver(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.as_str().is_empty() {
            write!(f, "the row at `{}`: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match (&self.constraint, self.kind) {
            (Some(name), kind) => write!(
                f,
                " (declare the {} constraint `{name}` on the row's changeset, or that of its owner, to make this an error of a field)",
                if kind == ViolationKind::ForeignKey { "foreign key" } else { kind.name() }
            ),
            (None, _) => Ok(()),
        }
    }
}

impl std::error::Error for DbError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Driver(error) => Some(&**error),
            Self::Type(error) => Some(error),
            _ => None,
        }
    }
}

impl From<TypeError> for DbError {
    fn from(error: TypeError) -> Self {
        Self::Type(error)
    }
}

//! What goes wrong with a statement.

use std::fmt;

use crate::{changeset::Path, types::TypeError};

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
    /// Others got in the way: the transaction cannot be ordered among them, or it waited for them as they for it. Tried
    /// again as a whole, it may succeed.
    Serialization(Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else has locked a row, and the query does not wait.
    Locked(Box<dyn std::error::Error + Send + Sync>),
    /// A statement took longer than it may, or was cancelled.
    Timeout(Box<dyn std::error::Error + Send + Sync>),
    /// What a save that is one statement checks by itself did not hold: a row is gone, or a value that the database makes does
    /// not fit its field. It is told so only without savepoints, where nothing more can be asked.
    Unmet {
        /// Which of the plan's statements it is about, from 0.
        write: usize,
        /// That of the driver.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The transaction has ended, was left in the middle of a call, or is lent to a nested one.
    TransactionEnded,
    /// A stream has the connection of the transaction, until it is read to its end or dropped.
    Streaming,
    /// A statement of the transaction failed, and the database undid all of it.
    TransactionAborted,
    /// The connection was lost before the database had answered. What was sent is not sent again, for it may have been
    /// done; reads outside of a transaction are tried once more before this is said.
    ConnectionLost(Box<dyn std::error::Error + Send + Sync>),
    /// The database refuses a statement for another reason: it is not valid there, or not allowed.
    Statement(Box<dyn std::error::Error + Send + Sync>),
    /// Anything else the driver reports: a connection that is lost or cannot be had.
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
    /// The key that the database names; its values stay out of messages.
    pub key: Option<NamedKey>,
    /// The database's message.
    pub message: String,
    /// The row that caused it.
    pub path: Path,
}

/// The columns of a key with their values, as the database spells them.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedKey(Vec<(String, String)>);

impl NamedKey {
    /// `Key (tenant_id, email)=(1, a@b.c) already exists.`, in whatever language; of `Key (n)=(1) conflicts with existing key
    /// (n)=(1).` the first.
    pub fn parse(detail: &str) -> Option<Self> {
        let (columns, values) = detail.split_once(")=(")?;
        let columns = columns.split_once('(')?.1;
        let values = values.split_once(&format!("({columns})=(")).map_or(values, |(first, _)| first);
        let values = values.rsplit_once(')')?.0;
        let name = |column: &str| column.trim_matches('"').to_owned();
        let columns: Vec<&str> = columns.split(", ").collect();
        let values: Vec<&str> = if columns.len() == 1 { vec![values] } else { values.split(", ").collect() };
        let pairs = || columns.iter().zip(&values).map(|(column, value)| (name(column), (*value).to_owned())).collect();
        (columns.len() == values.len()).then(|| Self(pairs()))
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(column, value)| (column.as_str(), value.as_str()))
    }
}

impl fmt::Debug for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(column, _)| column)).finish()
    }
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

impl DbError {
    /// Whether the transaction may succeed if it is tried again as a whole.
    pub fn is_serialization_failure(&self) -> bool {
        matches!(self, Self::Serialization(_))
    }

    /// Whether the database answered that it did not do what it was told, so that it can be told in another way.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Violation(_) | Self::Serialization(_) | Self::Statement(_) | Self::Unmet { .. })
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
            Self::Serialization(error) => {
                write!(f, "other transactions got in the way of this one, which can be tried again: {error}")
            }
            Self::Locked(error) => write!(f, "somebody else has locked a row: {error}"),
            Self::Timeout(error) => write!(f, "a statement took too long, or was cancelled: {error}"),
            Self::Unmet { .. } => f.write_str(
                "a row that was to be written is gone, belongs to another owner, or somebody changed it, after it had been loaded; or the database made a value that does not fit its field: with savepoints, a save tells which",
            ),
            Self::TransactionEnded => f.write_str(
                "the transaction has ended, a call in it was dropped in the middle, or a nested transaction has it: inside of `transaction(async |tx| …)`, use that `tx`",
            ),
            Self::Streaming => f.write_str(
                "a stream of this transaction is being read: read it to its end, or drop it, before the next call",
            ),
            Self::TransactionAborted => f.write_str(
                "a statement of this transaction failed, so nothing of it will be written, and the database refuses what comes after; run what may fail in a nested `transaction(async |tx| …)`, which can fail alone",
            ),
            Self::ConnectionLost(error) => write!(
                f,
                "the connection to the database was lost before it had answered, so that nobody knows whether the statement was carried out: {error}"
            ),
            Self::Statement(error) | Self::Driver(error) => error.fmt(f),
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
                " (a changeset of the row, or of its owner, that declares the {} constraint `{name}` makes this an error of a field)",
                if kind == ViolationKind::ForeignKey { "foreign key" } else { kind.name() }
            ),
            (None, _) => Ok(()),
        }
    }
}

impl std::error::Error for DbError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Driver(error)
            | Self::Statement(error)
            | Self::Unmet { error, .. }
            | Self::ConnectionLost(error)
            | Self::Serialization(error)
            | Self::Timeout(error)
            | Self::Locked(error) => Some(&**error),
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

#[cfg(test)]
mod tests {
    use super::NamedKey;

    #[test]
    fn keys_that_the_database_names() {
        let pairs = |detail: &str| NamedKey::parse(detail).map(|NamedKey(pairs)| pairs).unwrap_or_default();
        let pair = |column: &str, value: &str| (column.to_owned(), value.to_owned());
        assert_eq!(pairs("Key (slug)=(a (b)) already exists."), [pair("slug", "a (b)")]);
        assert_eq!(pairs("Key (\"order\", id)=(x, 1) already exists."), [pair("order", "x"), pair("id", "1")]);
        assert_eq!(pairs("Key (n)=(1) conflicts with existing key (n)=(2)."), [pair("n", "1")]);
        assert_eq!(pairs("Failing row contains (1, null)."), []);
    }
}

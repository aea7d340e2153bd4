//! Errors of the driver by their extended result code.

use assoc_core::{
    Path,
    adapter::{DbError, Violation, ViolationKind},
};
use assoc_sqlx::boxed;
use sqlx::error::DatabaseError;

/// A sqlx error as an error of assoc.
pub fn error(error: sqlx::Error) -> DbError {
    let database = error.as_database_error();
    if let Some(violation) = database.and_then(violation) {
        return DbError::Violation(Box::new(violation));
    }
    // BUSY and LOCKED, each with what is in the higher bits: somebody else was writing for too long.
    match database.and_then(code).map(|code| code & 0xff) {
        Some(5 | 6) => DbError::Serialization(boxed(error)),
        // ERROR, READONLY
        Some(1 | 8) => DbError::Statement(boxed(error)),
        _ => DbError::Driver(boxed(error)),
    }
}

fn code(error: &(dyn DatabaseError + 'static)) -> Option<u32> {
    error.code()?.parse().ok()
}

/// SQLite tells no name of a unique constraint, but its columns (`UNIQUE constraint failed: posts.slug`); the
/// name of a check constraint; nothing of a foreign key.
fn violation(error: &(dyn DatabaseError + 'static)) -> Option<Violation> {
    let kind = match code(error)? {
        1555 | 2067 | 2579 => ViolationKind::Unique,
        787 => ViolationKind::ForeignKey,
        // RESTRICT works by triggers
        1811 if error.message().starts_with("FOREIGN KEY") => ViolationKind::ForeignKey,
        275 => ViolationKind::Check,
        1299 => ViolationKind::NotNull,
        3091 => ViolationKind::Value,
        _ => return None,
    };
    let message = error.message();
    let subject = message.split_once(": ").map_or("", |(_, subject)| subject);
    let index = subject.strip_prefix("index '").and_then(|subject| subject.strip_suffix('\''));
    let columns = match kind {
        ViolationKind::Unique | ViolationKind::NotNull if index.is_none() => {
            let columns = subject.split(", ").filter_map(|column| column.rsplit_once('.'));
            columns.map(|(_, column)| column.to_owned()).collect()
        }
        _ => Vec::new(),
    };
    let constraint = index.or((kind == ViolationKind::Check).then_some(subject)).map(str::to_owned);
    let table = subject.split_once('.').map(|(table, _)| table.to_owned());
    Some(Violation { kind, constraint, table, columns, key: None, message: message.to_owned(), path: Path::root() })
}

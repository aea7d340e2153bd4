//! Errors of the driver by their SQLSTATE.

use assoc_core::{
    Path,
    adapter::{DbError, NamedKey, Violation, ViolationKind},
};
use assoc_sqlx::boxed;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::returned::UNMET;

/// A sqlx error as an error of assoc.
pub fn error(error: sqlx::Error) -> DbError {
    let database: Option<&PgDatabaseError> = error.as_database_error().and_then(|error| error.try_downcast_ref());
    if let Some(write) = database.and_then(unmet) {
        return DbError::Unmet { write, error: boxed(error) };
    }
    match database.map(|database| (database.code(), violation(database))) {
        Some((_, Some(violation))) => DbError::Violation(Box::new(violation)),
        Some(("40001" | "40P01", _)) => DbError::Serialization(boxed(error)),
        Some(("55P03", _)) => DbError::Locked(boxed(error)),
        Some(("57014", _)) => DbError::Timeout(boxed(error)),
        Some(("25P02", _)) => DbError::TransactionAborted,
        Some(_) if !ends_connection(&error) => DbError::Statement(boxed(error)),
        _ => DbError::Driver(boxed(error)),
    }
}

/// A fatal error ends the connection, or keeps it from being made; class 08 is of connections.
pub(crate) fn ends_connection(error: &sqlx::Error) -> bool {
    let database: Option<&PgDatabaseError> = error.as_database_error().and_then(|error| error.try_downcast_ref());
    database.is_some_and(|error| {
        matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic) || error.code().starts_with("08")
    })
}

/// The write of which something did not hold that a statement of ours checks.
fn unmet(error: &PgDatabaseError) -> Option<usize> {
    let (_, write) = error.message().split_once(UNMET).filter(|_| error.code() == "22P02")?;
    write.trim_end_matches('"').trim().parse().ok()
}

fn violation(error: &PgDatabaseError) -> Option<Violation> {
    let kind = match error.code() {
        "23505" => ViolationKind::Unique,
        "23503" => ViolationKind::ForeignKey,
        "23514" => ViolationKind::Check,
        "23502" => ViolationKind::NotNull,
        "23P01" => ViolationKind::Exclusion,
        "22003" | "22008" => ViolationKind::OutOfRange,
        "22001" => ViolationKind::TooLong,
        // class 22, data exception
        code if code.starts_with("22") => ViolationKind::Value,
        _ => return None,
    };
    Some(Violation {
        kind,
        constraint: error.constraint().map(str::to_owned),
        table: error.table().map(str::to_owned),
        columns: error.column().map(str::to_owned).into_iter().collect(),
        key: error.detail().and_then(NamedKey::parse),
        message: error.message().to_owned(),
        path: Path::root(),
    })
}

//! A span for each statement, by the names of OpenTelemetry's conventions for databases.

use std::borrow::Cow;

use assoc_core::adapter::DbError;
use tracing::{Level, Span, field::Empty};

use super::{StatementEvent, summary::Summary, watch::Rows};
use crate::error::sqlx_error;

/// The names of a span's fields are fixed when it is compiled: that many values are shown.
const PARAMETERS: [&str; 12] = [
    "db.query.parameter.0",
    "db.query.parameter.1",
    "db.query.parameter.2",
    "db.query.parameter.3",
    "db.query.parameter.4",
    "db.query.parameter.5",
    "db.query.parameter.6",
    "db.query.parameter.7",
    "db.query.parameter.8",
    "db.query.parameter.9",
    "db.query.parameter.10",
    "db.query.parameter.11",
];

pub(super) fn spans_enabled() -> bool {
    tracing::span_enabled!(target: "assoc", Level::INFO)
}

/// A warning may be wanted where spans are not.
pub(super) fn warnings_enabled() -> bool {
    tracing::event_enabled!(target: "assoc", Level::WARN)
}

pub(super) fn open(database: &'static str, text: &str, summary: &Summary, values: &[String]) -> Span {
    let name = match &summary.table {
        Some(table) => Cow::Owned(format!("{} {table}", summary.operation)),
        None => Cow::Borrowed(summary.operation.as_str()),
    };
    let span = tracing::info_span!(
        target: "assoc",
        "statement",
        otel.name = &*name,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = system(database),
        db.query.text = text,
        db.operation.name = summary.operation,
        db.collection.name = summary.table,
        db.response.returned_rows = Empty,
        db.response.status_code = Empty,
        error.type = Empty,
        assoc.affected_rows = Empty,
        assoc.elapsed_ms = Empty,
        "db.query.parameter.0" = Empty,
        "db.query.parameter.1" = Empty,
        "db.query.parameter.2" = Empty,
        "db.query.parameter.3" = Empty,
        "db.query.parameter.4" = Empty,
        "db.query.parameter.5" = Empty,
        "db.query.parameter.6" = Empty,
        "db.query.parameter.7" = Empty,
        "db.query.parameter.8" = Empty,
        "db.query.parameter.9" = Empty,
        "db.query.parameter.10" = Empty,
        "db.query.parameter.11" = Empty,
    );
    for (name, value) in PARAMETERS.into_iter().zip(values) {
        span.record(name, value.as_str());
    }
    span
}

pub(super) fn close(span: &Span, event: &StatementEvent<'_>, rows: Option<&Rows>) {
    let milliseconds = event.elapsed.as_secs_f64() * 1000.0;
    span.record("assoc.elapsed_ms", milliseconds);
    match rows {
        Some(Rows::Returned(rows)) => drop(span.record("db.response.returned_rows", *rows)),
        Some(Rows::Affected(rows)) => drop(span.record("assoc.affected_rows", *rows)),
        None => {}
    }
    if let Some(error) = event.error {
        span.record("otel.status_code", "ERROR");
        let code = status_code(error);
        span.record("error.type", code.as_deref().unwrap_or_else(|| class(error)));
        if let Some(code) = code {
            span.record("db.response.status_code", &*code);
        }
    }
    if event.slow {
        let _inside = span.enter();
        tracing::warn!(
            target: "assoc",
            { db.query.text = event.text, assoc.rows = event.rows, assoc.elapsed_ms = milliseconds },
            "slow statement"
        );
    }
}

/// The well-known name of the database.
fn system(database: &'static str) -> &'static str {
    match database {
        "PostgreSQL" => "postgresql",
        "SQLite" => "sqlite",
        other => other,
    }
}

/// The code that the database gave, a SQLSTATE on PostgreSQL.
fn status_code(error: &DbError) -> Option<Cow<'_, str>> {
    match error {
        // What the database refuses after a failure.
        DbError::TransactionAborted => Some("25P02".into()),
        error => sqlx_error(error)?.as_database_error()?.code(),
    }
}

/// A name of few for what failed.
fn class(error: &DbError) -> &'static str {
    match error {
        DbError::Violation(violation) => violation.kind.name(),
        DbError::Stale(_) => "stale",
        DbError::Type(_) => "type",
        DbError::TransactionEnded => "transaction_ended",
        DbError::Streaming => "streaming",
        DbError::Serialization(_) => "serialization",
        DbError::Timeout(_) => "timeout",
        DbError::Locked(_) => "locked",
        DbError::Unsupported { .. } => "unsupported",
        DbError::Statement(_) => "statement",
        DbError::Unmet { .. } => "unmet",
        DbError::Configuration(_) => "configuration",
        DbError::TransactionAborted => "transaction_aborted",
        DbError::ConnectionLost(_) => "connection_lost",
        DbError::Driver(_) => match sqlx_error(error) {
            Some(sqlx::Error::Io(_)) => "io",
            Some(sqlx::Error::PoolTimedOut) => "pool_timed_out",
            Some(sqlx::Error::PoolClosed) => "pool_closed",
            _ => "driver",
        },
        _ => "_OTHER",
    }
}

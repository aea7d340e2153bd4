//! A statement that somebody looks at, from before it is sent to its end.

use std::time::{Duration, Instant};

use assoc_core::{
    adapter::{Bind, DbError},
    statements::Kind,
    types::value_text,
};

use super::{Observer, StatementEvent, summary::Summary};

/// What is known of a statement before it is sent.
pub(super) struct Watch {
    observer: Observer,
    database: &'static str,
    text: String,
    summary: Summary,
    values: Vec<String>,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

/// What a statement did.
#[derive(Clone, Copy)]
pub(super) enum Rows {
    Returned(u64),
    Affected(u64),
}

impl Rows {
    pub fn count(self) -> u64 {
        match self {
            Self::Returned(rows) | Self::Affected(rows) => rows,
        }
    }
}

/// Where a text comes from.
#[derive(Clone, Copy)]
pub(super) enum Text<'a> {
    /// A dialect wrote it.
    Rendered(&'a str, &'a [Bind<'a>]),
    /// A user wrote it.
    Script(&'a str),
    /// It begins or ends a transaction or a savepoint.
    Control(&'a str),
}

impl<'a> Text<'a> {
    pub fn parts(self) -> (Kind, &'a str, &'a [Bind<'a>]) {
        match self {
            Self::Rendered(text, binds) => (Kind::Statement, text, binds),
            Self::Script(text) => (Kind::Statement, text, &[]),
            Self::Control(text) => (Kind::Control, text, &[]),
        }
    }
}

impl Watch {
    /// `None` where nobody looks at more than the text.
    pub fn begin(observer: &Observer, database: &'static str, text: Text<'_>) -> Option<Self> {
        #[cfg(feature = "tracing")]
        let traced = super::span::spans_enabled() || observer.slow.is_some() && super::span::warnings_enabled();
        #[cfg(not(feature = "tracing"))]
        let traced = false;
        if observer.observers.is_empty() && !traced {
            return None;
        }
        let (kind, sql, binds) = text.parts();
        let summary = match text {
            Text::Script(sql) => Summary::of_script(sql),
            _ => Summary::of(kind, sql),
        };
        let values = if observer.values { binds.iter().map(shown).collect() } else { Vec::new() };
        Some(Self {
            #[cfg(feature = "tracing")]
            span: super::span::open(database, sql, &summary, &values),
            observer: observer.clone(),
            database,
            text: sql.to_owned(),
            summary,
            values,
        })
    }

    /// Waits for the statement, and tells what came of it. `idle` is how long it waited for its reader.
    pub async fn follow(
        self,
        statement: impl Future<Output = (Result<Rows, DbError>, Duration)>,
    ) -> Result<Rows, DbError> {
        let began = Instant::now();
        #[cfg(feature = "tracing")]
        let statement = tracing::Instrument::instrument(statement, self.span.clone());
        let (result, idle) = statement.await;
        let elapsed = began.elapsed().saturating_sub(idle);
        let event = StatementEvent {
            database: self.database,
            text: &self.text,
            operation: &self.summary.operation,
            table: self.summary.table.as_deref(),
            values: &self.values,
            rows: result.as_ref().map_or(0, |rows| rows.count()),
            elapsed,
            slow: self.observer.slow.is_some_and(|least| elapsed >= least),
            error: result.as_ref().err(),
        };
        #[cfg(feature = "tracing")]
        super::span::close(&self.span, &event, result.as_ref().ok());
        for observer in &self.observer.observers {
            observer(&event);
        }
        result
    }
}

/// A value as people read it, an array as its items.
fn shown(bind: &Bind<'_>) -> String {
    match bind {
        Bind::One(value) => value_text(value),
        Bind::Scalar(_, value) => value_text(value),
        Bind::Column(_, items) => {
            format!("[{}]", items.iter().map(value_text).collect::<Vec<_>>().join(","))
        }
    }
}

//! Connections that are lost.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::Driver;

/// Whether the connection is lost: it broke, or the database says that it ends it.
pub(crate) fn is_lost<D: Driver>(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || D::ends_connection(error)
}

/// When a connection of a pool was found dead last.
#[derive(Default)]
pub(crate) struct LastLoss(Mutex<Option<Instant>>);

impl LastLoss {
    pub fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether that was within the time past.
    pub fn is_within(&self, past: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|loss| loss.elapsed() <= past)
    }
}

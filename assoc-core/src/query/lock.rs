//! Locks of rows.

use sea_query::{IntoTableRef, LockBehavior, LockType};

use super::{Renderer, Select};
use crate::adapter::DbError;

/// How the rows of a query are locked, until the transaction ends. On PostgreSQL only: SQLite has no locks of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a lock does nothing until a query has it"]
pub struct Lock {
    strength: LockType,
    busy: Option<LockBehavior>,
}

impl Lock {
    fn of(strength: LockType) -> Self {
        Self { strength, busy: None }
    }

    /// Nobody else can change or lock the rows: `FOR UPDATE`.
    pub fn update() -> Self {
        Self::of(LockType::Update)
    }

    /// As [`update`](Self::update), but others can insert rows that refer to these: `FOR NO KEY UPDATE`.
    pub fn no_key_update() -> Self {
        Self::of(LockType::NoKeyUpdate)
    }

    /// Nobody can change the rows: `FOR SHARE`.
    pub fn share() -> Self {
        Self::of(LockType::Share)
    }

    /// Nobody can delete the rows or change their keys: `FOR KEY SHARE`.
    pub fn key_share() -> Self {
        Self::of(LockType::KeyShare)
    }

    /// Passes over rows that somebody else has locked.
    pub fn skip_locked(self) -> Self {
        Self { busy: Some(LockBehavior::SkipLocked), ..self }
    }

    /// Fails with [`DbError::Locked`](crate::adapter::DbError::Locked) if somebody else has locked one of the rows,
    /// instead of waiting.
    pub fn nowait(self) -> Self {
        Self { busy: Some(LockBehavior::Nowait), ..self }
    }
}

/// What a query says that is to lock rows which are none of a table's.
pub(super) fn no_rows_to_lock() -> DbError {
    DbError::Configuration(
        "a query with `distinct`, groups or aggregates, or one of several that are taken together, has no rows to lock; \
         lock those of a query by itself"
            .to_owned(),
    )
}

impl Select {
    pub(super) fn lock(&mut self, lock: Lock, r: &mut Renderer) {
        let able = r.cx.dialect.locks_rows();
        r.need(able, "lock rows", "begin a transaction: it locks the database");
        let tables = [self.table.to_string().into_table_ref()];
        match lock.busy {
            Some(busy) => self.statement.lock_with_tables_behavior(lock.strength, tables, busy),
            None => self.statement.lock_with_tables(lock.strength, tables),
        };
    }
}

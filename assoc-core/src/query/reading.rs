//! What a query sends, and how the rows that come back get into its own.

use super::{Context, Decoder, Parts, Query, Spec, joined::Fold, levels::Levels, one_statement::OneStatement};
use crate::{
    adapter::{DbError, Sql},
    schema::Row,
    types::TypeError,
};

/// How the rows of a statement get into those of its query.
#[doc(hidden)]
pub struct Reading<O> {
    decoder: Decoder<O>,
    kind: Kind<O>,
}

enum Kind<O> {
    /// Each is one.
    Each,
    /// Each is one, with rows of associations beside it.
    Joined(Fold<O>),
    /// Rows of associations come behind them.
    OneStatement(OneStatement),
}

/// The rows of a query while they come.
#[doc(hidden)]
pub struct Arrivals<'r, O>(To<'r, O>);

enum To<'r, O> {
    Each(&'r mut Vec<O>),
    Joined(&'r mut Vec<O>, Fold<O>),
    Levels(Levels<'r, O>),
}

/// Whether all that a query preloads came with its rows.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preloaded {
    Partly,
    Wholly,
}

impl<Q, O> Query<Q, O> {
    /// For the repo: the statement, and how its rows are read.
    ///
    /// # Errors
    /// The database cannot do what is asked for, or a joined preload cannot be meant.
    #[doc(hidden)]
    pub fn statement(&self, cx: &Context) -> Result<(Sql<'static>, Reading<O>), DbError> {
        match self.decoder.meta.filter(|_| self.parts.has_joins() && !self.parts.is_one_statement()) {
            Some(meta) => {
                let (sql, fold) = Fold::of(&self.parts, self.decoder, meta, cx)?;
                Ok((sql, Reading { decoder: self.decoder, kind: Kind::Joined(fold) }))
            }
            None => self.reading(self.parts.clone(), cx),
        }
    }

    /// The statement of its parts, or of what was made of them, where preloads may be parts of it but are not joined.
    ///
    /// # Errors
    /// The database cannot do what is asked for.
    pub(super) fn reading(&self, parts: Parts, cx: &Context) -> Result<(Sql<'static>, Reading<O>), DbError> {
        // What cannot be meant is told before anything is sent, be it a page.
        Spec::merged(&parts.preloads)?;
        let (sql, kind) = match self.decoder.meta.filter(|_| parts.is_one_statement()) {
            Some(meta) => {
                let (sql, statement) = parts.one_statement(meta, &self.preload_context(cx))?;
                (sql, Kind::OneStatement(statement))
            }
            None => (parts.build(cx)?, Kind::Each),
        };
        Ok((sql, Reading { decoder: self.decoder, kind }))
    }
}

impl<O> Reading<O> {
    /// The rows, to which those that come are added.
    pub fn into_rows(self, rows: &mut Vec<O>) -> Arrivals<'_, O> {
        Arrivals(match self.kind {
            Kind::Each => To::Each(rows),
            Kind::Joined(fold) => To::Joined(rows, fold),
            Kind::OneStatement(statement) => To::Levels(Levels::of(statement, self.decoder, rows)),
        })
    }
}

impl<O> Arrivals<'_, O> {
    /// Puts a row where it belongs; `read` reads those of the query.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    pub fn place(
        &mut self,
        row: &mut dyn Row,
        read: &mut dyn FnMut(&mut dyn Row) -> Result<O, TypeError>,
    ) -> Result<(), TypeError> {
        match &mut self.0 {
            To::Each(rows) => rows.push(read(row)?),
            To::Joined(rows, fold) => fold.place(rows, row)?,
            To::Levels(levels) => levels.place(row, read)?,
        }
        Ok(())
    }

    /// All rows have come.
    pub fn end(self) -> Preloaded {
        match self.0 {
            To::Each(_) | To::Joined(..) => Preloaded::Partly,
            To::Levels(levels) => {
                levels.end();
                Preloaded::Wholly
            }
        }
    }
}

//! The rows of one statement: those of a query, then those of each association that it preloads.

use super::{
    Decoder,
    arriving::{Arriving, places},
    one_statement::OneStatement,
};
use crate::{
    schema::{Entity, Placed, Row},
    types::{Type, TypeError},
};

/// Puts the rows where they belong. Once the rows of one part have come, they are the owners of others.
pub(super) struct Levels<'r, O> {
    statement: OneStatement,
    decoder: Decoder<O>,
    /// The part whose rows come now, by its number.
    at: usize,
    now: Now<'r, O>,
    /// What later parts fill, by their numbers, from 1.
    waiting: Vec<Option<Arriving<'r>>>,
}

enum Now<'r, O> {
    Rows(&'r mut Vec<O>),
    Association(Box<Arriving<'r>>),
    Nothing,
}

impl<'r, O> Levels<'r, O> {
    pub fn of(statement: OneStatement, decoder: Decoder<O>, rows: &'r mut Vec<O>) -> Self {
        let waiting = statement.levels.iter().map(|_| None).collect();
        Self { statement, decoder, at: 0, now: Now::Rows(rows), waiting }
    }

    /// Puts a row where it belongs; `read` reads those of the query.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    pub fn place(
        &mut self,
        row: &mut dyn Row,
        read: &mut dyn FnMut(&mut dyn Row) -> Result<O, TypeError>,
    ) -> Result<(), TypeError> {
        let part = row.integer(0, Type::I32)?.and_then(|part| usize::try_from(part).ok()).unwrap_or_default();
        while self.at < part {
            self.go_on();
        }
        match (&mut self.now, self.at.checked_sub(1).and_then(|level| self.statement.levels.get(level))) {
            (Now::Rows(rows), _) => rows.push(read(&mut Placed { row, at: &self.statement.rows })?),
            (Now::Association(arriving), Some(level)) => {
                arriving.place(&mut Placed { row, at: &level.at }, &level.key)?
            }
            _ => {}
        }
        Ok(())
    }

    /// All rows have come.
    pub fn end(mut self) {
        while !matches!(self.now, Now::Nothing) {
            self.go_on();
        }
    }

    /// Goes on with the next part.
    fn go_on(&mut self) {
        let mut owners: Vec<&'r mut dyn Entity> = Vec::new();
        match std::mem::replace(&mut self.now, Now::Nothing) {
            Now::Rows(rows) => owners = (self.decoder.entities)(rows),
            Now::Association(arriving) => {
                let association = arriving.association;
                for slot in arriving.have_come() {
                    slot.entities(association, &mut owners);
                }
            }
            Now::Nothing => {}
        }
        let (levels, at) = (&self.statement.levels, self.at);
        let below = levels.iter().enumerate().filter(|(_, level)| level.owners == at);
        let below: Vec<_> = below.collect();
        let of: Vec<(usize, &[usize])> =
            below.iter().map(|(_, level)| (level.index, level.fields.as_slice())).collect();
        for ((at, level), places) in below.into_iter().zip(places(owners, &of)) {
            self.waiting[at] = Some(Arriving::of(places, &level.spec, |_| ()));
        }
        let next = self.waiting.get_mut(at).and_then(Option::take);
        self.now = next.map_or(Now::Nothing, |arriving| Now::Association(Box::new(arriving)));
        self.at += 1;
    }
}

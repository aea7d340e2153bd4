//! The values of a column that is written.

use std::borrow::Cow;

use sea_query::Value;

use super::outcome::Outcome;
use crate::{
    plan::{BatchRows, Slot, absent},
    types::Type,
};

/// The values of a column, one for each row that is written; none where other writes make them.
#[derive(Clone, Debug)]
pub struct Values<'a>(Source<'a>);

#[derive(Clone, Debug)]
enum Source<'a> {
    /// They stay where the plan has them.
    Plan {
        rows: &'a BatchRows<'a>,
        at: usize,
        instead: Option<Box<Instead>>,
    },
    List(Vec<Cow<'a, Value>>),
    Slice(&'a [Cow<'a, Value>]),
}

/// The values of slots that have none of their own.
#[derive(Clone, Debug)]
struct Instead {
    now: Value,
    absent: Value,
    made: Value,
}

impl<'a> Values<'a> {
    /// Those at a position of the plan's rows. What other writes make is NULL.
    pub(super) fn of_plan(rows: &'a BatchRows<'a>, at: usize, ty: Type, outcome: &Outcome) -> Self {
        let (mut now, mut nothing, mut made) = (None, None, false);
        for slot in rows.column(at) {
            match slot {
                Slot::Now(field) => now = Some(*field),
                Slot::Absent(field) => nothing = Some(*field),
                Slot::Of { .. } => made = true,
                Slot::Known(_) | Slot::Made(_) => {}
            }
        }
        let instead = (made || now.is_some() || nothing.is_some()).then(|| {
            Box::new(Instead {
                now: now.map_or_else(|| ty.null(), |field| outcome.now(field)),
                absent: nothing.map_or_else(|| ty.null(), absent),
                made: ty.null(),
            })
        });
        Self(Source::Plan { rows, at, instead })
    }

    /// Those of a list.
    pub(crate) fn of_list(list: Vec<Cow<'a, Value>>) -> Self {
        Self(Source::List(list))
    }

    /// Those of a part of a list.
    pub(crate) fn of_slice(slice: &'a [Cow<'a, Value>]) -> Self {
        Self(Source::Slice(slice))
    }

    /// How many.
    pub fn len(&self) -> usize {
        match &self.0 {
            Source::Plan { rows, .. } => rows.len(),
            Source::List(list) => list.len(),
            Source::Slice(slice) => slice.len(),
        }
    }

    /// Whether other writes make all of them.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// That of a row.
    pub fn get(&self, row: usize) -> Option<&Value> {
        match &self.0 {
            Source::Plan { rows, at, instead } => Some(match rows.get(row)?.slots.get(*at)? {
                Slot::Known(value) => value,
                Slot::Made(value) => value,
                Slot::Of { .. } => &instead.as_ref()?.made,
                Slot::Now(_) => &instead.as_ref()?.now,
                Slot::Absent(_) => &instead.as_ref()?.absent,
            }),
            Source::List(list) => list.get(row).map(|value| &**value),
            Source::Slice(slice) => slice.get(row).map(|value| &**value),
        }
    }

    /// All of them, in the order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = &Value> + Clone {
        (0..self.len()).filter_map(|row| self.get(row))
    }
}

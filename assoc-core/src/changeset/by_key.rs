//! Rows found by their keys.

use std::{
    cell::{Cell, OnceCell},
    cmp::Ordering,
    sync::Arc,
};

use sea_query::Value;

use super::node::record_key;
use crate::{
    schema::{Meta, Record},
    types::{Key, KeyMap, order},
};

/// How far a row is looked for from the one that was found last.
const NEAR: usize = 8;

/// The places of rows by their keys; of rows with one key, the place of the first.
///
/// Rows come from the database in the order of their keys, and input most often keeps to that order: then each row stands
/// beside the one before, and nothing is hashed. Only a row that is not there is looked for by its hash.
pub(super) struct ByKey<'a> {
    meta: &'a Meta,
    rows: &'a [Arc<Record>],
    /// Where the last row was found, if the keys ascend: the next one most likely stands beside it.
    last: Option<Cell<usize>>,
    hashed: OnceCell<KeyMap<usize>>,
}

impl<'a> ByKey<'a> {
    pub fn new(meta: &'a Meta, rows: &'a [Arc<Record>]) -> Self {
        let ascends = |pair: &[Arc<Record>]| {
            let parts = meta.primary_key.iter().map(|&field| (pair[0].get(field), pair[1].get(field)));
            compare(parts) == Some(Ordering::Less)
        };
        let last = rows.windows(2).all(ascends).then(Cell::default);
        Self { meta, rows, last, hashed: OnceCell::new() }
    }

    /// The place of the row with that key.
    pub fn find(&self, key: &Key) -> Option<usize> {
        match self.last.as_ref().map(|last| self.find_near(last, key)) {
            Some(Near::At(at)) => Some(at),
            Some(Near::Nowhere) => None,
            Some(Near::Unknown) | None => self.hashed().get(key).copied(),
        }
    }

    /// Whether no row before that one has its key.
    pub fn is_first(&self, at: usize) -> bool {
        let first = || record_key(self.meta, &self.rows[at]).and_then(|key| self.hashed().get(&key).copied());
        self.last.is_some() || first().is_none_or(|first| first == at)
    }

    fn find_near(&self, last: &Cell<usize>, key: &Key) -> Near {
        let begin = last.get();
        for (at, row) in self.rows.iter().enumerate().skip(begin).take(NEAR) {
            let own = self.meta.primary_key.iter().map(|&field| row.get(field));
            match compare(own.zip(key.values().iter().map(Some))) {
                Some(Ordering::Less) => {}
                Some(Ordering::Equal) => {
                    last.set(at);
                    return Near::At(at);
                }
                Some(Ordering::Greater) if at > begin || at == 0 => return Near::Nowhere,
                Some(Ordering::Greater) | None => return Near::Unknown,
            }
        }
        if begin + NEAR < self.rows.len() { Near::Unknown } else { Near::Nowhere }
    }

    fn hashed(&self) -> &KeyMap<usize> {
        self.hashed.get_or_init(|| {
            let rows = self.rows.iter().enumerate().rev();
            rows.filter_map(|(at, row)| Some((record_key(self.meta, row)?, at))).collect()
        })
    }
}

/// The order of two keys, part by part; `None` where their types have none.
fn compare<'v>(parts: impl Iterator<Item = (Option<&'v Value>, Option<&'v Value>)>) -> Option<Ordering> {
    let mut orders = parts.map(|(a, b)| order(a?, b?));
    orders.find(|order| *order != Some(Ordering::Equal)).unwrap_or(Some(Ordering::Equal))
}

/// What is known of a key after a look at the rows near the last.
enum Near {
    At(usize),
    /// It lies between two rows that follow each other, or before or behind all.
    Nowhere,
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        doctest::{Comment, Tag},
        schema::Schema,
        types::ColumnType,
    };

    fn rows(ids: &[i64]) -> Vec<Arc<Record>> {
        ids.iter().map(|&id| Arc::new(Tag { id, name: String::new() }.into_record())).collect()
    }

    fn found(rows: &[Arc<Record>], ids: &[i64]) -> Vec<Option<usize>> {
        let by_key = ByKey::new(Tag::META, rows);
        ids.iter().map(|&id| by_key.find(&Key::One(id.into_value()))).collect()
    }

    #[test]
    fn any_order_of_the_rows_and_of_the_input_finds_the_same_rows() {
        let ascending: Vec<i64> = (0..40).map(|id| id * 2).collect();
        let rows = rows(&ascending);
        for ids in [ascending.clone(), ascending.iter().rev().copied().collect(), vec![78, 0, 40, 2, 4, 0]] {
            let expected: Vec<_> = ids.iter().map(|id| Some(*id as usize / 2)).collect();
            assert_eq!(found(&rows, &ids), expected);
        }
        assert_eq!(found(&rows, &[0, 3, 4, -1, 77, 79, 78]), [Some(0), None, Some(2), None, None, None, Some(39)]);
    }

    #[test]
    fn of_rows_with_one_key_the_first_is_found() {
        let rows = rows(&[1, 1, 2, 0, 2]);
        assert_eq!(found(&rows, &[1, 1, 2, 2, 0]), [Some(0), Some(0), Some(2), Some(2), Some(3)]);
        let by_key = ByKey::new(Tag::META, &rows);
        let first: Vec<bool> = (0..5).map(|at| by_key.is_first(at)).collect();
        assert_eq!(first, [true, false, true, true, false]);
    }

    #[test]
    fn a_row_without_a_key_is_never_found() {
        let rows = [Arc::new(Comment::build().into_node().data().as_ref().clone())];
        assert_eq!(ByKey::new(Comment::META, &rows).find(&Key::One(1_i64.into_value())), None);
    }
}

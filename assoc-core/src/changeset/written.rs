//! What a save adds to rows: keys, defaults, times. Not the key of its owner to a child: that is copied from the owner's row.

use sea_query::Value;

/// Values by row and field. All of them stand in one list, in which those of one row lead to each other, so that a row
/// takes four bytes if it has none, and no allocation: there are many rows.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// For each row, its first value in the list; empty as long as there are none.
    first: Vec<u32>,
    values: Vec<Added>,
    rows: usize,
    /// The row that comes next.
    next: usize,
}

#[derive(Debug)]
struct Added {
    field: u32,
    /// Where the next value of the row stands.
    next: u32,
    value: Value,
}

/// There is no value. More than that have no place in memory either.
const NONE: u32 = u32::MAX;

impl Written {
    /// Nothing yet, for so many rows.
    pub fn of(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Makes room for so many more values, and for some that come after them.
    pub fn reserve(&mut self, values: usize) {
        self.values.reserve(values);
    }

    /// Makes room for the last values.
    pub fn reserve_exact(&mut self, values: usize) {
        self.values.reserve_exact(values);
    }

    /// Sets the value of a field.
    pub fn set(&mut self, row: usize, field: usize, value: Value) {
        if self.first.is_empty() {
            self.first.resize(self.rows, NONE);
        }
        match self.find(row, field) {
            Some(at) => self.values[at].value = value,
            None => {
                let next = std::mem::replace(&mut self.first[row], self.values.len() as u32);
                self.values.push(Added { field: field as u32, next, value });
            }
        }
    }

    /// The value of a field, if there is one.
    pub fn get(&self, row: usize, field: usize) -> Option<&Value> {
        self.find(row, field).map(|at| &self.values[at].value)
    }

    fn find(&self, row: usize, field: usize) -> Option<usize> {
        let at = |place: u32| (place != NONE).then_some(place as usize);
        let mut places =
            std::iter::successors(self.first.get(row).copied().and_then(at), |&place| at(self.values[place].next));
        places.find(|&place| self.values[place].field == field as u32)
    }

    /// Goes on to the next row.
    pub fn next_row(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    /// Whether nothing was added to a row.
    pub fn is_empty(&self, row: usize) -> bool {
        self.first.get(row).is_none_or(|first| *first == NONE)
    }

    /// Takes a value of a row out, with its field.
    pub fn take(&mut self, row: usize) -> Option<(usize, Value)> {
        let first = self.first.get_mut(row)?;
        let Added { field, next, value } = self.values.get_mut(*first as usize)?;
        *first = *next;
        Some((*field as usize, std::mem::replace(value, Value::Bool(None))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: i64) -> Value {
        Value::BigInt(Some(number))
    }

    #[test]
    fn rows_have_the_last_value_of_each_field() {
        let mut written = Written::of(3);
        written.set(2, 0, number(1));
        written.set(0, 0, number(2));
        written.set(2, 5, number(3));
        written.set(2, 0, number(4));
        assert_eq!((written.get(2, 0), written.get(2, 5)), (Some(&number(4)), Some(&number(3))));
        assert_eq!((written.get(0, 5), written.get(1, 0)), (None, None));
        assert_eq!([0, 1, 2].map(|row| written.is_empty(row)), [false, true, false]);
    }

    #[test]
    fn values_are_taken_row_by_row() {
        let mut written = Written::of(2);
        written.set(1, 3, number(1));
        written.set(0, 3, number(2));
        written.set(1, 4, number(3));
        let mut taken = Vec::new();
        for _ in 0..2 {
            let row = written.next_row();
            let mut values: Vec<_> = std::iter::from_fn(|| written.take(row)).collect();
            values.sort_by_key(|(field, _)| *field);
            taken.push(values);
        }
        assert_eq!(taken, [vec![(3, number(2))], vec![(3, number(1)), (4, number(3))]]);
        assert!(written.is_empty(1) && written.take(1).is_none());
    }

    #[test]
    fn there_is_nothing_in_rows_to_which_nothing_was_added() {
        let mut written = Written::default();
        let row = written.next_row();
        assert!(written.is_empty(row) && written.take(row).is_none() && written.get(row, 0).is_none());
    }
}

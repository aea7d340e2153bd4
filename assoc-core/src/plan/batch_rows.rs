//! The rows of a batch. All their values stand in one list, so that a row is no allocation of its own: there are many rows.

use super::batch::Slot;

/// Rows, each with as many values as the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct BatchRows<'c> {
    heads: Vec<Head>,
    slots: Vec<Slot<'c>>,
    /// How many values a row has.
    width: usize,
}

/// What a row is beside its values.
#[derive(Clone, Copy, Debug)]
struct Head {
    node: u32,
    must_exist: bool,
}

impl Head {
    /// There is no memory for more changesets than a `u32` counts.
    fn of(row: &NewRow<'_>) -> Self {
        Self { node: row.node as u32, must_exist: row.must_exist }
    }

    fn node(self) -> usize {
        self.node as usize
    }
}

/// A row of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchRow<'r> {
    /// The changeset that it comes from.
    pub node: usize,
    /// Values of the key columns, then of the written ones.
    pub slots: &'r [Slot<'r>],
    /// Whether it must be there to be updated or deleted.
    pub must_exist: bool,
}

/// A row for a batch.
pub(crate) struct NewRow<'c> {
    /// The changeset that it comes from.
    pub node: usize,
    /// Values of the key columns, then of the written ones.
    pub slots: Vec<Slot<'c>>,
    /// Whether it must be there to be updated or deleted.
    pub must_exist: bool,
}

impl<'c> BatchRows<'c> {
    /// Adds a row, and gives back the list that held its values.
    pub fn push(&mut self, mut row: NewRow<'c>) -> Vec<Slot<'c>> {
        debug_assert!(self.heads.is_empty() || self.width == row.slots.len(), "rows of a batch have the same columns");
        self.width = row.slots.len();
        self.heads.push(Head::of(&row));
        self.slots.append(&mut row.slots);
        row.slots
    }

    pub fn len(&self) -> usize {
        self.heads.len()
    }

    pub fn get(&self, row: usize) -> Option<BatchRow<'_>> {
        let head = self.heads.get(row)?;
        Some(BatchRow { node: head.node(), slots: self.slots_of(row), must_exist: head.must_exist })
    }

    /// The changeset that a row comes from.
    pub fn node(&self, row: usize) -> usize {
        self.heads[row].node()
    }

    /// Whether a row must be there to be updated or deleted.
    pub fn must_exist(&self, row: usize) -> bool {
        self.heads[row].must_exist
    }

    /// The value of a row at a position.
    pub fn slot(&self, row: usize, at: usize) -> &Slot<'c> {
        &self.slots[row * self.width + at]
    }

    /// The values of a row.
    pub fn slots_of(&self, row: usize) -> &[Slot<'c>] {
        &self.slots[row * self.width..][..self.width]
    }

    /// The only row, if there is one only.
    pub fn only(&self) -> Option<BatchRow<'_>> {
        self.get(0).filter(|_| self.len() == 1)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = BatchRow<'_>> + Clone {
        let row = |(at, head): (usize, &Head)| BatchRow {
            node: head.node(),
            slots: self.slots_of(at),
            must_exist: head.must_exist,
        };
        self.heads.iter().enumerate().map(row)
    }

    /// The value of each row at one position.
    pub fn column(&self, at: usize) -> impl ExactSizeIterator<Item = &Slot<'c>> + Clone {
        (0..self.len()).map(move |row| self.slot(row, at))
    }

    /// The values of all rows.
    pub fn slots(&self) -> &[Slot<'c>] {
        &self.slots
    }

    /// Each row with the next one.
    pub fn pairs(&self) -> impl Iterator<Item = (BatchRow<'_>, BatchRow<'_>)> {
        self.iter().zip(self.iter().skip(1))
    }

    /// Takes the rows out, each with its values.
    pub fn drain(&mut self) -> impl Iterator<Item = NewRow<'c>> {
        let width = self.width;
        let mut slots = std::mem::take(&mut self.slots).into_iter();
        let heads = std::mem::take(&mut self.heads).into_iter();
        heads.map(move |head| NewRow {
            node: head.node(),
            slots: slots.by_ref().take(width).collect(),
            must_exist: head.must_exist,
        })
    }

    /// Puts the rows in order, those that are the same in the order in which they came. Most often they are in order.
    pub fn sort_by(&mut self, compare: impl Fn(&[Slot<'_>], &[Slot<'_>]) -> std::cmp::Ordering) {
        if !self.pairs().all(|(row, next)| compare(row.slots, next.slots).is_le()) {
            self.rearrange(|rows| rows.sort_by(|a, b| compare(&a.slots, &b.slots)));
        }
    }

    /// Keeps the first of rows that follow each other and are the same.
    pub fn dedup_by(&mut self, same: impl Fn(&[Slot<'_>], &[Slot<'_>]) -> bool) {
        if self.pairs().any(|(row, next)| same(row.slots, next.slots)) {
            self.rearrange(|rows| rows.dedup_by(|next, kept| same(&next.slots, &kept.slots)));
        }
    }

    fn rearrange(&mut self, change: impl FnOnce(&mut Vec<NewRow<'c>>)) {
        let mut rows = self.drain().collect();
        change(&mut rows);
        rows.into_iter().for_each(|row| drop(self.push(row)));
    }

    /// Gives back memory that no row needs, where that is worth the work.
    pub fn shrink(&mut self) {
        const FEW: usize = 64;
        if self.len() > FEW {
            self.heads.shrink_to_fit();
            self.slots.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_query::Value;

    use super::*;
    use crate::plan::batch::compare_rows;

    fn rows(rows: &[(usize, &[i64])]) -> BatchRows<'static> {
        let mut all = BatchRows::default();
        for (node, values) in rows {
            let slots = values.iter().map(|value| Slot::made(Value::BigInt(Some(*value)))).collect();
            let emptied = all.push(NewRow { node: *node, slots, must_exist: node % 2 == 0 });
            assert!(emptied.is_empty());
        }
        all
    }

    fn listed(rows: &BatchRows<'_>) -> Vec<(usize, bool, Vec<i64>)> {
        let value = |slot: &Slot<'_>| match slot.known() {
            Some(Value::BigInt(Some(value))) => *value,
            other => panic!("{other:?}"),
        };
        rows.iter().map(|row| (row.node, row.must_exist, row.slots.iter().map(value).collect())).collect()
    }

    #[test]
    fn rows_keep_their_values_when_they_are_put_in_order() {
        let mut batch = rows(&[(0, &[3, 30]), (1, &[1, 10]), (2, &[3, 29]), (3, &[2, 20])]);
        batch.sort_by(|a, b| compare_rows(&a[..1], &b[..1]));
        let sorted = [(1, false, vec![1, 10]), (3, false, vec![2, 20]), (0, true, vec![3, 30]), (2, true, vec![3, 29])];
        assert_eq!(listed(&batch), sorted);
        assert_eq!(batch.column(1).filter_map(Slot::known).collect::<Vec<_>>().len(), 4);
        assert_eq!(
            (batch.get(3).map(|row| row.node), batch.get(4).is_none(), batch.only().is_none()),
            (Some(2), true, true)
        );
    }

    #[test]
    fn of_rows_that_are_the_same_the_first_stays() {
        let mut batch = rows(&[(0, &[1, 10]), (1, &[1, 10]), (2, &[1, 11]), (3, &[1, 10])]);
        batch.dedup_by(|next, kept| compare_rows(next, kept).is_eq());
        assert_eq!(listed(&batch), [(0, true, vec![1, 10]), (2, true, vec![1, 11]), (3, false, vec![1, 10])]);
    }

    #[test]
    fn rows_without_values_are_rows() {
        let mut batch = rows(&[(7, &[]), (8, &[])]);
        assert_eq!(listed(&batch), [(7, false, vec![]), (8, true, vec![])]);
        let drained: Vec<usize> = batch.drain().map(|row| row.node).collect();
        assert_eq!((drained, batch.len()), (vec![7, 8], 0));
    }
}

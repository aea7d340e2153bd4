//! Lists that siblings have in common.

use std::{fmt, ops::Deref, sync::Arc};

/// A list that grows, and is kept once for all siblings whose lists are the same: the rows of an association go through
/// one changeset function, so what one of them says of its constraints and validations, the next one most likely says, too.
///
/// A list that begins as [`expecting`](Self::expecting) another only counts how much of that it has repeated, until it
/// says something else.
pub(crate) struct Repeated<T> {
    list: Option<Arc<Vec<T>>>,
    /// How much of it counts.
    len: usize,
}

impl<T: Clone + PartialEq> Repeated<T> {
    /// An empty list that will most likely become this one.
    pub fn expecting(&self) -> Self {
        Self { list: self.list.clone(), len: 0 }
    }

    pub fn push(&mut self, item: T) {
        let expected = self.list.as_ref().and_then(|list| list.get(self.len)) == Some(&item);
        if !expected {
            self.own().push(item);
        }
        self.len += 1;
    }

    /// The list with nothing behind what counts, and nobody else's.
    fn own(&mut self) -> &mut Vec<T> {
        let len = self.len;
        let list = self.list.get_or_insert_default();
        if list.len() > len || Arc::get_mut(list).is_none() {
            *list = Arc::new(list[..len].to_vec());
        }
        Arc::make_mut(list)
    }
}

impl<T: Clone + PartialEq> Extend<T> for Repeated<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> Deref for Repeated<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.list.as_ref().map_or(&[], |list| &list[..self.len])
    }
}

impl<T> Default for Repeated<T> {
    fn default() -> Self {
        Self { list: None, len: 0 }
    }
}

impl<T> Clone for Repeated<T> {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), len: self.len }
    }
}

impl<T: fmt::Debug> fmt::Debug for Repeated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_kept_once() {
        let mut first = Repeated::default();
        first.extend(["a", "b"]);
        let mut second = first.expecting();
        assert!(second.is_empty());
        second.extend(["a", "b"]);
        assert_eq!(*second, ["a", "b"]);
        assert_eq!(first.as_ptr(), second.as_ptr());
    }

    #[test]
    fn what_differs_changes_no_other_list() {
        let mut first = Repeated::default();
        first.extend(["a", "b", "c"]);
        let (mut shorter, mut other, mut longer) = (first.expecting(), first.expecting(), first.clone());
        shorter.push("a");
        other.extend(["a", "x", "c"]);
        longer.push("d");
        first.push("e");
        assert_eq!(*shorter, ["a"]);
        assert_eq!(*other, ["a", "x", "c"]);
        assert_eq!(*longer, ["a", "b", "c", "d"]);
        assert_eq!(*first, ["a", "b", "c", "e"]);
    }
}

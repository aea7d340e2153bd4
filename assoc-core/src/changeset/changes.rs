//! Changed fields with their new values.

use sea_query::Value;

/// A map from fields to values, in the order of the fields. Rows change few fields, and there are many rows: a short
/// list takes a fraction of a tree's memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes(Vec<(usize, Value)>);

impl Changes {
    pub fn get(&self, field: usize) -> Option<&Value> {
        self.find(field).ok().map(|at| &self.0[at].1)
    }

    pub fn contains(&self, field: usize) -> bool {
        self.find(field).is_ok()
    }

    pub fn insert(&mut self, field: usize, value: Value) {
        match self.find(field) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => {
                if self.0.len() == self.0.capacity() {
                    // Most rows change one field or two.
                    self.0.reserve_exact(self.0.len().max(2));
                }
                self.0.insert(at, (field, value));
            }
        }
    }

    pub fn remove(&mut self, field: usize) {
        if let Ok(at) = self.find(field) {
            self.0.remove(at);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn fields(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(field, _)| *field)
    }

    fn find(&self, field: usize) -> Result<usize, usize> {
        self.0.binary_search_by_key(&field, |(field, _)| *field)
    }
}

impl IntoIterator for Changes {
    type Item = (usize, Value);
    type IntoIter = std::vec::IntoIter<(usize, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

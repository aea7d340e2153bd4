//! What a row or a changeset has for some fields, or for some associations.

/// A map from fields or associations, by their index, in their order. Rows have few that are loaded, and change few, and there
/// are many rows: a short list takes a fraction of a tree's memory, and an empty one none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ByMember<V>(Vec<(usize, V)>);

impl<V> Default for ByMember<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> ByMember<V> {
    /// For the derive: what each of the first members has, if it has anything.
    pub fn taken(values: &mut [Option<V>]) -> Self {
        let mut taken = Self::default();
        for (member, value) in values.iter_mut().enumerate() {
            if let Some(value) = value.take() {
                taken.0.push((member, value));
            }
        }
        taken
    }

    /// What it has for that member.
    pub fn get(&self, member: usize) -> Option<&V> {
        self.find(member).ok().map(|at| &self.0[at].1)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, member: usize) -> Option<&mut V> {
        self.find(member).ok().map(|at| &mut self.0[at].1)
    }

    /// Whether it has something for that member.
    pub fn contains(&self, member: usize) -> bool {
        self.find(member).is_ok()
    }

    /// Puts something there, instead of what was.
    pub fn insert(&mut self, member: usize, value: V) {
        match self.find(member) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => {
                if self.0.len() == self.0.capacity() {
                    // Most rows change one field or two.
                    self.0.reserve_exact(self.0.len().max(2));
                }
                self.0.insert(at, (member, value));
            }
        }
    }

    /// Takes what is there.
    pub fn remove(&mut self, member: usize) -> Option<V> {
        self.find(member).ok().map(|at| self.0.remove(at).1)
    }

    /// Whether it has nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members for which it has something.
    pub fn members(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(member, _)| *member)
    }

    /// All there is, with its members.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &V)> {
        self.0.iter().map(|(member, value)| (*member, value))
    }

    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut V)> {
        self.0.iter_mut().map(|(member, value)| (*member, value))
    }

    fn find(&self, member: usize) -> Result<usize, usize> {
        self.0.binary_search_by_key(&member, |(member, _)| *member)
    }
}

impl<V> IntoIterator for ByMember<V> {
    type Item = (usize, V);
    type IntoIter = std::vec::IntoIter<(usize, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

//! Decisions of a case, drawn from bytes: fewer bytes, and smaller ones, make a simpler case.

pub struct Choices<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Choices<'b> {
    pub fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A number below `count`; 0 once there are no more bytes.
    pub fn below(&mut self, count: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        usize::from(byte) % count
    }

    /// True once in so many times.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    /// Mostly one of the usual ones, now and then one that may be refused.
    pub fn mostly<T: Clone>(&mut self, usual: &[T], odd: &[T]) -> T {
        if self.one_in(24) { self.of_these(odd) } else { self.of_these(usual) }
    }

    /// A number from `least` on that no other row is likely to have, or now and then one of the odd ones.
    pub fn number(&mut self, least: usize, odd: &[usize]) -> usize {
        let fresh = least + self.below(256);
        self.mostly(&[fresh], odd)
    }

    pub fn of_these<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

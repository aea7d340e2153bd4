//! Columns that rows of different kinds share.

use super::Type;

/// Finds the columns of one kind of row among those that all kinds share by type.
pub(crate) struct SharedColumns<'c> {
    columns: &'c mut Vec<Type>,
    taken: Vec<bool>,
}

impl<'c> SharedColumns<'c> {
    pub fn of(columns: &'c mut Vec<Type>) -> Self {
        let taken = vec![false; columns.len()];
        Self { columns, taken }
    }

    /// The first column of the type that the row has not yet, or else a new one.
    pub fn place(&mut self, ty: Type) -> usize {
        let free = (0..self.columns.len()).find(|&at| self.columns[at] == ty && !self.taken[at]);
        let at = free.unwrap_or_else(|| {
            self.columns.push(ty);
            self.taken.push(false);
            self.columns.len() - 1
        });
        self.taken[at] = true;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_row_takes_the_first_free_columns() {
        let mut columns = Vec::new();
        let mut places = |types: &[Type]| {
            let mut shared = SharedColumns::of(&mut columns);
            types.iter().map(|&ty| shared.place(ty)).collect::<Vec<_>>()
        };
        assert_eq!(places(&[Type::I64, Type::Text, Type::Text]), [0, 1, 2]);
        assert_eq!(places(&[Type::Text, Type::I64, Type::I64]), [1, 0, 3]);
        assert_eq!(places(&[Type::Bool, Type::I64, Type::I64, Type::I64]), [4, 0, 3, 5]);
        assert_eq!(columns, [Type::I64, Type::Text, Type::Text, Type::I64, Type::Bool, Type::I64]);
    }
}

//! The members of an object.

use std::sync::Arc;

use super::Params;

/// The members of an object by their names. The objects of a list most often have the same names, which are kept once.
///
/// ```
/// use assoc_core::Params;
///
/// let params = Params::from(serde_json::json!({"title": "Hello", "body": null}));
/// let Params::Map(members) = &params else { panic!("an object") };
/// assert_eq!(members.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["body", "title"]);
/// assert_eq!(members.get("title").and_then(Params::as_str), Some("Hello"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParamsMap(Arc<[(Arc<str>, Params)]>);

impl ParamsMap {
    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Params> {
        self.entry(name).map(|(_, value)| value)
    }

    /// All members, ordered by their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Params)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&(Arc<str>, Params)> {
        // Of a few names, most differ by their length already.
        const FEW: usize = 16;
        if self.len() <= FEW {
            return self.0.iter().find(|(other, _)| **other == *name);
        }
        self.0.binary_search_by(|(other, _)| (**other).cmp(name)).ok().map(|at| &self.0[at])
    }

    /// The members of both; those of this one count where both have one.
    pub(super) fn over(&self, below: &Self) -> Self {
        below.0.iter().chain(&*self.0).cloned().collect()
    }

    /// Whether both are the same one.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Those of the members of a list that were added last, from a position on.
    pub(super) fn drained(members: &mut Vec<(Arc<str>, Params)>, from: usize) -> Self {
        members[from..].sort_by(|(a, _), (b, _)| a.cmp(b));
        if members[from..].windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Self::of(members.split_off(from));
        }
        Self(members.drain(from..).collect())
    }
}

/// Of two members of one name the last one counts.
impl<N: Into<Arc<str>>> FromIterator<(N, Params)> for ParamsMap {
    fn from_iter<I: IntoIterator<Item = (N, Params)>>(members: I) -> Self {
        Self::of(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl ParamsMap {
    fn of(mut members: Vec<(Arc<str>, Params)>) -> Self {
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        members.dedup_by(|next, kept| {
            let again = next.0 == kept.0;
            if again {
                std::mem::swap(&mut next.1, &mut kept.1);
            }
            again
        });
        Self(members.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_among_few_and_many() {
        for count in [0, 1, 16, 17, 100] {
            let members: ParamsMap =
                (0..count).map(|at| (format!("m{at}"), Params::Text(at.to_string().into()))).collect();
            let found = |at: usize| members.get(&format!("m{at}")).and_then(Params::as_str).map(str::to_owned);
            assert!((0..count).all(|at| found(at) == Some(at.to_string())), "{count}");
            assert_eq!((found(count), members.get("m"), members.get("")), (None, None, None));
        }
    }

    #[test]
    fn of_one_name_the_last_member_counts() {
        let text = |text: &str| Params::Text(text.into());
        let members: ParamsMap =
            [("b", text("1")), ("a", text("2")), ("b", text("3")), ("b", text("4"))].into_iter().collect();
        assert_eq!(members.iter().collect::<Vec<_>>(), [("a", &text("2")), ("b", &text("4"))]);
        let above: ParamsMap = [("c", text("5")), ("a", text("6"))].into_iter().collect();
        let both = above.over(&members);
        assert_eq!(both.iter().collect::<Vec<_>>(), [("a", &text("6")), ("b", &text("4")), ("c", &text("5"))]);
    }
}

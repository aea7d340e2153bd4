//! The same expressions and conditions over plain rows, written to be obviously right.

use std::cmp::Ordering;

use super::{
    ast::{By, Cond, Nulls, Num, Op, Order, Part, Text},
    data::{Kind, Row, World},
};

/// A row and where it is.
#[derive(Clone, Copy)]
pub struct At<'w> {
    pub world: &'w World,
    pub kind: Kind,
    pub row: &'w Row,
}

pub fn all(world: &World, kind: Kind) -> Vec<At<'_>> {
    world.rows(kind).iter().map(|row| At { world, kind, row }).collect()
}

/// The associations that each table has, in the order in which `typed` names them.
pub fn associations(kind: Kind) -> usize {
    match kind {
        Kind::Post => 5,
        Kind::User | Kind::Comment | Kind::Category => 2,
        Kind::Profile | Kind::Tag => 1,
    }
}

impl<'w> At<'w> {
    fn of_kind(&self, kind: Kind, wanted: impl Fn(&Row) -> bool) -> Vec<At<'w>> {
        all(self.world, kind).into_iter().filter(|at| wanted(at.row)).collect()
    }

    /// What an association leads to, as often as there are ways.
    pub fn ways(&self, association: usize) -> Vec<At<'w>> {
        let (nums, tagged) = (&self.row.nums, &self.world.tagged);
        let linked = |post: &Row, tag: &Row| post.nums[0].zip(tag.nums[0]).is_some_and(|pair| tagged.contains(&pair));
        match (self.kind, association % associations(self.kind)) {
            (Kind::User, 0) => self.of_kind(Kind::Post, |post| equal(post.nums[1], nums[0])),
            (Kind::User, _) => self.of_kind(Kind::Profile, |profile| equal(profile.nums[1], nums[0])),
            (Kind::Profile, _) => self.of_kind(Kind::User, |user| equal(user.nums[0], nums[1])),
            (Kind::Post, 0) => self.of_kind(Kind::Comment, |comment| equal(comment.nums[1], nums[0])),
            (Kind::Post, 1) => self.of_kind(Kind::User, |user| equal(user.nums[0], nums[1])),
            (Kind::Post, 2) => self.of_kind(Kind::User, |user| equal(user.nums[0], nums[2])),
            (Kind::Post, 3) => self.of_kind(Kind::Tag, |tag| linked(self.row, tag)),
            (Kind::Post, _) => self.ways(0).iter().flat_map(|comment| comment.ways(1)).collect(),
            (Kind::Comment, 0) => self.of_kind(Kind::Post, |post| equal(post.nums[0], nums[1])),
            (Kind::Comment, _) => self.of_kind(Kind::User, |user| equal(user.nums[0], nums[2])),
            (Kind::Tag, _) => self.of_kind(Kind::Post, |post| linked(post, self.row)),
            (Kind::Category, 0) => self.of_kind(Kind::Category, |child| equal(child.nums[1], nums[0])),
            (Kind::Category, _) => self.of_kind(Kind::Category, |parent| equal(parent.nums[0], nums[1])),
        }
    }

    /// The rows of an association, each once.
    fn related(&self, association: usize) -> Vec<At<'w>> {
        let mut rows = self.ways(association);
        rows.sort_by_key(|at| at.row.id());
        rows.dedup_by_key(|at| at.row.id());
        rows
    }

    pub fn num(&self, num: &Num) -> Option<i64> {
        match num {
            Num::Column(at) => self.row.nums[at % self.row.nums.len()],
            Num::Value(value) => Some(*value),
            Num::Plus(a, b) => Some(self.num(a)? + self.num(b)?),
            Num::Minus(a, b) => Some(self.num(a)? - self.num(b)?),
            Num::Times(a, b) => Some(self.num(a)? * self.num(b)?),
            Num::Coalesce(a, b) => self.num(a).or_else(|| self.num(b)),
            Num::Count(association, cond) => {
                let counts = |at: &&At<'_>| cond.as_ref().is_none_or(|cond| at.holds(cond));
                Some(self.related(*association).iter().filter(counts).count() as i64)
            }
            Num::Scalar(kind, column, cond) => {
                let rows = all(self.world, *kind);
                rows.iter().filter(|at| at.holds(cond)).filter_map(|at| at.num(&Num::Column(*column))).max()
            }
        }
    }

    pub fn text(&self, text: &Text) -> Option<String> {
        match text {
            Text::Column(at) => self.row.texts[at % self.row.texts.len()].clone(),
            Text::Value(value) => Some(value.clone()),
            Text::Lower(text) => Some(self.text(text)?.to_ascii_lowercase()),
            Text::Upper(text) => Some(self.text(text)?.to_ascii_uppercase()),
            Text::Coalesce(a, b) => self.text(a).or_else(|| self.text(b)),
            Text::Case(cond, a, b) => self.text(if self.holds(cond) { a } else { b }),
        }
    }

    /// Whether a condition is true, neither false nor unknown.
    pub fn holds(&self, cond: &Cond) -> bool {
        self.truth(cond) == Some(true)
    }

    /// True, false, or unknown.
    fn truth(&self, cond: &Cond) -> Option<bool> {
        match cond {
            Cond::Num(op, a, b) => compare(*op, self.num(a)?, self.num(b)?),
            Cond::Text(op, a, b) => compare(*op, self.text(a)?, self.text(b)?),
            Cond::Length(op, text, length) => compare(*op, self.text(text)?.chars().count() as i32, *length),
            Cond::Rating(op, value) if self.kind == Kind::Comment => compare(*op, self.row.rating?, *value),
            Cond::Rating(op, value) => compare(*op, self.row.nums[0]?, i64::from(*value)),
            Cond::Between(a, low, high) => {
                let not_below = both(self.num(a), self.num(low)).map(|(a, low)| a >= low);
                and([not_below, both(self.num(a), self.num(high)).map(|(a, high)| a <= high)])
            }
            Cond::Within(a, low, high) => {
                let num = self.num(a);
                let low = low.map(|low| num.map(|num| num >= low));
                let high = high.map(|high| num.map(|num| num < high));
                and(low.into_iter().chain(high))
            }
            Cond::NumIn(a, list) => is_in(self.num(a), list),
            Cond::TextIn(a, list) => is_in(self.text(a), list),
            Cond::NumIsNull(a) => Some(self.num(a).is_none()),
            Cond::TextIsNull(a) => Some(self.text(a).is_none()),
            Cond::Like(a, pattern) => Some(like(&signs(&self.text(a)?), &signs(pattern))),
            Cond::ILike(a, pattern) => {
                let lower = |text: &str| signs(&text.to_ascii_lowercase());
                Some(like(&lower(&self.text(a)?), &lower(pattern)))
            }
            Cond::Part(part, a, of) => Some(has_part(*part, &self.text(a)?, of)),
            Cond::And(list) => and(list.iter().map(|cond| self.truth(cond))),
            Cond::Or(list) => and(list.iter().map(|cond| self.truth(cond).map(|it| !it))).map(|it| !it),
            Cond::Not(cond) => self.truth(cond).map(|it| !it),
            Cond::Any(at, cond) => Some(self.related(*at).iter().any(|row| row.holds(cond))),
            Cond::None(at, cond) => Some(!self.related(*at).iter().any(|row| row.holds(cond))),
            Cond::IsEmpty(at) => Some(self.related(*at).is_empty()),
            Cond::InQuery(num, kind, column, cond) => {
                let rows = all(self.world, *kind).into_iter().filter(|at| at.holds(cond));
                let list: Vec<_> = rows.map(|at| at.num(&Num::Column(*column))).collect();
                is_in(self.num(num), &list)
            }
            Cond::AnyRow(kind, cond) => Some(all(self.world, *kind).iter().any(|at| at.holds(cond))),
        }
    }

    /// Compares rows by an order.
    pub fn compare(&self, other: &At<'_>, order: &[Order], nulls_are_greatest: bool) -> Ordering {
        let by = |order: &Order| {
            let nulls_last = match order.nulls {
                Nulls::Usual => nulls_are_greatest != order.descending,
                Nulls::First => false,
                Nulls::Last => true,
            };
            match &order.by {
                By::Num(num) => direct(self.num(num), other.num(num), order.descending, nulls_last),
                By::Text(text) => direct(self.text(text), other.text(text), order.descending, nulls_last),
            }
        };
        order.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// As `=` has it: NULL equals nothing.
fn equal(a: Option<i64>, b: Option<i64>) -> bool {
    a.is_some() && a == b
}

fn both<A, B>(a: Option<A>, b: Option<B>) -> Option<(A, B)> {
    a.zip(b)
}

fn compare<T: PartialOrd>(op: Op, a: T, b: T) -> Option<bool> {
    Some(match op {
        Op::Eq => a == b,
        Op::Ne => a != b,
        Op::Lt => a < b,
        Op::Lte => a <= b,
        Op::Gt => a > b,
        Op::Gte => a >= b,
    })
}

/// False if one is false; else unknown if one is unknown.
fn and(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let truths: Vec<_> = truths.into_iter().collect();
    if truths.contains(&Some(false)) {
        return Some(false);
    }
    if truths.contains(&None) { None } else { Some(true) }
}

/// Nothing is in an empty list; else NULL, in the list or before it, makes what is not found unknown.
fn is_in<T: PartialEq>(value: Option<T>, list: &[Option<T>]) -> Option<bool> {
    if list.is_empty() {
        return Some(false);
    }
    let value = Some(value?);
    if list.contains(&value) {
        return Some(true);
    }
    if list.contains(&None) { None } else { Some(false) }
}

fn has_part(part: Part, text: &str, of: &str) -> bool {
    match part {
        Part::Contains => text.contains(of),
        Part::StartsWith => text.starts_with(of),
        Part::EndsWith => text.ends_with(of),
    }
}

fn signs(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|at| like(&text[at..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        ['\\', sign, rest @ ..] | [sign, rest @ ..] => text.first() == Some(sign) && like(&text[1..], rest),
    }
}

fn direct<T: Ord>(a: Option<T>, b: Option<T>, descending: bool, nulls_last: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => {
            if nulls_last {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
        (Some(_), None) => {
            if nulls_last {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (Some(a), Some(b)) => {
            if descending {
                b.cmp(&a)
            } else {
                a.cmp(&b)
            }
        }
    }
}

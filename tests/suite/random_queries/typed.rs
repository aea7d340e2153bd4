//! The same expressions and conditions in the typed language of queries.

use assoc::{
    Condition,
    prelude::*,
    query::{self, Assignment, Expression, Source, case, value},
    schema::{AssocRef, Column, kind::Step},
};

use super::{
    ast::{By, Cond, Nulls, Num, Op, Order, Part, Text},
    data::Kind,
};
use crate::schemas::*;

/// A schema that random queries read.
pub trait Table: Stored + Source<Row = Self> + Clone + PartialEq + Send + std::fmt::Debug {
    /// Another name for it.
    type Other: query::Alias<Self>;
    const OTHER: Self::Other;
    /// And another.
    type Third: query::Alias<Self>;
    const THIRD: Self::Third;
    const KIND: Kind;

    fn key() -> Column<Self, i64>;
    fn id(&self) -> i64;
    fn nums() -> Vec<Expression<Self, Option<i64>>>;
    fn texts() -> Vec<Expression<Self, Option<String>>>;
    fn rating(op: Op, value: i16) -> Condition<Self>;
    /// An assignment that leaves the row as it is.
    fn same() -> Assignment<Self>;
    fn see<V: Visit<Self>>(association: usize, visitor: V) -> V::Output;

    fn num(at: usize) -> Expression<Self, Option<i64>> {
        let nums = Self::nums();
        nums[at % nums.len()].clone()
    }

    fn text(at: usize) -> Expression<Self, Option<String>> {
        let texts = Self::texts();
        texts[at % texts.len()].clone()
    }
}

/// What is done with an association of `P`, whatever it leads to.
pub trait Visit<P: Table> {
    type Output;
    fn see<C: Table, K: Step + 'static>(self, association: AssocRef<P, C, K>) -> Self::Output;
}

macro_rules! tables {
    ($($table:ident $other:ident $third:ident, [$($num:ident)*], [$text:ident $($texts:ident)*], [$($association:ident)*], $rating:expr;)+) => {$(
        assoc::alias!(pub $other = $table);
        assoc::alias!(pub $third = $table);

        impl Table for $table {
            type Other = $other;
            const OTHER: $other = $other;
            type Third = $third;
            const THIRD: $third = $third;
            const KIND: Kind = Kind::$table;

            fn key() -> Column<Self, i64> {
                $table::id
            }

            fn id(&self) -> i64 {
                self.id
            }

            fn nums() -> Vec<Expression<Self, Option<i64>>> {
                vec![$table::id.optional(), $($table::$num.optional()),*]
            }

            fn texts() -> Vec<Expression<Self, Option<String>>> {
                vec![$table::$text.optional(), $($table::$texts.optional()),*]
            }

            fn rating(op: Op, value: i16) -> Condition<Self> {
                $rating(op, value)
            }

            fn same() -> Assignment<Self> {
                $table::$text.set($table::$text)
            }

            fn see<V: Visit<Self>>(association: usize, visitor: V) -> V::Output {
                let names = [$(stringify!($association)),*];
                match names[association % names.len()] {
                    $(stringify!($association) => visitor.see($table::$association),)*
                    other => unreachable!("{other} is no association"),
                }
            }
        }
    )+};
}
tables! {
    User OtherUser ThirdUser, [], [name email], [posts profile], by_key::<User>;
    Profile OtherProfile ThirdProfile, [user_id], [bio], [user], by_key::<Profile>;
    Post OtherPost ThirdPost, [author_id editor_id], [title body], [comments author editor tags commenters], by_key::<Post>;
    Comment OtherComment ThirdComment, [post_id author_id], [body], [post author], by_rating;
    Tag OtherTag ThirdTag, [], [name], [posts], by_key::<Tag>;
    Category OtherCategory ThirdCategory, [parent_id], [name], [children parent], by_key::<Category>;
}

/// Calls a generic function for the schema of a kind.
macro_rules! of_kind {
    ($kind:expr, $function:ident$(<$more:ident>)?($($argument:expr),*) $($after:tt)*) => {
        match $kind {
            Kind::User => $function::<User $(, $more)?>($($argument),*) $($after)*,
            Kind::Profile => $function::<Profile $(, $more)?>($($argument),*) $($after)*,
            Kind::Post => $function::<Post $(, $more)?>($($argument),*) $($after)*,
            Kind::Comment => $function::<Comment $(, $more)?>($($argument),*) $($after)*,
            Kind::Tag => $function::<Tag $(, $more)?>($($argument),*) $($after)*,
            Kind::Category => $function::<Category $(, $more)?>($($argument),*) $($after)*,
        }
    };
}
pub(super) use of_kind;

fn by_key<T: Table>(op: Op, value: i16) -> Condition<T> {
    compare(op, T::key(), i64::from(value))
}

fn by_rating(op: Op, value: i16) -> Condition<Comment> {
    compare(op, Comment::rating, Some(value))
}

fn compare<Q, I, J, E, O>(op: Op, a: E, b: O) -> Condition<Q>
where
    E: ExpressionMethods + query::IntoExpression<Q, I>,
    O: query::Operand<Q, E::Value, J>,
{
    match op {
        Op::Eq => a.eq(b),
        Op::Ne => a.ne(b),
        Op::Lt => a.lt(b),
        Op::Lte => a.lte(b),
        Op::Gt => a.gt(b),
        Op::Gte => a.gte(b),
    }
}

struct Counted<'c>(Option<&'c Cond>);

impl<P: Table> Visit<P> for Counted<'_> {
    type Output = Expression<P, Option<i64>>;

    fn see<C: Table, K: Step + 'static>(self, association: AssocRef<P, C, K>) -> Self::Output {
        match self.0 {
            Some(condition) => association.count().filter(cond(condition)).optional(),
            None => association.count().optional(),
        }
    }
}

enum Asked<'c> {
    Any(&'c Cond),
    None(&'c Cond),
    IsEmpty,
}

impl<P: Table> Visit<P> for Asked<'_> {
    type Output = Condition<P>;

    fn see<C: Table, K: Step + 'static>(self, association: AssocRef<P, C, K>) -> Condition<P> {
        match self {
            Self::Any(condition) => association.any(cond(condition)),
            Self::None(condition) => association.none(cond(condition)),
            Self::IsEmpty => association.is_empty(),
        }
    }
}

fn greatest<T: Table, R>(at: usize, condition: &Cond) -> Expression<R, Option<i64>> {
    T::query().filter(cond(condition)).select(T::num(at).max()).scalar()
}

fn is_in<T: Table, R>(num: Expression<R, Option<i64>>, at: usize, condition: &Cond) -> Condition<R> {
    num.in_query(T::query().filter(cond(condition)).select(T::num(at)))
}

fn any_row<T: Table, R>(condition: &Cond) -> Condition<R> {
    T::query().filter(cond(condition)).any_row()
}

pub fn num<T: Table>(of: &Num) -> Expression<T, Option<i64>> {
    match of {
        Num::Column(at) => T::num(*at),
        Num::Value(number) => value(Some(*number)),
        Num::Plus(a, b) => num(a).plus(num::<T>(b)),
        Num::Minus(a, b) => num(a).minus(num::<T>(b)),
        Num::Times(a, b) => num(a).times(num::<T>(b)),
        Num::Coalesce(a, b) => num(a).coalesce(num::<T>(b)).optional(),
        Num::Count(association, condition) => T::see(*association, Counted(condition.as_deref())),
        Num::Scalar(kind, at, condition) => of_kind!(*kind, greatest<T>(*at, condition)),
    }
}

pub fn text<T: Table>(of: &Text) -> Expression<T, Option<String>> {
    match of {
        Text::Column(at) => T::text(*at),
        Text::Value(text) => value(Some(text.clone())),
        Text::Lower(a) => text(a).lower(),
        Text::Upper(a) => text(a).upper(),
        Text::Coalesce(a, b) => text(a).coalesce(text::<T>(b)).optional(),
        Text::Case(condition, a, b) => {
            case::<Option<String>>().when(cond(condition), text::<T>(a)).otherwise(text::<T>(b))
        }
    }
}

pub fn cond<T: Table>(of: &Cond) -> Condition<T> {
    match of {
        Cond::Num(op, a, b) => compare(*op, num(a), num::<T>(b)),
        Cond::Text(op, a, Text::Value(b)) => compare(*op, text(a), b.as_str()),
        Cond::Text(op, a, b) => compare(*op, text(a), text::<T>(b)),
        Cond::Length(op, a, length) => compare(*op, text(a).length(), *length),
        Cond::Rating(op, rating) => T::rating(*op, *rating),
        Cond::Between(a, low, high) => num(a).between(num::<T>(low), num::<T>(high)),
        Cond::Within(a, low, high) => match (low, high) {
            (Some(low), Some(high)) => num(a).within(*low..*high),
            (Some(low), None) => num(a).within(*low..),
            (None, Some(high)) => num(a).within(..*high),
            (None, None) => num(a).within(..),
        },
        Cond::NumIn(a, list) => num(a).is_in(list.iter().copied()),
        Cond::TextIn(a, list) => text(a).is_in(list.iter().cloned()),
        Cond::NumIsNull(a) => num(a).is_null(),
        Cond::TextIsNull(a) => text(a).is_null(),
        Cond::Like(a, pattern) => text(a).like(pattern.as_str()),
        Cond::ILike(a, pattern) => text(a).ilike(pattern.as_str()),
        Cond::Part(Part::Contains, a, of) => text(a).contains(of),
        Cond::Part(Part::StartsWith, a, of) => text(a).starts_with(of),
        Cond::Part(Part::EndsWith, a, of) => text(a).ends_with(of),
        Cond::And(list) => match list.as_slice() {
            [a, b] => cond(a).and(cond(b)),
            list => Condition::all(list.iter().map(cond)),
        },
        Cond::Or(list) => match list.as_slice() {
            [a, b] => cond(a).or(cond(b)),
            list => Condition::any(list.iter().map(cond)),
        },
        Cond::Not(condition) => !cond(condition),
        Cond::Any(association, condition) => T::see(*association, Asked::Any(condition)),
        Cond::None(association, condition) => T::see(*association, Asked::None(condition)),
        Cond::IsEmpty(association) => T::see(*association, Asked::IsEmpty),
        Cond::InQuery(a, kind, at, condition) => of_kind!(*kind, is_in<T>(num(a), *at, condition)),
        Cond::AnyRow(kind, condition) => of_kind!(*kind, any_row<T>(condition)),
    }
}

pub fn orders<T: Table>(orders: &[Order]) -> Vec<query::Ordering<T>> {
    let order = |order: &Order| {
        let by = match (&order.by, order.descending) {
            (By::Num(by), false) => num(by).asc(),
            (By::Num(by), true) => num(by).desc(),
            (By::Text(by), false) => text(by).asc(),
            (By::Text(by), true) => text(by).desc(),
        };
        match order.nulls {
            Nulls::Usual => by,
            Nulls::First => by.nulls_first(),
            Nulls::Last => by.nulls_last(),
        }
    };
    orders.iter().map(order).collect()
}

//! Random expressions, conditions and queries, as data. Columns and associations are numbers: each table takes them modulo
//! what it has, so that any condition can be asked of any table.

use proptest::prelude::*;

use super::data::{KINDS, Kind, text};

#[derive(Clone, Debug)]
pub enum Num {
    Column(usize),
    Value(i64),
    Plus(Box<Num>, Box<Num>),
    Minus(Box<Num>, Box<Num>),
    Times(Box<Num>, Box<Num>),
    Coalesce(Box<Num>, Box<Num>),
    /// How many rows of an association there are, of those that satisfy the condition, if any.
    Count(usize, Option<Box<Cond>>),
    /// The greatest number of a table's rows that satisfy the condition.
    Scalar(Kind, usize, Box<Cond>),
}

#[derive(Clone, Debug)]
pub enum Text {
    Column(usize),
    Value(String),
    Lower(Box<Text>),
    Upper(Box<Text>),
    Coalesce(Box<Text>, Box<Text>),
    Case(Box<Cond>, Box<Text>, Box<Text>),
}

#[derive(Clone, Copy, Debug)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
}

#[derive(Clone, Copy, Debug)]
pub enum Part {
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Clone, Debug)]
pub enum Cond {
    Num(Op, Num, Num),
    Text(Op, Text, Text),
    Length(Op, Text, i32),
    /// Of comments; of other tables whether their first number is that.
    Rating(Op, i16),
    Between(Num, Num, Num),
    Within(Num, Option<i64>, Option<i64>),
    NumIn(Num, Vec<Option<i64>>),
    TextIn(Text, Vec<Option<String>>),
    NumIsNull(Num),
    TextIsNull(Text),
    Like(Text, String),
    ILike(Text, String),
    Part(Part, Text, String),
    And(Vec<Cond>),
    Or(Vec<Cond>),
    Not(Box<Cond>),
    Any(usize, Box<Cond>),
    None(usize, Box<Cond>),
    IsEmpty(usize),
    InQuery(Num, Kind, usize, Box<Cond>),
    AnyRow(Kind, Box<Cond>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nulls {
    Usual,
    First,
    Last,
}

#[derive(Clone, Debug)]
pub enum By {
    Num(Num),
    Text(Text),
}

#[derive(Clone, Debug)]
pub struct Order {
    pub by: By,
    pub descending: bool,
    pub nulls: Nulls,
}

fn boxed<T: std::fmt::Debug + 'static>(of: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Box<T>> {
    of.prop_map(Box::new).boxed()
}

fn num_leaf() -> BoxedStrategy<Num> {
    prop_oneof![3 => (0..3_usize).prop_map(Num::Column), 1 => (-2..6_i64).prop_map(Num::Value)].boxed()
}

fn num_of(cond: BoxedStrategy<Cond>) -> BoxedStrategy<Num> {
    let count = (0..5_usize, proptest::option::of(boxed(cond.clone()))).prop_map(|(at, cond)| Num::Count(at, cond));
    let scalar = (kind(), 0..3_usize, boxed(cond)).prop_map(|(kind, at, cond)| Num::Scalar(kind, at, cond));
    let leaf = prop_oneof![6 => num_leaf(), 1 => count, 1 => scalar];
    leaf.prop_recursive(2, 4, 2, |inner| {
        let pair = (boxed(inner.clone()), boxed(inner));
        prop_oneof![
            pair.clone().prop_map(|(a, b)| Num::Plus(a, b)),
            pair.clone().prop_map(|(a, b)| Num::Minus(a, b)),
            pair.clone().prop_map(|(a, b)| Num::Times(a, b)),
            pair.prop_map(|(a, b)| Num::Coalesce(a, b)),
        ]
    })
    .boxed()
}

fn text_of(cond: BoxedStrategy<Cond>) -> BoxedStrategy<Text> {
    let leaf = prop_oneof![3 => (0..2_usize).prop_map(Text::Column), 1 => text().prop_map(Text::Value)];
    leaf.prop_recursive(2, 4, 2, move |inner| {
        let (one, pair) = (boxed(inner.clone()), (boxed(inner.clone()), boxed(inner)));
        prop_oneof![
            one.clone().prop_map(Text::Lower),
            one.prop_map(Text::Upper),
            pair.clone().prop_map(|(a, b)| Text::Coalesce(a, b)),
            (boxed(cond.clone()), pair).prop_map(|(cond, (a, b))| Text::Case(cond, a, b)),
        ]
    })
    .boxed()
}

pub fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(&KINDS[..])
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(&[Op::Eq, Op::Ne, Op::Lt, Op::Lte, Op::Gt, Op::Gte][..])
}

fn part() -> impl Strategy<Value = Part> {
    prop::sample::select(&[Part::Contains, Part::StartsWith, Part::EndsWith][..])
}

/// A condition about the row itself, whose expressions may ask further conditions.
fn simple(cond: BoxedStrategy<Cond>) -> BoxedStrategy<Cond> {
    let (num, text_expr) = (num_of(cond.clone()), text_of(cond));
    let bound = || proptest::option::of(-1..6_i64);
    let numbers = prop::collection::vec(proptest::option::weighted(0.8, 0..5_i64), 0..4);
    let texts = prop::collection::vec(proptest::option::weighted(0.8, text()), 0..4);
    prop_oneof![
        4 => (op(), num.clone(), num.clone()).prop_map(|(op, a, b)| Cond::Num(op, a, b)),
        3 => (op(), text_expr.clone(), text_expr.clone()).prop_map(|(op, a, b)| Cond::Text(op, a, b)),
        1 => (op(), text_expr.clone(), 0..4_i32).prop_map(|(op, text, length)| Cond::Length(op, text, length)),
        1 => (op(), 0..6_i16).prop_map(|(op, rating)| Cond::Rating(op, rating)),
        1 => (num.clone(), num.clone(), num.clone()).prop_map(|(a, b, c)| Cond::Between(a, b, c)),
        1 => (num.clone(), bound(), bound()).prop_map(|(a, b, c)| Cond::Within(a, b, c)),
        2 => (num.clone(), numbers).prop_map(|(num, list)| Cond::NumIn(num, list)),
        1 => (text_expr.clone(), texts).prop_map(|(text, list)| Cond::TextIn(text, list)),
        1 => num.prop_map(Cond::NumIsNull),
        1 => text_expr.clone().prop_map(Cond::TextIsNull),
        2 => (text_expr.clone(), text()).prop_map(|(text, pattern)| Cond::Like(text, pattern)),
        1 => (text_expr.clone(), text()).prop_map(|(text, pattern)| Cond::ILike(text, pattern)),
        2 => (part(), text_expr, text()).prop_map(|(part, text, of)| Cond::Part(part, text, of)),
    ]
    .boxed()
}

/// Any condition.
pub fn cond() -> BoxedStrategy<Cond> {
    let never = Just(Cond::Or(Vec::new())).boxed();
    let leaf =
        prop_oneof![6 => simple(never), 1 => (0..5_usize).prop_map(Cond::IsEmpty), 1 => Just(Cond::And(Vec::new()))];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        let in_query = (num_leaf(), kind(), 0..3_usize, boxed(inner.clone()));
        prop_oneof![
            2 => list.clone().prop_map(Cond::And),
            2 => list.prop_map(Cond::Or),
            2 => boxed(inner.clone()).prop_map(Cond::Not),
            2 => (0..5_usize, boxed(inner.clone())).prop_map(|(at, cond)| Cond::Any(at, cond)),
            1 => (0..5_usize, boxed(inner.clone())).prop_map(|(at, cond)| Cond::None(at, cond)),
            1 => in_query.prop_map(|(num, kind, at, cond)| Cond::InQuery(num, kind, at, cond)),
            1 => (kind(), boxed(inner.clone())).prop_map(|(kind, cond)| Cond::AnyRow(kind, cond)),
            2 => simple(inner.boxed()),
        ]
    })
    .boxed()
}

/// Directions, each of which says where NULLs are, or leaves it to the database.
pub fn orders() -> impl Strategy<Value = Vec<Order>> {
    let never = || Just(Cond::Or(Vec::new())).boxed();
    let by = prop_oneof![num_of(never()).prop_map(By::Num), text_of(never()).prop_map(By::Text)];
    let nulls = prop::sample::select(&[Nulls::Usual, Nulls::First, Nulls::Last][..]);
    let order = (by, any::<bool>(), nulls).prop_map(|(by, descending, nulls)| Order { by, descending, nulls });
    prop::collection::vec(order, 0..3)
}

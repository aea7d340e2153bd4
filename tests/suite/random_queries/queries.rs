//! Random queries, as data.

use proptest::prelude::*;

use super::{
    ast::{Cond, Num, Order, cond, kind, orders},
    data::Kind,
    loads::Wanted,
};

/// Rows of one table, in an order that the key ends.
#[derive(Clone, Debug)]
pub struct Rows {
    pub kind: Kind,
    pub filters: Vec<Cond>,
    pub order: Vec<Order>,
    pub limit: Option<u64>,
    pub offset: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Set {
    Union,
    UnionAll,
    Intersect,
    Except,
}

/// An association that is joined, and how.
#[derive(Clone, Debug)]
pub struct Joined {
    pub association: usize,
    pub left: bool,
    pub on: Option<Cond>,
}

#[derive(Clone, Debug)]
pub enum Ask {
    Rows(Rows),
    /// The rows that `update_all` changes.
    Updated(Rows),
    /// Each pair of a number and a text once.
    Distinct {
        kind: Kind,
        filter: Cond,
        num: usize,
        text: usize,
    },
    Join {
        kind: Kind,
        joined: Joined,
        filters: [Cond; 2],
        paged: Option<u64>,
    },
    /// What a table has, and what that has, both by other names.
    Chain {
        kind: Kind,
        first: Joined,
        second: Joined,
        filter: Cond,
    },
    Groups {
        kind: Kind,
        by: usize,
        of: Num,
        text: usize,
        filter: Cond,
        only: Cond,
        having: i64,
        paged: Option<u64>,
    },
    Preloads {
        rows: Rows,
        wanted: Vec<Wanted>,
    },
    Windows {
        kind: Kind,
        filter: Cond,
        partition: usize,
        order: Vec<Order>,
        of: Num,
    },
    Sets {
        kind: Kind,
        first: Rows,
        others: Vec<(Set, Rows)>,
        filter: Cond,
    },
    Tree {
        up: bool,
        start: Cond,
        filter: Cond,
    },
    Pages {
        rows: Rows,
        size: u64,
    },
}

fn rows() -> BoxedStrategy<Rows> {
    let window = || proptest::option::weighted(0.4, 0..5_u64);
    (kind(), prop::collection::vec(cond(), 0..3), orders(), window(), window())
        .prop_map(|(kind, filters, order, limit, offset)| Rows { kind, filters, order, limit, offset })
        .boxed()
}

fn joined() -> impl Strategy<Value = Joined> {
    (0..5_usize, any::<bool>(), proptest::option::of(cond())).prop_map(|(association, left, on)| Joined {
        association,
        left,
        on,
    })
}

fn set() -> impl Strategy<Value = Set> {
    prop::sample::select(&[Set::Union, Set::UnionAll, Set::Intersect, Set::Except][..])
}

fn num() -> impl Strategy<Value = Num> {
    prop_oneof![
        (0..3_usize).prop_map(Num::Column),
        (0..3_usize, 1..4_i64).prop_map(|(at, by)| { Num::Times(Box::new(Num::Column(at)), Box::new(Num::Value(by))) })
    ]
}

fn groups() -> impl Strategy<Value = Ask> {
    let paged = proptest::option::weighted(0.3, 1..4_u64);
    (kind(), 0..3_usize, num(), 0..2_usize, cond(), cond(), 0..3_i64, paged).prop_map(
        |(kind, by, of, text, filter, only, having, paged)| Ask::Groups {
            kind,
            by,
            of,
            text,
            filter,
            only,
            having,
            paged,
        },
    )
}

fn sets() -> impl Strategy<Value = Ask> {
    let others = prop::collection::vec((set(), rows()), 1..3);
    (kind(), rows(), others, cond()).prop_map(|(kind, first, others, filter)| {
        let of_kind = |rows: Rows| Rows { kind, ..rows };
        let others = others.into_iter().map(|(set, rows)| (set, of_kind(rows))).collect();
        Ask::Sets { kind, first: of_kind(first), others, filter }
    })
}

/// Rows of one table.
pub fn tables() -> BoxedStrategy<Ask> {
    let distinct = (kind(), cond(), 0..3_usize, 0..2_usize);
    prop_oneof![
        4 => rows().prop_map(Ask::Rows),
        1 => rows().prop_map(Ask::Updated),
        1 => distinct.prop_map(|(kind, filter, num, text)| Ask::Distinct { kind, filter, num, text }),
    ]
    .boxed()
}

pub fn joins() -> BoxedStrategy<Ask> {
    let paged = proptest::option::weighted(0.3, 1..4_u64);
    prop_oneof![
        (kind(), joined(), [cond(), cond()], paged).prop_map(|(kind, joined, filters, paged)| Ask::Join {
            kind,
            joined,
            filters,
            paged
        }),
        (kind(), joined(), joined(), cond()).prop_map(|(kind, first, second, filter)| Ask::Chain {
            kind,
            first,
            second,
            filter
        }),
    ]
    .boxed()
}

pub fn aggregates() -> BoxedStrategy<Ask> {
    let windows = (kind(), cond(), 0..3_usize, orders(), num());
    prop_oneof![
        groups(),
        windows.prop_map(|(kind, filter, partition, order, of)| Ask::Windows { kind, filter, partition, order, of }),
    ]
    .boxed()
}

pub fn queries_of_queries() -> BoxedStrategy<Ask> {
    prop_oneof![
        2 => sets(),
        1 => (any::<bool>(), cond(), cond()).prop_map(|(up, start, filter)| Ask::Tree { up, start, filter }),
    ]
    .boxed()
}

pub fn pages() -> BoxedStrategy<Ask> {
    (rows(), 1..5_u64)
        .prop_map(|(rows, size)| Ask::Pages { rows: Rows { limit: None, offset: None, ..rows }, size })
        .boxed()
}

pub fn preloads() -> BoxedStrategy<Ask> {
    (rows(), wanted(3)).prop_map(|(rows, wanted)| Ask::Preloads { rows, wanted }).boxed()
}

fn wanted(depth: u32) -> BoxedStrategy<Vec<Wanted>> {
    let some = if depth == 3 { 1..4 } else { 0..3 };
    let below = if depth == 0 { Just(Vec::new()).boxed() } else { wanted(depth - 1) };
    let filter = proptest::option::weighted(0.3, cond());
    let order = prop_oneof![2 => Just(Vec::new()), 1 => orders()];
    let limit = proptest::option::weighted(0.2, 0..3_u64);
    let wanted = (0..6_usize, filter, order, limit, prop::bool::weighted(0.1), below);
    let wanted = wanted.prop_map(|(association, filter, order, limit, force, below)| Wanted {
        association,
        filter,
        order,
        limit,
        force,
        below,
    });
    prop::collection::vec(wanted, some).boxed()
}

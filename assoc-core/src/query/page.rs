//! Pages by the values of their rows (keyset pagination): as fast on the last page as on the first, and sound while
//! rows come and go.

use std::fmt;

use sea_query::{BinOper, NullOrdering, Order, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Context, Node, Ordering, Query, Reading, Selected, ties::tie_breakers};
use crate::{
    adapter::{DbError, Sql},
    schema::Row,
    types::{TypeError, hex, is_null, to_json, unhex},
};

/// Which page of a query: so many rows, from the start, after, or before the place that a [`Cursor`] names.
#[derive(Clone, Debug)]
pub struct Page {
    size: u64,
    from: Option<(Cursor, Direction)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    After,
    Before,
}

/// A place between the rows of a query, as a text for clients. It holds the values by which the query is ordered; they can
/// be read by who has it, and are checked when they come back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Cursor {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl<T: Into<String>> std::convert::From<T> for Cursor {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// The rows of a page, and where the neighbours begin.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Paged<O> {
    /// The rows, in the order of the query.
    pub rows: Vec<O>,
    /// For [`Page::after`]; `None` on the last page.
    pub next: Option<Cursor>,
    /// For [`Page::before`]; `None` on the first page.
    pub previous: Option<Cursor>,
}

impl Page {
    /// The first rows.
    pub fn first(size: u64) -> Self {
        Self { size, from: None }
    }

    /// The rows after a place.
    pub fn after(size: u64, cursor: impl Into<Cursor>) -> Self {
        Self { size, from: Some((cursor.into(), Direction::After)) }
    }

    /// The rows before a place.
    pub fn before(size: u64, cursor: impl Into<Cursor>) -> Self {
        Self { size, from: Some((cursor.into(), Direction::Before)) }
    }

    fn is_backward(&self) -> bool {
        matches!(self.from, Some((_, Direction::Before)))
    }

    /// For the repo: the page of the rows that its statement returned, one more perhaps than it has.
    #[doc(hidden)]
    pub fn paged<O>(&self, rows: Vec<(O, Cursor)>) -> Paged<O> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        let mut rows: Vec<_> = rows.into_iter().take(size).collect();
        let backward = self.is_backward();
        if backward {
            rows.reverse();
        }
        let first = rows.first().map(|(_, cursor)| cursor.clone());
        let last = rows.last().map(|(_, cursor)| cursor.clone());
        let (before, after) = if backward { (more, true) } else { (self.from.is_some(), more) };
        Paged {
            rows: rows.into_iter().map(|(row, _)| row).collect(),
            next: last.filter(|_| after),
            previous: first.filter(|_| before),
        }
    }
}

/// What tells the place of a row.
#[doc(hidden)]
pub struct Places {
    order: Vec<Ordering>,
    at: usize,
}

impl Places {
    /// The place of a row.
    ///
    /// # Errors
    /// A value has another type than its expression.
    pub fn cursor(&self, row: &mut dyn Row) -> Result<Cursor, TypeError> {
        let values = self.order.iter().enumerate().map(|(at, ordering)| {
            let value = row.take(self.at + at, ordering.ty)?;
            Ok(if is_null(&value) { serde_json::Value::Null } else { to_json(&value) })
        });
        let values: Result<Vec<_>, TypeError> = values.collect();
        Ok(Cursor(hex(serde_json::Value::Array(values?).to_string().as_bytes())))
    }

    fn values(&self, cursor: &Cursor) -> Option<Vec<Value>> {
        let json: Vec<serde_json::Value> = serde_json::from_slice(&unhex(&cursor.0)?).ok()?;
        if json.len() != self.order.len() {
            return None;
        }
        let typed = json.into_iter().zip(&self.order).map(|(json, ordering)| match json {
            serde_json::Value::Null => Some(ordering.ty.null()),
            json => ordering.ty.from_json(json),
        });
        typed.collect()
    }
}

impl<Q, O> Query<Q, O> {
    /// For the repo: the statement of a page, and how its rows are read, and how the place of one is told.
    ///
    /// # Errors
    /// The cursor is none of this query, or the query has no pages.
    #[doc(hidden)]
    pub fn to_page_sql(&self, page: &Page, cx: &Context) -> Result<(Sql<'static>, Reading<O>, Places), DbError> {
        let mut parts = self.parts.clone();
        if !parts.has_pages() {
            return Err(DbError::Configuration(
                "a query with `distinct`, `limit` or `offset`, or of one row for all, has no pages; make it a \
                 `.subquery()` first"
                    .to_owned(),
            ));
        }
        let mut order = std::mem::take(&mut parts.order);
        let missing = parts.joins.iter().any(|join| join.left);
        for ordering in &mut order {
            // What is calculated may be NULL whatever its type says, as `coalesce`.
            ordering.nullable |= missing || !matches!(ordering.node, Node::Column(_));
        }
        order.extend(tie_breakers(&parts)?);
        for ordering in &mut order {
            let greatest_last = (ordering.order == Order::Asc) == cx.dialect.nulls_are_greatest();
            let usual = if greatest_last { NullOrdering::Last } else { NullOrdering::First };
            ordering.nulls.get_or_insert(usual);
        }
        let places = Places { order, at: parts.selection.len() };
        if let Some((cursor, _)) = &page.from {
            let values = places.values(cursor).ok_or(DbError::Cursor)?;
            let condition = beyond(&places.order, values, page.is_backward());
            let grouped = !parts.group.is_empty();
            if grouped { parts.having.push(condition) } else { parts.filters.push(condition) }
        }
        parts.selection.extend(places.order.iter().map(|ordering| Selected {
            node: ordering.node.clone(),
            ty: ordering.ty,
            name: None,
        }));
        parts.order = places.order.iter().map(|ordering| sent(ordering, page.is_backward())).collect();
        parts.limit = Some(page.size.saturating_add(1));
        let (sql, reading) = self.reading(parts, cx)?;
        Ok((sql, reading, places))
    }
}

/// The order as it is sent; what cannot be NULL needs no place for it.
fn sent(ordering: &Ordering, backward: bool) -> Ordering {
    let mut ordering = if backward { reversed(ordering) } else { ordering.clone() };
    ordering.nulls = ordering.nulls.filter(|_| ordering.nullable);
    ordering
}

fn reversed(ordering: &Ordering) -> Ordering {
    let mut reversed = ordering.clone();
    reversed.order = if ordering.order == Order::Asc { Order::Desc } else { Order::Asc };
    reversed.nulls = ordering.nulls.map(|nulls| match nulls {
        NullOrdering::First => NullOrdering::Last,
        NullOrdering::Last => NullOrdering::First,
    });
    reversed
}

/// The rows beyond a place.
fn beyond(order: &[Ordering], values: Vec<Value>, backward: bool) -> Node {
    let order: Vec<Ordering> = order.iter().map(|it| if backward { reversed(it) } else { it.clone() }).collect();
    let alike = order.iter().all(|it| it.order == order[0].order && !it.nullable);
    let bound = |ordering: &Ordering, value| Node::Value(value, ordering.ty);
    if alike && order.len() > 1 {
        let op = operator(&order[0]);
        let values = order.iter().zip(values).map(|(ordering, value)| bound(ordering, value)).collect();
        let nodes = order.into_iter().map(|ordering| ordering.node).collect();
        return Node::binary(Node::Tuple(nodes), op, Node::Tuple(values));
    }
    let mut alternatives = Vec::new();
    let mut equal = Vec::new();
    for (ordering, value) in order.into_iter().zip(values) {
        let null = is_null(&value);
        let after = match (null, ordering.nulls == Some(NullOrdering::Last)) {
            (true, true) => Node::Or(Vec::new()),
            (true, false) => Node::Not(Box::new(Node::is_null(ordering.node.clone()))),
            (false, last) => {
                let after = Node::binary(ordering.node.clone(), operator(&ordering), bound(&ordering, value.clone()));
                let nulls = (last && ordering.nullable).then(|| Node::is_null(ordering.node.clone()));
                Node::Or(std::iter::once(after).chain(nulls).collect())
            }
        };
        alternatives.push(Node::And(equal.iter().cloned().chain([after]).collect()));
        equal.push(if null {
            Node::is_null(ordering.node)
        } else {
            let value = bound(&ordering, value);
            Node::binary(ordering.node, BinOper::Equal, value)
        });
    }
    Node::Or(alternatives)
}

fn operator(ordering: &Ordering) -> BinOper {
    if ordering.order == Order::Asc { BinOper::GreaterThan } else { BinOper::SmallerThan }
}

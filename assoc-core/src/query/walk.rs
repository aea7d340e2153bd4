//! What an expression is made of: how deep, of aggregates or not.

use super::Node;

/// How many expressions can be in each other: SQLite takes a thousand, counted its way; stacks take some thousands.
pub(crate) const MAX_DEPTH: usize = 200;

impl Node {
    /// The expression, or what says that there are too many in each other, so that there is nothing that could not be
    /// cloned, rendered or dropped.
    pub(crate) fn checked(self) -> Self {
        if self.is_deeper(MAX_DEPTH) { Self::TooDeep } else { self }
    }

    fn is_deeper(&self, than: usize) -> bool {
        let Some(than) = than.checked_sub(1) else { return true };
        let beneath = match self {
            Self::Exists(related) | Self::Count(related) => related.filters.iter().any(|node| node.is_deeper(than)),
            Self::Query(parts) | Self::InQuery(_, parts) | Self::AnyRow(parts) => {
                parts.filters.iter().any(|node| node.is_deeper(than))
            }
            _ => false,
        };
        beneath || self.children().into_iter().any(|node| node.is_deeper(than))
    }

    /// Whether it is the value of a column, with nothing made of it.
    pub(crate) fn is_as_kept(&self) -> bool {
        match self {
            Self::Column(_) => true,
            Self::Query(parts) => parts.selection.iter().all(|selected| selected.node.is_as_kept()),
            _ => false,
        }
    }

    /// Whether it has a value of a window.
    pub(crate) fn looks_through_windows(&self) -> bool {
        matches!(self, Self::Over(_)) || self.children().into_iter().any(Node::looks_through_windows)
    }

    /// Whether it has a value of a group only.
    pub(crate) fn aggregates(&self) -> bool {
        match self {
            Self::Aggregate(_) => true,
            Self::Over(over) if matches!(over.0, Self::Aggregate(_)) => false,
            other => other.children().into_iter().any(Node::aggregates),
        }
    }

    /// The expressions that it is made of, those of subqueries aside.
    fn children(&self) -> Vec<&Node> {
        match self {
            Self::Column(_) | Self::Value(..) | Self::Query(_) | Self::AnyRow(_) | Self::TooDeep => Vec::new(),
            Self::Exists(_) | Self::Count(_) | Self::Of(..) => Vec::new(),
            Self::Binary(pair, _) | Self::Arithmetic(pair, ..) => vec![&pair.0, &pair.1],
            Self::Between(parts) => vec![&parts.0, &parts.1, &parts.2],
            Self::Like(node, _)
            | Self::ILike(node, _)
            | Self::IsNull(node)
            | Self::Not(node)
            | Self::Scope(_, node)
            | Self::InQuery(node, _)
            | Self::Json(node, ..)
            | Self::JsonContains(node, _)
            | Self::Array(node, ..)
            | Self::Length(node) => vec![node],
            Self::AnyOf(nodes, _) => nodes.iter().map(|(node, _)| node).collect(),
            Self::And(nodes) | Self::Or(nodes) | Self::Tuple(nodes) | Self::Sql(_, nodes) | Self::Raw(_, nodes) => {
                nodes.iter().collect()
            }
            Self::Aggregate(call) => call.nodes().collect(),
            Self::Over(over) => std::iter::once(&over.0).chain(over.1.nodes()).collect(),
            Self::Case(cases, other) => {
                let cases = cases.iter().flat_map(|(condition, value)| [condition, value]);
                cases.chain(other.as_deref()).collect()
            }
        }
    }
}

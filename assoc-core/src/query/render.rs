//! What rendering needs to know, and what it finds that a database cannot do.

use std::sync::Arc;

use sea_query::{Expr, ExprTrait, IntoTableRef, SubQueryOper, TableRef};

use super::{Condition, Node, Parts, Statement, walk::MAX_DEPTH};
use crate::{
    adapter::{DbError, Dialect},
    schema::{Meta, Stored, Table},
};

/// What a repo adds to each of its queries.
#[derive(Clone)]
pub struct Context {
    /// How the database writes SQL.
    pub dialect: &'static dyn Dialect,
    /// The schema of the database, for tables that name none.
    pub prefix: Option<Arc<str>>,
    /// Conditions on all rows of a schema, by its table.
    pub scopes: Arc<Vec<DefaultScope>>,
    /// The schema of the database that a query names for all of its tables.
    pub query_prefix: Option<Arc<str>>,
}

/// A condition on all rows of a schema that queries read.
#[derive(Clone, Debug)]
pub struct DefaultScope {
    /// The schema's table.
    pub table: Table,
    /// The condition.
    pub condition: Node,
}

impl DefaultScope {
    /// A condition on all rows of a schema.
    pub fn of<S: Stored>(condition: Condition<S>) -> Self {
        Self { table: S::META.table, condition: condition.node }
    }
}

impl From<&'static dyn Dialect> for Context {
    fn from(dialect: &'static dyn Dialect) -> Self {
        Self { dialect, prefix: None, scopes: Arc::default(), query_prefix: None }
    }
}

/// Renders one statement.
pub struct Renderer {
    pub(crate) cx: Context,
    /// How many subqueries are around what is rendered.
    pub(crate) depth: usize,
    /// The schema of the database that the query names itself.
    prefix: Option<Arc<str>>,
    scoped: bool,
    /// Whether the query, or one around it, leaves out rows at the start.
    offset: bool,
    /// The tables whose scopes are being rendered: rows of these that they ask for themselves are all rows.
    scoping: Vec<Table>,
    /// What a `WITH` has named so far.
    named: Vec<&'static str>,
    grouped: bool,
    failed: Option<DbError>,
}

impl Renderer {
    pub(crate) fn new(cx: &Context) -> Self {
        Self {
            cx: cx.clone(),
            depth: 0,
            prefix: cx.query_prefix.clone(),
            scoped: true,
            offset: false,
            scoping: Vec::new(),
            named: Vec::new(),
            grouped: false,
            failed: None,
        }
    }

    /// For a part of the statement that is rendered by itself, and given back to [`absorb`](Self::absorb).
    pub(crate) fn inner(&self) -> Self {
        let (cx, prefix) = (self.cx.clone(), self.prefix.clone());
        let (scoping, named) = (self.scoping.clone(), self.named.clone());
        Self {
            cx,
            depth: self.depth + 1,
            prefix,
            scoped: self.scoped,
            offset: self.offset,
            scoping,
            named,
            grouped: false,
            failed: None,
        }
    }

    pub(crate) fn absorb(&mut self, inner: Self) {
        self.grouped |= inner.grouped;
        self.failed = self.failed.take().or(inner.failed);
    }

    /// Takes over what a query asks for.
    pub(crate) fn of_query(&mut self, prefix: Option<Arc<str>>, scoped: bool) {
        self.prefix = prefix.or(self.prefix.take());
        self.scoped &= scoped;
    }

    /// Takes over that a query leaves out rows at the start.
    pub(crate) fn of_offset(&mut self, offset: Option<u64>) {
        self.offset |= offset.is_some();
    }

    /// A limit that changes nothing for what is asked only whether it is there.
    pub(crate) fn limit_of_exists(&self) -> Option<u64> {
        (self.offset && !self.cx.dialect.exists_beside_offset()).then_some(1)
    }

    /// Makes queries known by their names.
    pub(crate) fn name(&mut self, names: impl Iterator<Item = &'static str>) {
        self.named.extend(names);
    }

    /// Makes queries unknown again.
    pub(crate) fn forget(&mut self, names: impl Iterator<Item = &'static str>) {
        names.for_each(|name| self.named.retain(|known| *known != name));
    }

    /// Notes that nothing has that name, if nothing has.
    pub(crate) fn check_named(&mut self, name: &str) {
        if !self.named.contains(&name) {
            self.fail(DbError::Configuration(format!(
                "the query reads from `{name}`, which has no table and is not given: add `.with(Cte::of(…))`"
            )));
        }
    }

    /// The statement that was rendered, if the database can do all of it.
    pub(crate) fn finish(self, statement: Statement) -> Result<Statement, DbError> {
        match self.failed {
            Some(error) => Err(error),
            None if self.grouped => Ok(Statement::Grouped(Box::new(statement))),
            None => Ok(statement),
        }
    }

    /// Notes that rows are grouped.
    pub(crate) fn group(&mut self) {
        self.grouped = true;
    }

    pub(crate) fn fail(&mut self, error: DbError) {
        self.failed.get_or_insert(error);
    }

    /// Notes that the database cannot do something, if it cannot.
    pub(crate) fn need(&mut self, able: bool, what: &'static str, instead: &'static str) {
        if !able {
            self.fail(DbError::Unsupported { database: self.cx.dialect.name(), what, instead });
        }
    }

    /// Renders the condition on all rows of a table.
    pub(crate) fn within_scope(&mut self, table: Table, render: impl FnOnce(&mut Self) -> Expr) -> Expr {
        self.scoping.push(table);
        let expr = render(self);
        self.scoping.pop();
        expr
    }

    pub(crate) fn too_deep(&mut self) -> Expr {
        self.fail(DbError::Configuration(format!(
            "the query has more than {MAX_DEPTH} expressions in each other; list conditions: `Condition::all(…)`"
        )));
        Expr::val(true)
    }

    pub(crate) fn check(&mut self, meta: &Meta) {
        if let Err(error) = self.cx.dialect.check(meta) {
            self.fail(error);
        }
    }

    /// A table by its full name: with the prefix of the query, else that of the schema, else that of the repo.
    pub(crate) fn table(&self, table: Table) -> TableRef {
        let own = table.schema.map(str::to_owned);
        match self.prefix.as_deref().map(str::to_owned).or(own).or(self.cx.prefix.as_deref().map(str::to_owned)) {
            Some(schema) => (schema, table.name).into_table_ref(),
            None => table.name.into_table_ref(),
        }
    }

    /// The conditions on all rows of a schema, by the name that its table has here.
    pub(crate) fn scope(&self, meta: &Meta, at: &str) -> Vec<Node> {
        if !self.scoped || self.scoping.contains(&meta.table) {
            return Vec::new();
        }
        let scopes = self.cx.scopes.iter().filter(|scope| scope.table == meta.table);
        let renamed = scopes.map(|scope| {
            let mut condition = scope.condition.clone();
            condition.rename(meta.table.name, at);
            Node::Scope(meta.table, Box::new(condition))
        });
        renamed.collect()
    }

    pub(crate) fn subquery(&mut self, mut parts: Parts, operator: Option<SubQueryOper>) -> Expr {
        if operator == Some(SubQueryOper::Exists) {
            parts.limit = parts.limit.or(self.limit_of_exists());
        }
        let mut inner = self.inner();
        let statement = parts.statement(&mut inner, false);
        self.absorb(inner);
        Expr::SubQuery(operator, Box::new(statement.into()))
    }

    pub(crate) fn in_query(&mut self, node: Expr, parts: Parts) -> Expr {
        let mut inner = self.inner();
        let statement = parts.statement(&mut inner, false);
        self.absorb(inner);
        node.in_subquery(statement)
    }

    /// SQL of the program, with a `?` for each expression.
    pub(crate) fn raw(&mut self, sql: &str, nodes: Vec<Node>) -> Expr {
        let texts = between_marks(sql);
        if texts.len() != nodes.len() + 1 {
            let (marks, given) = (texts.len() - 1, nodes.len());
            self.fail(DbError::Configuration(format!(
                "the SQL `{sql}` has {marks} `?`, but is given {given} expressions; write `??` for a question mark"
            )));
            return Expr::val(true);
        }
        // In parentheses, each of its expressions and all of it: nobody knows what operators stand around.
        let mut texts = texts.into_iter();
        let mut parts = vec![Expr::cust(format!("({}", texts.next().unwrap_or_default()))];
        for (node, text) in nodes.into_iter().zip(texts) {
            let is_one = matches!(node, Node::Column(_) | Node::Value(..) | Node::Aggregate(_) | Node::Raw(..));
            let node = node.render(self);
            parts.push(if is_one { node } else { self.cx.dialect.fragment("(?)", vec![node]) });
            parts.push(Expr::cust(text));
        }
        parts.push(Expr::cust(")"));
        let marks = vec!["?"; parts.len()].join(" ");
        self.cx.dialect.fragment(&marks, parts)
    }
}

/// The texts around the marks, outside of quotes.
fn between_marks(sql: &str) -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut quote = None;
    let mut rest = sql.chars().peekable();
    while let Some(next) = rest.next() {
        match (next, quote) {
            ('?', None) if rest.next_if_eq(&'?').is_none() => {
                texts.push(String::new());
                continue;
            }
            ('\'' | '"', None) => quote = Some(next),
            (end, Some(begin)) if end == begin => quote = None,
            _ => {}
        }
        if let Some(text) = texts.last_mut() {
            text.push(next);
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::between_marks;

    #[test]
    fn marks_stand_outside_of_quotes() {
        assert_eq!(between_marks("a"), ["a"]);
        assert_eq!(between_marks("?"), ["", ""]);
        assert_eq!(between_marks("f(?, '?''?', \"?'?\")?"), ["f(", ", '?''?', \"?'?\")", ""]);
        assert_eq!(between_marks("a ?? ?"), ["a ? ", ""]);
        assert_eq!(between_marks("'it''s ??' = ?"), ["'it''s ??' = ", ""]);
    }
}

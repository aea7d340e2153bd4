//! SQL as SQLite reads it.

use std::borrow::Cow;

use assoc_core::{
    Op, Type, Value,
    adapter::{Bind, DbError, Dialect, PathStep, Sql, TransactionOptions},
    plan::Col,
    query::{ArrayTest, ColumnAt, Statement},
    run::WriteStatement,
    schema::Version,
};
use sea_query::{Expr, ExprTrait, SqliteQueryBuilder};
use serde_json::Value as Json;

use crate::stored::{Stored, stored};

/// SQLite.
#[derive(Clone, Copy, Debug)]
pub struct SqliteDialect;

/// How many values one statement can bind.
const MAX_BINDS: usize = 32_766;

impl Dialect for SqliteDialect {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn begin(&self, options: &TransactionOptions) -> Result<Cow<'static, str>, DbError> {
        let unsupported = |what, instead| Err(DbError::Unsupported { what, database: self.name(), instead });
        if options.read_only {
            return unsupported(
                "make a transaction read-only",
                "connect with `sqlite://file.db?mode=ro` for a repo that only reads",
            );
        }
        if options.deferrable {
            return unsupported(
                "make a transaction deferrable",
                "its transactions run one after the other, and need not be",
            );
        }
        if options.statement_timeout.is_some() {
            return unsupported("end statements that take too long", "leave the timeout out for this database");
        }
        // All transactions are serializable. Writers wait for their turn here, not in the middle, where waiting for each
        // other would be in vain.
        Ok("BEGIN IMMEDIATE".into())
    }

    fn write<'a>(&self, statement: &'a WriteStatement<'a>) -> Sql<'a> {
        if statement.columns().any(|col| !travels(col.ty)) {
            return values(statement);
        }
        let source = "(SELECT key AS ord, value AS v FROM json_each(?1)) AS u";
        let text = text(statement, source, |col, at| carried(col.ty, &format!("u.v ->> {at}")));
        Sql { text: text.into(), binds: vec![Bind::One(json(rows(statement)))] }
    }

    fn max_rows(&self, columns: &mut dyn Iterator<Item = &Col>) -> usize {
        let types: Vec<Type> = columns.map(|col| col.ty).collect();
        if types.iter().all(|ty| travels(*ty)) { usize::MAX } else { MAX_BINDS / types.len() }
    }

    fn like(&self, text: Expr, pattern: String) -> Expr {
        Expr::cust_with_exprs("(? GLOB ?)", [text, Expr::val(glob(&pattern))])
    }

    fn value(&self, value: Value, ty: Type) -> Expr {
        if ty == Type::Decimal { real(Expr::val(value)) } else { Expr::val(value) }
    }

    fn assigned(&self, value: Value, _ty: Type) -> Expr {
        Expr::val(value)
    }

    fn plus(&self, column: &'static str, number: Value, ty: Type) -> Result<Expr, DbError> {
        if ty == Type::Decimal {
            return Err(DbError::Configuration(format!(
                "SQLite keeps the decimals of `{column}` as text and cannot add to them exactly; read the rows, and save them with their new values"
            )));
        }
        Ok(Expr::col(column).add(Expr::val(number)))
    }

    fn ilike(&self, text: Expr, pattern: String) -> Expr {
        Expr::cust_with_exprs(r"(? LIKE ? ESCAPE '\')", [text, Expr::val(pattern)])
    }

    fn fragment(&self, sql: &str, expressions: Vec<Expr>) -> Expr {
        Expr::cust_with_exprs(sql.to_owned(), expressions)
    }

    fn json(&self, json: Expr, path: &[PathStep], text: bool) -> Expr {
        let path = Expr::val(json_path(path));
        if !text {
            return Expr::cust_with_exprs("(? -> ?)", [json, path]);
        }
        // JSON's true is 1 for SQLite, but a text for everybody else.
        let (at, json) = ((json.clone(), path.clone()), (json, path));
        let sql = "(CASE json_type(?, ?) WHEN 'text' THEN ? ->> ? WHEN 'null' THEN NULL ELSE ? -> ? END)";
        Expr::cust_with_exprs(sql, [at.0.clone(), at.1.clone(), at.0, at.1, json.0, json.1])
    }

    fn array(&self, array: Expr, test: ArrayTest, items: Value, _ty: Type) -> Expr {
        // Arrays are JSON; what JSON has no word for is a text in it.
        let items = Expr::val(assoc_core::types::to_json(&items).to_string());
        let sql = match test {
            ArrayTest::All => {
                "(CASE WHEN ? IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM json_each(?) AS w WHERE NOT EXISTS \
                 (SELECT 1 FROM json_each(?) AS h WHERE h.value = w.value AND h.type = w.type)) END)"
            }
            ArrayTest::Any => {
                "(CASE WHEN ? IS NOT NULL THEN EXISTS (SELECT 1 FROM json_each(?) AS w JOIN json_each(?) AS h \
                 ON h.value = w.value AND h.type = w.type) END)"
            }
        };
        Expr::cust_with_exprs(sql, [array.clone(), items, array])
    }

    fn array_length(&self, array: Expr) -> Expr {
        Expr::cust_with_exprs("json_array_length(?)", [array])
    }

    fn join_texts(&self) -> &'static str {
        "group_concat"
    }

    fn calculates(&self, ty: Type) -> bool {
        ty != Type::Decimal
    }

    fn nulls_are_greatest(&self) -> bool {
        false
    }

    fn locks_rows(&self) -> bool {
        false
    }

    fn distinct_on(&self) -> bool {
        false
    }

    fn contains_json(&self) -> bool {
        false
    }

    // 3.51 makes a join of it, and counts each row of that for the offset; not where there is a limit.
    fn exists_beside_offset(&self) -> bool {
        false
    }

    fn append(&self, column: &'static str, item: Value, _ty: Type) -> Expr {
        // Arrays are JSON; what JSON has no word for is a text in it.
        let item = assoc_core::types::to_json(&item).to_string();
        Expr::cust_with_exprs("json_insert(coalesce(?, '[]'), '$[#]', json(?))", [Expr::col(column), Expr::val(item)])
    }

    fn operand(&self, column: ColumnAt) -> Expr {
        if column.ty == Type::Decimal { real(column.expr()) } else { column.expr() }
    }

    fn render(&self, statement: Statement) -> Sql<'static> {
        let (text, values) = match statement {
            Statement::Select(select) => select.build(SqliteQueryBuilder),
            Statement::Update(update) => update.build(SqliteQueryBuilder),
            Statement::Delete(delete) => delete.build(SqliteQueryBuilder),
            Statement::Grouped(statement) => return self.render(*statement),
        };
        Sql { text: text.into(), binds: values.into_iter().map(Bind::One).collect() }
    }

    fn any_of(&self, columns: &[(Expr, Type)], keys: Vec<Vec<Value>>) -> Expr {
        let marks = list(columns.iter().map(|_| "?".to_owned()));
        let types: Vec<Type> = columns.iter().map(|(_, ty)| *ty).collect();
        let columns = columns.iter().map(|(column, _)| column.clone());
        if self.grows_with(&types) {
            if keys.is_empty() {
                return Expr::cust("1 = 0");
            }
            let rows = list(keys.iter().map(|_| format!("({marks})")));
            let text = format!("({marks}) IN (VALUES {rows})");
            return Expr::cust_with_exprs(text, columns.chain(self.keys(&types, keys).into_iter().map(Expr::val)));
        }
        let comparable = |expression: String, ty| match ty {
            // Decimals are kept as texts, and equal others with more zeros.
            Type::Decimal => format!("CAST({expression} AS REAL)"),
            _ => expression,
        };
        let marks = list(types.iter().map(|ty| comparable("?".to_owned(), *ty)));
        let parts = types.iter().enumerate().map(|(at, ty)| comparable(carried(*ty, &format!("value ->> {at}")), *ty));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let text = format!("({marks}) IN (SELECT {parts} FROM json_each(?))");
        Expr::cust_with_exprs(text, columns.chain(self.keys(&types, keys).into_iter().map(Expr::val)))
    }

    fn keys(&self, types: &[Type], keys: Vec<Vec<Value>>) -> Vec<Value> {
        if self.grows_with(types) {
            return keys.into_iter().flatten().collect();
        }
        vec![json(keys.iter().map(|key| key.iter().map(carry).collect()))]
    }

    /// SQLite reads floating point numbers from text a bit off; bound ones are exact.
    fn grows_with(&self, types: &[Type]) -> bool {
        !types.iter().all(|ty| travels(*ty))
    }

    fn draw(&self, expression: &'static str, _ty: Type, count: usize) -> Sql<'static> {
        let text = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT ({expression}) FROM n"
        );
        Sql { text: text.into(), binds: vec![Bind::One(Value::BigInt(i64::try_from(count).ok()))] }
    }

    fn knows_version(&self, version: Version) -> bool {
        version == Version::Counter
    }
}

/// Whether JSON carries the type exactly: SQLite reads floating point numbers from text a bit off.
fn travels(ty: Type) -> bool {
    !matches!(ty, Type::F32 | Type::F64)
}

/// The statement with a bound value for each of its rows.
fn values<'a>(statement: &'a WriteStatement<'a>) -> Sql<'a> {
    let width = statement.columns().count();
    let row = format!("({})", list((0..width).map(|_| "?".to_owned())));
    let rows = list((0..statement.rows).map(|_| row.clone()));
    let names = list((0..width).map(|at| format!("column{} AS c{at}", at + 1)));
    let source = format!("(SELECT row_number() OVER () AS ord, {names} FROM (VALUES {rows})) AS u");
    let text = text(statement, &source, |_, at| format!("u.c{at}"));
    let binds = (0..statement.rows).flat_map(|row| {
        statement.columns().zip(&statement.values).filter_map(move |(col, column)| Some((col, column.get(row)?)))
    });
    Sql { text: text.into(), binds: binds.map(|(col, value)| Bind::Scalar(col.ty, value)).collect() }
}

/// A path as SQLite writes it: `$."a"[0]`.
fn json_path(path: &[PathStep]) -> String {
    let steps = path.iter().map(|step| match step {
        PathStep::Key(key) => format!(".{}", Json::from(key.as_str())),
        PathStep::Index(index) => format!("[{index}]"),
    });
    std::iter::once("$".to_owned()).chain(steps).collect()
}

/// Decimals are kept as texts, whose order is none of numbers.
fn real(expr: Expr) -> Expr {
    Expr::cust_with_exprs("CAST(? AS REAL)", [expr])
}

/// A LIKE pattern as one of GLOB, which looks at the case.
fn glob(pattern: &str) -> String {
    let mut glob = String::new();
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        match next {
            '%' => glob.push('*'),
            '_' => glob.push('?'),
            next => match if next == '\\' { rest.next().unwrap_or(next) } else { next } {
                special @ ('*' | '?' | '[') => glob.extend(['[', special, ']']),
                plain => glob.push(plain),
            },
        }
    }
    glob
}

fn text(statement: &WriteStatement<'_>, source: &str, value: impl Fn(&Col, usize) -> String) -> String {
    let keys = statement.keys.len();
    let table = table(statement);
    let returning = match statement.returning {
        [] => String::new(),
        columns => format!(" RETURNING {}", list(columns.iter().map(|col| quote(col.name)))),
    };
    let set = statement.set.iter().enumerate().map(|(at, col)| (quote(col.name), value(col, keys + at)));
    match statement.op {
        Op::Insert if statement.set.is_empty() => {
            let key = statement.returning.last().map_or_else(String::new, |col| quote(col.name));
            format!("INSERT INTO {table} ({key}) SELECT NULL FROM {source}{returning}")
        }
        Op::Insert => {
            let (columns, values): (Vec<_>, Vec<_>) = set.unzip();
            let (columns, values) = (columns.join(", "), values.join(", "));
            let conflict = statement.conflict.map(|conflict| conflict.sql(statement.table, quote)).unwrap_or_default();
            format!(
                "INSERT INTO {table} ({columns}) SELECT {values} FROM {source} WHERE true ORDER BY u.ord{conflict}{returning}"
            )
        }
        Op::Update => {
            let set = list(set.map(|(column, value)| format!("{column} = {value}")));
            let keys = statement.keys.iter().enumerate();
            let keys = keys.map(|(at, col)| format!("t.{} = {}", quote(col.name), value(col, at)));
            let condition = keys.collect::<Vec<_>>().join(" AND ");
            format!("UPDATE {table} AS t SET {set} FROM {source} WHERE {condition}{returning}")
        }
        Op::Delete => {
            let columns = list(statement.keys.iter().map(|col| quote(col.name)));
            let values = list(statement.keys.iter().enumerate().map(|(at, col)| value(col, at)));
            format!("DELETE FROM {table} WHERE ({columns}) IN (SELECT {values} FROM {source}){returning}")
        }
    }
}

fn rows<'a>(statement: &'a WriteStatement<'_>) -> impl Iterator<Item = Vec<Json>> + 'a {
    (0..statement.rows).map(|row| statement.values.iter().filter_map(|column| column.get(row).map(carry)).collect())
}

fn json(rows: impl Iterator<Item = Vec<Json>>) -> Value {
    Value::String(Some(Json::Array(rows.map(Json::Array).collect()).to_string()))
}

/// A value as it travels in JSON.
fn carry(value: &Value) -> Json {
    match stored(value) {
        Stored::Null => Json::Null,
        Stored::Integer(number) => number.into(),
        Stored::Real(number) => number.into(),
        Stored::Text(text) => text.into(),
        Stored::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
    }
}

/// The value that travelled.
fn carried(ty: Type, expression: &str) -> String {
    match ty {
        Type::Bytes | Type::Uuid => format!("unhex({expression})"),
        _ => expression.to_owned(),
    }
}

fn table(statement: &WriteStatement<'_>) -> String {
    let name = quote(statement.table.name);
    match statement.schema() {
        Some(schema) => format!("{}.{name}", quote(schema)),
        None => name,
    }
}

fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

//! SQL as PostgreSQL reads it. Every shape runs on one machine and on a distributed cluster.

use std::{borrow::Cow, fmt::Write as _};

use assoc_core::{
    Op, Type, Value,
    adapter::{Bind, DbError, Dialect, PathStep, Sql, TransactionOptions},
    plan::Col,
    query::{ArrayTest, ColumnAt, Statement},
    run::WriteStatement,
};
use sea_query::{
    ArrayType, Expr, ExprTrait, PostgresQueryBuilder,
    extension::postgres::{PgExpr, PgFunc},
};

use crate::{begin::begin, encode::literal, shared::shared};

/// PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn begin(&self, options: &TransactionOptions) -> Result<Cow<'static, str>, DbError> {
        Ok(begin(options))
    }

    fn write<'a>(&self, statement: &'a WriteStatement<'a>) -> Sql<'a> {
        let text = match statement.op {
            Op::Insert => insert(statement),
            Op::Update => update(statement),
            Op::Delete => delete(statement),
        };
        let columns = statement.columns().zip(&statement.values);
        let mut binds: Vec<Bind<'a>> = columns.map(|(col, values)| Bind::Column(col.ty, values)).collect();
        if binds.is_empty() {
            binds.push(Bind::One(Value::BigInt(i64::try_from(statement.rows).ok())));
        }
        Sql { text: text.into(), binds }
    }

    fn render(&self, statement: Statement) -> Sql<'static> {
        let (text, values) = match statement {
            Statement::Select(select) => select.build(PostgresQueryBuilder),
            Statement::Update(update) => update.build(PostgresQueryBuilder),
            Statement::Delete(delete) => delete.build(PostgresQueryBuilder),
            Statement::Grouped(statement) => return shared(*statement),
        };
        Sql { text: text.into(), binds: values.into_iter().map(Bind::One).collect() }
    }

    fn value(&self, value: Value, ty: Type) -> Expr {
        match ty {
            Type::Enum(_) | Type::Array(_) => Expr::cust_with_exprs(format!("$1::{}", cast(ty)), [Expr::val(value)]),
            _ => Expr::val(value),
        }
    }

    fn ilike(&self, text: Expr, pattern: String) -> Expr {
        PgExpr::ilike(text, pattern)
    }

    fn append(&self, column: &'static str, item: Value, ty: Type) -> Expr {
        let item = match ty {
            Type::Array(element) => self.value(item, *element),
            _ => Expr::val(item),
        };
        Expr::cust_with_exprs("array_append($1, $2)", [Expr::col(column), item])
    }

    fn operand(&self, column: ColumnAt) -> Expr {
        self.plain(column)
    }

    fn plain(&self, column: ColumnAt) -> Expr {
        if column.column == XMIN { column.expr().cast_as("text").cast_as("bigint") } else { column.expr() }
    }

    fn read(&self, expr: Expr, ty: Type) -> Expr {
        match ty {
            Type::Enum(_) => expr.cast_as("text"),
            Type::Array(Type::Enum(_)) => expr.cast_as("text[]"),
            _ => expr,
        }
    }

    fn fragment(&self, sql: &str, expressions: Vec<Expr>) -> Expr {
        Expr::cust_with_exprs(numbered(sql), expressions)
    }

    fn json(&self, json: Expr, path: &[PathStep], text: bool) -> Expr {
        let steps = path.iter().map(|step| match step {
            PathStep::Key(key) => key.clone(),
            PathStep::Index(index) => index.to_string(),
        });
        let steps = steps.map(|step| Value::String(Some(step))).collect();
        let path = Expr::val(Value::Array(ArrayType::String, Some(Box::new(steps))));
        Expr::cust_with_exprs(if text { "($1 #>> $2)" } else { "($1 #> $2)" }, [json, path])
    }

    fn array(&self, array: Expr, test: ArrayTest, items: Value, ty: Type) -> Expr {
        let operator = if test == ArrayTest::All { "@>" } else { "&&" };
        Expr::cust_with_exprs(format!("($1 {operator} $2::{}[])", cast(ty)), [array, Expr::val(items)])
    }

    fn array_length(&self, array: Expr) -> Expr {
        Expr::cust_with_exprs("cardinality($1)", [array])
    }

    fn join_texts(&self) -> &'static str {
        "string_agg"
    }

    fn any_of(&self, columns: &[(Expr, Type)], keys: Vec<Vec<Value>>) -> Expr {
        let mut arrays = vec![Vec::with_capacity(keys.len()); columns.len()];
        for key in keys {
            for (array, value) in arrays.iter_mut().zip(key) {
                array.push(carried(value));
            }
        }
        let arrays: Vec<Expr> = columns
            .iter()
            .zip(arrays)
            .map(|((_, ty), values)| Expr::val(Value::Array(carrier_tag(*ty), Some(Box::new(values)))))
            .collect();
        if let ([(column, ty)], [array]) = (columns, arrays.as_slice())
            && !matches!(ty, Type::Enum(_) | Type::Array(_))
        {
            let array = Expr::cust_with_exprs(format!("$1::{}[]", type_name(*ty)), [array.clone()]);
            return column.clone().eq(PgFunc::any(array));
        }
        let marks = list((1..=columns.len()).map(|mark| format!("${mark}")));
        let values = list(columns.iter().enumerate().map(|(at, (_, ty))| value(*ty, at)));
        let first = columns.len() + 1;
        let carried =
            list(columns.iter().enumerate().map(|(at, (_, ty))| format!("${}::{}[]", first + at, carrier(*ty))));
        let names = names(columns.len());
        let text = format!("({marks}) IN (SELECT {values} FROM unnest({carried}) AS u({names}))");
        Expr::cust_with_exprs(text, columns.iter().map(|(column, _)| column.clone()).chain(arrays))
    }

    fn draw(&self, expression: &'static str, ty: Type, count: usize) -> Sql<'static> {
        let text = format!("SELECT ({expression})::{} FROM generate_series(1, $1)", type_name(ty));
        Sql { text: text.into(), binds: vec![Bind::One(Value::BigInt(i64::try_from(count).ok()))] }
    }
}

/// `?` as `$1`, `$2`, as sea-query reads them for this database; `??` as `?`.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() + 8);
    let mut count = 0;
    let mut rest = sql.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '?' if rest.next_if_eq(&'?').is_some() => numbered.push('?'),
            '?' => {
                count += 1;
                let _ = write!(numbered, "${count}");
            }
            '$' => numbered.push_str("$$"),
            other => numbered.push(other),
        }
    }
    numbered
}

/// `INSERT INTO t (…) SELECT … FROM unnest(…) WITH ORDINALITY u(…, ord) ORDER BY ord`: sequences hand out
/// keys in the order of the list.
fn insert(statement: &WriteStatement<'_>) -> String {
    let table = table(statement);
    let conflict = statement.conflict.map(|conflict| conflict.sql(statement.table, quote)).unwrap_or_default();
    let end = conflict + &returning(statement.returning, "");
    if statement.set.is_empty() {
        return format!("INSERT INTO {table} SELECT FROM generate_series(1, $1){end}");
    }
    let columns = list(statement.set.iter().map(|col| quote(col.name)));
    let values = list(statement.set.iter().enumerate().map(|(at, col)| value(col.ty, at)));
    let names = names(statement.set.len());
    format!(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM unnest({}) WITH ORDINALITY AS u({names}, ord) \
         ORDER BY u.ord{end}",
        arrays(statement.columns())
    )
}

fn update(statement: &WriteStatement<'_>) -> String {
    let keys = statement.keys.len();
    let set = statement.set.iter().enumerate();
    let set = list(set.map(|(at, col)| format!("{} = {}", quote(col.name), value(col.ty, keys + at))));
    let (locked, after) = lock(statement, "NO KEY UPDATE");
    format!(
        "{locked}UPDATE {} AS t SET {set} FROM {} WHERE {}{after}{}",
        table(statement),
        source(statement),
        condition(statement.keys),
        returning(statement.returning, "t.")
    )
}

fn delete(statement: &WriteStatement<'_>) -> String {
    let (locked, after) = lock(statement, "UPDATE");
    format!(
        "{locked}DELETE FROM {} AS t USING {} WHERE {}{after}{}",
        table(statement),
        source(statement),
        condition(statement.keys),
        returning(statement.returning, "t.")
    )
}

/// Locks several rows in the order of their keys before any is written, so that two writers cannot wait for each
/// other: in which order an UPDATE meets its rows is the planner's choice. The count makes it happen first.
fn lock(statement: &WriteStatement<'_>, strength: &str) -> (String, &'static str) {
    if statement.rows < 2 {
        return (String::new(), "");
    }
    let sortable = statement.keys.iter().filter(|col| col.name != XMIN);
    let keys = list(sortable.map(|col| format!("t.{}", quote(col.name))));
    let locked = format!(
        "WITH locked AS (SELECT 1 FROM {} AS t JOIN unnest({}) AS u({}) ON {} ORDER BY {keys} FOR {strength} OF t) ",
        table(statement),
        arrays(statement.keys.iter()),
        names(statement.keys.len()),
        condition(statement.keys),
    );
    (locked, " AND (SELECT count(*) FROM locked) >= 0")
}

/// `unnest($1::bigint[], $2::text[]) AS u(c0, c1)`
fn source(statement: &WriteStatement<'_>) -> String {
    let count = statement.columns().count();
    format!("unnest({}) AS u({})", arrays(statement.columns()), names(count))
}

fn arrays<'a>(columns: impl Iterator<Item = &'a Col>) -> String {
    list(columns.enumerate().map(|(at, col)| format!("${}::{}[]", at + 1, carrier(col.ty))))
}

fn names(count: usize) -> String {
    list((0..count).map(|at| format!("c{at}")))
}

fn condition(keys: &[Col]) -> String {
    let column = |col: &Col| if col.name == XMIN { xmin() } else { quote(col.name) };
    let parts = keys.iter().enumerate().map(|(at, col)| format!("t.{} = {}", column(col), value(col.ty, at)));
    parts.collect::<Vec<_>>().join(" AND ")
}

fn returning(columns: &[Col], table: &str) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let columns = columns.iter().map(|col| match col.ty {
        _ if col.name == XMIN => format!("{table}{}", xmin()),
        Type::Enum(_) => format!("{table}{}::text", quote(col.name)),
        Type::Array(Type::Enum(_)) => format!("{table}{}::text[]", quote(col.name)),
        _ => format!("{table}{}", quote(col.name)),
    });
    format!(" RETURNING {}", list(columns))
}

/// The system column that tells which transaction wrote a row; no other column can have that name.
const XMIN: &str = "xmin";

/// Its type knows no order and no numbers.
fn xmin() -> String {
    format!("{}::text::bigint", quote(XMIN))
}

/// The value of a column in the source, cast where it travels as text.
fn value(ty: Type, at: usize) -> String {
    match ty {
        Type::Enum(_) | Type::Array(_) => format!("u.c{at}::{}", cast(ty)),
        _ => format!("u.c{at}"),
    }
}

/// The type that a value which travels as text is cast to.
fn cast(ty: Type) -> String {
    match ty {
        Type::Enum(name) => quote(name),
        Type::Array(element) => format!("{}[]", cast(*element)),
        ty => type_name(ty).to_owned(),
    }
}

/// A value as it travels in an array: arrays as text.
fn carried(value: Value) -> Value {
    match literal(&value) {
        Ok(text) => Value::String(text),
        Err(_) => value,
    }
}

fn carrier_tag(ty: Type) -> ArrayType {
    match ty {
        Type::Array(_) => ArrayType::String,
        ty => ty.array_type(),
    }
}

/// The type as which a column travels: arrays as text, because `unnest` would flatten them.
fn carrier(ty: Type) -> &'static str {
    match ty {
        Type::Array(_) => "text",
        ty => type_name(ty),
    }
}

fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "boolean",
        Type::I16 => "smallint",
        Type::I32 => "integer",
        Type::I64 => "bigint",
        Type::F32 => "real",
        Type::F64 => "double precision",
        Type::Text | Type::Enum(_) | Type::Array(_) => "text",
        Type::Bytes => "bytea",
        Type::Json => "jsonb",
        Type::Uuid => "uuid",
        Type::Decimal => "numeric",
        Type::ChronoDate | Type::TimeDate => "date",
        Type::ChronoTime | Type::TimeTime => "time",
        Type::ChronoDateTime | Type::TimeDateTime => "timestamp",
        Type::ChronoUtc | Type::TimeOffset => "timestamptz",
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

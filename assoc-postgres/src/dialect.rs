//! SQL as PostgreSQL reads it. Every shape runs on one machine and on a distributed cluster.

use std::{borrow::Cow, fmt::Write as _};

use assoc_core::{
    Type, Value,
    adapter::{Bind, DbError, Dialect, PathStep, Sql, TransactionOptions},
    query::{ArrayTest, ColumnAt, Statement},
    run::{AsOne, WriteStatement},
};
use sea_query::{
    ArrayType, Expr, ExprTrait, PostgresQueryBuilder,
    extension::postgres::{PgExpr, PgFunc},
};

use crate::{
    as_one::as_one,
    begin::begin,
    encode::literal,
    sent::EXPECTED,
    shared::shared,
    spelling::{XMIN, carrier, cast, list, names, read_type, type_name, value},
    write::write,
};

/// PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn failure_aborts(&self) -> bool {
        true
    }

    fn begin(&self, options: &TransactionOptions) -> Result<Cow<'static, str>, DbError> {
        Ok(begin(options))
    }

    fn write<'a>(&self, statement: &'a WriteStatement<'a>) -> Sql<'a> {
        write(statement)
    }

    fn write_as_one<'a>(&self, writes: &'a AsOne<'a>) -> Option<Sql<'a>> {
        Some(as_one(writes))
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

    fn typed(&self, expr: Expr, ty: Type) -> Expr {
        expr.cast_as(read_type(ty))
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
        let arrays: Vec<Expr> = arrays(columns.iter().map(|(_, ty)| *ty), keys).map(Expr::val).collect();
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

    fn keys(&self, types: &[Type], keys: Vec<Vec<Value>>) -> Vec<Value> {
        arrays(types.iter().copied(), keys).collect()
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

/// The values of each part of the keys. A list that is shorter than PostgreSQL expects lists to be would be planned each time
/// anew, for that looks cheaper than the plan for any list; so its last key comes several times.
fn arrays(types: impl ExactSizeIterator<Item = Type>, keys: Vec<Vec<Value>>) -> impl Iterator<Item = Value> {
    let missing = if keys.is_empty() { 0 } else { EXPECTED.saturating_sub(keys.len()) };
    let mut arrays: Vec<_> = (0..types.len()).map(|_| Vec::with_capacity(keys.len() + missing)).collect();
    for key in keys {
        for (array, value) in arrays.iter_mut().zip(key) {
            array.push(carried(value));
        }
    }
    types.zip(arrays).map(move |(ty, mut values)| {
        let last = values.last().cloned();
        values.extend(last.into_iter().cycle().take(missing));
        Value::Array(carrier_tag(ty), Some(Box::new(values)))
    })
}

/// A value as it travels in an array: arrays as text.
fn carried(value: Value) -> Value {
    match literal(&value) {
        Some(text) => Value::String(text),
        None => value,
    }
}

fn carrier_tag(ty: Type) -> ArrayType {
    match ty {
        Type::Array(_) => ArrayType::String,
        ty => ty.array_type(),
    }
}

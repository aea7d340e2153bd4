//! A write as a statement of its own: one text for each table, operation and set of columns, over arrays.

use assoc_core::{
    Op, Type, Value,
    adapter::{Bind, Sql},
    plan::Col,
    run::WriteStatement,
};

use crate::spelling::{XMIN, all, carrier, column, list, names, quote, value, xmin};

pub(crate) fn write<'a>(statement: &'a WriteStatement<'a>) -> Sql<'a> {
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

fn condition(keys: &[Col]) -> String {
    all(keys.iter().enumerate().map(|(at, col)| format!("t.{} = {}", column(col), value(col.ty, at))))
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

/// The table with the database schema it lies in.
pub(crate) fn table(statement: &WriteStatement<'_>) -> String {
    let name = quote(statement.table.name);
    match statement.schema() {
        Some(schema) => format!("{}.{name}", quote(schema)),
        None => name,
    }
}

//! A write of one row: plain SQL, without arrays.
//!
//! What comes back begins with the number of the write, 1; where what the database made cannot be read, that fails, and
//! nothing is written.

use assoc_core::{
    Op, Type,
    adapter::{Bind, Sql},
    run::PartialWrite,
};

use crate::{
    as_one::{checks, read, unmet},
    spelling::{XMIN, cast, list, quote, xmin},
    texts::kept,
    write::table,
};

pub(crate) fn single<'a>(write: &'a PartialWrite<'a>) -> Sql<'a> {
    let columns = write.statement.columns().zip(&write.statement.values);
    let binds = columns.filter_map(|(col, values)| Some(Bind::Scalar(col.ty, values.first()?))).collect();
    let text = kept(std::slice::from_ref(write), &[], || text(write));
    Sql { text: text.into(), binds }
}

fn text(write: &PartialWrite<'_>) -> String {
    let statement = &write.statement;
    let table = table(statement);
    let keys = statement.keys.len();
    let values = statement.set.iter().enumerate().map(|(at, col)| value(col.ty, keys + at));
    let condition = statement.keys.iter().enumerate().map(|(at, col)| {
        let column = if col.name == XMIN { xmin() } else { quote(col.name) };
        format!("t.{column} = {}", value(col.ty, at))
    });
    let condition = condition.collect::<Vec<_>>().join(" AND ");
    let columns = statement.set.iter().map(|col| quote(col.name));
    match statement.op {
        Op::Insert => {
            let conflict = statement.conflict.map(|conflict| conflict.sql(statement.table, quote)).unwrap_or_default();
            let returning = returning(write, "");
            if statement.set.is_empty() {
                return format!("INSERT INTO {table} DEFAULT VALUES{conflict}{returning}");
            }
            format!("INSERT INTO {table} ({}) VALUES ({}){conflict}{returning}", list(columns), list(values))
        }
        Op::Update => {
            let set = list(columns.zip(values).map(|(column, value)| format!("{column} = {value}")));
            format!("UPDATE {table} AS t SET {set} WHERE {condition}{}", returning(write, "t."))
        }
        Op::Delete => format!("DELETE FROM {table} AS t WHERE {condition}{}", returning(write, "t.")),
    }
}

/// ` RETURNING 1, "id"::bigint`
fn returning(write: &PartialWrite<'_>, table: &str) -> String {
    let checks =
        checks(write, |_, returned| format!("{table}{}", returned.col.map_or_else(String::new, |col| quote(col.name))));
    let number = checks.map_or_else(
        || "1".to_owned(),
        |checks| {
            let something = format!(
                "{table}{}",
                write.returned.iter().find_map(|it| it.col).map_or_else(String::new, |col| quote(col.name))
            );
            format!("CASE WHEN {checks} THEN 1 ELSE {} END", unmet(&something))
        },
    );
    let mut columns: Vec<_> = write.returned.iter().collect();
    columns.sort_by_key(|returned| returned.place);
    format!(" RETURNING {}", list([number].into_iter().chain(columns.into_iter().map(|it| read(it, table)))))
}

/// `$1`, with its type where it travels as text.
fn value(ty: Type, at: usize) -> String {
    match ty {
        Type::Enum(_) | Type::Array(_) => format!("${}::{}", at + 1, cast(ty)),
        _ => format!("${}", at + 1),
    }
}

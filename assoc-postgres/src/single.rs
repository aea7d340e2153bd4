//! A write of one row: plain SQL, without arrays.
//!
//! What comes back, if anything does, begins with the number of the write, 1; where what the database made cannot be read,
//! that fails, and nothing is written.

use assoc_core::{
    Op, Type,
    adapter::{Bind, Sql},
    run::{PartialWrite, WriteStatement},
};

use crate::{
    returned::{checks, read, unmet},
    sent::Sent,
    spelling::{all, column, list, quote, scalar},
    texts::kept,
    write::table,
};

pub(crate) fn single<'a>(write: &'a PartialWrite<'a>) -> Sql<'a> {
    let columns = write.statement.columns().zip(&write.statement.values);
    let binds = columns.filter_map(|(col, values)| Some(Bind::Scalar(col.ty, values.get(0)?))).collect();
    let sent = vec![Sent::Once; write.statement.values.len()];
    let text = kept(std::slice::from_ref(write), &[sent], &[], || text(write));
    Sql { text, binds }
}

fn text(write: &PartialWrite<'_>) -> String {
    let table = if write.statement.op == Op::Insert { "" } else { "t." };
    format!("{}{}", plain(&write.statement, |at, ty| scalar(ty, at + 1)), returning(write, table))
}

/// The write of one row, whose values are written by position and type; without what comes back.
pub(crate) fn plain(statement: &WriteStatement<'_>, value: impl Fn(usize, Type) -> String) -> String {
    let table = table(statement);
    let keys = statement.keys.len();
    let values = statement.set.iter().enumerate().map(|(at, col)| value(keys + at, col.ty));
    let conditions = statement.keys.iter().enumerate();
    let condition = all(conditions.map(|(at, col)| format!("t.{} = {}", column(col), value(at, col.ty))));
    let columns = statement.set.iter().map(|col| quote(col.name));
    match statement.op {
        Op::Insert => {
            let conflict = statement.conflict.map(|conflict| conflict.sql(statement.table, quote)).unwrap_or_default();
            if statement.set.is_empty() {
                return format!("INSERT INTO {table} DEFAULT VALUES{conflict}");
            }
            format!("INSERT INTO {table} ({}) VALUES ({}){conflict}", list(columns), list(values))
        }
        Op::Update => {
            let set = list(columns.zip(values).map(|(column, value)| format!("{column} = {value}")));
            format!("UPDATE {table} AS t SET {set} WHERE {condition}")
        }
        Op::Delete => format!("DELETE FROM {table} AS t WHERE {condition}"),
    }
}

/// ` RETURNING 1, "id"::bigint`
fn returning(write: &PartialWrite<'_>, table: &str) -> String {
    if write.returned.is_empty() {
        return String::new();
    }
    let number = checks(write, table)
        .map_or_else(|| "1".to_owned(), |checks| format!("CASE WHEN {checks} THEN 1 ELSE {} END", unmet(0)));
    let mut columns: Vec<_> = write.returned.iter().collect();
    columns.sort_by_key(|returned| returned.place);
    format!(" RETURNING {}", list([number].into_iter().chain(columns.into_iter().map(|it| read(it, table)))))
}

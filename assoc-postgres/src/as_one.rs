//! Several writes as one statement of data-modifying CTEs, which fails as a whole if a row is missing.
//!
//! ```sql
//! WITH b0 AS (DELETE FROM "comments" AS t WHERE t."id" = ANY((SELECT $1::bigint[])::bigint[])
//!             AND t."post_id" IS NOT DISTINCT FROM $2 RETURNING 1),
//! b1 AS (INSERT INTO "posts" ("title") SELECT u.c0 FROM unnest((SELECT $3::text[])) WITH ORDINALITY AS u(c0, ord)
//!        ORDER BY u.ord RETURNING "id"::bigint AS v0),
//! k1 AS (SELECT array_agg(v0 ORDER BY v0) AS keys FROM b1),
//! b2 AS (INSERT INTO "comments" ("post_id") SELECT (SELECT keys FROM k1)[u.r0] FROM unnest(…) …)
//! SELECT CASE WHEN (SELECT count(*) <> cardinality($1::bigint[]) FROM b0) THEN … WHEN … ELSE 0 END, NULL::bigint
//! UNION ALL SELECT 2, v0 FROM b1
//! ```
//!
//! Children find their parents by the order of the keys, which must be that of the rows: where it is not (`array_agg(v0) <>
//! (SELECT keys FROM k1)`), the statement fails, too.
//!
//! The row of an only root is written by plain SQL, as a single one is, and its key is just `(SELECT v0 FROM b1)` for others.
//!
//! Where all lists are short, they stand in SELECTs of their own, so that PostgreSQL plans the statement a few times, and not
//! each time: for few rows, planning it takes longer than running it. A plan for any values must do for all of them: the rows
//! are found by their keys, and not by what else they must be like, because no index serves `IS NOT DISTINCT FROM`. For many
//! rows, the index of their owner's key may be the better one.
//!
//! The counts are asked for in the order of the writes, and each runs a write to its end: so they happen in that order,
//! and a unique value that one gives up can be taken by the next.

use std::fmt::{self, Write as _};

use assoc_core::{
    Op, Type, Value,
    adapter::{Bind, Sql},
    run::{AsOne, PartialWrite, Reference, Returned},
};

use crate::{
    returned::{checks, read, unmet},
    sent::{Sent, are_few, sent},
    single::{plain, single},
    spelling::{XMIN, all, carrier, column, list, quote, read_type, scalar, type_name, typed, value},
    texts::kept,
    write::table,
};

pub(crate) fn as_one<'a>(save: &'a AsOne<'a>) -> Sql<'a> {
    match &save.writes[..] {
        [only] if only.statement.rows == 1 && only.draws.is_empty() => single(only),
        writes => {
            let are_few = are_few(writes);
            let sent: Vec<Vec<Sent>> = writes.iter().map(|write| sent(write, are_few)).collect();
            let binds = writes.iter().zip(&sent).flat_map(|(write, sent)| binds(write, sent)).collect();
            Sql { text: kept(writes, &sent, &save.columns, || text(save, &sent, are_few)), binds }
        }
    }
}

/// What is bound for a write, in the order of its placeholders: where that is nothing but the rows are a list, how many.
fn binds<'a>(write: &'a PartialWrite<'a>, sent: &[Sent]) -> Vec<Bind<'a>> {
    let columns = write.statement.columns().zip(&write.statement.values).zip(sent);
    let columns = columns.filter_map(|((col, values), sent)| match sent {
        Sent::Not => None,
        Sent::Each => Some(Bind::Column(col.ty, values)),
        Sent::Once | Sent::Checked => values.get(0).map(|value| Bind::Scalar(col.ty, value)),
    });
    let mut binds: Vec<Bind<'a>> = columns.collect();
    let rows = write.references.iter().filter_map(|reference| reference.rows.as_ref());
    binds.extend(rows.map(|rows| Bind::Column(Type::I64, rows)));
    if binds.is_empty() && !write.is_plain {
        binds.push(Bind::One(Value::BigInt(i64::try_from(write.statement.rows).ok())));
    }
    binds
}

fn text(save: &AsOne<'_>, sent: &[Vec<Sent>], are_few: bool) -> String {
    let mut text = "WITH ".to_owned();
    let mut counts = String::new();
    let mut arms = String::new();
    let mut placeholder = 1;
    for (at, (write, sent)) in save.writes.iter().zip(sent).enumerate() {
        let part = Part { writes: &save.writes, write, sent, are_few, at, placeholder };
        let between = if at > 0 { ", " } else { "" };
        let _ = write!(text, "{between}{}", part.ctes());
        let _ = write!(counts, " WHEN {} THEN {}", part.differs(), unmet(at));
        arms.push_str(&part.arm(&save.columns));
        placeholder = part.end();
    }
    let nulls: String = save.columns.iter().map(|ty| format!(", NULL::{}", read_type(*ty))).collect();
    let _ = write!(text, " SELECT CASE{counts} ELSE 0 END{nulls}{arms}");
    text
}

/// One of all writes, how its values are sent, whether the rows of all writes are few, its position, and its first placeholder.
struct Part<'a> {
    writes: &'a [PartialWrite<'a>],
    write: &'a PartialWrite<'a>,
    sent: &'a [Sent],
    are_few: bool,
    at: usize,
    placeholder: usize,
}

/// An array that is bound: `$1::bigint[]`.
struct Array {
    placeholder: usize,
    carrier: &'static str,
}

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}::{}[]", self.placeholder, self.carrier)
    }
}

/// Where the keys are found that the database makes for rows.
struct Made {
    key: String,
    order: String,
    from: String,
}

impl Part<'_> {
    /// The keys that are made for the rows of a write, by its position.
    fn made(&self, at: usize) -> Made {
        let PartialWrite { draws, referred, .. } = self.writes[at];
        match draws {
            [] => {
                let key = format!("v{}", referred.unwrap_or_default());
                Made { order: key.clone(), key, from: format!("b{at}") }
            }
            _ => Made { key: "d0".to_owned(), order: "ord".to_owned(), from: format!("s{at}") },
        }
    }

    /// Whether other writes look up its keys by the position of the row.
    fn is_looked_up(&self) -> bool {
        let mut references = self.writes.iter().flat_map(|write| &write.references);
        references.any(|reference| reference.to == self.at && reference.rows.is_some())
    }

    /// The placeholder of a column, by its position; that after the last column's is the first of the references.
    fn placeholder(&self, column: usize) -> usize {
        self.placeholder + self.sent[..column].iter().filter(|sent| **sent != Sent::Not).count()
    }

    /// The first placeholder of the next write.
    fn end(&self) -> usize {
        let end = self.placeholder(self.sent.len()) + self.positions().count();
        if self.write.is_plain { end } else { end.max(self.placeholder + 1) }
    }

    /// The references whose rows are sent: for each row, which one it refers to.
    fn positions(&self) -> impl Iterator<Item = usize> {
        let references = self.write.references.iter().enumerate();
        references.filter(|(_, reference)| reference.rows.is_some()).map(|(nth, _)| nth)
    }

    /// The arrays of its source, each with the name of its column.
    fn sources(&self) -> Vec<(String, Array)> {
        let array = |placeholder: usize, ty| Array { placeholder, carrier: carrier(ty) };
        let columns = self.write.statement.columns().enumerate().filter(|(at, _)| self.sent[*at] == Sent::Each);
        let own = columns.map(|(at, col)| (format!("c{at}"), array(self.placeholder(at), col.ty)));
        let first = self.placeholder(self.sent.len());
        let positions = self.positions().enumerate();
        let positions = positions.map(|(at, nth)| (format!("r{nth}"), array(first + at, Type::I64)));
        own.chain(positions).collect()
    }

    /// `unnest((SELECT $4::bigint[]), $5::text[]) AS u(c0, c1)`: one array whose length is not known is enough.
    fn source(&self, ordinality: bool) -> String {
        let (names, arrays): (Vec<String>, Vec<Array>) = self.sources().into_iter().unzip();
        let (with, ord) = if ordinality { (" WITH ORDINALITY", ", ord") } else { ("", "") };
        if arrays.is_empty() {
            return format!(
                "generate_series(1, {}) AS u(ord)",
                self.hidden_if_few(&format!("${}::bigint", self.placeholder))
            );
        }
        let arrays = arrays.iter().map(Array::to_string).enumerate();
        let arrays = list(arrays.map(|(at, array)| if at == 0 { self.hidden_if_few(&array) } else { array }));
        format!("unnest({arrays}){with} AS u({}{ord})", names.join(", "))
    }

    /// A value that PostgreSQL does not look at when it plans the statement for few rows.
    fn hidden_if_few(&self, value: &str) -> String {
        if self.are_few { format!("(SELECT {value})") } else { value.to_owned() }
    }

    /// The value of a column: one that is sent, or else one that another write makes.
    fn value(&self, at: usize, ty: Type) -> String {
        let own = match self.sent[at] {
            Sent::Not => None,
            Sent::Each => Some(value(ty, at)),
            Sent::Once if !self.write.is_plain => Some(self.hidden_if_few(&typed(ty, self.placeholder(at)))),
            Sent::Once | Sent::Checked => Some(scalar(ty, self.placeholder(at))),
        };
        let references = self.write.references.iter().enumerate();
        let made = references.filter(|(_, reference)| reference.column + self.write.statement.keys.len() == at).map(
            |(nth, Reference { to, rows, .. })| match rows {
                Some(_) => format!("(SELECT keys FROM k{to})[u.r{nth}]"),
                None => {
                    let Made { key, from, .. } = self.made(*to);
                    format!("(SELECT {key} FROM {from})")
                }
            },
        );
        let values: Vec<String> = own.into_iter().chain(made).collect();
        match &values[..] {
            [only] => only.clone(),
            _ => format!("coalesce({})", values.join(", ")),
        }
    }

    /// The write, what it draws before, and the keys that others look up after.
    fn ctes(&self) -> String {
        let Self { write, at, .. } = self;
        let mut ctes = self.drawn().unwrap_or_default();
        let statement = match write.statement.op {
            _ if write.is_plain => plain(&write.statement, |at, ty| self.value(at, ty)),
            Op::Insert => self.insert(),
            Op::Update => self.update(),
            Op::Delete => self.delete(),
        };
        let table = if write.statement.op == Op::Insert { "" } else { "t." };
        let returned = write.returned.iter().filter(|it| it.col.is_some()).enumerate();
        let returned = returned.map(|(nth, it)| format!("{} AS v{nth}", read(it, table)));
        let returning = match &write.returned[..] {
            [] => "1".to_owned(),
            _ => list(returned.chain(checks(write, table).map(|checks| format!("{checks} AS ok")))),
        };
        let _ = write!(ctes, "b{at} AS ({statement} RETURNING {returning})");
        if self.is_looked_up() {
            let Made { key, order, from } = self.made(*at);
            let _ = write!(ctes, ", k{at} AS (SELECT array_agg({key} ORDER BY {order}) AS keys FROM {from})");
        }
        ctes
    }

    /// `s1 AS MATERIALIZED (SELECT u.*, (gen_random_uuid())::uuid AS d0 FROM unnest(…) …), `
    fn drawn(&self) -> Option<String> {
        let draws = self.write.draws;
        let values = draws
            .iter()
            .enumerate()
            .map(|(nth, (col, expression))| format!("({expression})::{} AS d{nth}", type_name(col.ty)));
        let drawn =
            || format!("s{} AS MATERIALIZED (SELECT u.*, {} FROM {}), ", self.at, list(values), self.source(true));
        (!draws.is_empty()).then(drawn)
    }

    fn insert(&self) -> String {
        let Self { write, at, .. } = self;
        let statement = &write.statement;
        let conflict = statement.conflict.map(|conflict| conflict.sql(statement.table, quote)).unwrap_or_default();
        let table = table(statement);
        let from = if write.draws.is_empty() { self.source(true) } else { format!("s{at} AS u") };
        let columns = statement.set.iter().chain(write.draws.iter().map(|(col, _)| col)).map(|col| quote(col.name));
        let sent = statement.set.iter().enumerate().map(|(nth, col)| self.value(nth, col.ty));
        let values = sent.chain((0..write.draws.len()).map(|nth| format!("u.d{nth}")));
        let columns = list(columns);
        let columns = if columns.is_empty() { columns } else { format!(" ({columns})") };
        format!("INSERT INTO {table}{columns} SELECT {} FROM {from} ORDER BY u.ord{conflict}", list(values))
    }

    fn update(&self) -> String {
        let statement = &self.write.statement;
        let keys = statement.keys.len();
        let set = statement.set.iter().enumerate();
        let set = list(set.map(|(nth, col)| format!("{} = {}", quote(col.name), self.value(keys + nth, col.ty))));
        let (table, source) = (table(statement), self.source(false));
        format!("UPDATE {table} AS t SET {set} FROM {source} WHERE {}", all(self.conditions()))
    }

    /// Where all values but one are the same for all rows, nothing need be joined.
    fn delete(&self) -> String {
        let statement = &self.write.statement;
        let table = table(statement);
        match (&self.sources()[..], statement.keys) {
            ([(_, keys)], [key, ..]) if !matches!(key.ty, Type::Enum(_) | Type::Array(_)) => {
                let keys = format!("{}::{}[]", self.hidden_if_few(&keys.to_string()), keys.carrier);
                let is_one = format!("t.{} = ANY({keys})", column(key));
                let condition = all([is_one].into_iter().chain(self.conditions().skip(1)));
                format!("DELETE FROM {table} AS t WHERE {condition}")
            }
            _ => format!("DELETE FROM {table} AS t USING {} WHERE {}", self.source(false), all(self.conditions())),
        }
    }

    fn conditions(&self) -> impl Iterator<Item = String> {
        let keys = self.write.statement.keys.iter().enumerate();
        keys.map(|(at, col)| {
            let is = if self.sent[at] == Sent::Checked { "IS NOT DISTINCT FROM" } else { "=" };
            format!("t.{} {is} {}", column(col), self.value(at, col.ty))
        })
    }

    /// Runs the write to its end, and tells whether something is not as it should be: a row is missing, or what comes back
    /// of one does not fit, or is not what was sent to tell it by.
    fn differs(&self) -> String {
        let Self { write, at, .. } = self;
        let expected = match (write.expects_all, self.sources().first()) {
            (false, _) => return format!("(SELECT count(*) FROM b{at}) < 0"),
            (true, _) if write.is_plain => "1".to_owned(),
            (true, Some((_, array))) => format!("cardinality({array})"),
            (true, None) => format!("${}", self.placeholder),
        };
        let drawn = self.join_drawn().unwrap_or_default();
        let ok = checks(write, "").map(|_| "ok".to_owned());
        let conditions = all(ok.into_iter().chain(self.is_sent()));
        let conditions = if conditions.is_empty() { conditions } else { format!(" WHERE {conditions}") };
        let unordered = self.is_unordered().unwrap_or_default();
        format!("(SELECT count(*) <> {expected}{unordered} FROM b{at}{drawn}{conditions})")
    }

    /// ` OR array_agg(v0) <> (SELECT array_agg(v0 ORDER BY v0) FROM b1)`: whether keys that the database made do not ascend in
    /// the order of their rows. Beside each other, PostgreSQL 16 would sort the rows for both.
    fn is_unordered(&self) -> Option<String> {
        let (key, at) = (self.write.ascends?, self.at);
        let in_order = match self.is_looked_up() {
            true => format!("keys FROM k{at}"),
            false => format!("array_agg(v{key} ORDER BY v{key}) FROM b{at}"),
        };
        Some(format!(" OR array_agg(v{key}) <> (SELECT {in_order})"))
    }

    /// ` JOIN s1 ON d0 = v0`: each row beside what was drawn for it.
    fn join_drawn(&self) -> Option<String> {
        let (drawn, _) = self.write.draws.first()?;
        let key = self.write.returned.iter().position(|returned| returned.col == Some(*drawn))?;
        Some(format!(" JOIN s{} ON d0 = v{key}", self.at))
    }

    /// `(v0, v1) IN (SELECT u.c0, $2::text FROM …)`: whether what was sent and comes back is the same.
    fn is_sent(&self) -> Option<String> {
        let statement = &self.write.statement;
        let position = |returned: &Returned| {
            let col = returned.col.filter(|col| col.name != XMIN && !matches!(col.ty, Type::Array(_)))?;
            let at = statement.columns().position(|sent| *sent == col)?;
            let referred = self.write.references.iter().any(|it| it.column + statement.keys.len() == at);
            match self.sent[at] {
                _ if referred => None,
                Sent::Not => None,
                Sent::Each => Some(format!("u.c{at}")),
                Sent::Once | Sent::Checked => Some(format!("${}::{}", self.placeholder(at), carrier(col.ty))),
            }
        };
        let returned = self.write.returned.iter().enumerate();
        let (there, sent): (Vec<_>, Vec<_>) =
            returned.filter_map(|(nth, returned)| Some((format!("v{nth}"), position(returned)?))).unzip();
        let source = if self.write.is_plain { String::new() } else { format!(" FROM {}", self.source(false)) };
        (!there.is_empty()).then(|| format!("({}) IN (SELECT {}{source})", there.join(", "), sent.join(", ")))
    }

    /// ` UNION ALL SELECT 2, v0, NULL::text FROM b1`
    fn arm(&self, columns: &[Type]) -> String {
        let Self { write, at, .. } = self;
        if write.returned.is_empty() {
            return String::new();
        }
        let mut values: Vec<String> = columns.iter().map(|ty| format!("NULL::{}", read_type(*ty))).collect();
        for (nth, returned) in write.returned.iter().enumerate() {
            values[returned.place] = if returned.col.is_some() { format!("v{nth}") } else { "ord".to_owned() };
        }
        let drawn = self.join_drawn().unwrap_or_default();
        format!(" UNION ALL SELECT {}, {} FROM b{at}{drawn}", at + 1, values.join(", "))
    }
}

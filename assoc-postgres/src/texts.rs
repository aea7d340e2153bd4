//! Texts of writes, kept by what they are made of: a program sends the same few over and over.

use std::sync::Arc;

use assoc_core::{
    Op, Type,
    adapter::Cache,
    plan::{Col, Conflict},
    run::{Check, PartialWrite, Reference},
    schema::Table,
};

use crate::sent::{Sent, are_few};

static TEXTS: Cache<Vec<Part>, Arc<str>> = Cache::new();

/// Something that a text depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Write {
        op: Op,
        table: Table,
        keys: usize,
        set: usize,
        is_single: bool,
        is_plain: bool,
        expects_all: bool,
        ascends: Option<usize>,
        referred: Option<usize>,
    },
    Prefix(Box<str>),
    Conflict(Box<Conflict>),
    Column(Col, Sent),
    Draw(Col, &'static str),
    Reference {
        column: usize,
        to: usize,
        to_root: bool,
    },
    Returned(Option<Col>, usize, Check),
    Back(Type),
    Few,
}

/// The text of these writes, whose values are sent like this: the one that is kept, or the one that `make` makes.
pub(crate) fn kept(
    writes: &[PartialWrite<'_>],
    sent: &[Vec<Sent>],
    columns: &[Type],
    make: impl FnOnce() -> String,
) -> Arc<str> {
    TEXTS.get(parts(writes, sent, columns), || make().into())
}

fn parts(writes: &[PartialWrite<'_>], sent: &[Vec<Sent>], columns: &[Type]) -> Vec<Part> {
    let size = |write: &PartialWrite<'_>| 2 + write.statement.values.len() + write.returned.len();
    let mut parts = Vec::with_capacity(writes.iter().map(size).sum());
    for (write, sent) in writes.iter().zip(sent) {
        let PartialWrite { statement, draws, references, returned, is_plain, expects_all, ascends, referred } = write;
        parts.push(Part::Write {
            op: statement.op,
            table: statement.table,
            keys: statement.keys.len(),
            set: statement.set.len(),
            is_single: writes.len() == 1 && statement.rows == 1,
            is_plain: *is_plain,
            expects_all: *expects_all,
            ascends: *ascends,
            referred: *referred,
        });
        parts.extend(statement.prefix.map(|prefix| Part::Prefix(prefix.into())));
        parts.extend(statement.conflict.map(|conflict| Part::Conflict(Box::new(conflict.clone()))));
        parts.extend(statement.columns().zip(sent).map(|(col, sent)| Part::Column(*col, *sent)));
        parts.extend(draws.iter().map(|(col, expression)| Part::Draw(*col, expression)));
        parts.extend(references.iter().map(|it| {
            let Reference { column, to, rows } = it;
            Part::Reference { column: *column, to: *to, to_root: rows.is_none() }
        }));
        parts.extend(returned.iter().map(|it| Part::Returned(it.col, it.place, it.check)));
    }
    parts.extend(columns.iter().map(|ty| Part::Back(*ty)));
    parts.extend(are_few(writes).then_some(Part::Few));
    parts
}

//! Values that come back of writes, and what must hold for them: else the statement fails, and nothing is written.

use assoc_core::{
    Type,
    run::{Check, PartialWrite, Returned},
};

use crate::spelling::{XMIN, list, quote, read_type, type_name, xmin};

/// An expression that fails with a message that [`error`](crate::error()) knows, for a write. What depends on the time is
/// calculated when it is needed; else it would fail before, as the statement is planned.
pub(crate) fn unmet(write: usize) -> String {
    format!("('{UNMET} {write}' || left(now()::text, 0))::int")
}

/// What the message has in it, before the number of the write: nothing that a value of a user's would be.
pub(crate) const UNMET: &str = "assoc: unmet 5b0c7c9e3c1e4c6e";

/// What must hold for the values that the database makes, so that they are read as they would be without a cast.
pub(crate) fn checks(write: &PartialWrite<'_>, table: &str) -> Option<String> {
    let checks = write.returned.iter().filter_map(|returned| {
        let col = returned.col.filter(|_| returned.check != Check::Known)?;
        Some(check(col.ty, returned.check, &format!("{table}{}", quote(col.name))))
    });
    let checks: Vec<String> = checks.collect();
    (!checks.is_empty()).then(|| checks.join(" AND "))
}

fn check(ty: Type, check: Check, column: &str) -> String {
    let types = match ty {
        // As integers of any width are read.
        Type::I16 | Type::I32 | Type::I64 => &["smallint", "integer", "bigint"][..],
        // Others lose blanks when they are cast.
        Type::Text => &["text", "varchar", "name"],
        ty => &[type_name(ty)],
    };
    let types = list(types.iter().map(|name| format!("'{name}'::regtype")));
    let in_range = match ty {
        Type::ChronoDate
        | Type::TimeDate
        | Type::ChronoDateTime
        | Type::TimeDateTime
        | Type::ChronoUtc
        | Type::TimeOffset => Some(format!("({column} BETWEEN '0001-01-02' AND '9999-12-30')")),
        _ => None,
    };
    let value = match (check, in_range) {
        (Check::NotNull, None) => format!(" AND {column} IS NOT NULL"),
        (Check::NotNull, Some(in_range)) => format!(" AND {in_range} IS TRUE"),
        (_, Some(in_range)) => format!(" AND {in_range} IS NOT FALSE"),
        (_, None) => String::new(),
    };
    format!("pg_typeof({column}) IN ({types}){value}")
}

/// A column as it comes back, in the type that its field reads: a value that does not fit fails here.
pub(crate) fn read(returned: &Returned, table: &str) -> String {
    match returned.col {
        Some(col) if col.name == XMIN => format!("{table}{}", xmin()),
        Some(col) => format!("{table}{}::{}", quote(col.name), read_type(col.ty)),
        None => "NULL".to_owned(),
    }
}

//! The statement for a row by its key, whose text is made once.

use std::sync::Arc;

use super::{ColumnAt, Context, Node, Parts, Selected, cache_key::CacheKey, parts::From};
use crate::{
    Value,
    adapter::{Bind, Cache, DbError, Sql},
    schema::Meta,
    types::is_null,
};

static TEXTS: Cache<CacheKey, Arc<str>> = Cache::new();

/// As many rows as tell that there is more than one.
const LIMIT: u64 = 2;

/// For the repo: the statement for the rows with that key, two at most.
///
/// # Errors
/// The database cannot keep rows of the schema.
#[doc(hidden)]
pub fn by_key(meta: &'static Meta, key: Vec<Value>, cx: &Context) -> Result<Sql<'static>, DbError> {
    let is_scoped = cx.scopes.iter().any(|scope| scope.table == meta.table);
    if is_scoped || key.iter().any(is_null) {
        return Parts { limit: Some(LIMIT), ..parts(meta, key) }.build(cx);
    }
    let make = || parts(meta, key.clone()).build(cx).map(|sql| format!("{} LIMIT {LIMIT}", sql.text).into());
    let text = TEXTS.try_get(CacheKey::of(meta, None, cx), make)?;
    Ok(Sql { text, binds: key.into_iter().map(Bind::One).collect() })
}

fn parts(meta: &'static Meta, key: Vec<Value>) -> Parts {
    let selection = Selected::all(meta.columns, &|field| ColumnAt::of(meta, field));
    let source = From::Table(meta, meta.table.name.into());
    Parts { filters: filters(meta, key), ..Parts::all_of(source, Some(meta), selection) }
}

/// The conditions on the row with that primary key.
pub(super) fn filters(meta: &Meta, key: Vec<Value>) -> Vec<Node> {
    let columns = meta.primary_key.iter().map(|&field| ColumnAt::of(meta, field));
    columns.zip(key).map(|(column, value)| Node::eq(column, value)).collect()
}

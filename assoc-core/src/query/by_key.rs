//! The statement for a row by its key, whose text is made once.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use super::{Context, Query};
use crate::{
    Value,
    adapter::{Bind, DbError, Sql},
    schema::Stored,
    types::{KeyValues, is_null},
};

/// What a text depends on: the metadata, by its address; the database; the schema of the database that a repo names.
type Place = (usize, &'static str, Option<Arc<str>>);

/// The texts that were made.
static TEXTS: LazyLock<RwLock<HashMap<Place, Arc<str>>>> = LazyLock::new(RwLock::default);

/// More than these have a prefix for each of very many tenants: they begin anew, so that memory does not fill up.
const MANY: usize = 10_000;

/// As many rows as tell that there is more than one.
const LIMIT: u64 = 2;

/// For the repo: the statement for the rows with that key, two at most.
///
/// # Errors
/// The database cannot keep rows of the schema.
#[doc(hidden)]
pub fn by_key<S: Stored>(key: S::Key, cx: &Context) -> Result<Sql<'static>, DbError> {
    let key = key.into_values();
    let is_scoped = cx.scopes.iter().any(|scope| scope.table == S::META.table);
    if is_scoped || key.iter().any(is_null) {
        return Query::<S>::by_key_values(key).at_most(LIMIT).to_sql(cx);
    }
    let place = (std::ptr::from_ref(S::META).addr(), cx.dialect.name(), cx.prefix.clone());
    let known = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
    if let Some(text) = known {
        let binds = key.into_iter().chain([Value::BigUnsigned(Some(LIMIT))]).map(Bind::One).collect();
        return Ok(Sql { text: String::from(&*text).into(), binds });
    }
    let sql = Query::<S>::by_key_values(key).at_most(LIMIT).to_sql(cx)?;
    let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
    if texts.len() >= MANY {
        texts.clear();
    }
    texts.insert(place, sql.text.as_ref().into());
    Ok(sql)
}

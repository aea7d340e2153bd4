//! The statement for a row by its key, whose text is made once.

use std::sync::Arc;

use super::{Context, Query, place::Place};
use crate::{
    Value,
    adapter::{Bind, DbError, Kept, Sql},
    schema::Stored,
    types::{KeyValues, is_null},
};

static TEXTS: Kept<Place, Arc<str>> = Kept::new();

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
    let make = || Query::<S>::by_key_values(key.clone()).at_most(LIMIT).to_sql(cx).map(|sql| sql.text.into());
    let text = TEXTS.try_get(Place::of(S::META, None, cx), make)?;
    let binds = key.into_iter().chain([Value::BigUnsigned(Some(LIMIT))]).map(Bind::One).collect();
    Ok(Sql { text: text.as_ref().to_owned().into(), binds })
}

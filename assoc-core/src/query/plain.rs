//! The SELECT of one preload by itself. Those that say nothing but their association are rendered once.

use std::sync::{Arc, OnceLock};

use sea_query::Value;

use super::{Context, cache_key::CacheKey, load::Load, preload::Spec, select::path};
use crate::{
    adapter::{Bind, Cache, DbError, Sql},
    schema::Meta,
    types::Type,
};

static PLAIN: Cache<CacheKey, Arc<Plain>> = Cache::new();

/// What is known of a preload that says nothing but its association.
struct Plain {
    /// The text for any number of keys.
    many: OnceLock<Arc<str>>,
    /// That for one key.
    one: OnceLock<Arc<str>>,
    /// See [`Load`].
    at: Vec<(usize, Type)>,
    fields: Vec<usize>,
}

/// One preload by itself.
pub(super) struct Alone<'s> {
    pub spec: &'s Spec,
    owner: &'static Meta,
    statement: Statement<'s>,
}

enum Statement<'s> {
    Plain(Arc<Plain>),
    Own(Box<Load<'s>>),
}

impl<'s> Alone<'s> {
    pub fn of(spec: &'s Spec, owner: &'static Meta, cx: &Context) -> Self {
        let load = || Load::of(spec, owner, cx);
        let statement = if is_plain(spec, cx) {
            let place = CacheKey::of(owner, Some(spec.association), cx);
            Statement::Plain(PLAIN.get(place, || Arc::new(Plain::of(load()))))
        } else {
            Statement::Own(Box::new(load()))
        };
        Self { spec, owner, statement }
    }

    /// Where the owner's key is in a row.
    pub fn at(&self) -> &[(usize, Type)] {
        match &self.statement {
            Statement::Plain(plain) => &plain.at,
            Statement::Own(load) => &load.at,
        }
    }

    /// The owner's fields that it equals.
    pub fn fields(&self) -> &[usize] {
        match &self.statement {
            Statement::Plain(plain) => &plain.fields,
            Statement::Own(load) => &load.fields,
        }
    }

    /// The statement for the rows of owners with one of the keys.
    ///
    /// # Errors
    /// The database cannot do what is asked for.
    pub fn sql(self, keys: Vec<Vec<Value>>, cx: &Context) -> Result<Sql<'static>, DbError> {
        match self.statement {
            Statement::Plain(plain) => plain.sql(keys, cx, || Load::of(self.spec, self.owner, cx)),
            Statement::Own(load) => load.sql(keys),
        }
    }
}

impl Plain {
    fn of(load: Load<'_>) -> Self {
        Self { many: OnceLock::new(), one: OnceLock::new(), at: load.at, fields: load.fields }
    }

    fn sql<'s>(
        &self,
        keys: Vec<Vec<Value>>,
        cx: &Context,
        load: impl FnOnce() -> Load<'s>,
    ) -> Result<Sql<'static>, DbError> {
        let types: Vec<Type> = self.at.iter().map(|(_, ty)| *ty).collect();
        let is_one = keys.len() == 1;
        if !is_one && cx.dialect.grows_with(&types) {
            return load().sql(keys);
        }
        let text = if is_one { &self.one } else { &self.many };
        let Some(text) = text.get() else {
            let sql = load().sql(keys)?;
            // Somebody else may have kept the same.
            drop(text.set(sql.text.clone()));
            return Ok(sql);
        };
        let binds = if is_one { keys.into_iter().flatten().collect() } else { cx.dialect.keys(&types, keys) };
        Ok(Sql { text: text.clone(), binds: binds.into_iter().map(Bind::One).collect() })
    }
}

/// Whether its text depends on nothing but the association, and all that it binds are keys.
fn is_plain(spec: &Spec, cx: &Context) -> bool {
    !spec.says_more() && cx.scopes.is_empty() && path(spec.association).iter().all(|hop| hop.filter.is_empty())
}

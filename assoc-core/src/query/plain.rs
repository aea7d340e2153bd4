//! The SELECT of one preload by itself. Those that say nothing but their association are rendered once.

use std::sync::Arc;

use sea_query::Value;

use super::{Context, load::Load, place::Place, preload::Spec, select::path};
use crate::{
    adapter::{Bind, DbError, Kept, Sql},
    schema::Meta,
    types::Type,
};

/// `None` where the text grows with the keys.
static PLAIN: Kept<Place, Option<Arc<Plain>>> = Kept::new();

/// A preload that says nothing but its association, rendered.
struct Plain {
    text: String,
    /// See [`Load`].
    at: Vec<(usize, Type)>,
    fields: Vec<usize>,
}

impl Plain {
    /// # Errors
    /// The database cannot do what is asked for.
    fn of(spec: &Spec, owner: &Meta, cx: &Context) -> Result<Option<Arc<Self>>, DbError> {
        let load = Load::of(spec, owner, cx);
        let (at, fields) = (load.at.clone(), load.fields.clone());
        if cx.dialect.grows_with(&types(&at)) {
            return Ok(None);
        }
        Ok(Some(Arc::new(Self { text: load.sql(Vec::new())?.text.into_owned(), at, fields })))
    }
}

/// One preload by itself.
pub(super) struct Alone<'s> {
    pub spec: &'s Spec,
    statement: Statement<'s>,
}

enum Statement<'s> {
    Plain(Arc<Plain>),
    Own(Box<Load<'s>>),
}

impl<'s> Alone<'s> {
    pub fn of(spec: &'s Spec, owner: &'static Meta, cx: &Context) -> Self {
        let make = || Plain::of(spec, owner, cx);
        let place = is_plain(spec, cx).then(|| Place::of(owner, Some(spec.association), cx));
        // One that cannot be rendered says so when it is to be sent.
        let plain = place.and_then(|place| PLAIN.get(place, make).ok().flatten());
        let own = || Statement::Own(Box::new(Load::of(spec, owner, cx)));
        let statement = plain.map_or_else(own, Statement::Plain);
        Self { spec, statement }
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
            Statement::Plain(plain) => {
                let binds = cx.dialect.keys(&types(&plain.at), keys).into_iter().map(Bind::One).collect();
                Ok(Sql { text: plain.text.clone().into(), binds })
            }
            Statement::Own(load) => load.sql(keys),
        }
    }
}

fn types(at: &[(usize, Type)]) -> Vec<Type> {
    at.iter().map(|(_, ty)| *ty).collect()
}

/// Whether its text depends on nothing but the association, and all that it binds are keys.
fn is_plain(spec: &Spec, cx: &Context) -> bool {
    let Spec { association, filters, order, limit, limit_each, .. } = spec;
    let says_more = !filters.is_empty() || !order.is_empty() || limit.is_some() || limit_each.is_some();
    !says_more && cx.scopes.is_empty() && path(association).iter().all(|hop| hop.filter.is_empty())
}

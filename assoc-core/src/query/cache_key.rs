//! What the text of a statement depends on that says nothing but a schema, or an association.

use std::sync::Arc;

use super::Context;
use crate::schema::{Hop, Meta};

/// The metadata, by their addresses; the database; and where in it the tables are.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct CacheKey {
    meta: usize,
    association: Option<usize>,
    dialect: &'static str,
    prefix: Option<Arc<str>>,
    query_prefix: Option<Arc<str>>,
}

impl CacheKey {
    pub fn of(meta: &'static Meta, association: Option<Hop>, cx: &Context) -> Self {
        Self {
            meta: std::ptr::from_ref(meta).addr(),
            association: association.map(|association| std::ptr::from_ref(association).addr()),
            dialect: cx.dialect.name(),
            prefix: cx.prefix.clone(),
            query_prefix: cx.query_prefix.clone(),
        }
    }
}

//! What is made once and kept: texts of statements, of which a program sends the same few over and over.

use std::{
    collections::HashMap,
    convert::Infallible,
    hash::Hash,
    sync::{LazyLock, PoisonError, RwLock},
};

use foldhash::fast::RandomState;

/// More than these are made up by the program (a database schema for each of many tenants): they begin anew, so that memory
/// does not fill up.
const MANY: usize = 2000;

/// What was made, by what it depends on.
pub struct Cache<K, V>(LazyLock<RwLock<HashMap<K, V, RandomState>>>);

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// Nothing was made yet.
    #[expect(clippy::new_without_default, reason = "it is for statics")]
    pub const fn new() -> Self {
        Self(LazyLock::new(RwLock::default))
    }

    /// What belongs to the key: kept, or made now.
    pub fn get(&self, key: K, make: impl FnOnce() -> V) -> V {
        let Ok::<_, Infallible>(value) = self.try_get(key, || Ok(make()));
        value
    }

    /// What belongs to the key: kept, or made now.
    ///
    /// # Errors
    /// It cannot be made; nothing is kept then.
    pub fn try_get<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        // Whoever panicked has left the map as it was.
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = make()?;
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MANY {
            kept.clear();
        }
        kept.insert(key, made.clone());
        Ok(made)
    }
}

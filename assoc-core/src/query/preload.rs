//! What to preload: associations, each with its own filter, order and further associations.

use std::{borrow::Cow, marker::PhantomData};

use super::{Condition, Node, OrderBy, Ordering};
use crate::{
    adapter::DbError,
    schema::{AssocRef, Entity, Hop, Meta, PreloadInto, Schema, kind},
};

/// An association to load, narrowed or deepened: `Post::comments.filter(…).order_by(…).then(…)`.
pub struct Preload<P, C> {
    spec: Spec,
    schemas: PhantomData<fn() -> (P, C)>,
}

/// A preload without its types.
#[derive(Clone)]
#[doc(hidden)]
pub struct Spec {
    pub(crate) association: Hop,
    pub(crate) filters: Vec<Node>,
    pub(crate) order: Vec<Ordering>,
    pub(crate) nested: Vec<Spec>,
    pub(crate) force: bool,
    pub(crate) limit: Option<u64>,
    pub(crate) limit_each: Option<u64>,
    pub(crate) joined: bool,
}

impl Spec {
    /// Loads an association.
    pub fn of(association: Hop) -> Self {
        Self {
            association,
            filters: Vec::new(),
            order: Vec::new(),
            nested: Vec::new(),
            force: false,
            limit: None,
            limit_each: None,
            joined: false,
        }
    }

    /// Each association once, at every level, with all that is to be loaded beyond it. Of one that comes again, that, and
    /// whether it is joined, is all there is to say, unless it is forced: then it counts alone.
    ///
    /// # Errors
    /// An association comes again with a condition, an order or a limit that the first one does not have.
    pub(super) fn merged(specs: &[Self]) -> Result<Cow<'_, [Self]>, DbError> {
        if !Self::come_again(specs) {
            return Ok(specs.into());
        }
        let mut merged: Vec<Self> = Vec::new();
        for spec in specs.iter().cloned() {
            match merged.iter_mut().find(|known| known.is_same(&spec)) {
                Some(known) if spec.force => *known = spec,
                Some(known) if spec.says_more() && !known.says_the_same(&spec) => {
                    return Err(DbError::Configuration(format!(
                        "`{}` is preloaded twice, the second time with another condition, order or limit: say \
                         all of it once, or add `.force()` to have the second one alone",
                        spec.association.name
                    )));
                }
                Some(known) => {
                    known.joined |= spec.joined;
                    known.nested.extend(spec.nested);
                }
                None => merged.push(spec),
            }
        }
        for spec in &mut merged {
            spec.nested = Self::merged(&spec.nested)?.into_owned();
        }
        Ok(merged.into())
    }

    fn come_again(specs: &[Self]) -> bool {
        let again = |at: usize, spec: &Self| specs[..at].iter().any(|known| known.is_same(spec));
        specs.iter().enumerate().any(|(at, spec)| again(at, spec) || Self::come_again(&spec.nested))
    }

    /// Whether both load the same association.
    fn is_same(&self, other: &Self) -> bool {
        self.association.name == other.association.name
    }

    /// Whether both load the same rows in the same order, as far as their expressions are the same.
    fn says_the_same(&self, other: &Self) -> bool {
        let said = |spec: &Self| format!("{:?}", (&spec.filters, &spec.order, spec.limit, spec.limit_each));
        said(self) == said(other)
    }

    /// Whether it says anything but its association and what lies beyond it.
    pub(super) fn says_more(&self) -> bool {
        self.is_partial() || !self.order.is_empty()
    }

    /// Only rows that satisfy the condition.
    #[must_use]
    pub fn filter<C>(mut self, condition: Condition<C>) -> Self {
        self.filters.push(condition.node);
        self
    }

    /// Rows in that order.
    #[must_use]
    pub fn order(mut self, order: Ordering) -> Self {
        self.order.push(order);
        self
    }

    /// Associations of the loaded rows, too.
    #[must_use]
    pub fn then(mut self, nested: Vec<Spec>) -> Self {
        self.nested.extend(nested);
        self
    }

    /// Again where it is loaded already.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.force = true;
        self
    }

    /// That many rows for all owners together.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Whether there may be more rows than it loads.
    pub(crate) fn is_partial(&self) -> bool {
        !self.filters.is_empty() || self.limit.is_some() || self.limit_each.is_some()
    }
}

impl<P, C> Clone for Preload<P, C> {
    fn clone(&self) -> Self {
        Self { spec: self.spec.clone(), schemas: PhantomData }
    }
}

impl<P: Schema, C: Schema> Preload<P, C> {
    /// Only rows that satisfy the condition. The association then knows that it is partial.
    #[must_use]
    pub fn filter(mut self, condition: Condition<C>) -> Self {
        self.spec.filters.push(condition.node);
        self
    }

    /// Rows in that order, instead of that of their keys.
    #[must_use]
    pub fn order_by(mut self, order: impl OrderBy<C>) -> Self {
        self.spec.order.extend(order.orderings());
        self
    }

    /// Loads associations of the loaded rows, too.
    #[must_use]
    pub fn then(mut self, preloads: impl Preloads<C>) -> Self {
        self.spec.nested.extend(preloads.specs());
        self
    }

    /// At most that many rows for each owner, the first in their order. The association then knows that it is partial.
    ///
    /// ```
    /// use assoc_core::{ExpressionMethods, Stored, doctest::{Comment, Post}};
    ///
    /// let query = Post::query().preload(Post::comments.order_by(Comment::id.desc()).limit(3));
    /// # drop(query);
    /// ```
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.spec.limit_each = Some(rows);
        self
    }

    /// Loads it again where it is loaded already.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.spec.force = true;
        self
    }

    /// Loads it in the statement of its query, by a left join: one round trip, but the owner's columns come once for each
    /// row. For associations with one row, and short lists: one with a limit cannot be joined, which is an error when the query
    /// runs. Where the rows are there already, as in `repo.preload`,
    /// below a preload that is not joined, and where the query locks its rows, it is a statement of its own, as without. Long
    /// lists can be part of the statement, too: [`in_one_statement`](super::Query::in_one_statement).
    ///
    /// ```
    /// use assoc_core::{Stored, doctest::{Comment, Post}};
    ///
    /// let query = Comment::query().preload(Comment::post.joined());
    /// # drop(query);
    /// ```
    #[must_use]
    pub fn joined(mut self) -> Self {
        self.spec.joined = true;
        self
    }
}

impl<P: Schema, C: Schema, K> AssocRef<P, C, K> {
    fn load(self) -> Preload<P, C> {
        Preload { spec: Spec::of(self.meta()), schemas: PhantomData }
    }

    /// Loads only rows that satisfy the condition. The association then knows that it is partial.
    #[must_use]
    pub fn filter(self, condition: Condition<C>) -> Preload<P, C> {
        self.load().filter(condition)
    }

    /// Loads rows in that order, instead of that of their keys.
    #[must_use]
    pub fn order_by(self, order: impl OrderBy<C>) -> Preload<P, C> {
        self.load().order_by(order)
    }

    /// Loads associations of the loaded rows, too.
    #[must_use]
    pub fn then(self, preloads: impl Preloads<C>) -> Preload<P, C> {
        self.load().then(preloads)
    }

    /// Loads at most that many rows for each owner. The association then knows that it is partial.
    #[must_use]
    pub fn limit(self, rows: u64) -> Preload<P, C> {
        self.load().limit(rows)
    }

    /// Loads it again where it is loaded already.
    #[must_use]
    pub fn force(self) -> Preload<P, C> {
        self.load().force()
    }

    /// Loads it in the statement of its query, by a left join. See [`Preload::joined`].
    #[must_use]
    pub fn joined(self) -> Preload<P, C> {
        self.load().joined()
    }
}

/// Associations of schema `S` to load: a handle, a [`Preload`], or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no association of `{S}` that could be loaded",
    label = "expected associations of `{S}`",
    note = "write an association handle of `{S}`, or a tuple of them",
    note = "only whole rows of a schema have associations: tuples of selected values, and structs with `#[derive(Select)]`, have none"
)]
pub trait Preloads<S> {
    /// The associations, without their types.
    #[doc(hidden)]
    fn specs(self) -> Vec<Spec>;
    /// The rows that they are loaded into.
    #[doc(hidden)]
    fn entities(rows: &mut [S]) -> Vec<&mut dyn Entity>;
    /// Their schema.
    #[doc(hidden)]
    fn owner() -> &'static Meta;
}

impl<P: Schema, C, K: kind::Step> Preloads<P> for AssocRef<P, C, K> {
    fn specs(self) -> Vec<Spec> {
        vec![Spec::of(self.meta())]
    }

    fn entities(rows: &mut [P]) -> Vec<&mut dyn Entity> {
        rows.entities()
    }

    fn owner() -> &'static Meta {
        P::META
    }
}

impl<P: Schema, C> Preloads<P> for Preload<P, C> {
    fn specs(self) -> Vec<Spec> {
        vec![self.spec]
    }

    fn entities(rows: &mut [P]) -> Vec<&mut dyn Entity> {
        rows.entities()
    }

    fn owner() -> &'static Meta {
        P::META
    }
}

macro_rules! tuple_preloads {
    ($($name:ident)*) => {
        impl<S: Schema, $($name: Preloads<S>),*> Preloads<S> for ($($name,)*) {
            #[allow(non_snake_case, unused_mut)]
            fn specs(self) -> Vec<Spec> {
                let ($($name,)*) = self;
                let mut specs = Vec::new();
                $(specs.extend($name.specs());)*
                specs
            }

            fn entities(rows: &mut [S]) -> Vec<&mut dyn Entity> {
                rows.entities()
            }

            fn owner() -> &'static Meta {
                S::META
            }
        }
    };
}
tuple_preloads!();
tuple_preloads!(A);
tuple_preloads!(A B);
tuple_preloads!(A B C);
tuple_preloads!(A B C D);
tuple_preloads!(A B C D E);
tuple_preloads!(A B C D E F);

//! How an association is cast, where that is not as usual: `Post::comments.required().sort_param("comments_sort")`.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use crate::{
    params::{Params, ParamsMap},
    schema::{AssocRef, Association, Hop},
};

/// An association to be cast in a way of its own. Made by methods of its handle, and given to
/// [`Changeset::cast_assoc`](super::Changeset::cast_assoc) or [`cast_embed`](super::Changeset::cast_embed).
///
/// ```
/// use assoc_core::{Params, Schema, doctest::{Comment, Post}};
///
/// let params = Params::from(serde_json::json!({"title": "Hello"}));
/// let changeset = Post::build().cast(&params, Post::title).cast_assoc(Post::comments.required(), |comment, _| comment);
/// assert_eq!(changeset.errors().to_string(), "comments can't be blank");
/// ```
#[derive(Debug)]
pub struct CastAssoc<P, C, K> {
    pub(crate) association: AssocRef<P, C, K>,
    pub(crate) options: CastOptions,
}

/// The types are named, not held, so they need not be `Clone`.
impl<P, C, K> Clone for CastAssoc<P, C, K> {
    fn clone(&self) -> Self {
        Self { association: self.association, options: self.options.clone() }
    }
}

/// The options without the types.
#[derive(Clone, Debug, Default)]
pub struct CastOptions {
    /// There must be a row; the message, if it is not the usual one.
    pub required: Option<Option<Cow<'static, str>>>,
    /// The message of input of the wrong shape.
    pub invalid_message: Option<Cow<'static, str>>,
    /// The param that tells the order of an index map, by its indices.
    pub sort_param: Option<Cow<'static, str>>,
    /// The param that names indices of an index map which are left out.
    pub drop_param: Option<Cow<'static, str>>,
    /// The owner's `updated_at` stays where it is when only its rows change.
    pub leaves_owner: bool,
    /// A key that is not among the loaded rows is an error, not a new row.
    pub rejects_unknown: bool,
}

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty)?) => |$options:ident| $set:expr;)+) => {
        impl<P, C, K> CastAssoc<P, C, K> {
            $($(#[$doc])* #[must_use] pub fn $name(mut self $(, $arg: $ty)?) -> Self {
                let $options = &mut self.options;
                $set;
                self
            })+
        }

        impl<P, C, K> AssocRef<P, C, K> {
            $($(#[$doc])* #[must_use] pub fn $name(self $(, $arg: $ty)?) -> CastAssoc<P, C, K> {
                CastAssoc { association: self, options: CastOptions::default() }.$name($($arg)?)
            })+
        }
    };
}

options! {
    /// When it is cast: there must be a row, in the input or among the loaded ones; else it "can't be blank".
    required() => |options| { options.required.get_or_insert(None); };
    /// When it is cast: as [`required`](Self::required), with that message.
    required_message(message: impl Into<Cow<'static, str>>) => |options| options.required = Some(Some(message.into()));
    /// When it is cast: the message of input that is neither a list nor an object, instead of "is invalid".
    invalid_message(message: impl Into<Cow<'static, str>>) => |options| options.invalid_message = Some(message.into());
    /// When it is cast from an index map, as forms send it: the param that lists its indices in their order. Indices
    /// that the map does not have make new rows; those that are not listed come last. Errors count the rows in that order,
    /// without those that [`drop_param`](Self::drop_param) names, as the form is shown again.
    sort_param(name: impl Into<Cow<'static, str>>) => |options| options.sort_param = Some(name.into());
    /// When it is cast from an index map, as forms send it: the param that lists indices which are left out.
    drop_param(name: impl Into<Cow<'static, str>>) => |options| options.drop_param = Some(name.into());
    /// When it is cast: the owner's `updated_at` moves when only its rows change (the default), or does not
    /// (`force_update_on_change` in Ecto).
    force_update_on_change(moves: bool) => |options| options.leaves_owner = !moves;
    /// When it is cast: a row with a key that is not among the loaded ones is the error "does not exist". Without this
    /// it is a new row, with a key of its own.
    reject_unknown() => |options| options.rejects_unknown = true;
}

/// What can be cast: an association's handle, or a [`CastAssoc`] with options.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no association of `{S}`",
    label = "expected an association of `{S}`",
    note = "write an association's handle, as in `Post::comments`, or one with options, as in `Post::comments.required()`"
)]
pub trait Castable<S> {
    /// The schema of the rows.
    type Related;
    /// The kind of the association.
    type Kind;
    /// The association, and how to cast it.
    #[doc(hidden)]
    fn parts(self) -> (Hop, CastOptions);
}

impl<S, C, K> Castable<S> for AssocRef<S, C, K> {
    type Related = C;
    type Kind = K;

    fn parts(self) -> (Hop, CastOptions) {
        (self.meta(), CastOptions::default())
    }
}

impl<S, C, K> Castable<S> for CastAssoc<S, C, K> {
    type Related = C;
    type Kind = K;

    fn parts(self) -> (Hop, CastOptions) {
        (self.association.meta(), self.options)
    }
}

impl CastOptions {
    pub(super) fn touches_owner(&self) -> bool {
        !self.leaves_owner
    }

    /// The input of an association. Where a form leaves it out because no row is left, the sort or drop param stands
    /// for it.
    pub(super) fn input(&self, association: &Association, params: &Params) -> Option<Params> {
        let param = |name: &Option<Cow<'static, str>>| name.as_deref().and_then(|name| params.get(name));
        let sorted = || param(&self.sort_param).or(param(&self.drop_param)).filter(|_| !association.is_one());
        params.get(association.name).cloned().or_else(|| sorted().map(|_| Params::Map(ParamsMap::default())))
    }

    /// The input's rows: a list or an index map for many, an object or `null` for one. `None` if it is neither.
    pub(super) fn rows<'p>(
        &self,
        association: &Association,
        params: &'p Params,
        input: &'p Params,
    ) -> Option<Vec<&'p Params>> {
        let rows = match (association.is_one(), input) {
            (true, Params::Null) => Vec::new(),
            (true, Params::Map(_)) => vec![input],
            (false, Params::List(_)) => input.items(),
            (false, Params::Map(map)) if self.sort_param.is_some() || self.drop_param.is_some() => {
                self.sorted(params, map)
            }
            (false, Params::Map(_)) => input.items(),
            _ => return None,
        };
        rows.iter().all(|row| row.is_map()).then_some(rows)
    }

    /// The rows of an index map in the order of the sort param, without those that the drop param names.
    fn sorted<'p>(&self, params: &'p Params, map: &'p ParamsMap) -> Vec<&'p Params> {
        static EMPTY: LazyLock<Params> = LazyLock::new(|| Params::Map(ParamsMap::default()));
        let indices = |name: &Option<Cow<'static, str>>| -> Vec<String> {
            let list = name.as_deref().and_then(|name| params.get(name));
            let list = list.filter(|list| matches!(list, Params::List(_)));
            list.map_or_else(Vec::new, |list| list.items().into_iter().filter_map(Params::as_index).collect())
        };
        let dropped: HashSet<String> = indices(&self.drop_param).into_iter().collect();
        let mut taken: HashSet<&str> = HashSet::new();
        let mut rows = Vec::with_capacity(map.len());
        for index in indices(&self.sort_param).iter().filter(|index| !dropped.contains(*index)) {
            match map.entry(index).filter(|(index, _)| taken.insert(index)) {
                Some((_, row)) => rows.push(row),
                None => rows.push(&EMPTY),
            }
        }
        let rest = Params::by_index(map).into_iter();
        rows.extend(rest.filter(|(index, _)| !taken.contains(index) && !dropped.contains(*index)).map(|(_, row)| row));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn listed_indices_come_first_and_dropped_ones_not_at_all() {
        let options =
            CastOptions { sort_param: Some("sort".into()), drop_param: Some("drop".into()), ..CastOptions::default() };
        let params = Params::from(json!({
            "rows": {"0": {"n": 0}, "1": {"n": 1}, "2": {"n": 2}, "10": {"n": 10}},
            "sort": ["10", "new", 2],
            "drop": ["2"],
        }));
        let Some(Params::Map(map)) = params.get("rows") else { panic!("an index map") };
        let rows: Vec<_> = options.sorted(&params, map).into_iter().map(Params::to_json).collect();
        assert_eq!(rows, [json!({"n": 10}), json!({}), json!({"n": 0}), json!({"n": 1})]);
    }
}

//! Keys whose value is one of a few options, of which each kind of association has some.

use proc_macro2::{Ident, Span};

use crate::{
    attr::Args,
    ctxt::Ctxt,
    keys::{self, Key},
    kind::Kind::{self, BelongsTo, EmbedsMany, EmbedsOne, HasMany, HasOne, ManyToMany},
    naming::nearest,
};

/// An option and where it was chosen.
pub struct Chosen<T> {
    /// The option; its name is that of the variant in the metadata.
    pub option: T,
    /// The option as the user wrote it.
    pub span: Span,
}

/// A key and its options, each with the kinds that have it.
pub struct Choice<T: 'static> {
    key: Key,
    options: &'static [(&'static str, T, &'static [Kind])],
}

/// `on_replace = …`: what happens to rows that are taken out of an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReplace {
    Raise,
    MarkAsInvalid,
    Nilify,
    Update,
    Delete,
    DeleteIfExists,
}

/// `on_delete = …`: what happens to the rows of an association when their owner is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    Nothing,
    DeleteAll,
    NilifyAll,
}

/// `on_join_conflict = …`: what happens when a row of the join table is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnJoinConflict {
    Raise,
    Nothing,
}

/// The options of `on_replace`.
pub const ON_REPLACE: Choice<OnReplace> = Choice {
    key: keys::ON_REPLACE,
    options: &[
        ("raise", OnReplace::Raise, &[BelongsTo, HasOne, HasMany, ManyToMany, EmbedsOne, EmbedsMany]),
        ("mark_as_invalid", OnReplace::MarkAsInvalid, &[BelongsTo, HasOne, HasMany, ManyToMany, EmbedsOne, EmbedsMany]),
        ("nilify", OnReplace::Nilify, &[BelongsTo, HasOne, HasMany]),
        ("update", OnReplace::Update, &[BelongsTo, HasOne, EmbedsOne]),
        ("delete", OnReplace::Delete, &[BelongsTo, HasOne, HasMany, ManyToMany, EmbedsOne, EmbedsMany]),
        ("delete_if_exists", OnReplace::DeleteIfExists, &[BelongsTo, HasOne, HasMany]),
    ],
};

/// The options of `on_delete`.
pub const ON_DELETE: Choice<OnDelete> = Choice {
    key: keys::ON_DELETE,
    options: &[
        ("nothing", OnDelete::Nothing, &[HasOne, HasMany, ManyToMany]),
        ("delete_all", OnDelete::DeleteAll, &[HasOne, HasMany, ManyToMany]),
        ("nilify_all", OnDelete::NilifyAll, &[HasOne, HasMany]),
    ],
};

/// The options of `on_join_conflict`.
pub const ON_JOIN_CONFLICT: Choice<OnJoinConflict> = Choice {
    key: keys::ON_JOIN_CONFLICT,
    options: &[("raise", OnJoinConflict::Raise, &[ManyToMany]), ("nothing", OnJoinConflict::Nothing, &[ManyToMany])],
};

impl<T: Copy> Choice<T> {
    /// Reads the option; one that the kind does not have is reported.
    pub fn parse(&self, cx: &Ctxt, kind: Kind, args: &mut Args) -> Option<Chosen<T>> {
        let ident = args.take(self.key)?.value::<Ident>(cx, self.key)?;
        let known = self.options.iter().find(|(name, _, kinds)| ident == name && kinds.contains(&kind));
        if known.is_none() {
            cx.error(&ident, self.complaint(&ident.to_string(), kind));
        }
        known.map(|(_, option, _)| Chosen { option: *option, span: ident.span() })
    }

    fn complaint(&self, name: &str, kind: Kind) -> String {
        let here = || self.options.iter().filter(|(_, _, kinds)| kinds.contains(&kind)).map(|(name, ..)| *name);
        let valid: Vec<String> = here().map(|name| format!("`{name}`")).collect();
        let (valid, attribute, key) = (valid.join(", "), kind.attribute(), self.key.name);
        if self.options.iter().any(|(known, ..)| *known == name) {
            return format!("`#[{attribute}]` has no `{key} = {name}`; choose one of {valid}");
        }
        match nearest(name, here()) {
            Some(near) => format!("unknown option `{name}`, did you mean `{near}`? `{key}` is one of {valid} here"),
            None => format!("unknown option `{name}`; `{key}` is one of {valid} here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_table_knows_unknown_options_and_those_of_other_kinds() {
        assert_eq!(
            ON_DELETE.complaint("nilify_all", ManyToMany),
            "`#[many_to_many]` has no `on_delete = nilify_all`; choose one of `nothing`, `delete_all`"
        );
        assert_eq!(
            ON_REPLACE.complaint("deleted", EmbedsMany),
            "unknown option `deleted`, did you mean `delete`? `on_replace` is one of `raise`, `mark_as_invalid`, `delete` here"
        );
    }
}

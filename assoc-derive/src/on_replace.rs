//! `on_replace = …`: what happens to rows that are taken out of an association.

use proc_macro2::{Ident, Span};

use crate::{
    association::Kind::{self, BelongsTo, HasMany, HasOne, ManyToMany},
    attr::Args,
    ctxt::Ctxt,
    keys::ON_REPLACE,
    naming::nearest,
};

/// The option and where it was chosen.
pub struct OnReplace {
    /// The option; its name is that of the variant in the metadata.
    pub choice: Choice,
    /// The option as the user wrote it, else the attribute.
    pub span: Span,
}

/// The options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Raise,
    MarkAsInvalid,
    Nilify,
    Update,
    Delete,
    DeleteIfExists,
}

/// Each option with the kinds that have it.
const CHOICES: [(&str, Choice, &[Kind]); 6] = [
    ("raise", Choice::Raise, &[BelongsTo, HasOne, HasMany, ManyToMany]),
    ("mark_as_invalid", Choice::MarkAsInvalid, &[BelongsTo, HasOne, HasMany, ManyToMany]),
    ("nilify", Choice::Nilify, &[BelongsTo, HasOne, HasMany]),
    ("update", Choice::Update, &[BelongsTo, HasOne]),
    ("delete", Choice::Delete, &[BelongsTo, HasOne, HasMany, ManyToMany]),
    ("delete_if_exists", Choice::DeleteIfExists, &[BelongsTo, HasOne, HasMany]),
];

impl OnReplace {
    /// Nothing is taken out unless the user says how.
    pub fn raise(span: Span) -> Self {
        Self { choice: Choice::Raise, span }
    }

    /// Reads the option; one that the kind does not have is reported.
    pub fn parse(cx: &Ctxt, kind: Kind, args: &mut Args, origin: Span) -> Self {
        let given = args.take(ON_REPLACE).and_then(|entry| entry.value::<Ident>(cx, ON_REPLACE));
        let Some(ident) = given else { return Self::raise(origin) };
        let known = CHOICES.iter().find(|(name, _, kinds)| ident == name && kinds.contains(&kind));
        if known.is_none() {
            cx.error(&ident, complaint(&ident.to_string(), kind));
        }
        Self { choice: known.map_or(Choice::Raise, |(_, choice, _)| *choice), span: ident.span() }
    }
}

fn complaint(name: &str, kind: Kind) -> String {
    let here = || CHOICES.iter().filter(|(_, _, kinds)| kinds.contains(&kind)).map(|(name, ..)| *name);
    let valid: Vec<String> = here().map(|name| format!("`{name}`")).collect();
    let valid = valid.join(", ");
    let attribute = kind.attribute();
    if CHOICES.iter().any(|(known, ..)| *known == name) {
        return format!("`#[{attribute}]` has no `on_replace = {name}`; choose one of {valid}");
    }
    match nearest(name, here()) {
        Some(near) => format!("unknown option `{name}`, did you mean `{near}`? `#[{attribute}]` has {valid}"),
        None => format!("unknown option `{name}`; `#[{attribute}]` has {valid}"),
    }
}

//! The table of attribute keys. Each is spelled once, with the places where it may stand.

use std::fmt;

use crate::naming::nearest;

/// A place where an attribute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `#[schema(…)]` on a struct.
    Struct,
    /// `#[schema(…)]` on a field.
    Field,
    /// `#[belongs_to(…)]`
    BelongsTo,
    /// `#[has_one(…)]`
    HasOne,
    /// `#[has_many(…)]`
    HasMany,
    /// `#[many_to_many(…)]`
    ManyToMany,
    /// `#[embeds_one(…)]`
    EmbedsOne,
    /// `#[embeds_many(…)]`
    EmbedsMany,
    /// `#[timestamps(…)]`
    Timestamps,
    /// `#[schema(…)]` on an enum.
    Enum,
    /// `#[schema(…)]` on a variant.
    Variant,
    /// `#[select(…)]` on a struct.
    Select,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Struct => "`#[schema]` on a struct",
            Self::Field => "`#[schema]` on a field",
            Self::BelongsTo => "`#[belongs_to]`",
            Self::HasOne => "`#[has_one]`",
            Self::HasMany => "`#[has_many]`",
            Self::ManyToMany => "`#[many_to_many]`",
            Self::EmbedsOne => "`#[embeds_one]`",
            Self::EmbedsMany => "`#[embeds_many]`",
            Self::Timestamps => "`#[timestamps]`",
            Self::Enum => "`#[schema]` on an enum",
            Self::Variant => "`#[schema]` on a variant",
            Self::Select => "`#[select]` on a struct",
        })
    }
}

/// An attribute key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// What follows the name, for messages.
    form: &'static str,
    places: &'static [Place],
}

impl Key {
    /// How the key is written, for messages.
    pub fn example(self) -> String {
        format!("{}{}", self.name, self.form)
    }
}

macro_rules! keys {
    ($($constant:ident = $name:literal $form:literal at $($place:ident)+;)+) => {
        $(pub const $constant: Key = Key { name: $name, form: $form, places: &[$(Place::$place),+] };)+
        const ALL: &[Key] = &[$($constant),+];
    };
}

keys! {
    TABLE            = "table" r#" = "posts""#             at Struct;
    PREFIX           = "prefix" r#" = "tenant_1""#         at Struct;
    EMBEDDED         = "embedded" ""                       at Struct;
    CRATE            = "crate" " = path::to::assoc"        at Struct Enum Select;
    PRIMARY_KEY      = "primary_key" ""                    at Field;
    COLUMN           = "column" r#" = "name""#             at Field EmbedsOne EmbedsMany;
    DEFAULT          = "default" " = expression"           at Field;
    DATABASE_DEFAULT = "database_default" r#" = "now()""#  at Field;
    AUTOGENERATE     = "autogenerate" " = function"        at Field;
    VIRTUAL          = "virtual" ""                        at Field;
    VERSION          = "version" " = xmin"                 at Field;
    FOREIGN_KEY      = "foreign_key" " = author_id"        at BelongsTo HasOne HasMany;
    REFERENCES       = "references" " = id"                at BelongsTo HasOne HasMany;
    THROUGH          = "through" "(comments, author)"      at HasOne HasMany;
    JOIN_THROUGH     = "join_through" r#" = "posts_tags""# at ManyToMany;
    OWNER_KEY        = "owner_key" " = post_id"            at ManyToMany;
    RELATED_KEY      = "related_key" " = tag_id"           at ManyToMany;
    ON_JOIN_CONFLICT = "on_join_conflict" " = nothing"     at ManyToMany;
    JOIN_DEFAULTS    = "join_defaults" "(column = value)"  at ManyToMany;
    ON_REPLACE       = "on_replace" " = delete"            at BelongsTo HasOne HasMany ManyToMany EmbedsOne EmbedsMany;
    ON_DELETE        = "on_delete" " = delete_all"         at HasOne HasMany ManyToMany;
    DEFAULTS         = "defaults" "(field = value)"        at BelongsTo HasOne HasMany ManyToMany;
    FILTER           = "filter" "(field = value)"          at BelongsTo HasOne HasMany ManyToMany;
    ORDER_BY         = "order_by" "(desc(field))"          at HasMany ManyToMany;
    INSERTED_AT      = "inserted_at" " = created_at"       at Timestamps;
    UPDATED_AT       = "updated_at" " = modified_at"       at Timestamps;
    DATABASE_TYPE    = "database_type" r#" = "mood""#      at Enum;
    NAME             = "name" r#" = "in_progress""#        at Variant Select;
    FROM             = "from" " = Post"                    at Select;
}

/// Why a key called `name` may not stand at `place`; `None` if it may.
pub fn complaint(name: &str, place: Place) -> Option<String> {
    let here = || ALL.iter().filter(move |key| key.places.contains(&place)).map(|key| key.name);
    if here().any(|known| known == name) {
        return None;
    }
    if let Some(key) = ALL.iter().find(|key| key.name == name) {
        let places: Vec<String> = key.places.iter().map(Place::to_string).collect();
        return Some(format!("`{name}` has no meaning in {place}; it belongs in {}", places.join(", ")));
    }
    let valid: Vec<String> = here().map(|known| format!("`{known}`")).collect();
    let valid = valid.join(", ");
    Some(match nearest(name, here()) {
        Some(near) => format!("unknown key `{name}`, did you mean `{near}`? {place} takes {valid}"),
        None => format!("unknown key `{name}`; {place} takes {valid}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_table_knows_unknown_and_misplaced_keys() {
        assert_eq!(complaint("table", Place::Struct), None);
        assert_eq!(
            complaint("tabel", Place::Struct).as_deref(),
            Some(
                "unknown key `tabel`, did you mean `table`? `#[schema]` on a struct takes `table`, `prefix`, `embedded`, `crate`"
            )
        );
        assert_eq!(
            complaint("join_through", Place::HasMany).as_deref(),
            Some("`join_through` has no meaning in `#[has_many]`; it belongs in `#[many_to_many]`")
        );
    }
}

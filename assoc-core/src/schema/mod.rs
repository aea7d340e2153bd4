//! What the derive emits: static metadata, and the bridge between a struct and its untyped record.

mod by_member;
mod by_name;
mod check;
mod column;
mod container;
mod embed;
mod embed_json;
mod entity;
mod erased;
mod given;
mod handle;
mod meta;
mod record;

pub use by_member::ByMember;
pub use by_name::Places;
pub use check::{
    NullableKey, ReferencedBy, SameSchema, SameTarget, child_key, join_key, leads_to, next_hop, nullable, parent_key,
};
pub use column::{Column, ColumnOf, Columns};
pub use container::{BelongsTo, HasMany, HasOne, Loadable, ManyToMany, NotLoaded, Rows, Slot};
pub use embed::{Embeds, into_loaded, read_embed};
#[cfg(feature = "json")]
pub(crate) use embed_json::rows_to_json;
pub use entity::{Entity, PreloadInto};
pub use erased::{Erased, RowFns};
pub use given::{OfColumn, assign, column, join_default, typed, typed_by_itself};
pub use handle::{
    AssocRef, BelongsToRef, EmbedsManyRef, EmbedsOneRef, HasManyRef, HasManyThroughRef, HasOneRef, HasOneThroughRef,
    ManyToManyRef, kind,
};
pub use meta::{
    Association, DatabaseDefault, Field, Given, Hop, Join, JoinDefault, JoinKey, JoinTable, KeyPair, Kind, Meta,
    OnDelete, OnReplace, Ordered, Relation, Table, Version,
};
pub use record::{Loaded, Record, Row, read, read_virtual};
pub(crate) use record::{Placed, in_field, integer, text};

#[doc(hidden)]
pub use crate::row_fns;
use crate::{
    changeset::{Changeset, Node},
    query::{Query, RowOf},
    sql::SqlQuery,
    types::{KeyValues, TypeError},
};

/// A struct that changesets can change: a row of a table ([`Stored`]), or a part of one ([`Embedded`]). Derive it:
/// `#[derive(Schema)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a schema",
    label = "this type is not a schema",
    note = "add `#[derive(assoc::Schema)]` to `{Self}`"
)]
pub trait Schema: Entity + Sized + Sync + 'static {
    /// The type of the primary key; a tuple for a composite one.
    type Key: KeyValues;

    /// The table, its columns and associations.
    const META: &'static Meta;

    /// Reads the struct from a row whose values stand in the order of [`Meta::fields`].
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    fn from_row(row: &mut dyn Row) -> Result<Self, TypeError>;

    /// The struct as an untyped record; nothing is copied.
    fn into_record(self) -> Record;

    /// Reads the struct, with its loaded associations, from a record.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    fn from_record(mut record: Record) -> Result<Self, TypeError> {
        let loaded = std::mem::take(&mut record.associations);
        let mut schema = Self::from_row(&mut record)?;
        erased::fill(&mut schema, loaded)?;
        Ok(schema)
    }

    /// A changeset for a new row, with the defaults of the schema in place.
    fn build() -> Changeset<Self> {
        Changeset::built(Record::built(Self::META))
    }

    /// A changeset over this loaded row. It takes the struct; the repo gives it back.
    fn change(self) -> Changeset<Self> {
        Changeset::loaded(self.into_record())
    }

    /// A changeset for a new child of this row: the foreign key is set, in a `has_*` association.
    ///
    /// Through a many-to-many association or to a parent, the child is a plain new row.
    fn build_assoc<C: Schema, K: kind::Writable>(&self, association: AssocRef<Self, C, K>) -> Changeset<C> {
        Changeset::from_node(Node::child(association.meta(), &|field| self.value(field)))
    }
}

/// A schema with a table of its own, whose rows a repo reads and writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a schema with a table",
    label = "expected a schema with a table",
    note = "derive it: `#[derive(assoc::Schema)]`",
    note = "a schema with `#[schema(embedded)]` has no table: hold it with `#[embeds_one]` or `#[embeds_many]`, or remove `embedded`"
)]
pub trait Stored: Schema {
    /// A query for rows of this schema.
    fn query() -> Query<Self> {
        Query::new()
    }

    /// A statement of your own whose rows are those of this schema. It must hold no input: that is for
    /// [`bind`](SqlQuery::bind).
    ///
    /// ```
    /// use assoc_core::{Stored, doctest::Post};
    ///
    /// let newest = Post::from_sql("SELECT * FROM posts WHERE title = $1 ORDER BY id DESC LIMIT 1").bind("Hello");
    /// # drop(newest);
    /// ```
    fn from_sql(sql: &'static str) -> SqlQuery<Self> {
        SqlQuery::new(sql.into())
    }

    /// The same with SQL that the program puts together at run time. Nothing of it may come from outside: values are bound,
    /// names are chosen from a list of the program's.
    fn from_dynamic_sql(sql: String) -> SqlQuery<Self> {
        SqlQuery::new(sql.into())
    }

    /// All columns, for the selection of a query.
    fn row() -> RowOf<Self> {
        RowOf::new()
    }
}

/// A schema without a table: a part of its owner's row, as `#[schema(embedded)]` makes one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an embedded schema",
    label = "expected a schema with `#[schema(embedded)]`",
    note = "add `#[derive(assoc::Schema)]` and `#[schema(embedded)]` to `{Self}`; a schema with a table is associated by `#[has_one]` or `#[has_many]`"
)]
pub trait Embedded: Schema {}

/// For the derive: the metadata of a schema that an association leads to.
pub const fn related<S: Stored>() -> fn() -> &'static Meta {
    S::metadata
}

/// For the derive: the metadata of a schema that is embedded.
pub const fn embedded<S: Embedded + Embeddable>() -> fn() -> &'static Meta {
    S::metadata
}

/// What an embed can be kept as: JSON, if there is any.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be embedded: embeds are kept as JSON, and the feature `json` of `assoc` is off",
    label = "this needs the feature `json`",
    note = "turn it on in Cargo.toml: `assoc = {{ …, features = [\"json\"] }}`"
)]
pub trait Embeddable {}

#[cfg(feature = "json")]
impl<S> Embeddable for S {}

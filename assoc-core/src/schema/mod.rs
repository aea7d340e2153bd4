//! What the derive emits: static metadata, and the bridge between a struct and its untyped record.

mod by_name;
mod check;
mod column;
mod container;
mod embed;
mod embed_json;
mod given;
mod handle;
mod meta;
mod record;

pub use by_name::Places;
pub use check::{
    NullableKey, ReferencedBy, SameSchema, SameTarget, child_key, join_key, leads_to, next_hop, nullable, parent_key,
};
pub use column::{Column, ColumnOf, Columns};
pub use container::{BelongsTo, HasMany, HasOne, Loadable, ManyToMany, NotLoaded, Rows, Slot};
pub use embed::{Embeds, into_loaded, read_embed};
#[cfg(feature = "json")]
pub(crate) use embed_json::rows_to_json;
pub use given::{OfColumn, assign, column, join_default, typed, typed_by_itself};
pub use handle::{
    AssocRef, BelongsToRef, EmbedsManyRef, EmbedsOneRef, HasManyRef, HasManyThroughRef, HasOneRef, HasOneThroughRef,
    ManyToManyRef, kind,
};
pub use meta::{
    Association, DatabaseDefault, Field, Given, Hop, Join, JoinDefault, JoinKey, JoinTable, KeyPair, Kind, Meta,
    OnDelete, OnReplace, Ordered, Relation, Table, Version,
};
pub(crate) use record::in_field;
pub use record::{Loaded, Record, Row, read, read_virtual};

use sea_query::Value;

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
pub trait Schema: Sized + Send + Sync + 'static {
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

    /// The value of the field with that index in [`Meta::fields`].
    fn value(&self, field: usize) -> Option<Value>;

    /// Hands out the containers of all associations, with their indices in [`Meta::associations`].
    fn each_slot<'s>(&'s mut self, each: &mut dyn FnMut(usize, &'s mut dyn Slot));

    /// The container of the association with that index in [`Meta::associations`].
    fn slot(&mut self, association: usize) -> Option<&mut dyn Slot> {
        let mut found = None;
        self.each_slot(&mut |index, slot| {
            if index == association {
                found = Some(slot);
            }
        });
        found
    }

    /// Reads the struct, with its loaded associations, from a record.
    ///
    /// # Errors
    /// A value is NULL or of another type than its field.
    fn from_record(mut record: Record) -> Result<Self, TypeError> {
        let loaded = std::mem::take(&mut record.associations);
        let mut schema = Self::from_row(&mut record)?;
        fill(&mut schema, loaded)?;
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
pub fn related<S: Stored>() -> &'static Meta {
    S::META
}

/// For the derive: the metadata of a schema that is embedded.
pub fn embedded<S: Embedded + Embeddable>() -> &'static Meta {
    S::META
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

/// A schema behind a pointer: what preloading needs of a row without knowing its type.
pub trait Entity: Send {
    /// The metadata of the schema.
    fn meta(&self) -> &'static Meta;
    /// See [`Schema::value`].
    fn field(&self, field: usize) -> Option<Value>;
    /// See [`Schema::each_slot`].
    fn containers<'s>(&'s mut self, each: &mut dyn FnMut(usize, &'s mut dyn Slot));
    /// See [`Schema::slot`].
    fn association(&mut self, association: usize) -> Option<&mut dyn Slot>;
}

impl<S: Schema> Entity for S {
    fn meta(&self) -> &'static Meta {
        S::META
    }

    fn field(&self, field: usize) -> Option<Value> {
        self.value(field)
    }

    fn containers<'s>(&'s mut self, each: &mut dyn FnMut(usize, &'s mut dyn Slot)) {
        self.each_slot(each);
    }

    fn association(&mut self, association: usize) -> Option<&mut dyn Slot> {
        self.slot(association)
    }
}

/// Puts loaded rows into their containers.
fn fill(entity: &mut dyn Entity, loaded: Vec<Option<Loaded>>) -> Result<(), TypeError> {
    for (index, loaded) in loaded.into_iter().enumerate() {
        if let (Some(loaded), Some(slot)) = (loaded, entity.association(index)) {
            slot.fill(loaded)?;
        }
    }
    Ok(())
}

/// What a repo can preload into: one row, or several.
#[diagnostic::on_unimplemented(
    message = "associations cannot be preloaded into `{Self}`",
    note = "give `preload` a `&mut` to a schema, or to a `Vec`, a slice or an `Option` of one"
)]
pub trait PreloadInto<S> {
    /// The rows.
    fn entities(&mut self) -> Vec<&mut dyn Entity>;
}

impl<S: Schema> PreloadInto<S> for S {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        vec![self]
    }
}

impl<S: Schema> PreloadInto<S> for [S] {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.iter_mut().map(|row| row as &mut dyn Entity).collect()
    }
}

impl<S: Schema> PreloadInto<S> for Vec<S> {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.as_mut_slice().entities()
    }
}

impl<S: Schema> PreloadInto<S> for Option<S> {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.as_mut_slice().entities()
    }
}

impl<S: Schema> PreloadInto<S> for Vec<Option<S>> {
    fn entities(&mut self) -> Vec<&mut dyn Entity> {
        self.iter_mut().flatten().map(|row| row as &mut dyn Entity).collect()
    }
}

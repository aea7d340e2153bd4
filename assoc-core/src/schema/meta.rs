//! Static metadata of a schema. All of it is data that the derive writes down.

use sea_query::Value;

use super::erased::RowFns;
use crate::{
    params::Params,
    types::{CastError, ColumnType, Type, TypeError},
};

/// A schema: its table, its fields, its associations.
#[derive(Debug)]
pub struct Meta {
    /// The name of the struct.
    pub name: &'static str,
    /// The table.
    pub table: Table,
    /// All fields; those with a column first, so that an index below `columns` is a column's position.
    pub fields: &'static [Field],
    /// How many of the fields have a column.
    pub columns: usize,
    /// Indices of the key fields.
    pub primary_key: &'static [usize],
    /// The associations, in the order of the struct.
    pub associations: &'static [&'static Association],
    /// What is done with its rows where their type is not known.
    pub rows: RowFns,
}

impl Meta {
    /// The fields that have a column.
    pub fn column_fields(&self) -> &'static [Field] {
        &self.fields[..self.columns]
    }

    /// The index of the field with that name.
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The embed whose rows a field holds as JSON.
    pub fn embed_in(&self, field: usize) -> Option<usize> {
        self.associations.iter().position(|association| association.embedded_in() == Some(field))
    }

    /// The index of the association with that name.
    pub fn association_index(&self, name: &str) -> Option<usize> {
        self.associations.iter().position(|association| association.name == name)
    }
}

/// A table by its name, with the database schema it lies in, if that is not the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// The database schema (`tenant_1` in `tenant_1.posts`).
    pub schema: Option<&'static str>,
    /// The table's name.
    pub name: &'static str,
}

/// A field of a schema.
#[derive(Debug)]
pub struct Field {
    /// The name in Rust and in input, without `r#`.
    pub name: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The wire type.
    pub ty: Type,
    /// Whether the field is an `Option`.
    pub nullable: bool,
    /// Reads input as a value of this field.
    pub cast: fn(&Params) -> Result<Value, CastError>,
    /// Whether a value from the database can be read as this field.
    pub fits: fn(&Value) -> Result<(), TypeError>,
    /// Whether every value of its wire type can, and NULL if it is nullable.
    pub total: bool,
    /// The value of a new row that was not given one.
    pub default: Option<fn() -> Value>,
    /// A value made when the changeset of a new row is built: keys that the client makes.
    pub autogenerate: Option<fn() -> Value>,
    /// The present time, taken once per save, for rows that are inserted.
    pub on_insert: Option<fn() -> Value>,
    /// The present time, taken once per save, for rows that are written at all; where both are there, they are the same.
    pub on_update: Option<fn() -> Value>,
    /// What the database does for a row that comes without this value.
    pub database_default: DatabaseDefault,
    /// Whether it counts the versions of its row.
    pub version: Option<Version>,
}

/// How a field tells the versions of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// A number that every update increments.
    Counter,
    /// The transaction that wrote the row last: PostgreSQL's system column `xmin`.
    Xmin,
}

impl Field {
    /// A plain field of type `V`.
    pub const fn new<V: ColumnType>(name: &'static str, column: &'static str) -> Self {
        Self {
            name,
            column,
            ty: V::TYPE,
            nullable: V::NULLABLE,
            cast: |input| V::cast(input).map(V::into_value),
            fits: |value| V::from_value(value.clone()).map(drop),
            total: V::TOTAL,
            default: None,
            autogenerate: None,
            on_insert: None,
            on_update: None,
            database_default: DatabaseDefault::Unknown,
            version: None,
        }
    }

    /// The present time, where the field is stamped with it.
    pub(crate) fn now(&self) -> Value {
        self.on_insert.or(self.on_update).map_or_else(|| self.ty.null(), |now| now())
    }

    /// The field that holds embedded rows as JSON: none or one, or a list.
    pub const fn embed(name: &'static str, column: &'static str, many: bool) -> Self {
        Self {
            ty: Type::Json,
            nullable: !many,
            cast: |_| Err(CastError::invalid()),
            fits: |_| Ok(()),
            total: true,
            ..Self::new::<Option<String>>(name, column)
        }
    }
}

/// What is known of a column's default in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseDefault {
    /// Nothing is known: there may be one.
    Unknown,
    /// There is one.
    Some,
    /// There is one, and this is its text, so that keys can be drawn before their rows are written.
    Expression(&'static str),
}

/// An association from one schema to another.
#[derive(Debug)]
pub struct Association {
    /// The name of the field.
    pub name: &'static str,
    /// The schema that has the field.
    pub owner: &'static str,
    /// One row or many, and whose.
    pub kind: Kind,
    /// The schema at the other end.
    pub related: fn() -> &'static Meta,
    /// How rows of the two ends find each other.
    pub relation: Relation,
    /// What happens to rows that are no longer part of the association.
    pub on_replace: OnReplace,
    /// What happens to its rows when the owner is deleted.
    pub on_delete: OnDelete,
    /// Values of every row that is built for it.
    pub defaults: &'static [Given],
    /// Only rows with these values are part of it.
    pub filter: &'static [Given],
    /// The order in which its rows are loaded; that of their keys where it is empty.
    pub order: &'static [Ordered],
}

impl Association {
    /// An association without options, for the derive to begin with.
    pub const fn new(
        name: &'static str,
        owner: &'static str,
        kind: Kind,
        related: fn() -> &'static Meta,
        relation: Relation,
    ) -> Self {
        Self {
            name,
            owner,
            kind,
            related,
            relation,
            on_replace: OnReplace::Raise,
            on_delete: OnDelete::Nothing,
            defaults: &[],
            filter: &[],
            order: &[],
        }
    }

    /// The fields of the owner that rows refer to: those of its related table, or of a join table.
    pub(crate) fn owner_fields(&self) -> Vec<usize> {
        match self.relation {
            Relation::Child(keys) => keys.iter().map(|key| key.owner).collect(),
            Relation::Join(join) => join.owner.iter().map(|key| key.field).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it holds at most one row.
    pub fn is_one(&self) -> bool {
        matches!(self.kind, Kind::HasOne | Kind::BelongsTo | Kind::EmbedsOne)
    }

    /// The field that holds its rows as JSON, if they are embedded.
    pub fn embedded_in(&self) -> Option<usize> {
        match self.relation {
            Relation::Embed { field } => Some(field),
            _ => None,
        }
    }
}

/// A field of a schema with a value.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Index of the field.
    pub field: usize,
    /// The value.
    pub value: fn() -> Value,
}

/// A field of a schema to order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Index of the field.
    pub field: usize,
    /// Largest first.
    pub descending: bool,
}

/// The kinds of associations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// At most one row, which refers to the owner.
    HasOne,
    /// Any number of rows, which refer to the owner.
    HasMany,
    /// The row that the owner refers to.
    BelongsTo,
    /// Any number of rows, by way of a join table.
    ManyToMany,
    /// At most one row, inside of the owner's.
    EmbedsOne,
    /// Any number of rows, inside of the owner's.
    EmbedsMany,
}

/// How rows of the two ends find each other.
#[derive(Clone, Copy, Debug)]
pub enum Relation {
    /// The related row holds the owner's key.
    Child(&'static [KeyPair]),
    /// The owner holds the related row's key.
    Parent(&'static [KeyPair]),
    /// A row of a join table holds both keys.
    Join(&'static Join),
    /// By way of other associations; read only.
    Through(&'static [Hop]),
    /// The rows are a value of the owner: JSON in this field.
    Embed {
        /// Index of the owner's field.
        field: usize,
    },
}

/// One association of a `through` path.
pub type Hop = &'static Association;

/// A field of the owner and the field of the related schema that holds the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPair {
    /// Index of the owner's field.
    pub owner: usize,
    /// Index of the related schema's field.
    pub related: usize,
}

/// The join table of a many-to-many association.
#[derive(Debug)]
pub struct Join {
    /// The table, or the schema over it.
    pub table: JoinTable,
    /// Columns that hold the owner's key.
    pub owner: &'static [JoinKey],
    /// Columns that hold the related row's key.
    pub related: &'static [JoinKey],
    /// Values of further columns of each new row of the join table.
    pub defaults: &'static [JoinDefault],
    /// Whether a row that is there already is left as it is, instead of being a violation.
    pub skip_existing: bool,
}

/// A value of a column of a join table.
#[derive(Clone, Copy, Debug)]
pub struct JoinDefault {
    /// The column.
    pub column: &'static str,
    /// Its wire type, and the value.
    pub value: fn() -> (Type, Value),
}

/// A join table by its name, or by a schema.
#[derive(Clone, Copy, Debug)]
pub enum JoinTable {
    /// A table that no schema stands for.
    Table(Table),
    /// A schema, whose defaults and timestamps are filled in.
    Schema(fn() -> &'static Meta),
}

impl Join {
    /// The table.
    pub fn table(&self) -> Table {
        match self.table {
            JoinTable::Table(table) => table,
            JoinTable::Schema(meta) => meta().table,
        }
    }
}

/// A column of a join table and the field whose value it holds.
#[derive(Clone, Copy, Debug)]
pub struct JoinKey {
    /// The column of the join table.
    pub column: &'static str,
    /// Index of the field in the schema at that end.
    pub field: usize,
}

/// What happens to rows that are no longer part of their association.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnReplace {
    /// The save is refused; rows are never taken out by accident.
    #[default]
    Raise,
    /// The association gets the error "is invalid".
    MarkAsInvalid,
    /// The foreign key is set to NULL.
    Nilify,
    /// The one row there is takes the new values (`has_one`, `belongs_to`).
    Update,
    /// The row is deleted; of a many-to-many association, the row of the join table.
    Delete,
    /// The row is deleted; it may be gone already.
    DeleteIfExists,
}

/// What happens to the rows of an association when their owner is deleted. One statement for each association; what
/// hangs on those rows in turn is the database's to guard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDelete {
    /// Nothing; foreign keys of the database may refuse the delete.
    #[default]
    Nothing,
    /// They are deleted; of a many-to-many association, their rows of the join table.
    DeleteAll,
    /// Their foreign key is set to NULL.
    NilifyAll,
}

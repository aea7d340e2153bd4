//! The derive macros of `assoc`. Use them by way of the facade, which re-exports both.

mod association;
mod ast;
mod attr;
mod check;
mod column;
mod ctxt;
mod enums;
mod expand;
mod keys;
mod naming;
mod on_replace;
mod relation;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a schema: the rows of one table.
///
/// ```ignore
/// use assoc::prelude::*;
///
/// #[derive(Debug, Clone, Schema)]
/// #[schema(table = "posts")]
/// pub struct Post {
///     pub id: i64,
///     #[schema(default = "Untitled")]
///     pub title: String,
///     pub author_id: Option<i64>,
///     #[belongs_to]
///     pub author: BelongsTo<User>,
///     #[has_many(on_replace = delete)]
///     pub comments: HasMany<Comment>,
///     #[many_to_many(join_through = "posts_tags", on_replace = delete)]
///     pub tags: ManyToMany<Tag>,
///     #[has_many(through(comments, author))]
///     pub commenters: HasMany<User>,
///     #[timestamps]
///     pub inserted_at: DateTime<Utc>,
///     pub updated_at: DateTime<Utc>,
/// }
/// ```
///
/// Each field becomes a constant of the same name and visibility: `Post::title` is a column, `Post::comments`
/// an association. They know their types, so that a path with the wrong end does not compile. An associated
/// function or constant of your own cannot have the name of a field, therefore.
///
/// # On the struct: `#[schema(…)]`
///
/// | key | meaning | default |
/// |---|---|---|
/// | `table = "posts"` | the table | the plural of the type's name in snake case |
/// | `prefix = "tenant_1"` | the database schema that the table lies in | the connection's |
/// | `crate = path` | where `assoc` is, if you re-export it | `::assoc` |
///
/// # On a column: `#[schema(…)]`
///
/// | key | meaning |
/// |---|---|
/// | `primary_key` | part of the primary key; several fields make a composite key. Without any, `id` is the key |
/// | `column = "name"` | the column's name, if it is not the field's |
/// | `default`, `default = expression` | the value of a new row: `Default::default()`, or the expression |
/// | `database_default`, `database_default = "SQL"` | the database has a default, which counts where no value is given (an `Option` without this is written as NULL); its text `SQL` lets keys that are no integers be drawn before their rows are written |
/// | `autogenerate`, `autogenerate = function` | the client makes the value of a new row: by the type (a UUID, the present time), or by the function. A UUID that is the whole primary key does so by itself, unless it has a default or is a foreign key |
/// | `virtual` | no column: lives in changesets and in memory. The type is `Default` |
///
/// # Associations
///
/// | attribute | type of the field | where the key is | `foreign_key` by convention |
/// |---|---|---|---|
/// | `#[belongs_to]` | `BelongsTo<T>` | on this struct | the field's name, `author_id` |
/// | `#[has_one]` | `HasOne<T>` | on `T` | this struct's name, `post_id` |
/// | `#[has_many]` | `HasMany<T>` | on `T` | this struct's name, `post_id` |
/// | `#[many_to_many]` | `ManyToMany<T>` | in a join table | both names, `post_id` and `tag_id` |
///
/// | key | at | meaning |
/// |---|---|---|
/// | `foreign_key = field`, `foreign_key(a, b)` | `belongs_to`, `has_one`, `has_many` | the field that refers, or the fields in the order of the key |
/// | `references = field`, `references(a, b)` | `belongs_to`, `has_one`, `has_many` | what is referred to, if it is not the primary key |
/// | `join_through = "posts_tags"`, `join_through = PostTag` | `many_to_many` | the join table, or a schema of it, whose defaults and timestamps are then filled in |
/// | `owner_key = post_id`, `related_key = tag_id`, or lists | `many_to_many` | the columns of the join table |
/// | `through(comments, author)` | `has_one`, `has_many` | by way of other associations, read only. From the third step on, write the schema too: `Comment::author` |
/// | `on_replace = option` | all | what happens to rows that are taken out, see below |
///
/// | `on_replace` | at | the row that is taken out |
/// |---|---|---|
/// | `raise` | all | is refused; the default |
/// | `mark_as_invalid` | all | is an error of the changeset |
/// | `nilify` | all but `many_to_many` | stays, without the reference; the foreign key is an `Option` |
/// | `update` | `belongs_to`, `has_one` | takes the new values |
/// | `delete` | all | is deleted; of a `many_to_many`, the row of the join table |
/// | `delete_if_exists` | all but `many_to_many` | is deleted, or gone already |
///
/// # `#[timestamps]`
///
/// On any column: fills `inserted_at` and `updated_at`, those of them that exist.
/// `#[timestamps(inserted_at = created_at, updated_at = modified_at)]` names others.
#[proc_macro_derive(Schema, attributes(schema, belongs_to, has_one, has_many, many_to_many, timestamps))]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    expand::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an enum without data a column type, stored as text.
///
/// ```ignore
/// #[derive(Debug, Clone, Copy, PartialEq, Enum)]
/// #[schema(database_type = "post_state")]
/// pub enum State {
///     Draft,                       // "draft"
///     InReview,                    // "in_review"
///     #[schema(name = "live")]
///     Published,                   // "live"
/// }
/// ```
///
/// | key | at | meaning | default |
/// |---|---|---|---|
/// | `database_type = "mood"` | the enum | the enumeration type of the database | a text column |
/// | `crate = path` | the enum | where `assoc` is, if you re-export it | `::assoc` |
/// | `name = "text"` | a variant | the text that is stored | the variant's name in snake case |
///
/// The enum must be `Clone`. Input that is none of the texts casts to "is invalid".
#[proc_macro_derive(Enum, attributes(schema))]
pub fn derive_enum(input: TokenStream) -> TokenStream {
    enums::derive(&parse_macro_input!(input as DeriveInput)).into()
}

//! The derive macros of `assoc`. Use them by way of the facade, which re-exports them.

mod association;
mod ast;
mod attr;
mod check;
mod choice;
mod column;
mod container;
mod ctxt;
mod enums;
mod expand;
mod given;
mod home;
mod join;
mod keys;
mod kind;
mod member;
mod naming;
mod options;
mod relation;
mod select;
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
///     #[has_many(on_replace = delete, on_delete = delete_all, order_by(desc(inserted_at), id))]
///     pub comments: HasMany<Comment>,
///     #[many_to_many(join_through = "posts_tags", on_replace = delete)]
///     pub tags: ManyToMany<Tag>,
///     #[has_many(through(comments, author))]
///     pub commenters: HasMany<User>,
///     #[embeds_many(on_replace = delete)]
///     pub links: Vec<Link>,
///     #[timestamps]
///     pub inserted_at: DateTime<Utc>,
///     pub updated_at: DateTime<Utc>,
/// }
///
/// #[derive(Debug, Clone, Schema)]
/// #[schema(embedded)]
/// pub struct Link {
///     pub url: String,
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
/// | `embedded` | no table: the rows are part of other schemas' rows | |
/// | `crate = path` | where `assoc` is, if you re-export it | `::assoc` |
///
/// An embedded schema has columns, which are members of a JSON object, and embeds of its own, but no associations. It
/// needs no primary key; fields that are marked, or `id`, tell the rows of an `#[embeds_many]` apart.
///
/// # On a column: `#[schema(…)]`
///
/// | key | meaning |
/// |---|---|
/// | `primary_key` | part of the primary key; several fields make a composite key. Without any, `id` is the key |
/// | `column = "name"` | the column's name, if it is not the field's |
/// | `default`, `default = expression` | the value of a new row: `Default::default()`, or the expression |
/// | `database_default`, `database_default = "SQL"` | the database has a default, which counts where no value is given (an `Option` without this is written as NULL); its text `SQL` lets keys be drawn before their rows are written: those that are no integers, and those that do not ascend from row to row, which else are written by more statements |
/// | `autogenerate`, `autogenerate = function` | the client makes the value of a new row: by the type (a UUID, the present time), or by the function. A UUID that is the whole primary key does so by itself, unless it has a default or is a foreign key |
/// | `virtual` | no column: lives in changesets and in memory. The type is `Default` |
/// | `version`, `version = xmin` | tells the versions of a row apart, so that a save that comes too late is noticed: a number that begins at 1 and that each update increments, or PostgreSQL's own column `xmin`, which counts for all who write |
///
/// # Associations
///
/// | attribute | type of the field | where the key is | `foreign_key` by convention |
/// |---|---|---|---|
/// | `#[belongs_to]` | `BelongsTo<T>` | on this struct | the field's name, `author_id` |
/// | `#[has_one]` | `HasOne<T>` | on `T` | this struct's name, `post_id` |
/// | `#[has_many]` | `HasMany<T>` | on `T` | this struct's name, `post_id` |
/// | `#[many_to_many]` | `ManyToMany<T>` | in a join table | both names, `post_id` and `tag_id` |
/// | `#[embeds_one]` | `Option<T>` | nowhere: the row is a value of this struct's row, as JSON | |
/// | `#[embeds_many]` | `Vec<T>` | nowhere: the rows are a value of this struct's row, as JSON | |
///
/// Embeds need the feature `json`.
///
/// | key | at | meaning |
/// |---|---|---|
/// | `foreign_key = field`, `foreign_key(a, b)` | `belongs_to`, `has_one`, `has_many` | the field that refers, or the fields in the order of the key |
/// | `references = field`, `references(a, b)` | `belongs_to`, `has_one`, `has_many` | what is referred to, if it is not the primary key |
/// | `join_through = "posts_tags"`, `join_through = PostTag` | `many_to_many` | the join table, or a schema of it, whose defaults and timestamps are then filled in |
/// | `owner_key = post_id`, `related_key = tag_id`, or lists | `many_to_many` | the columns of the join table |
/// | `through(comments, author)` | `has_one`, `has_many` | by way of other associations, read only. From the third step on, write the schema too: `Comment::author` |
/// | `on_join_conflict = option` | `many_to_many` | what happens if a row of the join table is there already: `raise`, the default, is a violation; `nothing` leaves it as it is |
/// | `join_defaults(column = expression)` | `many_to_many` | values of further columns of each new row of the join table. With a schema of it, checked against its types; without one, the expression says the type |
/// | `defaults(field = expression)` | all but embeds | values of each new row of the association |
/// | `filter(field = expression)` | all but embeds | only rows with these values are loaded as part of the association (Ecto's `where`); new rows get them by `defaults`, and `on_delete` does not look at them |
/// | `order_by(field, desc(field))` | `has_many`, `many_to_many` | the order in which the rows are loaded |
/// | `on_replace = option` | all | what happens to rows that are taken out, see below |
/// | `on_delete = option` | `has_one`, `has_many`, `many_to_many` | what happens to the rows when their owner is deleted, see below |
/// | `column = "name"` | `embeds_one`, `embeds_many` | the column's name, if it is not the field's |
///
/// | `on_replace` | at | the row that is taken out |
/// |---|---|---|
/// | `raise` | all | is refused; the default |
/// | `mark_as_invalid` | all | is an error of the changeset |
/// | `nilify` | `belongs_to`, `has_one`, `has_many` | stays, without the reference; the foreign key is an `Option` |
/// | `update` | `belongs_to`, `has_one`, `embeds_one` | takes the new values |
/// | `delete` | all | is deleted; of a `many_to_many`, the row of the join table |
/// | `delete_if_exists` | `belongs_to`, `has_one`, `has_many` | is deleted, or gone already |
///
/// | `on_delete` | at | the rows, when their owner is deleted |
/// |---|---|---|
/// | `nothing` | all that have it | stay, unless the database does something; the default |
/// | `delete_all` | all that have it | are deleted; of a `many_to_many`, the rows of the join table |
/// | `nilify_all` | `has_one`, `has_many` | stay, without the reference; the foreign key is an `Option` |
///
/// # `#[timestamps]`
///
/// On any column: fills `inserted_at` and `updated_at`, those of them that exist.
/// `#[timestamps(inserted_at = created_at, updated_at = modified_at)]` names others.
#[proc_macro_derive(
    Schema,
    attributes(schema, belongs_to, has_one, has_many, many_to_many, embeds_one, embeds_many, timestamps)
)]
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
/// The enum must be `Clone`. Input that is none of the texts casts to "is invalid", with the texts in the parameter `enum`.
#[proc_macro_derive(Enum, attributes(schema))]
pub fn derive_enum(input: TokenStream) -> TokenStream {
    enums::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct what a query returns: its fields are columns, expressions, aggregates.
///
/// ```ignore
/// #[derive(Debug, Clone, PartialEq, Select)]
/// #[select(from(Post, Comment))]
/// pub struct PostSummary {
///     pub title: String,                  // Post::title
///     #[select(Comment::id.count())]
///     pub comments: i64,
///     #[select(Comment::rating.avg())]
///     pub rating: Option<f64>,
/// }
///
/// let summaries = Post::query().join(Post::comments).group_by((Post::id, Post::title)).select_as::<PostSummary, _>();
/// let busy = summaries.subquery().filter(PostSummary::comments.gt(10));
/// ```
///
/// | key | at | meaning | default |
/// |---|---|---|---|
/// | `from = Post`, `from(Post, Comment)` | the struct | the schemas and aliases whose columns it is made of, for `select_as` | none: `select_into` says what the fields are |
/// | `name = "summaries"` | the struct | the name by which queries know it as a subquery or in a `WITH` | the type's name in snake case |
/// | `crate = path` | the struct | where `assoc` is, if you re-export it | `::assoc` |
/// | an expression | a field | what the field is | the column of that name of the first of `from` |
///
/// Each field becomes a constant of the same name and visibility, `PostSummary::comments`, a column of the rows that such a
/// query returns. A column of type `V` is read into a `V` or an `Option<V>`; one of a table that is left-joined only into
/// an `Option`, for there may be no row.
#[proc_macro_derive(Select, attributes(select))]
pub fn derive_select(input: TokenStream) -> TokenStream {
    select::derive(&parse_macro_input!(input as DeriveInput)).into()
}

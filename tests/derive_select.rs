//! What `#[derive(Select)]` writes down, as data; and that it needs no more than the facade, wherever that is.

#![deny(warnings, clippy::all)]
#![allow(missing_docs)]

use assoc::{
    Column, Type,
    prelude::*,
    query::{Here, In, Join, SelectFrom, Selection, Source, There},
};

/// A crate that re-exports the facade.
mod toolkit {
    pub mod orm {
        pub use assoc::*;
    }
}

mod blog {
    use assoc::prelude::*;

    #[derive(Debug, Clone, Schema)]
    pub struct Post {
        pub id: i64,
        #[schema(column = "name")]
        pub title: String,
        pub r#type: Option<String>,
        #[has_many]
        pub comments: HasMany<Comment>,
    }

    #[derive(Debug, Clone, Schema)]
    pub struct Comment {
        pub id: i64,
        pub rating: i16,
        pub post_id: i64,
    }

    assoc::alias!(
        /// The other one.
        pub Other = Comment
    );
}

#[derive(Debug, Clone, PartialEq, Select)]
#[select(from(blog::Post, blog::Comment, blog::Other), crate = toolkit::orm)]
pub struct PostSummary {
    pub title: String,
    pub r#type: Option<String>,
    /// A column of type `i16` may be read into an `Option`.
    #[select(blog::Comment::rating)]
    rating: Option<i16>,
    #[select(assoc::query::raw::<i64>("? - ?").of((blog::Comment::id, blog::Comment::id.of(blog::Other))))]
    distance: i64,
}

#[derive(Debug, Clone, PartialEq, Select)]
#[select(name = "totals")]
struct Total {
    rows: i64,
}

#[test]
fn a_selected_struct_is_a_source_with_its_fields_as_columns() {
    assert_eq!((PostSummary::name(), PostSummary::width()), ("post_summary", 4));
    assert!(PostSummary::meta().is_none());
    let columns: Vec<_> = (0..4).map(PostSummary::column).collect();
    let expected = [("title", Type::Text), ("type", Type::Text), ("rating", Type::I16), ("distance", Type::I64)];
    assert_eq!(columns, expected);
    assert_eq!((Total::name(), Total::column(0)), ("totals", ("rows", Type::I64)));
}

#[test]
fn the_constants_know_the_types_of_the_fields() {
    let _: Column<PostSummary, String> = PostSummary::title;
    let _: Column<PostSummary, Option<String>> = PostSummary::r#type;
    let _: Column<PostSummary, Option<i16>> = PostSummary::rating;
    assert_eq!((PostSummary::distance.index(), Total::rows.index()), (3, 0));
    let _: <Total as Selection>::Columns = (7_i64,);
}

#[test]
fn it_is_what_its_expressions_are_in_the_scope_of_the_query() {
    type Scope = Join<Join<blog::Post, blog::Comment>, blog::Other>;
    type At = (There<There<Here>>, There<Here>, Here);
    let expressions = <PostSummary as SelectFrom<Scope, At>>::expressions();
    let text = format!("{expressions:?}");
    assert_eq!(expressions.len(), 4);
    assert!(text.contains("name") && text.contains("comments") && text.contains("Other"), "{text}");
}

#[test]
fn who_reads_it_can_be_any_query_that_reads_its_sources() {
    fn titles<Q, I, J, K>(query: Query<Q>) -> Query<Q, PostSummary>
    where
        blog::Post: In<Q, I, Presence: assoc::query::Presence<blog::Post>>,
        blog::Comment: In<Q, J>,
        blog::Other: In<Q, K>,
    {
        query.select_as()
    }
    let _ = titles::<Join<Join<blog::Post, blog::Comment>, blog::Other>, _, _, _>;
}

//! The schemas of the examples in this crate's documentation, and of its tests, written by hand as the
//! derive would write them.

#![allow(non_upper_case_globals, missing_docs)]

use sea_query::Value;

use crate::{
    query::{self, Node, SelectFrom, Selection, Source},
    schema::{
        AssocRef, Association, BelongsTo, BelongsToRef, Column, Entity, Field, HasMany, HasManyRef, Join, JoinKey,
        JoinTable, Kind, ManyToMany, ManyToManyRef, Meta, OnReplace, Record, Relation, Row, RowFns, Schema, Slot,
        Table, child_key, parent_key, read,
    },
    types::{ColumnType, Type, TypeError},
};

macro_rules! schema {
    ($name:ident, $table:literal, [$($index:literal $field:ident: $ty:ty),+], [$($slot:literal $assoc:ident),*]) => {
        impl Schema for $name {
            type Key = i64;
            const META: &'static Meta = &Meta {
                name: stringify!($name),
                table: Table { schema: None, name: $table },
                fields: &[$(Field::new::<$ty>(stringify!($field), stringify!($field))),+],
                columns: [$($index),+].len(),
                primary_key: &[0],
                associations: &[$(Self::$assoc.meta()),*],
                rows: RowFns::of::<Self>(),
            };

            fn from_row(row: &mut dyn Row) -> Result<Self, TypeError> {
                Ok(Self {
                    $($field: read(row, Self::META, $index)?,)+
                    $($assoc: crate::schema::Loadable::not_loaded(Self::$assoc.meta()),)*
                })
            }

            fn into_record(self) -> Record {
                Record {
                    values: vec![$(Some(self.$field.into_value())),+],
                    associations: crate::schema::ByMember::taken(&mut [$(self.$assoc.into_loaded(Self::$assoc.meta())),*]),
                }
            }
        }

        impl Entity for $name {
            crate::row_fns!();

            fn value(&self, field: usize) -> Option<Value> {
                Some(match field {
                    $($index => self.$field.clone().into_value(),)+
                    _ => return None,
                })
            }

            fn each_slot<'s>(&'s mut self, each: &mut dyn FnMut(usize, &'s mut dyn Slot)) {
                $(each($slot, self.$assoc.slot());)*
                let _ = each;
            }
        }

        impl crate::schema::Stored for $name {}

        impl $name {
            $(pub const $field: Column<Self, $ty> = Column::new($index);)+
        }
    };
}

#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    pub id: i64,
    pub title: String,
    pub body: Option<String>,
    pub comments: HasMany<Comment>,
    pub tags: ManyToMany<Tag>,
}
schema!(Post, "posts", [0 id: i64, 1 title: String, 2 body: Option<String>], [0 comments, 1 tags]);

impl Post {
    pub const comments: HasManyRef<Post, Comment> = AssocRef::new(&Association {
        on_replace: OnReplace::Delete,
        ..Association::new(
            "comments",
            "Post",
            Kind::HasMany,
            || Comment::META,
            Relation::Child(&[child_key(Post::id, Comment::post_id)]),
        )
    });
    pub const tags: ManyToManyRef<Post, Tag> = AssocRef::new(&Association {
        on_replace: OnReplace::Delete,
        ..Association::new(
            "tags",
            "Post",
            Kind::ManyToMany,
            || Tag::META,
            Relation::Join(&Join {
                table: JoinTable::Table(Table { schema: None, name: "posts_tags" }),
                owner: &[JoinKey { column: "post_id", field: 0 }],
                related: &[JoinKey { column: "tag_id", field: 0 }],
                defaults: &[],
                skip_existing: false,
            }),
        )
    });
}

#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    pub id: i64,
    pub body: String,
    pub rating: Option<i32>,
    pub post_id: Option<i64>,
    pub post: BelongsTo<Post>,
}
schema!(Comment, "comments", [0 id: i64, 1 body: String, 2 rating: Option<i32>, 3 post_id: Option<i64>], [0 post]);

impl Comment {
    pub const post: BelongsToRef<Comment, Post> = AssocRef::new(&Association {
        on_replace: OnReplace::Nilify,
        ..Association::new(
            "post",
            "Comment",
            Kind::BelongsTo,
            || Post::META,
            Relation::Parent(&[parent_key(Post::id, Comment::post_id)]),
        )
    });
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}
schema!(Tag, "tags", [0 id: i64, 1 name: String], []);

/// What a query returns; `#[derive(Select)]` would write the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    pub post_id: Option<i64>,
    pub comments: i64,
}

impl Total {
    pub const post_id: Column<Self, Option<i64>> = Column::new(0);
    pub const comments: Column<Self, i64> = Column::new(1);
}

impl Source for Total {
    type Row = Self;

    fn name() -> &'static str {
        "total"
    }

    fn column(field: usize) -> (&'static str, Type) {
        query::column(&[("post_id", Type::I64), ("comments", Type::I64)], field)
    }

    fn width() -> usize {
        2
    }

    fn read(row: &mut dyn Row) -> Result<Self, TypeError> {
        Ok(Self {
            post_id: query::read_field(row, 0, "Total", "post_id")?,
            comments: query::read_field(row, 1, "Total", "comments")?,
        })
    }
}

impl Selection for Total {
    type Columns = (Option<i64>, i64);
}

// Messages to users do not speak of it.
#[diagnostic::do_not_recommend]
impl<Q, I> SelectFrom<Q, (I,)> for Total
where
    Comment: query::In<Q, I>,
{
    fn expressions() -> Vec<Node> {
        use query::ExpressionMethods;
        let (post, count) = (query::expression::<Q, _, _>(Comment::post_id), Comment::id.count());
        vec![post.read_as::<Option<i64>>(), query::expression::<Q, _, _>(count).read_as::<i64>()]
    }
}

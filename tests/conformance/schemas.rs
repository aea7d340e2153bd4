//! The world of the cases: its schemas as a user would derive them. Every field is an `Option`, because every field of
//! an Elixir struct can be nil.

use assoc::{Enum, prelude::*};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: Option<i64>,
    pub name: Option<String>,
    pub email: Option<String>,
    #[has_one]
    pub profile: HasOne<Profile>,
    #[has_many(foreign_key = author_id)]
    pub posts: HasMany<Post>,
    #[has_many(foreign_key = author_id)]
    pub comments: HasMany<Comment>,
    #[has_many(through(posts, comments))]
    pub post_comments: HasMany<Comment>,
    #[has_many(through(posts, tags))]
    pub post_tags: HasMany<Tag>,
    #[has_many]
    pub enrollments: HasMany<Enrollment>,
    #[many_to_many(join_through = Enrollment)]
    pub interests: ManyToMany<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Profile {
    pub id: Option<i64>,
    pub bio: Option<String>,
    pub user_id: Option<i64>,
    #[belongs_to]
    pub user: BelongsTo<User>,
}

/// The post twice: its settings have a key in some cases.
macro_rules! post {
    ($Post:ident, $Settings:ident) => {
        #[derive(Debug, Clone, Schema)]
        #[schema(table = "posts")]
        pub struct $Post {
            pub id: Option<i64>,
            pub title: Option<String>,
            pub body: Option<String>,
            pub slug: Option<String>,
            #[schema(default = 0)]
            pub views: Option<i32>,
            pub author_id: Option<i64>,
            #[belongs_to]
            pub author: BelongsTo<User>,
            #[has_many(foreign_key = post_id)]
            pub comments: HasMany<Comment>,
            #[many_to_many(join_through = "posts_tags", owner_key = post_id)]
            pub tags: ManyToMany<Tag>,
            #[has_many(through(comments, author))]
            pub comment_authors: HasMany<User>,
            #[embeds_one]
            pub settings: Option<$Settings>,
            #[embeds_many]
            pub links: Vec<Link>,
        }
    };
}
post!(Post, Settings);
post!(KeyedPost, KeyedSettings);

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: Option<i64>,
    pub body: Option<String>,
    pub rating: Option<i32>,
    pub post_id: Option<i64>,
    pub author_id: Option<i64>,
    #[belongs_to]
    pub post: BelongsTo<Post>,
    #[belongs_to]
    pub author: BelongsTo<User>,
    #[has_one(through(post, author))]
    pub post_author: HasOne<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: Option<i64>,
    pub name: Option<String>,
    #[many_to_many(join_through = "posts_tags")]
    pub posts: ManyToMany<Post>,
}

#[derive(Debug, Clone, Schema)]
pub struct Category {
    pub id: Option<i64>,
    pub name: Option<String>,
    pub parent_id: Option<i64>,
    #[belongs_to]
    pub parent: BelongsTo<Category>,
    #[has_many(foreign_key = parent_id)]
    pub children: HasMany<Category>,
}

#[derive(Debug, Clone, Schema)]
pub struct Enrollment {
    pub id: Option<i64>,
    #[schema(default = "basic")]
    pub level: Option<String>,
    pub user_id: Option<i64>,
    pub tag_id: Option<i64>,
    #[belongs_to]
    pub user: BelongsTo<User>,
    #[belongs_to]
    pub tag: BelongsTo<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Document {
    pub id: Option<i64>,
    pub title: Option<String>,
    #[schema(default = 1)]
    pub lock_version: Option<i32>,
}

#[derive(Debug, Clone, Schema)]
pub struct Sample {
    pub id: Option<i64>,
    pub int_f: Option<i32>,
    pub flag: Option<bool>,
    pub str: Option<String>,
    pub ratio: Option<f64>,
    pub dec: Option<Decimal>,
    pub day: Option<NaiveDate>,
    pub at: Option<NaiveTime>,
    pub naive: Option<NaiveDateTime>,
    pub utc: Option<DateTime<Utc>>,
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
    pub words: Option<Vec<String>>,
    pub nums: Option<Vec<i32>>,
    pub uid: Option<Uuid>,
    pub bin: Option<Vec<u8>>,
    pub status: Option<Status>,
    #[schema(default = 7)]
    pub counted: Option<i32>,
    #[schema(virtual)]
    pub secret: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
pub enum Status {
    Draft,
    Published,
    Archived,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Settings {
    pub theme: Option<String>,
    #[schema(default = true)]
    pub notify: Option<bool>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct KeyedSettings {
    #[schema(autogenerate)]
    pub id: Option<Uuid>,
    pub theme: Option<String>,
    #[schema(default = true)]
    pub notify: Option<bool>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    #[schema(autogenerate)]
    pub id: Option<Uuid>,
    pub url: Option<String>,
    pub label: Option<String>,
}

/// Runs something for the schema of that name, as type `S`.
macro_rules! with_schema {
    ($world:expr, $name:expr, $S:ident => $body:expr) => {{
        macro_rules! with {
            ($schema:ty) => {{
                type $S = $schema;
                $body
            }};
        }
        match $name {
            "user" => with!($crate::schemas::User),
            "profile" => with!($crate::schemas::Profile),
            "post" if $world.keyed_settings => with!($crate::schemas::KeyedPost),
            "post" => with!($crate::schemas::Post),
            "comment" => with!($crate::schemas::Comment),
            "tag" => with!($crate::schemas::Tag),
            "category" => with!($crate::schemas::Category),
            "enrollment" => with!($crate::schemas::Enrollment),
            "document" => with!($crate::schemas::Document),
            "sample" => with!($crate::schemas::Sample),
            other => Err($crate::Stop::harness(format!("no schema `{other}`"))),
        }
    }};
}
pub(crate) use with_schema;

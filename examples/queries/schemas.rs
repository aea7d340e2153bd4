//! The schemas of a larger blog.

use assoc::prelude::*;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub settings: Json,
    #[has_many(foreign_key = author_id)]
    pub posts: HasMany<Post>,
    #[has_many(foreign_key = author_id)]
    pub comments: HasMany<Comment>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
    pub labels: Vec<String>,
    pub views: i64,
    pub published_at: Option<DateTime<Utc>>,
    pub author_id: i64,
    pub editor_id: Option<i64>,
    pub category_id: Option<i64>,
    #[belongs_to]
    pub author: BelongsTo<User>,
    #[belongs_to]
    pub editor: BelongsTo<User>,
    #[belongs_to]
    pub category: BelongsTo<Category>,
    #[has_many]
    pub comments: HasMany<Comment>,
    #[many_to_many(join_through = "posts_tags")]
    pub tags: ManyToMany<Tag>,
    #[has_many(through(comments, author))]
    pub commenters: HasMany<User>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Comment {
    pub id: i64,
    pub body: String,
    pub rating: i32,
    pub post_id: i64,
    pub author_id: i64,
    #[belongs_to]
    pub post: BelongsTo<Post>,
    #[belongs_to]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
    #[many_to_many(join_through = "posts_tags")]
    pub posts: ManyToMany<Post>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Category {
    pub id: i64,
    pub name: String,
    pub parent_id: Option<i64>,
    #[belongs_to]
    pub parent: BelongsTo<Category>,
    #[has_many(foreign_key = parent_id)]
    pub children: HasMany<Category>,
    #[has_many]
    pub posts: HasMany<Post>,
}

//! The schemas of the blog.

use assoc::prelude::*;

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct User {
    pub id: i64,
    pub name: String,
    #[has_many(foreign_key = author_id)]
    pub posts: HasMany<Post>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
    pub body: Option<String>,
    pub author_id: Option<i64>,
    #[belongs_to]
    pub author: BelongsTo<User>,
    #[has_many(on_replace = delete)]
    pub comments: HasMany<Comment>,
    #[many_to_many(join_through = "posts_tags", on_replace = delete)]
    pub tags: ManyToMany<Tag>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Comment {
    pub id: i64,
    pub body: String,
    pub post_id: i64,
    #[belongs_to]
    pub post: BelongsTo<Post>,
}

impl Comment {
    pub fn changeset(comment: Changeset<Comment>, params: &Params) -> Changeset<Comment> {
        comment.cast(params, Comment::body).validate_required(Comment::body).validate_length(Comment::body, 1..=500)
    }
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
    #[many_to_many(join_through = "posts_tags")]
    pub posts: ManyToMany<Post>,
}

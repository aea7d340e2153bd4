use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[has_many]
    pub comments: HasMany<Comment>,
    #[has_many(through(comments, User::posts))]
    pub related: HasMany<Post>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
}

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
    #[has_many(foreign_key = id)]
    pub posts: HasMany<Post>,
}

fn main() {}

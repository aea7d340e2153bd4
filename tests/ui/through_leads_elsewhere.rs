use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[has_many]
    pub comments: HasMany<Comment>,
    #[has_many(through(comments, author))]
    pub commenters: HasMany<Post>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub author_id: i64,
    #[belongs_to]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
}

fn main() {}

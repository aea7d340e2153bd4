use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub title: String,
    #[has_many]
    pub comments: HasMany<Comment>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    #[belongs_to]
    pub post: BelongsTo<Post>,
}

fn main() {}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[has_many(defaults(post = 1))]
    pub comments: HasMany<Comment>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub kind: String,
    pub post_id: i64,
    #[belongs_to]
    pub post: BelongsTo<Post>,
}

fn main() {}

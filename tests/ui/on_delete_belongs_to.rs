use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub kind: String,
    pub post_id: i64,
    #[belongs_to(on_delete = nothing)]
    pub post: BelongsTo<Post>,
}

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
}

fn main() {}

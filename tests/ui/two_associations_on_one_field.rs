use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[has_many]
    #[many_to_many(join_through = "posts_tags")]
    pub tags: HasMany<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: i64,
    pub post_id: i64,
}

fn main() {}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[many_to_many(join_through = PostTag, join_defaults(rank = "first"))]
    pub tags: ManyToMany<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Schema)]
pub struct PostTag {
    pub id: i64,
    pub post_id: i64,
    pub tag_id: i64,
    pub rank: i32,
}

fn main() {}

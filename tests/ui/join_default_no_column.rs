use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[many_to_many(join_through = "posts_tags", join_defaults(rank = 1.5f32..2.0))]
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

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[many_to_many(join_through = "posts_tags", on_join_conflict = replace)]
    pub tags: ManyToMany<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

fn main() {}

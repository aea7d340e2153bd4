use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[many_to_many]
    pub tags: ManyToMany<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: i64,
}

fn main() {}

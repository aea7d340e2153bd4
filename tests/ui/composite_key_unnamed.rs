use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    #[schema(primary_key)]
    pub tenant_id: i64,
    #[schema(primary_key)]
    pub id: i64,
    #[has_many]
    pub comments: HasMany<Comment>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub tenant_id: i64,
    pub post_id: i64,
}

fn main() {}

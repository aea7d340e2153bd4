use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub author_id: i64,
    #[belongs_to]
    #[schema(column = "writer")]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
}

fn main() {}

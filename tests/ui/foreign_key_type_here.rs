use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub author_id: i32,
    #[belongs_to]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
}

fn main() {}

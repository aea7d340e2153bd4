use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub writer_id: i64,
    #[belongs_to]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
}

fn main() {}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[timestamps]
    pub created_at: i64,
}

fn main() {}

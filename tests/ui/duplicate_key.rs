use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[schema(column = "name", column = "headline")]
    pub title: String,
}

fn main() {}

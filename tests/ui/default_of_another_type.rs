use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[schema(default = "none")]
    pub rating: Option<i32>,
}

fn main() {}

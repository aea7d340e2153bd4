use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[schema(version)]
    pub a: i32,
    #[schema(version)]
    pub lock: i32,
}

fn main() {}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    #[schema(version)]
    pub id: i64,
}

fn main() {}

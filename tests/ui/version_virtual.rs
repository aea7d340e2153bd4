use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[schema(version, virtual)]
    pub lock: i64,
}

fn main() {}

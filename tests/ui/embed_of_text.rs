use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[embeds_many]
    pub links: Vec<String>,
}

fn main() {}

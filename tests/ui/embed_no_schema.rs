use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[embeds_many]
    pub links: Vec<Link>,
}

#[derive(Debug, Clone)]
pub struct Link {
    pub id: i64,
}

fn main() {}

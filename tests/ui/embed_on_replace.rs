use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[embeds_many(on_replace = update)]
    pub links: Vec<Link>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    pub url: String,
}

fn main() {}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[embeds_one]
    pub link: Option<Link>,
}

#[derive(Debug, Clone, Schema)]
pub struct Link {
    pub id: i64,
}

fn main() {}

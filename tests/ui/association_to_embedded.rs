use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[has_many]
    pub links: HasMany<Link>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    pub post_id: i64,
}

fn main() {}

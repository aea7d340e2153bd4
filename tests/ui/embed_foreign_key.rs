use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[embeds_many]
    pub links: Vec<Link>,
    #[belongs_to(foreign_key = links)]
    pub parent: BelongsTo<Post>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    pub url: String,
}

fn main() {}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    pub link_id: Option<i64>,
    #[belongs_to]
    pub link: BelongsTo<Link>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    pub url: String,
}

fn main() {}

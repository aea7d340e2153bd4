use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    #[embeds_many]
    pub links: Vec<Link>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    pub url: String,
}

fn main() {
    let _ = Post::query().preload(Post::links);
}

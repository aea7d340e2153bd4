use assoc::prelude::*;

#[derive(Schema)]
struct Post {
    id: i64,
    #[has_many(filter(text = "x"))]
    comments: HasMany<Comment>,
}

#[derive(Schema)]
struct Comment {
    id: i64,
    post_id: i64,
    #[schema(virtual)]
    text: String,
}

fn main() {}

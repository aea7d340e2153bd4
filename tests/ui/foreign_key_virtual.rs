use assoc::prelude::*;

#[derive(Schema)]
struct Post {
    id: i64,
    #[has_many]
    comments: HasMany<Comment>,
}

#[derive(Schema)]
struct Comment {
    id: i64,
    #[schema(virtual)]
    post_id: i64,
}

fn main() {}

use assoc::prelude::*;

#[derive(Schema)]
struct Post {
    id: i64,
}

fn main() {
    let _ = Post::from_sql("SELECT * FROM posts WHERE id = $1").bind(7_u64);
}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
}

fn main() {
    let _ = Post::build().optimistic_lock(Post::title);
}

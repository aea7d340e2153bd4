use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
#[schema(tabel = "posts")]
pub struct Post {
    pub id: i64,
}

fn main() {
    let _ = Post::id;
}

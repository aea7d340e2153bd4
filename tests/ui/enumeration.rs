use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub enum Post {
    Draft,
    Published { id: i64 },
}

fn main() {
    let _ = Post::build();
}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post(i64, String);

fn main() {
    let _ = Post::build();
}

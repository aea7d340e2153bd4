use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
struct Post {
    id: i64,
    views: i32,
}

fn changeset(post: Changeset<Post>) -> Changeset<Post> {
    post.set(Post::views, "5")
}

fn main() {}

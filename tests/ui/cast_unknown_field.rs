use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
struct Post {
    id: i64,
    title: String,
}

fn changeset(post: Changeset<Post>, params: &Params) -> Changeset<Post> {
    post.cast(params, (Post::title, Post::nope))
}

fn main() {}

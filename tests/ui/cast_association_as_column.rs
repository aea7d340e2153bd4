use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
struct Post {
    id: i64,
    title: String,
    #[has_many]
    comments: HasMany<Comment>,
}

#[derive(Debug, Clone, Schema)]
struct Comment {
    id: i64,
    post_id: i64,
}

fn changeset(post: Changeset<Post>, params: &Params) -> Changeset<Post> {
    post.cast(params, Post::comments)
}

fn main() {}

use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
    #[has_many]
    pub comments: HasMany<Comment>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub body: String,
    pub post_id: i64,
}

fn cast(params: &Params) -> Changeset<Post> {
    Post::build().cast(params, (Post::title, Comment::body))
}

fn main() {
    let _ = cast;
}

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

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

fn main() {
    let _ = Post::build().put_assoc(Post::comments, [Tag::build()]);
}

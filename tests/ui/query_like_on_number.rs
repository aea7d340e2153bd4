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
    pub author_id: Option<i64>,
    #[belongs_to]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
    pub name: String,
}

fn main() {
    let _ = Post::query().filter(Post::id.like("1%"));
}

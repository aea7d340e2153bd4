use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
#[schema(tabel = "posts")]
pub struct Post {
    pub id: i64,
    #[schema(column = "name", column = "headline")]
    pub title: String,
    #[has_many(on_replace = update)]
    pub comments: HasMany<Comment>,
    #[belongs_to]
    pub author: BelongsTo<User>,
    #[many_to_many]
    pub tags: ManyToMany<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
}

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: i64,
}

fn main() {}

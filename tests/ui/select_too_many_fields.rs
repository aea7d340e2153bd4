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

#[derive(Debug, Clone, Select)]
struct Summary {
    f0: i64,
    f1: i64,
    f2: i64,
    f3: i64,
    f4: i64,
    f5: i64,
    f6: i64,
    f7: i64,
    f8: i64,
    f9: i64,
    f10: i64,
    f11: i64,
    f12: i64,
    f13: i64,
    f14: i64,
    f15: i64,
    f16: i64,
}

fn main() {}

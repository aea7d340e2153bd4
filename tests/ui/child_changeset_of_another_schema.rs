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

impl Tag {
    fn changeset(tag: Changeset<Tag>, params: &Params) -> Changeset<Tag> {
        tag.cast(params, Tag::name)
    }
}

fn main() {
    let _ = Post::build().cast_assoc(Post::comments, Tag::changeset);
}

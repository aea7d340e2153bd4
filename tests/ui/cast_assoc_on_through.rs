use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
struct Post {
    id: i64,
    #[has_many]
    comments: HasMany<Comment>,
    #[has_many(through(comments, author))]
    authors: HasMany<User>,
}

#[derive(Debug, Clone, Schema)]
struct Comment {
    id: i64,
    post_id: i64,
    author_id: i64,
    #[belongs_to]
    author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
struct User {
    id: i64,
}

fn changeset(post: Changeset<Post>) -> Changeset<Post> {
    post.cast_assoc(Post::authors, |author, _| author)
}

fn main() {}

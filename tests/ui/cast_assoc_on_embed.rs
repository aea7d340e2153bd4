use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
struct Post {
    id: i64,
    #[embeds_many]
    links: Vec<Link>,
}

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
struct Link {
    url: String,
}

fn changeset(post: Changeset<Post>) -> Changeset<Post> {
    post.cast_assoc(Post::links, |link, _| link)
}

fn main() {}

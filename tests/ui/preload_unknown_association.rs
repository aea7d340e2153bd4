use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
struct Post {
    id: i64,
    title: String,
}

async fn load(repo: &Repo, post: &mut Post) {
    let _ = repo.preload(post, Post::nope).await;
}

fn main() {}

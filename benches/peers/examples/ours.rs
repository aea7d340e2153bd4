use assoc::prelude::*;
use std::time::Instant;
#[derive(Debug, Clone, Schema)]
pub struct Post { id: i64, title: String, #[has_many(on_replace = delete)] comments: HasMany<Comment> }
#[derive(Debug, Clone, Schema)]
pub struct Comment { id: i64, post_id: i64, author_id: Option<i64>, position: i32, body: String }
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let a: Vec<String> = std::env::args().collect();
    let repo = Repo::connect("postgres://postgres@localhost/postgres?host=/tmp/pg").await?;
    let n: i32 = a[2].parse()?; let rounds: usize = a[3].parse()?;
    let mut times = vec![];
    for _ in 0..rounds {
        let comments: Vec<Changeset<Comment>> = (0..n).map(|i| Comment::build().set(Comment::author_id, Some(1 + i as i64 % 100)).set(Comment::position, i).set(Comment::body, format!("This is what I think of it {i}"))).collect();
        let cs = Post::build().set(Post::title, "title").put_assoc(Post::comments, comments);
        let t = Instant::now();
        let post = repo.insert(cs).await?;
        let mut el = t.elapsed();
        if a[1] == "diff" {
            let rows: Vec<Changeset<Comment>> = post.comments.get()?.iter().enumerate().filter(|(i, _)| i % 10 != 5).map(|(i, c)| if i % 10 == 3 { c.clone().change().set(Comment::body, "changed what I think") } else { c.clone().change() }).chain((0..n/10).map(|i| Comment::build().set(Comment::position, i).set(Comment::body, "new text here"))).collect();
            let cs = post.change().put_assoc(Post::comments, rows);
            let t = Instant::now();
            repo.update(cs).await?;
            el = t.elapsed();
        }
        times.push(el);
    }
    times.sort();
    println!("{:?}", times[times.len()/2]);
    Ok(())
}

//! Tables of other schemas of the database.

use assoc::prelude::*;

use super::blog;
use crate::{schemas::*, support::*};

#[tokio::test]
async fn a_query_reads_the_schema_that_it_names() {
    let db = Db::postgres().await;
    blog(&db).await;
    db.execute(
        r#"CREATE SCHEMA "tenant ""7"; CREATE TABLE "tenant ""7".posts (LIKE posts); CREATE TABLE "tenant ""7".comments (LIKE comments); CREATE TABLE "tenant ""7".users (LIKE users);
           INSERT INTO "tenant ""7".posts (id, title) VALUES (70, 'Theirs');
           INSERT INTO "tenant ""7".comments (id, body, post_id) VALUES (700, 'theirs', 70);"#,
    )
    .await;
    let query = || Post::query().prefix("tenant \"7");
    assert_eq!(db.repo.all(query().select(Post::title)).await.unwrap(), ["Theirs"]);
    assert_eq!(db.repo.all(query().join(Post::comments).select(Comment::id)).await.unwrap(), [700]);
    assert_eq!(db.repo.count(query().filter(Post::comments.any(Comment::id.eq(700)))).await.unwrap(), 1);
    let posts = db.repo.all(query().preload((Post::comments, Post::author.joined()))).await.unwrap();
    assert_eq!(posts[0].comments.get().unwrap().iter().map(|comment| comment.id).collect::<Vec<_>>(), [700]);
    let page = db.repo.page(query().preload(Post::comments), assoc::query::Page::first(1)).await.unwrap();
    assert_eq!(page.rows[0].comments.get().unwrap().len(), 1, "what is preloaded lies there, too");
    assert_eq!(db.repo.update_all(query(), Post::title.set("Ours")).await.unwrap(), 1);
    assert_eq!(db.text("SELECT title FROM posts WHERE id = 1").await, "Rust");
    let union = query().union(Post::query().filter(Post::id.eq(1))).order_by(Post::id.asc()).select(Post::id);
    assert_eq!(db.repo.all(union).await.unwrap(), [1, 70]);
}

use assoc::prelude::*;

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
    #[has_many(on_replace = delete)]
    pub comments: HasMany<Comment>,
}
#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Comment {
    pub id: i64,
    pub body: String,
    pub post_id: i64,
    #[belongs_to]
    pub post: BelongsTo<Post>,
}
impl Comment {
    pub fn changeset(c: Changeset<Comment>, params: &Params) -> Changeset<Comment> {
        c.cast(params, Comment::body).validate_required(Comment::body)
    }
}

async fn story(repo: Repo) {
    let repo = repo.on_statement(|s| println!("   SQL {s}"));
    let p = Params::from(
        serde_json::json!({"title":"Hello", "comments":[{"body":"Great story!"},{"body":"What happened next?"},{"body":"Thanks for the article"}]}),
    );
    let cs = Post::build().cast(&p, Post::title).cast_assoc(Post::comments, Comment::changeset);
    println!("{}", cs.plan().unwrap());
    let post = repo.insert(cs).await.unwrap();
    println!("{post:?}");
    let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|c| c.id).collect();
    let p = Params::from(
        serde_json::json!({"comments":[{"id": ids[1],"body":"What happened next?"},{"id": ids[2], "body":"Thank you for the post"},{"body":"Interesting"}]}),
    );
    let mut post: Post = repo.fetch(post.id).await.unwrap();
    let err = repo
        .update(post.clone().change().cast(&p, ()).cast_assoc(Post::comments, Comment::changeset))
        .await
        .unwrap_err();
    println!("{err}");
    repo.preload(&mut post, Post::comments.then(Comment::post)).await.unwrap();
    println!("{post:?}");
    let cs = post.change().cast(&p, ()).cast_assoc(Post::comments, Comment::changeset);
    println!("{}", cs.plan().unwrap());
    println!("{}", serde_json::to_string_pretty(&cs.plan().unwrap()).unwrap());
    let post = repo.update(cs).await.unwrap();
    println!("{post:?}");
    let mut again: Post = repo.fetch(post.id).await.unwrap();
    repo.preload(&mut again, Post::comments).await.unwrap();
    println!("{again:?}");
}

#[tokio::test]
async fn sqlite() {
    let repo = Repo::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql(include_str!("../examples/blog/migrations/sqlite/1_blog.sql"))
        .execute(repo.sqlite().unwrap())
        .await
        .unwrap();
    story(repo).await;
}
#[tokio::test]
async fn postgres() {
    let db =
        assoc_test::Database::from_sql(include_str!("../examples/blog/migrations/postgres/1_blog.sql")).await.unwrap();
    story(Repo::connect(db.url()).await.unwrap()).await;
}

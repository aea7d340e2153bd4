//! The story of the README, section by section, on a database of your choice:
//!
//! ```sh
//! cargo run --example blog                                   # SQLite in memory, nothing to install
//! DATABASE_URL=postgres://localhost/blog cargo run --example blog
//! ```

mod schemas;

use assoc::{Op, prelude::*};
use schemas::{Comment, Post, Tag, User};
use serde_json::json;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    tell(&url).await
}

/// The whole story; `tests/examples.rs` tells it on both databases.
pub async fn tell(url: &str) -> Result<()> {
    let repo = Repo::connect(url).await?;
    println!("{repo:?}");
    migrate(&repo).await?;

    let repo = repo.on_statement(|sql| println!("    {sql}"));
    let post = insert(&repo).await?;
    let post = cast_a_foreign_key(&repo, post).await?;
    let post = cast_an_association(&repo, post.id).await?;
    cast_a_part_of_an_association(&repo, post.id).await?;
    put_references(&repo, post.id).await?;
    build_a_child(&repo, post.id).await?;
    println!("\nAll as it should be.");
    Ok(())
}

/// Migrations are sqlx's.
async fn migrate(repo: &Repo) -> Result<()> {
    if let Some(pool) = repo.postgres() {
        sqlx::migrate!("examples/blog/migrations/postgres").run(pool).await?;
    } else if let Some(pool) = repo.sqlite() {
        sqlx::migrate!("examples/blog/migrations/sqlite").run(pool).await?;
    }
    Ok(())
}

/// A post with its comments, in one call and two statements.
async fn insert(repo: &Repo) -> Result<Post> {
    section("insert a post with three comments");
    let params = Params::from(json!({
        "title": "Associations as data",
        "comments": [{"body": "Great story!"}, {"body": "What happened next?"}, {"body": "Thanks for the article"}],
    }));
    let changeset = Post::build()
        .cast(&params, (Post::title, Post::body))
        .validate_required(Post::title)
        .cast_assoc(Post::comments, Comment::changeset);
    let plan = changeset.plan()?;
    plan.print();
    assert_eq!(plan.statements(), 2);
    let post = repo.insert(changeset).await?;
    assert_eq!(bodies(&post)?, ["Great story!", "What happened next?", "Thanks for the article"]);
    Ok(post)
}

/// A foreign key is a field like any other.
async fn cast_a_foreign_key(repo: &Repo, post: Post) -> Result<Post> {
    section("cast a foreign key");
    let ada = repo.insert(User::build().set(User::name, "Ada")).await?;
    let params = Params::from_form(&format!("author_id={}", ada.id));
    let changeset = post.change().cast(&params, Post::author_id).foreign_key_constraint(Post::author_id);
    changeset.plan()?.print();
    let mut post = repo.update(changeset).await?;
    repo.preload(&mut post, Post::author).await?;
    assert_eq!(post.author.get()?.map(|author| author.name.as_str()), Some("Ada"));

    section("… and one that refers to nobody is an error of the field");
    let params = Params::from(json!({"author_id": 1_000_000}));
    let changeset = post.clone().change().cast(&params, Post::author_id).foreign_key_constraint(Post::author_id);
    match repo.update(changeset).await {
        Err(SaveError::Invalid(changeset)) => {
            println!("{}", changeset.errors());
            assert_eq!(changeset.errors().to_string(), "author_id does not exist");
        }
        other => panic!("expected an error of the field, got {other:?}"),
    }
    Ok(post)
}

/// The whole association from input: only the difference is written.
async fn cast_an_association(repo: &Repo, id: i64) -> Result<Post> {
    section("cast an association: without a preload, an error says what is missing");
    let post: Post = repo.fetch(id).await?;
    let unloaded = post.clone().change().cast(&Params::from(json!({"comments": []})), ());
    let error = unloaded.cast_assoc(Post::comments, Comment::changeset).plan().err().ok_or("no error")?;
    println!("{error}");
    assert!(error.to_string().contains("repo.preload(&mut value, Post::comments)"));

    section("cast an association: one deleted, one changed, one new, one left alone");
    let mut post = post;
    repo.preload(&mut post, Post::comments).await?;
    let ids: Vec<i64> = post.comments.get()?.iter().map(|comment| comment.id).collect();
    let params = Params::from(json!({"comments": [
        {"id": ids[1], "body": "What happened next?"},
        {"id": ids[2], "body": "Thank you for the post"},
        {"body": "Interesting"},
    ]}));
    let changeset = post.change().cast(&params, ()).cast_assoc(Post::comments, Comment::changeset);
    let plan = changeset.plan()?;
    plan.print();
    let writes: Vec<_> = plan.writes().into_iter().map(|write| (write.op, write.path.to_string())).collect();
    assert_eq!(
        writes,
        [
            (Op::Delete, format!("comments[id={}]", ids[0])),
            (Op::Update, "comments[1]".to_owned()),
            (Op::Insert, "comments[2]".to_owned()),
        ]
    );
    let post = repo.update(changeset).await?;

    let mut again: Post = repo.fetch(id).await?;
    repo.preload(&mut again, Post::comments).await?;
    assert_eq!(bodies(&again)?, ["What happened next?", "Thank you for the post", "Interesting"]);
    assert_eq!(again.comments, post.comments);
    Ok(post)
}

/// What was not loaded is not touched.
async fn cast_a_part_of_an_association(repo: &Repo, id: i64) -> Result<()> {
    section("preload a subset: the others are left alone");
    let mut post: Post = repo.fetch(id).await?;
    repo.preload(&mut post, Post::comments.filter(Comment::body.like("What%"))).await?;
    let params = Params::from(json!({"comments": []}));
    let changeset = post.change().cast(&params, ()).cast_assoc(Post::comments, Comment::changeset);
    changeset.plan()?.print();
    repo.update(changeset).await?;

    let mut again: Post = repo.fetch(id).await?;
    repo.preload(&mut again, Post::comments).await?;
    assert_eq!(bodies(&again)?, ["Thank you for the post", "Interesting"]);
    Ok(())
}

/// References to rows that exist, and new ones beside them.
async fn put_references(repo: &Repo, id: i64) -> Result<()> {
    section("put references: one tag that exists, one that is new");
    let rust = match repo.one(Tag::query().filter(Tag::name.eq("rust"))).await? {
        Some(rust) => rust, // the story was told to this database before
        None => repo.insert(Tag::build().set(Tag::name, "rust")).await?,
    };
    let new = format!("new with post {id}");
    let mut post: Post = repo.fetch(id).await?;
    repo.preload(&mut post, Post::tags).await?;
    let changeset = post.change().put_assoc(Post::tags, (&rust, Tag::build().set(Tag::name, new.as_str())));
    changeset.plan()?.print();
    let post = repo.update(changeset).await?;
    let names: Vec<_> = post.tags.get()?.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["rust", new.as_str()]);

    section("… take one away: its row of the join table goes, the tag stays");
    let changeset = post.change().put_assoc(Post::tags, [&rust]);
    changeset.plan()?.print();
    repo.update(changeset).await?;
    assert!(repo.one(Tag::query().filter(Tag::name.eq(new))).await?.is_some());
    Ok(())
}

/// A child from its parent.
async fn build_a_child(repo: &Repo, id: i64) -> Result<()> {
    section("build a child from its parent");
    let post: Post = repo.fetch(id).await?;
    let params = Params::from(json!({"body": "One more"}));
    let changeset = Comment::changeset(post.build_assoc(Post::comments), &params);
    changeset.plan()?.print();
    let comment = repo.insert(changeset).await?;
    assert_eq!(comment.post_id, id);

    section("… or name the parent from the child");
    let changeset = Comment::build().set(Comment::body, "And another").put_assoc(Comment::post, &post);
    changeset.plan()?.print();
    let comment = repo.insert(changeset).await?;
    assert_eq!(comment.post_id, id);
    Ok(())
}

fn bodies(post: &Post) -> Result<Vec<&str>> {
    Ok(post.comments.get()?.iter().map(|comment| comment.body.as_str()).collect())
}

fn section(title: &str) {
    println!("\n{title}\n{}", "-".repeat(title.chars().count()));
}

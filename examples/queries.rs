//! Questions that an application asks its blog, each with the SQL that is sent:
//!
//! ```sh
//! cargo run --example queries                                   # SQLite in memory, nothing to install
//! DATABASE_URL=postgres://localhost/blog cargo run --example queries
//! ```

#[path = "queries/data.rs"]
mod data;
#[path = "queries/schemas.rs"]
mod schemas;

use assoc::{
    Condition, DbError, Select, alias,
    prelude::*,
    query::{Cte, InsertAll, JsonMethods, Lock, Page, Window, case, count_rows, join_texts, row_number, value},
};
use chrono::{TimeZone, Utc};
use schemas::{Category, Comment, Post, Tag, User};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    ask(&url).await
}

/// All questions; `tests/examples.rs` asks them on both databases.
pub async fn ask(url: &str) -> Result<()> {
    let repo = Repo::connect(url).await?;
    data::make(&repo).await?;
    let repo = repo.on_statement(|sql| println!("    {sql}"));
    conditions(&repo).await?;
    associations(&repo).await?;
    aggregates(&repo).await?;
    windows(&repo).await?;
    trees(&repo).await?;
    pages(&repo).await?;
    writes(&repo).await
}

fn question(text: &str) {
    println!("\n{text}");
}

/// What a search form may ask for.
#[derive(Default)]
struct Search<'a> {
    title: Option<&'a str>,
    least_views: Option<i64>,
    tags: &'a [&'a str],
}

impl Search<'_> {
    fn condition(&self) -> Condition<Post> {
        let title = self.title.map(|title| Post::title.contains(title));
        let views = self.least_views.map(|views| Post::views.gte(views));
        let tags = self.tags.iter().map(|tag| Post::tags.any(Tag::name.eq(*tag)));
        Condition::all(title.into_iter().chain(views).chain(tags))
    }
}

async fn conditions(repo: &Repo) -> Result<()> {
    question("1. The five newest posts?");
    let newest = Post::query().filter(Post::published_at.is_not_null()).order_by(Post::published_at.desc()).limit(5);
    let newest = repo.all(newest.select(Post::id)).await?;
    assert_eq!(newest, [99, 98, 97, 96, 95]);

    question("2. The posts of February?");
    let month = |month| Utc.with_ymd_and_hms(2026, month, 1, 0, 0, 0).single().unwrap_or_default();
    let february = Post::query().filter(Post::published_at.within(month(2)..month(3)));
    assert_eq!(repo.count(february).await?, 26);

    question("3. What a search form asks, of which any part may be empty?");
    let search = Search { title: Some("Post 0"), tags: &["rust", "sql"], ..Search::default() };
    assert_eq!(repo.count(Post::query().filter(search.condition())).await?, 16);
    let search = Search { least_views: Some(99), ..Search::default() };
    assert_eq!(repo.all(Post::query().filter(search.condition()).select(Post::title)).await?, ["Post 057"]);

    question("4. Posts with a label, by users with a setting?");
    let odd = Post::labels.has("odd").and(Post::author.any(User::settings.path_text(("theme", "color")).eq("blue")));
    assert_eq!(repo.count(Post::query().filter(odd)).await?, 17);
    Ok(())
}

async fn associations(repo: &Repo) -> Result<()> {
    question("5. Posts without comments?");
    let silent = Post::query().filter(Post::comments.is_empty());
    assert_eq!(repo.count(silent).await?, 10);

    question("6. Posts that somebody else than the author has commented?");
    let others = Post::query().join(Post::comments).filter(Comment::author_id.ne(Post::author_id)).distinct();
    assert_eq!(repo.count(others).await?, 80);

    question("7. Users who never commented?");
    let quiet = User::query().filter(User::comments.is_empty()).select(User::name);
    assert_eq!(repo.all(quiet).await?, ["Dan"]);

    question("8. Each edited post with the names of its author and its editor?");
    alias!(Editor = User);
    let names = Post::query()
        .join(Post::author)
        .join(Post::editor.alias(Editor))
        .order_by(Post::id.asc())
        .limit(2)
        .select((Post::title, User::name, User::name.of(Editor)));
    let names = repo.all(names).await?;
    assert_eq!(names[0], ("Post 004".to_owned(), "Bert".to_owned(), "Bert".to_owned()));

    question("9. The three newest comments of each of 100 posts, with their authors?");
    let comments = Post::comments.order_by(Comment::id.desc()).limit(3).then(Comment::author);
    let posts = repo.all(Post::query().order_by(Post::id.asc()).preload(comments)).await?;
    let ninth = posts[8].comments.get()?;
    assert_eq!(
        ninth.iter().map(|comment| comment.body.as_str()).collect::<Vec<_>>(),
        ["Comment 8 on 9", "Comment 7 on 9", "Comment 6 on 9"]
    );
    assert!(ninth[0].author.get()?.is_some());
    Ok(())
}

#[derive(Debug, PartialEq, Select)]
#[select(from = Post)]
struct PostSummary {
    title: String,
    #[select(Post::comments.count())]
    comments: i64,
    #[select(Post::comments.count().filter(Comment::rating.gte(4)))]
    good: i64,
}

async fn aggregates(repo: &Repo) -> Result<()> {
    question("10. The posts with most comments?");
    let summary = Post::query().order_by((Post::comments.count().desc(), Post::id.asc())).limit(1).select_as();
    let summary: Vec<PostSummary> = repo.all(summary).await?;
    assert_eq!(summary, [PostSummary { title: "Post 009".to_owned(), comments: 9, good: 3 }]);

    question("11. A tag cloud?");
    let cloud = Tag::query()
        .left_join(Tag::posts)
        .group_by((Tag::id, Tag::name))
        .order_by((Post::id.count().desc(), Tag::name.asc()))
        .select((Tag::name, Post::id.count()));
    let cloud = repo.all(cloud).await?;
    assert_eq!(
        cloud,
        [("rust", 50), ("sql", 33), ("ecto", 14), ("idle", 0)].map(|(tag, count)| (tag.to_owned(), count))
    );

    question("12. Authors by the mean rating of what they wrote, if that got enough comments?");
    let authors = User::query()
        .join(User::posts)
        .join(Post::comments)
        .group_by((User::id, User::name))
        .having(count_rows().gte(100))
        .order_by((Comment::rating.avg().desc(), User::name.asc()))
        .select((User::name, count_rows(), Comment::rating.avg()));
    assert_eq!(repo.all(authors).await?.len(), 3);

    question("13. Comments by their mood?");
    let mood =
        || case::<String>().when(Comment::rating.gte(4), "good").when(Comment::rating.lte(2), "bad").otherwise("fair");
    let moods = Comment::query().group_by(mood()).order_by(mood().asc()).select((mood(), count_rows()));
    let moods = repo.all(moods).await?;
    assert_eq!(moods.iter().map(|(mood, _)| mood.as_str()).collect::<Vec<_>>(), ["bad", "fair", "good"]);

    question("14. The post that was seen most, and all of its tags in one text?");
    let most = Post::query().select(Post::views.max()).scalar();
    let seen = Post::query()
        .join(Post::tags)
        .filter(Post::views.eq(most))
        .group_by((Post::id, Post::title))
        .select((Post::title, join_texts(Tag::name, ", ", Tag::name.asc())));
    assert_eq!(repo.all(seen).await?, [("Post 057".to_owned(), Some("sql".to_owned()))]);
    Ok(())
}

/// How many comments a user wrote on a post, and the user's place among the commenters.
#[derive(Debug, PartialEq, Select)]
struct Commenter {
    post_id: i64,
    name: String,
    comments: i64,
    place: i64,
}

async fn windows(repo: &Repo) -> Result<()> {
    question("15. The top commenter of each post?");
    let most = Window::partition_by(Comment::post_id).order_by((Comment::id.count().desc(), User::name.asc()));
    let places = Comment::query()
        .join(Comment::author)
        .group_by((Comment::post_id, User::id, User::name))
        .select_into::<Commenter, _, _>((Comment::post_id, User::name, Comment::id.count(), row_number().over(most)));
    let top = places.subquery().filter(Commenter::place.eq(1)).order_by(Commenter::post_id.asc());
    let top = repo.all(top).await?;
    assert_eq!(top.len(), 90);
    assert_eq!((top[8].post_id, top[8].comments), (9, 6));

    question("16. How many posts there were after each of the first days?");
    let so_far = Window::all().order_by(Post::published_at.asc());
    let growth = Post::query().filter(Post::published_at.is_not_null()).order_by(Post::published_at.asc()).limit(3);
    let growth = repo.all(growth.select((Post::id, count_rows().over(so_far)))).await?;
    assert_eq!(growth, [(1, 1), (2, 2), (3, 3)]);
    Ok(())
}

/// A category, and how far it is from the root.
#[derive(Debug, PartialEq, Select)]
struct Branch {
    id: i64,
    name: String,
    depth: i32,
}

async fn trees(repo: &Repo) -> Result<()> {
    question("17. All categories below Technology, and their posts?");
    let tree = Category::children.recursive(Category::query().filter(Category::name.eq("Technology")));
    let posts = tree.clone().join(Category::posts);
    assert_eq!((repo.count(tree).await?, repo.count(posts).await?), (4, 60));

    question("18. … with their depth?");
    let roots = Category::query().filter(Category::parent_id.is_null()).select_into::<Branch, _, _>((
        Category::id,
        Category::name,
        value(0),
    ));
    let below = Category::query().join_on::<Branch>(Category::parent_id.eq(Branch::id)).select_into::<Branch, _, _>((
        Category::id,
        Category::name,
        Branch::depth.plus(1),
    ));
    let tree = Cte::recursive(roots, below).query().order_by((Branch::depth.desc(), Branch::id.asc()));
    let tree = repo.all(tree).await?;
    assert_eq!(tree[0], Branch { id: 3, name: "Rust".to_owned(), depth: 2 });
    Ok(())
}

async fn pages(repo: &Repo) -> Result<()> {
    question("19. The second page of the most read posts?");
    let most_read = || Post::query().order_by(Post::views.desc());
    let first = repo.page(most_read(), Page::first(10)).await?;
    let second = repo.page(most_read(), Page::after(10, first.next.ok_or("a second page")?)).await?;
    assert_eq!((first.rows[0].views, second.rows[0].views), (99, 89));

    question("20. What a user wrote or commented?");
    let ada = || User::name.eq("Ada");
    let mine = Post::query().filter(Post::author.any(ada())).union(Post::query().filter(Post::commenters.any(ada())));
    assert_eq!(repo.count(mine).await?, 60);
    Ok(())
}

async fn writes(repo: &Repo) -> Result<()> {
    question("21. Count a view of some posts, and what they have now?");
    let seen = Post::query().filter(Post::id.is_in([1, 2]));
    let mut seen = repo.update_all_returning(seen, Post::views.inc(1)).await?;
    seen.sort_by_key(|post| post.id);
    assert_eq!(seen.iter().map(|post| post.views).collect::<Vec<_>>(), [8, 15]);

    question("22. Add tags, if they are not there?");
    let tags = InsertAll::rows(
        ["rust", "tokio"].map(|name| (Tag::id.set(if name == "rust" { 1 } else { 9 }), Tag::name.set(name))),
    );
    assert_eq!(repo.insert_all(tags.on_conflict_nothing(())).await?, 1);

    question("23. The next draft that nobody else works on?");
    let draft = Post::query().filter(Post::published_at.is_null()).order_by(Post::id.asc()).limit(1);
    match repo.one(draft.lock(Lock::update().skip_locked())).await {
        Ok(draft) => assert_eq!(draft.map(|post| post.id), Some(10)),
        Err(error @ DbError::Unsupported { .. }) => println!("    {error}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

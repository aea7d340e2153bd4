//! A query and all that it preloads as one statement: the same rows as by several.

use std::fmt::Debug;

use assoc::{
    DbError, Query,
    prelude::*,
    query::{Lock, Page, Paged},
};

use super::blog;
use crate::{schemas::*, support::*};

/// What both ways load, the second in one statement.
async fn same<Q, O: Debug + PartialEq + Send>(db: &Db, query: Query<Q, O>) -> Vec<O> {
    let several = db.repo.all(query.clone()).await.unwrap();
    db.forget();
    let one = db.repo.all(query.in_one_statement()).await.unwrap();
    assert_eq!(one, several);
    assert_eq!(db.statements().len(), 1);
    one
}

both! {
    async fn each_kind(db: Db) {
        blog(&db).await;
        db.execute(
            "INSERT INTO profiles (id, bio, user_id) VALUES (1, 'of Bob', 2), (2, 'of nobody', NULL);
             INSERT INTO teams (id, name) VALUES (1, 'red'), (2, 'blue');",
        )
        .await;
        let member = |id: i64, team: i64| Membership::build().set(Membership::user_id, id).set(Membership::team_id, team);
        db.repo.insert_many([member(1, 1), member(1, 2), member(3, 2)]).await.unwrap();
        let users = same(&db, User::query().order_by(User::id.asc()).preload((User::profile, User::posts, User::teams, User::memberships))).await;
        assert_eq!(users[0].teams.get().unwrap().len(), 2);
        assert_eq!(users[1].profile.get().unwrap().unwrap().bio, "of Bob");
        assert!(users[1].memberships.get().unwrap().is_empty());
        let posts = same(&db, Post::query().order_by(Post::title.desc()).preload((Post::author, Post::editor, Post::comments, Post::tags, Post::commenters))).await;
        assert_eq!(posts[0].commenters.get().unwrap().len(), 2);
        assert_eq!(posts[3].author.get().unwrap(), None);
        same(&db, Tag::query().order_by(Tag::id.asc()).preload(Tag::posts.order_by(Post::id.desc()))).await;
    }

    async fn levels(db: Db) {
        blog(&db).await;
        let posts = Post::comments.then((Comment::author.then((User::posts.then(Post::tags), User::profile)), Comment::post.then(Post::editor)));
        let posts = same(&db, Post::query().order_by(Post::id.asc()).preload((posts, Post::tags.then(Tag::posts)))).await;
        let author = posts[1].comments.get().unwrap()[0].author.get().unwrap().unwrap();
        assert!(author.posts.get().unwrap().is_empty() && author.profile.get().unwrap().is_none());
    }

    async fn of_itself(db: Db) {
        blog(&db).await;
        let tree = Category::children.then((Category::children.then(Category::parent), Category::parent));
        let roots = same(&db, Category::query().filter(Category::parent_id.is_null()).order_by(Category::id.asc()).preload(tree)).await;
        assert_eq!(roots[0].children.get().unwrap()[0].children.get().unwrap()[0].name, "metals");
    }

    async fn narrowed_ordered_and_limited(db: Db) {
        blog(&db).await;
        let query = || Post::query().filter(Post::id.lte(3)).order_by((Post::author_id.desc(), Post::id.desc()));
        let rated = Post::comments.filter(Comment::rating.gt(1).or(Comment::author.any(User::name.eq("Bob"))));
        let posts = same(&db, query().preload(rated.order_by(Comment::rating.asc().nulls_first()))).await;
        assert!(posts.iter().all(|post| post.comments.is_partial()));
        let newest = Post::comments.order_by(Comment::id.desc()).limit(2).then(Comment::author);
        let posts = same(&db, query().limit(2).preload((newest, Post::tags.limit(1), Post::commenters.order_by(User::name.desc()).limit(1)))).await;
        assert_eq!(posts.len(), 2);
        assert!(posts.iter().all(|post| post.comments.is_partial() && post.commenters.is_partial() && !post.author.is_loaded()));
        same(&db, query().offset(1).preload((Post::comments, Post::author))).await;
        same(&db, query().preload(Post::comments.order_by((Comment::author_id.desc().nulls_last(), Comment::body.asc())))).await;
    }

    async fn an_association_that_is_named_twice(db: Db) {
        blog(&db).await;
        let query = || Post::query().order_by(Post::id.asc());
        let posts = same(&db, query().preload((Post::comments.then(Comment::author), Post::comments.then(Comment::post)))).await;
        let comment = &posts[0].comments.get().unwrap()[0];
        assert!(comment.author.is_loaded() && comment.post.is_loaded());
        let forced = (Post::comments.then(Comment::author), Post::comments.filter(Comment::id.eq(1)).force().then(Comment::post));
        let posts = same(&db, query().preload(forced)).await;
        assert!(posts[0].comments.is_partial() && !posts[0].comments.get().unwrap()[0].author.is_loaded());
    }

    async fn rows_of_any_query(db: Db) {
        blog(&db).await;
        let all = (Post::author, Post::comments.then(Comment::author), Post::tags);
        let joined = Post::query().left_join(Post::author).order_by((User::name.desc(), Post::id.desc())).limit(3);
        same(&db, joined.preload(all.clone())).await;
        let twice = Post::query().join(Post::tags).filter(Post::id.eq(1)).order_by(Tag::id.asc());
        assert_eq!(same(&db, twice.preload(all.clone())).await.len(), 2);
        let distinct = || Post::query().join(Post::comments).distinct();
        assert_eq!(same(&db, distinct().order_by(Post::title.asc()).limit(2).preload(all.clone())).await.len(), 2);
        assert_eq!(db.repo.all(distinct().preload(all.clone()).in_one_statement()).await.unwrap().len(), 3);
        db.forget();
        let grouped = Post::query().join(Post::comments).group_by((Post::id, Post::title, Post::slug, Post::body, Post::author_id, Post::editor_id));
        let busiest = grouped.having(Comment::id.count().gt(1)).order_by((Comment::id.count().desc(), Post::id.asc()));
        assert_eq!(same(&db, busiest.preload(all.clone())).await.len(), 2);
        let union = Post::query().filter(Post::id.eq(1)).union(Post::query().filter(Post::id.gt(2)));
        same(&db, union.order_by(Post::id.desc()).preload(all.clone())).await;
        let sub = Post::query().preload(all.clone()).order_by(Post::id.desc()).limit(3).in_one_statement().subquery();
        let posts = db.repo.all(sub.filter(Post::author.any(User::id.gt(0))).order_by(Post::id.asc())).await.unwrap();
        assert_eq!((posts.len(), db.statements().len()), (2, 1));
        let tree = Category::children.recursive(Category::query().filter(Category::id.eq(1)));
        same(&db, tree.order_by(Category::id.asc()).preload((Category::children, Category::parent))).await;
        let one = db.repo.one(Post::query().filter(Post::id.eq(1)).preload(all).in_one_statement()).await.unwrap().unwrap();
        assert_eq!((one.comments.get().unwrap().len(), db.statements().len()), (3, 1));
    }

    async fn no_rows(db: Db) {
        let none = same(&db, Post::query().preload((Post::author, Post::comments.then(Comment::author)))).await;
        assert!(none.is_empty());
        blog(&db).await;
        let posts = same(&db, Post::query().filter(Post::id.eq(4)).preload((Post::author, Post::comments.then(Comment::author), Post::tags))).await;
        assert!(posts[0].comments.get().unwrap().is_empty() && posts[0].author.get().unwrap().is_none());
    }

    async fn without_an_order_rows_come_as_they_are(db: Db) {
        blog(&db).await;
        same(&db, Post::query().preload((Post::author, Post::tags))).await;
    }

    async fn pages(db: Db) {
        blog(&db).await;
        let query = || Post::query().order_by(Post::title.asc()).preload((Post::comments.then(Comment::author), Post::tags));
        let page = async |page: Page| -> Paged<Post> {
            let several = db.repo.page(query(), page.clone()).await.unwrap();
            db.forget();
            let one = db.repo.page(query().in_one_statement(), page).await.unwrap();
            assert_eq!((&one, db.statements().len()), (&several, 1));
            one
        };
        let first = page(Page::first(3)).await;
        let second = page(Page::after(3, first.next.unwrap())).await;
        assert_eq!(second.rows.len(), 1);
        assert_eq!(page(Page::before(3, second.previous.unwrap())).await.rows, first.rows);
    }

    async fn joined_preloads_are_parts_like_the_others(db: Db) {
        blog(&db).await;
        let preloads = (Post::author.joined(), Post::comments.limit(1).joined().then(Comment::author.joined()), Post::tags);
        let query = Post::query().order_by(Post::id.asc()).preload(preloads).in_one_statement();
        let posts = db.repo.all(query).await.unwrap();
        assert_eq!((posts[0].comments.get().unwrap().len(), db.statements().len()), (1, 1));
    }

    async fn rows_that_are_locked_are_read_by_themselves(db: Db) {
        blog(&db).await;
        let locked = Post::query().filter(Post::id.eq(1)).lock(Lock::update()).preload(Post::comments).in_one_statement();
        match db.repo.one(locked).await {
            Ok(post) => assert_eq!((post.unwrap().comments.get().unwrap().len(), db.statements().len()), (3, 2)),
            Err(error) => assert!(!db.is_postgres() && matches!(error, DbError::Unsupported { .. }), "{error:?}"),
        }
    }

    async fn scopes_hold_on_every_level(db: Db) {
        blog(&db).await;
        let repo = db.repo.clone().scoped::<Comment>(Comment::rating.gt(2)).scoped::<User>(User::name.ne("Bob"));
        let query = || Post::query().order_by(Post::id.asc()).preload((Post::author, Post::comments.then(Comment::author), Post::commenters));
        let posts = repo.all(query().in_one_statement()).await.unwrap();
        assert_eq!(posts, repo.all(query()).await.unwrap());
        assert_eq!(posts[0].comments.get().unwrap().len(), 2);
        let unscoped = repo.all(query().unscoped().in_one_statement()).await.unwrap();
        assert_eq!(unscoped, repo.all(query().unscoped()).await.unwrap());
        assert_eq!(unscoped[0].comments.get().unwrap().len(), 3);
    }

    async fn the_text_is_the_same_for_any_number_of_rows(db: Db) {
        blog(&db).await;
        let text = async |to: i64| {
            let query = Post::query().filter(Post::id.lte(to)).preload((Post::comments.then(Comment::author), Post::tags));
            db.repo.all(query.in_one_statement()).await.unwrap();
            db.statements()
        };
        assert_eq!(text(1).await, text(4).await);
    }
}

#[tokio::test]
async fn a_query_names_the_schema_of_the_database_for_all_of_it() {
    let db = Db::postgres().await;
    db.execute(
        "CREATE SCHEMA seven; CREATE TABLE seven.posts (LIKE posts); CREATE TABLE seven.comments (LIKE comments);
         INSERT INTO seven.posts (id, title) VALUES (70, 'Theirs');
         INSERT INTO seven.comments (id, body, post_id) VALUES (700, 'theirs', 70);",
    )
    .await;
    let posts = same(&db, Post::query().prefix("seven").preload(Post::comments)).await;
    assert_eq!(posts[0].comments.get().unwrap()[0].id, 700);
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Note {
    id: i64,
    body: serde_json::Value,
    other: Option<serde_json::Value>,
    word: String,
    #[has_many(foreign_key = note_id)]
    lines: HasMany<Line>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Line {
    #[schema(primary_key)]
    code: String,
    body: serde_json::Value,
    note_id: i64,
    size: i64,
}

/// Columns of one type of Rust may have several of the database.
#[tokio::test]
async fn columns_of_kindred_types_share_a_place() {
    let db = Db::postgres().await;
    db.execute(
        r#"CREATE TABLE notes (id INT PRIMARY KEY, body JSON NOT NULL, other JSONB, word VARCHAR(9) COLLATE "C" NOT NULL);
           CREATE TABLE lines (code TEXT COLLATE "POSIX" PRIMARY KEY, body JSONB NOT NULL, note_id INT NOT NULL, size SMALLINT NOT NULL);
           INSERT INTO notes VALUES (1, '{"a": 1}', NULL, 'w'), (2, '[1.50]', '"x"', 'ü');
           INSERT INTO lines VALUES ('b', '1', 1, 7), ('B', '2', 1, 8), ('a', '3', 2, 9);"#,
    )
    .await;
    let notes = same(&db, Note::query().order_by(Note::id.asc()).preload(Note::lines)).await;
    assert_eq!(notes[0].lines.get().unwrap().iter().map(|line| line.code.as_str()).collect::<Vec<_>>(), ["B", "b"]);
}

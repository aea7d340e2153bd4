//! How many statements a task sends, counted and limited.

use assoc::{prelude::*, statements};
use assoc_test::assert_statements;

use crate::{schemas::*, support::*};

async fn three_posts(db: &Db) {
    db.execute(
        "INSERT INTO posts (id, title) VALUES (1, 'A'), (2, 'B'), (3, 'C');
         INSERT INTO comments (id, body, post_id) VALUES (1, 'a', 1), (2, 'b', 2)",
    )
    .await;
}

async fn one_by_one(repo: &Repo) -> Vec<Post> {
    let mut posts = repo.all(Post::query()).await.unwrap();
    for post in &mut posts {
        repo.preload(post, Post::comments).await.unwrap();
    }
    posts
}

/// What a task that fails says.
async fn failure(task: impl Future<Output = ()> + Send + 'static) -> String {
    let panic = tokio::spawn(task).await.unwrap_err().into_panic();
    panic.downcast_ref::<String>().unwrap().clone()
}

both! {
    async fn within_it_the_value_comes_back(db: Db) {
        three_posts(&db).await;
        let posts = assert_statements!(<= 2, async { db.repo.all(Post::query().preload(Post::comments)).await.unwrap() });
        assert_eq!(posts.len(), 3);
        assert_statements!(== 2, async { db.repo.all(Post::query().preload(Post::comments)).await.unwrap() });
        assert_statements!(< 3, async { db.repo.all(Post::query().preload(Post::comments)).await.unwrap() });
        assert_statements!(== 0, async { 1 });
    }

    async fn one_for_each_row_is_a_failure_that_says_so(db: Db) {
        three_posts(&db).await;
        let repo = db.repo.clone();
        let said = failure(async move { drop(assert_statements!(<= 2, async { one_by_one(&repo).await })) }).await;
        assert!(said.starts_with("expected at most 2 statements, but 4 were sent;\nthe same statement was sent 3 times"), "{said}");
        assert!(said.contains("  1. SELECT ") && said.contains("  4. SELECT ") && said.contains("preload"), "{said}");
        let repo = db.repo.clone();
        let said = failure(async move { drop(assert_statements!(== 2, async { repo.all(Post::query()).await })) }).await;
        assert!(said.starts_with("expected exactly 2 statements, but 1 were sent:\n  1. SELECT "), "{said}");
    }

    async fn transactions_begun_before_and_inside(db: Db) {
        let before = db.repo.begin().await.unwrap();
        let (_, sent) = statements::record(async {
            before.insert(Tag::build().set(Tag::name, "a")).await.unwrap();
            before.commit().await.unwrap();
            db.repo.clone().transaction(async |tx| tx.all(Tag::query()).await).await.unwrap();
        }).await;
        let listed = sent.to_string();
        assert_eq!((sent.count(), sent.repeated()), (2, None), "{listed}");
        assert!(listed.contains("- BEGIN") && listed.contains("- COMMIT"), "{listed}");
        assert_eq!(sent.texts().collect::<Vec<_>>(), db.statements());
    }

    async fn other_tasks_do_not_count(db: Db) {
        three_posts(&db).await;
        let repo = db.repo.clone();
        let beside = async { tokio::join!(db.repo.all(Post::query()), tokio::spawn(async move { repo.all(Tag::query()).await.unwrap().len() })) };
        let (_, sent) = statements::record(beside).await;
        assert_eq!(sent.count(), 1, "{sent}");
    }
}

//! Nobody writes to a row of another owner, and a row that is gone is an error with its path.

use assoc::{DbError, SaveError, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

/// Two posts with two comments each: 1 has 11 and 12, 2 has 21 and 22.
async fn two_posts(db: &Db) -> Post {
    db.execute(
        "INSERT INTO posts (id, title) VALUES (1, 'Mine'), (2, 'Other');
         INSERT INTO comments (id, body, post_id) VALUES (11, 'a', 1), (12, 'b', 1), (21, 'c', 2), (22, 'd', 2);",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut post, Post::comments).await.unwrap();
    post
}

fn with(post: Post, comments: serde_json::Value) -> Changeset<Post> {
    Post::changeset_of_comments(post.change(), &params(json!({"comments": comments})))
}

async fn stale(db: &Db, changeset: Changeset<Post>) -> String {
    match db.repo.update(changeset).await {
        Err(SaveError::Database(DbError::Stale(path))) => path.to_string(),
        other => panic!("expected a stale row, got {other:?}"),
    }
}

both! {
    async fn an_id_of_another_post_makes_a_new_row(db: Db) {
        let post = two_posts(&db).await;
        let changeset = with(post, json!([{"id": 11, "body": "a"}, {"id": 12, "body": "b"}, {"id": 21, "body": "stolen"}]));
        let post = db.repo.update(changeset).await.unwrap();
        let new = &post.comments.get().unwrap()[2];
        assert!(new.id != 21 && new.post_id == 1);
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 21").await, "c");
        assert_eq!(db.text("SELECT post_id FROM comments WHERE id = 21").await, "2");
    }

    async fn a_row_that_was_deleted_meanwhile(db: Db) {
        let post = two_posts(&db).await;
        db.execute("DELETE FROM comments WHERE id = 12").await;
        let path = stale(&db, with(post, json!([{"id": 11, "body": "changed"}, {"id": 12, "body": "changed"}]))).await;
        assert_eq!(path, "comments[1]");
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 11").await, "a");
    }

    async fn a_row_that_was_moved_meanwhile(db: Db) {
        let post = two_posts(&db).await;
        db.execute("UPDATE comments SET post_id = 2 WHERE id = 12").await;
        let path = stale(&db, with(post, json!([{"id": 11, "body": "a"}, {"id": 12, "body": "changed"}]))).await;
        assert_eq!(path, "comments[1]");
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 12").await, "b");
    }

    async fn a_dropped_row_that_was_moved_meanwhile(db: Db) {
        let post = two_posts(&db).await;
        db.execute("UPDATE comments SET post_id = 2 WHERE id = 12").await;
        let path = stale(&db, with(post, json!([{"id": 11, "body": "a"}]))).await;
        assert_eq!(path, "comments[id=12]");
        assert_eq!(db.count("comments").await, 4);
    }

    async fn a_batch_of_one_statement_is_undone(db: Db) {
        let post = two_posts(&db).await;
        db.execute("DELETE FROM comments WHERE id = 12").await;
        let path = stale(&db, with(post, json!([]))).await;
        assert_eq!(path, "comments[id=12]");
        assert_eq!(db.count("comments").await, 3);
    }

    async fn the_row_itself(db: Db) {
        let post = two_posts(&db).await;
        db.execute("DELETE FROM comments; DELETE FROM posts WHERE id = 1").await;
        assert_eq!(stale(&db, post.clone().change().set(Post::title, "x")).await, "");
        match db.repo.delete(post).await {
            Err(SaveError::Database(DbError::Stale(path))) => assert_eq!(path.as_str(), ""),
            other => panic!("{other:?}"),
        }
    }

    async fn a_row_of_many_updates_at_depth(db: Db) {
        two_posts(&db).await;
        db.execute("INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob'); UPDATE posts SET author_id = id").await;
        let mut user: User = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut user, User::posts.then(Post::comments)).await.unwrap();
        db.execute("DELETE FROM comments WHERE id = 12").await;
        let input = json!({"posts": [{"id": 1, "title": "x", "comments": [{"id": 12, "body": "x"}, {"id": 11, "body": "x"}]}]});
        let changeset = user.change().cast(&params(input), ()).cast_assoc(User::posts, Post::changeset_of_comments);
        match db.repo.update(changeset).await {
            Err(SaveError::Database(DbError::Stale(path))) => assert_eq!(path.as_str(), "posts[0].comments[0]"),
            other => panic!("{other:?}"),
        }
        assert_eq!(db.text("SELECT title FROM posts WHERE id = 1").await, "Mine");
    }

    async fn a_new_row_cannot_name_another_owner(db: Db) {
        let post = two_posts(&db).await;
        let input = json!({"comments": [{"id": 11, "body": "a"}, {"id": 12, "body": "b"}, {"body": "new", "post_id": 2}]});
        let changeset = post.change().cast(&params(input), ()).cast_assoc(Post::comments, |comment, params| {
            comment.cast(params, (Comment::body, Comment::post_id))
        });
        let _ = db.repo.update(changeset).await;
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE post_id = 2").await, "2");
    }
}

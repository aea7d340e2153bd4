//! The story that everything began with: three comments, one kept, one changed, one dropped, one new.

use assoc::{Op, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

async fn post_seven(db: &Db) -> Post {
    db.execute(
        "INSERT INTO posts (id, title) VALUES (7, 'Hello'), (8, 'Other');
         INSERT INTO comments (id, body, post_id) VALUES (10, 'Great story!', 7), (11, 'What happened next?', 7),
           (12, 'Thanks for the article', 7), (20, 'Elsewhere', 8);",
    )
    .await;
    db.repo.fetch(7).await.unwrap()
}

fn cast(post: Post) -> Changeset<Post> {
    let input = json!({"comments": [
        {"id": 11, "body": "What happened next?"},
        {"id": 12, "body": "Thank you for the post"},
        {"body": "Interesting"},
    ]});
    post.change().cast(&params(input), ()).cast_assoc(Post::comments, Comment::changeset)
}

both! {
    async fn only_the_difference_is_written(db: Db) {
        let mut post = post_seven(&db).await;
        db.repo.preload(&mut post, Post::comments).await.unwrap();
        let changeset = cast(post);
        let plan = changeset.plan().unwrap();
        let writes: Vec<_> = plan.writes().iter().map(|write| (write.op, write.table.to_string())).collect();
        let comments = || "comments".to_owned();
        assert_eq!(writes, [(Op::Delete, comments()), (Op::Update, comments()), (Op::Insert, comments())]);
        assert_eq!(plan.statements(), 3);
        let sql = db.repo.to_sql(&plan);
        db.forget();
        let post = db.repo.update(changeset).await.unwrap();
        assert_eq!(db.statements(), sql);
        let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
        assert_eq!(ids[..2], [11, 12]);
        assert!(ids[2] > 12 && ids[2] != 20, "{ids:?}");

        let mut again: Post = db.repo.fetch(7).await.unwrap();
        db.repo.preload(&mut again, Post::comments).await.unwrap();
        let bodies: Vec<_> = again.comments.get().unwrap().iter().map(|comment| comment.body.as_str()).collect();
        assert_eq!(bodies, ["What happened next?", "Thank you for the post", "Interesting"]);
        assert_eq!(again.comments, post.comments);
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 20").await, "Elsewhere");
        assert_eq!(db.count("comments").await, 4);
    }

    async fn the_update_sets_only_the_body(db: Db) {
        let mut post = post_seven(&db).await;
        db.repo.preload(&mut post, Post::comments).await.unwrap();
        let changeset = cast(post);
        let plan = changeset.plan().unwrap();
        let writes = plan.writes();
        let fields: Vec<_> = writes[1].set.keys().copied().collect();
        assert_eq!(fields, ["body"]);
        let sql = db.repo.to_sql(&plan).join(", ");
        let (_, update) = sql.split_once("UPDATE \"comments\" AS t ").unwrap();
        let (set, _) = update.split_once(" FROM ").unwrap();
        assert!(["SET \"body\" = u.c2", "SET \"body\" = u.v ->> 2"].contains(&set), "{update}");
    }

    async fn a_partial_preload_limits_the_effect(db: Db) {
        let mut post = post_seven(&db).await;
        db.repo.preload(&mut post, Post::comments.filter(Comment::id.is_in([11, 12]))).await.unwrap();
        assert!(post.comments.is_partial());
        let post = db.repo.update(cast(post)).await.unwrap();
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 10").await, "Great story!");
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 12").await, "Thank you for the post");
        assert_eq!(db.count("comments").await, 5);
        assert!(post.comments.is_partial());
    }

    async fn without_preload_the_error_names_the_call(db: Db) {
        let post = post_seven(&db).await;
        db.forget();
        let error = db.repo.update(cast(post)).await.unwrap_err().to_string();
        assert!(error.contains("association `comments` of `Post` is not loaded"), "{error}");
        assert!(error.contains("repo.preload(&mut value, Post::comments)"), "{error}");
        assert!(db.conversation().is_empty());
        assert_eq!(db.count("comments").await, 4);
    }
}

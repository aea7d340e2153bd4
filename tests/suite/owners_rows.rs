//! Input only touches rows of its owner, and rows that are loaded; what is gone meanwhile is an error with its path.

use assoc::{DbError, SaveError, prelude::*};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

async fn blog(db: &Db) -> Post {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
         INSERT INTO profiles (id, bio, user_id) VALUES (1, 'mine', 1), (2, 'other', 2);
         INSERT INTO posts (id, title, author_id) VALUES (1, 'A', 1), (2, 'B', 2);
         INSERT INTO comments (id, body, rating, post_id) VALUES (11, 'a', 1, 1), (12, 'b', 5, 1), (13, 'c', 5, 1), (21, 'd', 5, 2);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y');
         INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (2, 2);",
    )
    .await;
    load(db, 1).await
}

async fn load(db: &Db, id: i64) -> Post {
    let mut post: Post = db.repo.fetch(id).await.unwrap();
    db.repo.preload(&mut post, (Post::comments, Post::tags, Post::author.then(User::profile))).await.unwrap();
    db.forget();
    post
}

fn cast(post: Post, comments: Json) -> Changeset<Post> {
    Post::changeset_of_comments(post.change(), &params(json!({"comments": comments})))
}

async fn comments(db: &Db) -> String {
    all_of(db, "concat(body, post_id)", "comments").await
}

fn stale(error: SaveError<Changeset<Post>>) -> String {
    match error {
        SaveError::Database(DbError::Stale(path)) => path.to_string(),
        other => panic!("expected a stale row, got: {other}"),
    }
}

both! {
    async fn an_id_of_anothers_row_makes_a_new_one(db: Db) {
        let post = blog(&db).await;
        let post = db.repo.update(cast(post, json!([{"id": 11}, {"id": 21, "body": "mine now"}, {"id": 12}, {"id": 13}]))).await.unwrap();
        assert_ne!(post.comments.get().unwrap()[1].id, 21);
        assert_eq!(comments(&db).await, "a1 b1 c1 d2 mine now1");
        let input = params(json!({"author": {"id": 1, "profile": {"id": 2, "bio": "mine now"}}, "tags": [{"id": 1}, {"id": 2, "name": "z"}]}));
        db.repo.update(Post::changeset(load(&db, 1).await.change(), &input)).await.unwrap();
        assert_eq!(all_of(&db, "concat(bio, user_id)", "profiles").await, "mine now1 other2");
        assert_eq!(all_of(&db, "name", "tags").await, "x y z");
    }

    async fn or_an_error_of_its_key(db: Db) {
        let post = blog(&db).await;
        let input = params(json!({
            "comments": [{"id": 12}, {"id": 21, "body": "x"}, {"id": 11}, {"body": "new"}, {"id": "none", "body": "y"}, {"id": 13}],
            "tags": [{"id": 2, "name": "z"}],
            "author": {"id": 1, "profile": {"id": 2, "bio": "x"}},
        }));
        let changeset = post.change().cast(&input, ())
            .cast_assoc(Post::comments.reject_unknown(), Comment::changeset)
            .cast_assoc(Post::tags.reject_unknown(), Tag::changeset)
            .cast_assoc(Post::author, |user, params| user.cast(params, ()).cast_assoc(User::profile.reject_unknown(), Profile::changeset));
        let mut found = lines(&changeset.errors());
        found.sort();
        assert_eq!(found, ["author.profile.id does not exist", "comments[1].id does not exist", "comments[4].id is invalid", "tags[0].id does not exist"]);
        assert!(matches!(db.repo.update(changeset).await, Err(SaveError::Invalid(_))));
        assert_eq!(db.conversation().len(), 0);
    }

    async fn a_loaded_struct_moves_on_purpose(db: Db) {
        let post = blog(&db).await;
        let theirs = load(&db, 2).await.comments.get().unwrap()[0].clone();
        let mut all = post.comments.get().unwrap().to_vec();
        all.push(theirs);
        let post = db.repo.update(post.change().put_assoc(Post::comments, all)).await.unwrap();
        assert_eq!(post.comments.get().unwrap()[3].post_id, 1);
        assert_eq!((comments(&db).await.as_str(), db.statements().len()), ("a1 b1 c1 d1", 0));
    }

    async fn children_that_are_deleted_or_moved_meanwhile(db: Db) {
        let post = blog(&db).await;
        let change = cast(post.clone(), json!([{"id": 13}, {"id": 11}, {"id": 12, "body": "B"}]));
        let removal = cast(post, json!([{"id": 11, "body": "A"}, {"id": 13}]));
        for meanwhile in ["DELETE FROM comments WHERE id = 12", "INSERT INTO comments (id, body, post_id) VALUES (12, 'b', 2)"] {
            db.execute(meanwhile).await;
            let before = comments(&db).await;
            assert_eq!(stale(db.repo.update(change.clone()).await.unwrap_err()), "comments[2]");
            assert_eq!(stale(db.repo.update(removal.clone()).await.unwrap_err()), "comments[id=12]");
            assert_eq!(comments(&db).await, before);
        }
    }

    async fn grandchildren_parents_and_linked_rows_that_are_gone(db: Db) {
        let post = blog(&db).await;
        let input = |json| Post::changeset(post.clone().change(), &params(json));
        let profile = input(json!({"author": {"id": 1, "profile": {"id": 1, "bio": "new"}}}));
        db.execute("UPDATE profiles SET user_id = NULL WHERE id = 1").await;
        assert_eq!(stale(db.repo.update(profile).await.unwrap_err()), "author.profile");
        let tag = input(json!({"tags": [{"name": "new"}, {"id": 1, "name": "X"}]}));
        db.execute("DELETE FROM posts_tags; DELETE FROM tags WHERE id = 1").await;
        assert_eq!(stale(db.repo.update(tag).await.unwrap_err()), "tags[1]");
        let author = input(json!({"author": {"id": 1, "name": "Anna"}}));
        db.execute("UPDATE posts SET author_id = NULL; DELETE FROM users WHERE id = 1").await;
        assert_eq!(stale(db.repo.update(author).await.unwrap_err()), "author");
        assert_eq!(all_of(&db, "name", "tags").await, "y");
    }

    async fn a_stale_child_can_be_an_error_of_its_own(db: Db) {
        let post = blog(&db).await;
        let input = params(json!({"comments": [{"id": 13}, {"id": 11, "body": "A"}, {"id": 12, "body": "B"}]}));
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::comments, |comment, params| {
            Comment::changeset(comment, params).stale_error_message(Comment::body, "was deleted")
        });
        db.execute("DELETE FROM comments WHERE id = 12").await;
        assert_eq!(errors(db.repo.update(changeset).await.unwrap_err()), ["comments[2].body was deleted"]);
        assert_eq!(comments(&db).await, "a1 c1 d2");
    }

    async fn a_filtered_preload_is_cast_without_the_rows_outside(db: Db) {
        blog(&db).await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, Post::comments.filter(Comment::rating.gt(4))).await.unwrap();
        let changeset = cast(post, json!([{"id": 12, "body": "B"}, {"body": "new"}, {"id": 11, "body": "a new one"}]));
        let plan = changeset.plan().unwrap().to_string();
        assert!(plan.contains("comments (partially loaded: other rows are left alone)"), "{plan}");
        assert!(plan.contains("- delete 13") && !plan.contains("11"), "{plan}");
        let post = db.repo.update(changeset).await.unwrap();
        assert_eq!(comments(&db).await, "B1 a new one1 a1 d2 new1");
        let again = post.change().put_assoc(Post::comments, Vec::<Comment>::new());
        assert!(again.plan().unwrap().to_string().contains("partially loaded"), "what comes back is partial, too");
        db.repo.update(again).await.unwrap();
        assert_eq!(comments(&db).await, "a1 d2");
    }
}

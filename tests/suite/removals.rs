//! `mark_for_delete` on children of every kind, and `insert_or_update`.

use assoc::{Misuse, Op, SaveError, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

async fn blog(db: &Db) -> Post {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
         INSERT INTO profiles (id, bio, user_id) VALUES (1, 'writes', 1);
         INSERT INTO posts (id, title, author_id, editor_id) VALUES (1, 'A', 1, 2), (2, 'B', NULL, NULL);
         INSERT INTO comments (id, body, post_id, author_id) VALUES (11, 'a', 1, NULL), (12, 'b', 1, NULL), (21, 'c', 2, NULL);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y');
         INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (1, 2), (2, 1);",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    let all = (Post::author.then(User::profile), Post::editor, Post::comments.then(Comment::author), Post::tags);
    db.repo.preload(&mut post, all).await.unwrap();
    db.forget();
    post
}

/// Marks rows whose input says so.
fn marked<S: Schema>(row: Changeset<S>, params: &Params) -> Changeset<S> {
    if params.get("delete").is_some() { row.mark_for_delete() } else { row }
}

async fn update(db: &Db, changeset: Changeset<Post>) -> Post {
    db.repo.update(changeset).await.unwrap()
}

both! {
    async fn of_many(db: Db) {
        let post = blog(&db).await;
        let input = params(json!({"comments": [{"id": 12, "delete": true}, {"id": 11, "body": "A"}]}));
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::comments, |comment, params| {
            marked(comment.cast(params, Comment::body), params)
        });
        let post = update(&db, changeset).await;
        assert_eq!(post.comments.get().unwrap().len(), 1);
        assert_eq!(all_of(&db, "body", "comments").await, "A c");
    }

    async fn of_one(db: Db) {
        blog(&db).await;
        let mut user: User = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut user, User::profile).await.unwrap();
        let input = params(json!({"profile": {"id": 1, "delete": true}}));
        let user = db.repo.update(user.change().cast(&input, ()).cast_assoc(User::profile, marked)).await.unwrap();
        assert_eq!(user.profile.get().unwrap(), None);
        assert_eq!(db.count("profiles").await, 0);
    }

    async fn of_a_parent(db: Db) {
        let post = blog(&db).await;
        let input = params(json!({"editor": {"id": 2, "delete": true}}));
        let post = update(&db, post.change().cast(&input, ()).cast_assoc(Post::editor, marked)).await;
        assert_eq!((post.editor_id, post.editor.get().unwrap()), (None, None));
        assert_eq!(db.text("SELECT editor_id FROM posts WHERE id = 1").await, "NULL");
        assert_eq!(all_of(&db, "name", "users").await, "Ann");
    }

    async fn of_a_join_table_ends_the_link(db: Db) {
        let post = blog(&db).await;
        let input = params(json!({"tags": [{"id": 1, "delete": true}, {"id": 2}]}));
        let post = update(&db, post.change().cast(&input, ()).cast_assoc(Post::tags, marked)).await;
        assert_eq!(post.tags.get().unwrap().len(), 1);
        assert_eq!((db.count("tags").await, db.count("posts_tags").await), (2, 2));
    }

    async fn of_rows_that_are_put(db: Db) {
        let post = blog(&db).await;
        let (comments, tags) = (post.comments.get().unwrap().to_vec(), post.tags.get().unwrap().to_vec());
        let editor = post.editor.get().unwrap().unwrap().clone();
        let changeset = post
            .change()
            .put_assoc(Post::comments, (comments[0].clone().change().mark_for_delete(), comments[1].clone()))
            .put_assoc(Post::tags, (tags[0].clone(), tags[1].clone().change().mark_for_delete()))
            .put_assoc(Post::editor, editor.change().mark_for_delete());
        let post = update(&db, changeset).await;
        assert_eq!((post.comments.get().unwrap().len(), post.tags.get().unwrap().len()), (1, 1));
        assert_eq!((post.editor_id, post.editor.get().unwrap()), (None, None));
        assert_eq!(all_of(&db, "body", "comments").await, "b c");
        assert_eq!(all_of(&db, "name", "users").await, "Ann");
        assert_eq!((db.count("tags").await, db.count("posts_tags").await), (2, 2));
    }

    async fn of_a_row_that_is_another_owners(db: Db) {
        let post = blog(&db).await;
        let other: Comment = db.repo.fetch(21).await.unwrap();
        let comments = post.comments.get().unwrap().to_vec();
        let rows = (comments[0].clone(), comments[1].clone(), other.change().mark_for_delete());
        let result = db.repo.update(post.change().put_assoc(Post::comments, rows)).await;
        if let Ok(post) = &result {
            assert_eq!(post.comments.get().unwrap().len(), 2);
        }
        assert_eq!(db.count("comments").await, if result.is_ok() { 2 } else { 3 });
    }

    async fn of_a_new_row_is_a_mistake(db: Db) {
        let post = blog(&db).await;
        let input = params(json!({"comments": [{"id": 11}, {"id": 12}, {"body": "x", "delete": true}]}));
        let error = db.repo.update(post.change().cast(&input, ()).cast_assoc(Post::comments, marked)).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::NotAssociated { schema: "Comment", action: "delete" })), "{error}");
    }

    async fn what_lies_below_a_deleted_row_is_not_written(db: Db) {
        let post = blog(&db).await;
        let input = params(json!({"comments": [
            {"id": 11, "delete": true, "body": "changed", "author": {"name": "new"}},
            {"id": 12, "body": "B"},
        ]}));
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::comments, |comment, params| {
            marked(Comment::changeset(comment, params), params)
        });
        let plan = changeset.plan().unwrap();
        assert_eq!(plan.writes().iter().map(|write| write.op).collect::<Vec<_>>(), [Op::Delete, Op::Update]);
        update(&db, changeset).await;
        assert_eq!(db.count("users").await, 2);
        assert_eq!(all_of(&db, "body", "comments").await, "B c");
    }

    async fn of_a_row_whose_children_refer_to_it(db: Db) {
        blog(&db).await;
        let mut user: User = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut user, User::posts.then(Post::comments)).await.unwrap();
        let input = params(json!({"posts": [{"id": 1, "delete": true}]}));
        let error = db.repo.update(user.change().cast(&input, ()).cast_assoc(User::posts, marked)).await.unwrap_err();
        assert!(error.to_string().contains("posts[0]"), "{error}");
        assert_eq!((db.count("posts").await, db.count("comments").await), (2, 3));
    }

    async fn insert_or_update_does_what_fits(db: Db) {
        let input = |name: &str| params(json!({"name": name, "profile": {"bio": name}}));
        let user = db.repo.insert_or_update(User::changeset(User::build(), &input("Ann"))).await.unwrap();
        let id = user.id;
        let user = db.repo.insert_or_update(User::changeset(user.change(), &input("Anna"))).await.unwrap();
        assert_eq!((user.id, db.count("users").await, db.count("profiles").await), (id, 1, 1));
        assert_eq!(db.text("SELECT bio FROM profiles").await, "Anna");
        db.repo.insert_or_update(user.clone().change()).await.unwrap();
        assert!(db.conversation().is_empty());
        let error = db.repo.insert(user.clone().change()).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::WrongState { call: "insert", schema: "User" })), "{error}");
        let error = db.repo.update(User::build()).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::WrongState { call: "update", .. })), "{error}");
        let error = db.repo.delete(User::build()).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::WrongState { call: "delete", .. })), "{error}");
        db.repo.insert_or_update(user.change().set(User::name, " ").validate_required(User::name)).await.unwrap_err();
        assert_eq!(db.text("SELECT name FROM users").await, "Anna");
    }
}

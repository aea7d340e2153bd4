//! `put_assoc`, `build_assoc`, and foreign keys that are cast directly.

use assoc::{Misuse, SaveError, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

async fn blog(db: &Db) -> Post {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
         INSERT INTO posts (id, title, author_id) VALUES (1, 'A', 1), (2, 'B', NULL);
         INSERT INTO comments (id, body, post_id) VALUES (11, 'a', 1), (12, 'b', 1), (21, 'c', 2);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y'), (3, 'z');
         INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (1, 2);",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut post, (Post::author, Post::editor, Post::comments, Post::tags)).await.unwrap();
    db.forget();
    post
}

async fn fetch<S: Stored<Key = i64>>(db: &Db, id: i64) -> S {
    let row = db.repo.fetch(id).await.unwrap();
    db.forget();
    row
}

both! {
    async fn a_parent_as_struct_reference_changeset_and_none(db: Db) {
        let post = blog(&db).await;
        let bob: User = fetch(&db, 2).await;
        let post = db.repo.update(post.change().put_assoc(Post::editor, &bob)).await.unwrap();
        assert_eq!((post.editor_id, post.editor.get().unwrap().map(|user| user.id)), (Some(2), Some(2)));
        assert_eq!(db.statements().len(), 1);
        let post = db.repo.update(post.change().put_assoc(Post::author, bob)).await.unwrap();
        assert_eq!(post.author_id, Some(2));
        let post = db.repo.update(post.change().put_assoc(Post::author, User::build().set(User::name, "Cid"))).await.unwrap();
        assert_eq!(post.author_id, post.author.get().unwrap().map(|user| user.id));
        let post = db.repo.update(post.change().put_assoc(Post::author, None::<User>)).await.unwrap();
        assert_eq!((post.author_id, post.author.get().unwrap()), (None, None));
        assert_eq!(db.text("SELECT author_id FROM posts WHERE id = 1").await, "NULL");
        assert_eq!(db.count("users").await, 3);
    }

    async fn references_not_data(db: Db) {
        let post = blog(&db).await;
        let mut bob: User = fetch(&db, 2).await;
        bob.name = "altered".into();
        db.repo.update(post.change().put_assoc(Post::editor, bob)).await.unwrap();
        assert_eq!(db.text("SELECT name FROM users WHERE id = 2").await, "Bob");
    }

    async fn a_changeset_of_a_loaded_row_is_written(db: Db) {
        let post = blog(&db).await;
        let bob: User = fetch(&db, 2).await;
        let post = db.repo.update(post.change().put_assoc(Post::editor, bob.change().set(User::name, "Robert"))).await.unwrap();
        assert_eq!(post.editor.get().unwrap().unwrap().name, "Robert");
        assert_eq!(db.text("SELECT name FROM users WHERE id = 2").await, "Robert");
    }

    async fn links_and_unlinks(db: Db) {
        let post = blog(&db).await;
        let (second, third): (Tag, Tag) = (fetch(&db, 2).await, fetch(&db, 3).await);
        let changeset = post.change().put_assoc(Post::tags, (second, third, Tag::build().set(Tag::name, "new")));
        let post = db.repo.update(changeset).await.unwrap();
        let sent = db.statements();
        assert!(sent.len() <= 4 && sent.iter().filter(|sql| sql.contains("posts_tags")).count() <= 3, "{sent:#?}");
        let names: Vec<_> = post.tags.get().unwrap().iter().map(|tag| tag.name.clone()).collect();
        assert_eq!(names, ["y", "z", "new"]);
        let mut again: Post = fetch(&db, 1).await;
        db.repo.preload(&mut again, Post::tags).await.unwrap();
        assert_eq!(again.tags, post.tags);
        assert_eq!((db.count("tags").await, db.count("posts_tags").await), (4, 3));
    }

    async fn the_same_tags_are_no_change(db: Db) {
        let post = blog(&db).await;
        let tags = post.tags.get().unwrap().to_vec();
        db.repo.update(post.change().put_assoc(Post::tags, tags)).await.unwrap();
        assert!(db.conversation().is_empty());
    }

    async fn the_same_tag_twice_is_an_error(db: Db) {
        let post = blog(&db).await;
        let tag: Tag = fetch(&db, 3).await;
        let error = db.repo.update(post.change().put_assoc(Post::tags, [&tag, &tag])).await.unwrap_err();
        assert_eq!(errors(error), ["tags[1].id has already been taken"]);
    }

    async fn a_row_of_another_owner_moves(db: Db) {
        let post = blog(&db).await;
        let other: Comment = fetch(&db, 21).await;
        let mut comments = post.comments.get().unwrap().to_vec();
        comments.push(other);
        let post = db.repo.update(post.change().put_assoc(Post::comments, comments)).await.unwrap();
        assert_eq!(post.comments.get().unwrap()[2].post_id, 1);
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE post_id = 1").await, "3");
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 21").await, "c");
    }

    async fn what_is_not_put_is_replaced(db: Db) {
        let post = blog(&db).await;
        let post = db.repo.update(post.change().put_assoc(Post::comments, [Comment::build().set(Comment::body, "new")])).await.unwrap();
        assert_eq!(post.comments.get().unwrap().len(), 1);
        assert_eq!(db.count("comments").await, 2);
    }

    async fn build_assoc_sets_the_key(db: Db) {
        let post = blog(&db).await;
        let comment = db.repo.insert(post.build_assoc(Post::comments).set(Comment::body, "built")).await.unwrap();
        assert_eq!(comment.post_id, 1);
        let user: User = fetch(&db, 2).await;
        let profile = db.repo.insert(user.build_assoc(User::profile).set(Profile::bio, "b")).await.unwrap();
        assert_eq!(profile.user_id, Some(2));
    }

    async fn a_cast_foreign_key_unloads_the_parent(db: Db) {
        let post = blog(&db).await;
        let changeset = post.change().cast(&params(json!({"author_id": "2"})), Post::author_id).foreign_key_constraint(Post::author_id);
        let mut post = db.repo.update(changeset).await.unwrap();
        assert_eq!(post.author_id, Some(2));
        assert!(!post.author.is_loaded());
        assert!(post.comments.is_loaded());
        db.repo.preload(&mut post, Post::author).await.unwrap();
        assert_eq!(post.author.get().unwrap().unwrap().name, "Bob");
        let changeset = post.change().cast(&params(json!({"author_id": 99})), Post::author_id).foreign_key_constraint(Post::author_id);
        assert_eq!(errors(db.repo.update(changeset).await.unwrap_err()), ["author_id does not exist"]);
    }

    async fn key_and_association_that_disagree(db: Db) {
        let post = blog(&db).await;
        let bob: User = fetch(&db, 2).await;
        let changeset = post.change().set(Post::editor_id, 1).put_assoc(Post::editor, bob);
        let error = db.repo.update(changeset).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::KeyConflict(_))), "{error}");
    }

    async fn a_join_row_that_is_there_twice_loses_no_link(db: Db) {
        db.execute("DROP TABLE posts_tags; CREATE TABLE posts_tags (post_id BIGINT, tag_id BIGINT)").await;
        let mut post = blog(&db).await;
        db.execute("INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1)").await;
        db.repo.preload(&mut post, Post::tags.force()).await.unwrap();
        let tag: Tag = fetch(&db, 1).await;
        let _ = db.repo.update(post.change().put_assoc(Post::tags, [tag])).await;
        assert_ne!(db.text("SELECT count(*) FROM posts_tags WHERE tag_id = 1").await, "0");
    }

    async fn a_row_in_two_associations_takes_both_changes(db: Db) {
        blog(&db).await;
        db.execute("UPDATE posts SET editor_id = 1 WHERE id = 1").await;
        let mut post: Post = fetch(&db, 1).await;
        db.repo.preload(&mut post, (Post::author.then(User::profile), Post::editor.then(User::profile))).await.unwrap();
        let input = params(json!({"author": {"id": 1, "name": "New"}, "editor": {"id": 1, "email": "new@example.org"}}));
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::author, User::changeset).cast_assoc(Post::editor, User::changeset);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.text("SELECT name FROM users WHERE id = 1").await, "New");
        assert_eq!(db.text("SELECT email FROM users WHERE id = 1").await, "new@example.org");
    }
}

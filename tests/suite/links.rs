//! Rows of join tables that the database refuses.

use assoc::{ViolationKind, prelude::*};

use crate::{constraints::violation, schemas::*};

both! {
    async fn a_link_that_is_there_already(db: Db) {
        db.execute("INSERT INTO posts (id, title) VALUES (1, 'P'); INSERT INTO tags (id, name) VALUES (1, 'a'), (2, 'b')").await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, Post::tags).await.unwrap();
        db.execute("INSERT INTO posts_tags VALUES (1, 2)").await;
        let tags = db.repo.all(Tag::query().order_by(Tag::id.asc())).await.unwrap();
        let error = violation(db.repo.update(post.change().put_assoc(Post::tags, tags)).await.unwrap_err());
        assert_eq!((error.kind, error.path.as_str()), (ViolationKind::Unique, "tags[1]"));
        assert_eq!(db.count("posts_tags").await, 1);
    }

    async fn a_link_to_a_row_that_is_gone(db: Db) {
        db.execute("INSERT INTO posts (id, title) VALUES (1, 'P'); INSERT INTO tags (id, name) VALUES (1, 'a'), (2, 'b')").await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, Post::tags).await.unwrap();
        let tags = db.repo.all(Tag::query().order_by(Tag::id.asc())).await.unwrap();
        db.execute("DELETE FROM tags WHERE id = 2").await;
        let error = violation(db.repo.update(post.change().put_assoc(Post::tags, tags)).await.unwrap_err());
        assert_eq!((error.kind, error.path.as_str()), (ViolationKind::ForeignKey, "tags[1]"));
        assert_eq!(db.count("posts_tags").await, 0);
    }

    /// The violation is one of the join table; the foreign key that the linked row declares is another one.
    async fn a_link_that_fails_is_not_blamed_on_a_foreign_key_of_the_row(db: Db) {
        db.execute("INSERT INTO users (id, name) VALUES (1, 'Ann'); INSERT INTO posts (id, title, author_id) VALUES (1, 'P', 1); INSERT INTO tags (id, name) VALUES (1, 'a')").await;
        let mut tag: Tag = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut tag, Tag::posts).await.unwrap();
        let post: Post = db.repo.fetch(1).await.unwrap();
        db.execute("DELETE FROM posts").await;
        let post = post.change().foreign_key_constraint(Post::author_id);
        let error = violation(db.repo.update(tag.change().put_assoc(Tag::posts, [post])).await.unwrap_err());
        assert_eq!((error.kind, error.path.as_str()), (ViolationKind::ForeignKey, "posts[0]"));
    }
}

//! Unique values that are freed, move or swap between rows of one save.

use assoc::prelude::*;
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

/// A post whose comments have these slugs.
async fn with_slugs(db: &Db, slugs: &[&str]) -> Post {
    let comments: Vec<_> = slugs.iter().map(|slug| json!({"body": "b", "slug": slug})).collect();
    let input = params(json!({"title": "t", "comments": comments}));
    db.repo.insert(Post::changeset_of_comments(Post::build(), &input)).await.unwrap()
}

/// Gives the comments new slugs, in their order; `null` drops one, what is more is new.
async fn reslug(db: &Db, post: Post, slugs: &[Json]) -> Vec<String> {
    let mut ids = post.comments.get().unwrap().iter().map(|comment| comment.id).collect::<Vec<_>>().into_iter();
    let rows = slugs.iter().filter_map(|slug| {
        let id = ids.next();
        (!slug.is_null()).then(|| match id {
            Some(id) => json!({"id": id, "body": "b", "slug": slug}),
            None => json!({"body": "b", "slug": slug}),
        })
    });
    let input = params(json!({"comments": rows.collect::<Vec<_>>()}));
    let id = post.id;
    db.repo.update(Post::changeset_of_comments(post.change(), &input)).await.unwrap();
    let comments =
        db.repo.all(Comment::query().filter(Comment::post_id.eq(id)).order_by(Comment::id.asc())).await.unwrap();
    comments.into_iter().map(|comment| comment.slug.unwrap_or_default()).collect()
}

both! {
    async fn freed_by_a_delete_taken_by_an_insert(db: Db) {
        let post = with_slugs(&db, &["a", "b"]).await;
        assert_eq!(reslug(&db, post, &[json!(null), json!("b"), json!("a")]).await, ["b", "a"]);
    }

    async fn freed_by_a_delete_taken_by_an_update(db: Db) {
        let post = with_slugs(&db, &["a", "b"]).await;
        assert_eq!(reslug(&db, post, &[json!(null), json!("a")]).await, ["a"]);
    }

    async fn freed_by_an_update_taken_by_an_insert(db: Db) {
        let post = with_slugs(&db, &["a"]).await;
        assert_eq!(reslug(&db, post, &[json!("b"), json!("a")]).await, ["b", "a"]);
    }

    async fn handed_on_from_row_to_row(db: Db) {
        let post = with_slugs(&db, &["a", "b", "c", "d"]).await;
        let slugs = reslug(&db, post, &[json!("b"), json!("c"), json!("d"), json!("e")]).await;
        assert_eq!(slugs, ["b", "c", "d", "e"]);
    }

    async fn handed_on_the_other_way(db: Db) {
        let post = with_slugs(&db, &["b", "c", "d", "e"]).await;
        let slugs = reslug(&db, post, &[json!("a"), json!("b"), json!("c"), json!("d")]).await;
        assert_eq!(slugs, ["a", "b", "c", "d"]);
    }

    async fn swapped(db: Db) {
        let post = with_slugs(&db, &["a", "b", "c"]).await;
        assert_eq!(reslug(&db, post, &[json!("b"), json!("a"), json!("c")]).await, ["b", "a", "c"]);
    }

    async fn two_new_rows_with_the_same_one(db: Db) {
        let input = params(json!({"title": "t", "comments": [{"body": "1", "slug": "x"}, {"body": "2", "slug": "x"}]}));
        let error = db.repo.insert(Post::changeset_of_comments(Post::build(), &input)).await.unwrap_err();
        assert_eq!(errors(error), ["comments[1].slug has already been taken"]);
    }

    async fn a_new_profile_replaces_the_old_one(db: Db) {
        let user = db.repo.insert(User::changeset(User::build(), &params(json!({"name": "A", "profile": {"bio": "old"}}))));
        let user = user.await.unwrap();
        let changeset = User::changeset(user.change(), &params(json!({"profile": {"bio": "new"}})));
        let user = db.repo.update(changeset).await.unwrap();
        assert_eq!(user.profile.get().unwrap().unwrap().bio, "new");
        assert_eq!(db.text("SELECT bio FROM profiles").await, "new");
    }
}

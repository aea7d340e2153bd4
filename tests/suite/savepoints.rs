//! Saves in a transaction, with and without savepoints.

use assoc::{DbError, SaveError, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

fn post(comments: serde_json::Value) -> Changeset<Post> {
    Post::changeset(Post::build(), &params(json!({"title": "t", "comments": comments})))
}

/// What a save without savepoints ends in; and the transaction, if it fails on PostgreSQL.
async fn unguarded(db: &Db, changeset: Changeset<Post>) -> SaveError<Changeset<Post>> {
    let tx = db.repo.begin().await.unwrap();
    db.forget();
    let error = tx.without_savepoints().insert_or_update(changeset).await.unwrap_err();
    if db.is_postgres() {
        assert_eq!(db.conversation().len(), 1);
        assert!(matches!(tx.all(Tag::query()).await, Err(DbError::TransactionAborted)));
        let saved = tx.insert(Tag::build().set(Tag::name, "after")).await;
        assert!(matches!(saved, Err(SaveError::Database(DbError::TransactionAborted))), "{saved:?}");
        assert!(matches!(tx.commit().await, Err(DbError::TransactionAborted)));
    } else {
        tx.commit().await.unwrap();
    }
    assert_eq!(db.count("posts").await, 1, "nothing of it is written");
    error
}

async fn one_post(db: &Db) -> Post {
    let inserted = db.repo.insert(post(json!([{"body": "a", "slug": "taken"}]))).await.unwrap();
    db.forget();
    inserted
}

both! {
    async fn each_save_sets_one(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        db.forget();
        tx.insert(post(json!([{"body": "a"}, {"body": "b"}]))).await.unwrap();
        let sent = db.conversation();
        assert!(sent[0].starts_with("SAVEPOINT") && sent.last().unwrap().starts_with("RELEASE"), "{sent:?}");
        assert_eq!(sent.len(), 2 + db.as_one(2));
        tx.commit().await.unwrap();
    }

    async fn none_is_one_round_trip(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        let bare = tx.without_savepoints();
        db.forget();
        let post = bare.insert(post(json!([{"body": "a"}, {"body": "b"}]))).await.unwrap();
        bare.update(post.change().set(Post::title, "new")).await.unwrap();
        let sent = db.conversation();
        if db.is_postgres() {
            assert!(sent.len() == 2 && sent.iter().all(|sql| !sql.contains("SAVEPOINT")), "{sent:?}");
        }
        tx.commit().await.unwrap();
        assert_eq!(all_of(&db, "title", "posts").await, "new");
    }

    async fn a_taken_value_is_found_by_its_key(db: Db) {
        one_post(&db).await;
        let error = unguarded(&db, post(json!([{"body": "b", "slug": "free"}, {"body": "c", "slug": "taken"}]))).await;
        assert_eq!(errors(error), ["comments[1].slug has already been taken"]);
    }

    async fn a_missing_parent_is_found_by_its_key(db: Db) {
        one_post(&db).await;
        let error = unguarded(&db, post(json!([{"body": "b"}, {"body": "c", "author_id": 77}, {"body": "d"}]))).await;
        assert_eq!(errors(error), ["comments[1].author_id does not exist"]);
    }

    async fn a_row_that_others_refer_to(db: Db) {
        let post = one_post(&db).await;
        let tx = db.repo.begin().await.unwrap();
        let error = tx.without_savepoints().delete(post.change().no_assoc_constraint(Post::comments)).await.unwrap_err();
        assert_eq!(errors(error), ["comments are still associated with this entry"]);
        drop(tx);
        assert_eq!(db.count("posts").await, 1);
    }

    async fn a_row_that_is_gone(db: Db) {
        let post = one_post(&db).await;
        db.execute("DELETE FROM comments").await;
        let id = post.comments.get().unwrap()[0].id;
        let input = json!({"title": "new", "comments": [{"id": id, "body": "x"}]});
        let error = unguarded(&db, Post::changeset_of_comments(post.change(), &params(input))).await;
        assert!(matches!(&error, SaveError::Database(DbError::Stale(path)) if path.as_str() == "comments[0]"), "{error:?}");
        assert_eq!(all_of(&db, "title", "posts").await, "t");
    }
}

#[derive(Debug, Clone, Schema)]
struct Holder {
    id: i64,
    name: String,
    #[has_many]
    counters: HasMany<Counter>,
}

#[derive(Debug, Clone, Schema)]
struct Counter {
    id: i64,
    holder_id: i64,
    #[schema(database_default)]
    number: i32,
}

/// What does not fit is about the row that is inserted, not about the one that is updated.
#[tokio::test]
async fn a_value_that_does_not_fit_is_no_row_that_is_gone() {
    let db = Db::postgres().await;
    db.tables(
        "CREATE TABLE holders (id <key>, name TEXT); CREATE TABLE counters (id <key>, holder_id BIGINT, number INTEGER)",
    )
    .await;
    let owner = db.repo.insert(Holder::build().set(Holder::name, "old")).await.unwrap();
    let tx = db.repo.begin().await.unwrap();
    let changed = owner.change().set(Holder::name, "new").add_to(Holder::counters, vec![Counter::build()]);
    let error = tx.without_savepoints().update(changed).await.unwrap_err();
    assert!(matches!(error, SaveError::Database(DbError::Unmet { write: 1, .. })), "{error:?}");
    assert!(matches!(tx.commit().await, Err(DbError::TransactionAborted)));
    assert_eq!(all_of(&db, "name", "holders").await, "old");
}

#[tokio::test]
async fn two_rows_that_may_be_meant() {
    let db = Db::postgres().await;
    one_post(&db).await;
    for comments in [
        json!([{"body": "b", "slug": "same"}, {"body": "c", "slug": "same"}]),
        json!([{"body": "b", "rating": 9}, {"body": "c", "rating": 1}]),
    ] {
        let error = unguarded(&db, post(comments)).await;
        assert!(
            matches!(&error, SaveError::Database(DbError::Violation(violation)) if violation.path.as_str().is_empty()),
            "{error:?}"
        );
    }
    let error = unguarded(&db, post(json!([{"body": "b", "rating": 9}]))).await;
    assert_eq!(errors(error), ["comments[0].rating must be 1 to 5"]);
}

/// In turn, the first statement is done when the second tells that a row is gone.
#[tokio::test]
async fn half_of_a_save_is_not_committed() {
    let db = Db::postgres().await;
    let loaded = one_post(&db).await;
    db.execute("DELETE FROM comments").await;
    let tx = db.repo.begin().await.unwrap();
    let id = loaded.comments.get().unwrap()[0].id;
    let input = json!({"title": "new", "comments": [{"id": id, "body": "x"}]});
    let changeset = Post::changeset_of_comments(loaded.change(), &params(input));
    let error = tx.without_savepoints().in_turn().update(changeset).await.unwrap_err();
    assert!(matches!(&error, SaveError::Database(DbError::Stale(path)) if path.as_str() == "comments[0]"), "{error:?}");
    assert!(matches!(tx.commit().await, Err(DbError::TransactionAborted)));
    assert_eq!(all_of(&db, "title", "posts").await, "t");
}

//! Writers at the same time on PostgreSQL: no deadlock, nothing half written, rows that others changed are noticed.

use assoc::{DbError, SaveError, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

pub(super) fn post(comments: usize) -> Changeset<Post> {
    let comments: Vec<_> = (0..comments).map(|n| json!({"body": n.to_string()})).collect();
    Post::changeset(Post::build(), &params(json!({"title": "t", "comments": comments})))
}

/// The post with its comments, every body changed to `body`, in this order or the other way round.
pub(super) fn rewrite(post: &Post, body: &str, backwards: bool) -> Changeset<Post> {
    let mut ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
    if backwards {
        ids.reverse();
    }
    let rows: Vec<_> = ids.iter().map(|id| json!({"id": id, "body": body})).collect();
    Post::changeset_of_comments(post.clone().change(), &params(json!({"comments": rows})))
}

#[tokio::test]
async fn two_writers_in_opposite_order_do_not_deadlock() {
    let db = Db::postgres().await;
    let post = db.repo.insert(post(200)).await.unwrap();
    for round in 0..40 {
        let [first, second] =
            [("a", false), ("b", true)].map(|(body, backwards)| rewrite(&post, &format!("{body}{round}"), backwards));
        let (first, second) = tokio::join!(db.repo.update(first), db.repo.update(second));
        first.unwrap();
        second.unwrap();
        assert_eq!(db.text("SELECT count(DISTINCT body) FROM comments").await, "1", "the last writer wins as a whole");
    }
}

#[tokio::test]
async fn a_deleting_and_an_updating_writer_do_not_deadlock() {
    let db = Db::postgres().await;
    for round in 0..20 {
        let post = db.repo.insert(post(100)).await.unwrap();
        let drop_all = Post::changeset_of_comments(post.clone().change(), &params(json!({"comments": []})));
        let (first, second) = tokio::join!(db.repo.update(drop_all), db.repo.update(rewrite(&post, "x", true)));
        first.unwrap();
        assert!(matches!(second, Ok(_) | Err(SaveError::Database(DbError::Stale(_)))), "{round}: {second:?}");
        assert_eq!(db.count("comments").await, 0);
    }
}

/// Several sets of columns are several statements: rows that are locked in turns may still cross. Then one writer
/// is told, and nothing of it is written.
#[tokio::test]
async fn writers_of_several_statements_are_whole_or_nothing() {
    let db = Db::postgres().await;
    let post = db.repo.insert(post(2)).await.unwrap();
    let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
    let writer = |first: usize, tag: &str| {
        let rows = json!([{"id": ids[first], "body": tag}, {"id": ids[1 - first], "slug": format!("{tag}{first}")}]);
        Post::changeset_of_comments(post.clone().change(), &params(json!({"comments": rows})))
    };
    for round in 0..4 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        let (first, second) = tokio::join!(db.repo.update(writer(0, &a)), db.repo.update(writer(1, &b)));
        for (result, tag, at) in [(first, &a, 0), (second, &b, 1)] {
            let body = db.text(&format!("SELECT count(*) FROM comments WHERE body = '{tag}'")).await;
            let slug = db.text(&format!("SELECT count(*) FROM comments WHERE slug = '{tag}{at}'")).await;
            assert_eq!(body, slug);
            match result {
                Ok(_) => assert_eq!(body, "1"),
                Err(SaveError::Database(DbError::Serialization(_))) => assert_eq!(body, "0"),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// Another connection holds the row while the save waits for it.
#[tokio::test]
async fn what_a_waiting_save_finds_moved_or_deleted_is_stale() {
    for change in [
        "UPDATE comments SET post_id = (SELECT max(id) FROM posts) WHERE id = $1",
        "DELETE FROM comments WHERE id = $1",
    ] {
        let db = Db::postgres().await;
        let loaded = db.repo.insert(post(3)).await.unwrap();
        db.repo.insert(post(0)).await.unwrap();
        let last = loaded.comments.get().unwrap()[2].id;
        let direct = db.direct().await;
        let mut other = direct.begin().await.unwrap();
        sqlx::query(change).bind(last).execute(&mut *other).await.unwrap();
        let (repo, changeset) = (db.repo.clone(), rewrite(&loaded, "changed", false));
        let save = tokio::spawn(async move { repo.update(changeset).await });
        const WAITING: &str =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(WAITING).fetch_one(&direct).await.unwrap() == 0 {
            assert!(!save.is_finished());
        }
        other.commit().await.unwrap();
        match save.await.unwrap() {
            Err(SaveError::Database(DbError::Stale(path))) => assert_eq!(path.as_str(), "comments[2]"),
            other => panic!("{other:?}"),
        }
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE body = 'changed'").await, "0");
    }
}

#[tokio::test]
async fn two_inserts_of_one_unique_value_leave_one() {
    let db = Db::postgres().await;
    for round in 0..20 {
        let tag = || Tag::changeset(Tag::build(), &params(json!({"name": round.to_string()})));
        let (first, second) = tokio::join!(db.repo.insert(tag()), db.repo.insert(tag()));
        let refused: Vec<_> = [first, second].into_iter().filter_map(Result::err).map(errors).collect();
        assert_eq!(refused, [["name has already been taken"]]);
    }
    assert_eq!(db.count("tags").await, 20);
}

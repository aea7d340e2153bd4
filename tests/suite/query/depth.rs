//! Many conditions, side by side and in each other.

use assoc::{Condition, DbError, prelude::*, query::value};

use super::blog;
use crate::{schemas::*, support::*};

async fn ids(db: &Db, condition: Condition<Post>) -> Vec<i64> {
    db.repo.all(Post::query().filter(condition).order_by(Post::id.asc()).select(Post::id)).await.unwrap()
}

both! {
    async fn ten_thousand_side_by_side(db: Db) {
        blog(&db).await;
        // SQLite binds 32,766 values.
        let all = Condition::all((0..10_000).map(|id| Post::id.ne(id + 3)));
        assert_eq!(ids(&db, all).await, [1, 2]);
        let any = Condition::any((0..10_000).map(|id| Post::id.eq(id + 3)));
        assert_eq!(ids(&db, any).await, [3, 4]);
        let and = (0..10_000).fold(Post::id.gt(0), |so_far, id| so_far.and(Post::id.ne(id + 2)));
        assert_eq!(ids(&db, and).await, [1]);
        let or = (0..10_000).fold(Post::id.lt(0), |so_far, id| Post::id.eq(id + 4).or(so_far));
        assert_eq!(ids(&db, or).await, [4]);
        let query = (0..3_000).fold(Post::query(), |query, id| query.filter(Post::id.ne(id + 2)));
        assert_eq!(db.repo.count(query).await.unwrap(), 1);
        let query = (0..500).fold(Post::query().group_by(Post::id), |query, id| query.having(Post::id.ne(id + 2)));
        assert_eq!(db.repo.all(query.select(Post::id)).await.unwrap(), [1]);
    }

    async fn a_hundred_in_each_other(db: Db) {
        blog(&db).await;
        let nested = (0..50).fold(Post::id.eq(1), |inner, id| {
            inner.and(Post::id.ne(id + 100)).or(Post::id.eq(id + 3))
        });
        assert_eq!(ids(&db, nested).await, [1, 3, 4]);
        let even = (0..150).fold(Post::id.eq(1), |inner, _| !inner);
        assert_eq!(ids(&db, even).await, [1]);
        let sum = (0..150).fold(Post::id.plus(0), |sum, _| sum.plus(1));
        assert_eq!(ids(&db, sum.eq(151)).await, [1]);
    }

    async fn too_many_in_each_other_are_refused(db: Db) {
        blog(&db).await;
        let refused = async |condition: Condition<Post>| {
            let error = db.repo.all(Post::query().filter(condition)).await.unwrap_err();
            assert!(matches!(error, DbError::Configuration(_)), "{error:?}");
            assert_eq!(
                error.to_string(),
                "the query has more than 200 expressions in each other; list conditions: `Condition::all(…)`"
            );
        };
        refused((0..2_000).fold(Post::id.eq(1), |inner, _| !inner)).await;
        refused((0..100_000).fold(Post::id.eq(1), |inner, id| inner.and(Post::id.ne(id)).or(Post::id.eq(id)))).await;
        refused((0..100_000).fold(value(1_i64), |sum, _| sum.plus(1)).eq(Post::id)).await;
        let children = |inner| Category::children.any(Category::parent.any(inner));
        let tree = (0..2_000).fold(Category::id.gt(0), |inner, _| children(inner));
        assert!(matches!(db.repo.count(Category::query().filter(tree)).await, Err(DbError::Configuration(_))));
        assert!(db.statements().is_empty(), "nothing is sent");
    }
}

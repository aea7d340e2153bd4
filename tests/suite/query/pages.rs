//! Pages by the values of their rows.

use assoc::{
    DbError,
    prelude::*,
    query::{Cursor, Page},
};

use super::blog;
use crate::{schemas::*, support::*};

/// The pages of a query from the first on, and back again from the last.
async fn walk<Q, O: Send + Clone>(db: &Db, query: impl Fn() -> Query<Q, O>, size: u64) -> (Vec<Vec<O>>, Vec<Vec<O>>) {
    let (mut there, mut back) = (Vec::new(), Vec::new());
    let mut page = db.repo.page(query(), Page::first(size)).await.unwrap();
    assert_eq!(page.previous, None);
    while let Some(next) = page.next.clone() {
        there.push(page.rows);
        page = db.repo.page(query(), Page::after(size, next.to_string())).await.unwrap();
    }
    there.push(page.rows.clone());
    while let Some(previous) = page.previous.clone() {
        page = db.repo.page(query(), Page::before(size, previous)).await.unwrap();
        back.insert(0, page.rows.clone());
    }
    back.push(there.last().unwrap().clone());
    (there, back)
}

both! {
    async fn there_and_back(db: Db) {
        blog(&db).await;
        let query = || Comment::query().order_by(Comment::body.desc()).select(Comment::body);
        let (there, back) = walk(&db, query, 4).await;
        assert_eq!(there, [vec!["third", "sixth", "second", "fourth"], vec!["first", "fifth"]]);
        assert_eq!(there, back);
        let even = walk(&db, || Comment::query().select(Comment::id), 3).await;
        assert_eq!(even.0, [[1, 2, 3], [4, 5, 6]], "no empty page at the end");
        assert_eq!(even.0, even.1);
    }

    async fn nulls_and_equals_have_their_place(db: Db) {
        blog(&db).await;
        for order in [0, 1, 2, 3] {
            let query = || {
                let by = match order {
                    0 => Comment::rating.asc(),
                    1 => Comment::rating.desc(),
                    2 => Comment::author_id.asc().nulls_first(),
                    _ => Comment::author_id.desc().nulls_last(),
                };
                Comment::query().order_by(by).select(Comment::id)
            };
            let all = db.repo.all(query().order_by(Comment::id.asc())).await.unwrap();
            for size in 1..=7 {
                let (there, back) = walk(&db, query, size).await;
                assert_eq!(there.concat(), all, "order {order}, pages of {size}");
                assert_eq!(back.concat(), all, "order {order}, pages of {size}, backwards");
            }
        }
    }

    async fn several_directions(db: Db) {
        blog(&db).await;
        let query = || Comment::query().order_by((Comment::post_id.desc(), Comment::body.asc())).select(Comment::id);
        let (there, _) = walk(&db, query, 2).await;
        assert_eq!(there, [vec![5, 6], vec![4, 1], vec![2, 3]]);
    }

    async fn of_joins_groups_and_subqueries(db: Db) {
        blog(&db).await;
        let joined = || Post::query().left_join(Post::comments).order_by(Post::title.asc()).select((Post::id, Comment::id.optional()));
        let (there, back) = walk(&db, joined, 2).await;
        assert_eq!(there.concat(), [(4, None), (3, Some(5)), (3, Some(6)), (2, Some(4)), (1, Some(1)), (1, Some(2)), (1, Some(3))]);
        assert_eq!(there, back);
        let grouped = || {
            let query = Comment::query().group_by(Comment::post_id);
            query.order_by(Comment::id.count().desc()).select((Comment::post_id, Comment::id.count()))
        };
        let (there, back) = walk(&db, grouped, 1).await;
        assert_eq!(there, [[(1, 3)], [(3, 2)], [(2, 1)]]);
        assert_eq!(there, back);
        let limited = db.repo.page(Post::query().limit(3), Page::first(2)).await.unwrap_err();
        assert!(matches!(limited, DbError::Configuration(_)), "{limited:?}");
        let (there, _) = walk(&db, || Post::query().order_by(Post::id.asc()).limit(3).subquery().order_by(Post::id.asc()).select(Post::id), 2).await;
        assert_eq!(there, [vec![1, 2], vec![3]]);
    }

    async fn rows_may_come_and_go(db: Db) {
        blog(&db).await;
        let query = || Post::query().order_by(Post::title.asc()).preload(Post::tags);
        let first = db.repo.page(query(), Page::first(2)).await.unwrap();
        assert_eq!(first.rows[1].tags.get().unwrap().len(), 1);
        db.execute("UPDATE posts SET title = 'Aaa' WHERE title = 'Rust'; INSERT INTO posts (id, title) VALUES (9, 'Hell')").await;
        let second = db.repo.page(query(), Page::after(2, first.next.unwrap())).await.unwrap();
        assert_eq!(second.rows.iter().map(|post| post.title.as_str()).collect::<Vec<_>>(), ["Hell", "Iron"]);
        assert_eq!(second.next, None);
        assert_eq!(db.statements().len(), 2, "a page is one statement, and one for what it preloads");
    }

    async fn cursors_are_checked(db: Db) {
        blog(&db).await;
        let of_titles = db.repo.page(Post::query().order_by(Post::title.asc()), Page::first(1)).await.unwrap().next.unwrap();
        let json = serde_json::to_string(&of_titles).unwrap();
        assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), of_titles);
        for cursor in ["", "nonsense", "5b5d", "5b312c322c335d", "5b226122", of_titles.to_string().as_str()] {
            let query = Post::query().order_by(Post::author_id.asc());
            let error = db.repo.page(query, Page::after(1, cursor)).await.unwrap_err();
            assert!(matches!(error, DbError::Cursor), "{cursor}: {error:?}");
        }
        let huge = db.repo.page(Post::query(), Page::first(u64::MAX)).await.unwrap();
        assert_eq!((huge.rows.len(), huge.next), (4, None));
        let none = db.repo.page(Post::query(), Page::first(0)).await.unwrap();
        assert_eq!((none.rows.len(), none.next), (0, None));
    }
}

//! Associations of several steps: what is joined, counted and paged comes as often as it is there.

use assoc::{
    DbError,
    prelude::*,
    query::{Page, count_rows},
};

use super::blog;
use crate::schemas::*;

both! {
    async fn a_left_join_has_no_rows_of_the_way(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .left_join(Post::tags.on(Tag::name.eq("metal")))
            .order_by(Post::id.asc())
            .select((Post::id, Tag::name.optional()));
        let metal = || Some("metal".to_owned());
        assert_eq!(db.repo.all(query).await.unwrap(), [(1, metal()), (2, metal()), (3, metal()), (4, None)]);
        let query = Post::query()
            .left_join(Post::commenters)
            .order_by((Post::id.asc(), User::id.asc()))
            .select((Post::id, User::row().optional()));
        let rows = db.repo.all(query).await.unwrap();
        let ids: Vec<_> = rows.into_iter().map(|(id, user)| (id, user.map(|user| user.id))).collect();
        assert_eq!(ids, [(1, Some(2)), (1, Some(2)), (1, Some(3)), (2, Some(3)), (3, Some(1)), (4, None)]);
        let none = Post::query().left_join(Post::commenters.on(User::name.eq("Nobody"))).select((Post::id, User::id.optional()));
        assert_eq!(db.repo.count(none).await.unwrap(), 4);
    }

    async fn a_scope_hides_what_is_left_joined_not_its_owner(db: Db) {
        blog(&db).await;
        let repo = db.repo.clone().scoped::<Tag>(Tag::name.ne("metal"));
        let query = Post::query().left_join(Post::tags).order_by(Post::id.asc()).select((Post::id, Tag::name.optional()));
        let rows = repo.all(query).await.unwrap();
        assert_eq!(rows, [(1, Some("craft".to_owned())), (2, None), (3, None), (4, None)]);
    }

    async fn each_row_counts_once(db: Db) {
        blog(&db).await;
        let query = Post::query().order_by(Post::id.asc()).select((Post::id, Post::commenters.count()));
        assert_eq!(db.repo.all(query).await.unwrap(), [(1, 2), (2, 1), (3, 1), (4, 0)]);
        let query = Post::query().filter(Post::commenters.count().filter(User::name.eq("Bob")).eq(1)).select(Post::id);
        assert_eq!(db.repo.all(query).await.unwrap(), [1], "Bob has commented twice");
    }

    async fn equal_rows_have_no_pages(db: Db) {
        blog(&db).await;
        let joined = Post::query().join(Post::commenters).select((Post::id, User::id));
        let error = db.repo.page(joined, Page::first(1)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the join of `commenters` may return a row several times, which pages cannot tell apart: make it `.distinct().subquery()` first"
        );
        let both = Post::query().union_all(Post::query()).order_by(Post::title.asc());
        assert!(matches!(db.repo.page(both, Page::first(1)).await, Err(DbError::Configuration(_))));
        let commented = || Post::query().join(Post::comments);
        assert!(matches!(db.repo.page(commented().subquery(), Page::first(1)).await, Err(DbError::Configuration(_))));
        let once = db.repo.page(commented().distinct().subquery().select(Post::id), Page::first(5)).await.unwrap();
        assert_eq!(once.rows, [1, 2, 3]);
        let all = db.repo.page(Post::query().select(count_rows()), Page::first(1)).await;
        assert!(matches!(all, Err(DbError::Configuration(_))));
        assert_eq!(db.statements().len(), 1);
    }

    async fn the_row_of_an_aggregate_is_one(db: Db) {
        blog(&db).await;
        assert_eq!(db.repo.count(Post::query().select(count_rows())).await.unwrap(), 1);
        assert_eq!(db.repo.count(Post::query().filter(Post::id.gt(99)).select(Post::id.max())).await.unwrap(), 1);
    }

    async fn an_offset_counts_rows_whatever_is_asked_of_them(db: Db) {
        blog(&db).await;
        // SQLite 3.51 makes a join of EXISTS, and counts the rows of that.
        let commented = || Post::query().filter(Post::comments.any(Comment::id.gt(0))).order_by(Post::id.asc());
        assert_eq!(db.repo.all(commented().offset(1).select(Post::id)).await.unwrap(), [2, 3]);
        assert_eq!(db.repo.all(commented().subquery().order_by(Post::id.asc()).limit(5).offset(1).select(Post::id)).await.unwrap(), [2, 3]);
        let any = Comment::query().any_row();
        assert_eq!(db.repo.all(Post::query().filter(any).order_by(Post::id.asc()).offset(3).select(Post::id)).await.unwrap(), [4]);
        let posts = db.repo.all(Post::query()).await.unwrap();
        let of = Post::commenters.of(&posts).order_by(User::id.asc()).offset(1);
        assert_eq!(db.repo.all(of.select(User::id)).await.unwrap(), [2, 3]);
    }
}

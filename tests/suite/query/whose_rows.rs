//! `update_all` and `delete_all` of all kinds of queries: the rows that the query returns, and no others.

use assoc::{alias, prelude::*, query::count_rows};

use super::blog;
use crate::schemas::*;

alias!(Other = Comment);

both! {
    async fn rows_of_an_alias(db: Db) {
        blog(&db).await;
        let later = || {
            Post::query()
                .join(Post::comments)
                .join(Post::comments.alias(Other))
                .filter(Comment::id.lt(Comment::id.of(Other)).and(Comment::body.eq("first")))
        };
        let others = later().select(Comment::row().of(Other));
        assert_eq!(db.repo.update_all(others.clone(), Comment::body.set("later")).await.unwrap(), 2);
        let mut later: Vec<_> = db.repo.delete_all_returning(others).await.unwrap().into_iter().map(|row| row.id).collect();
        later.sort_unstable();
        assert_eq!(later, [2, 3]);
        assert_eq!(db.text("SELECT body FROM comments WHERE id = 1").await, "first");
    }

    async fn distinct_grouped_and_limited_rows(db: Db) {
        blog(&db).await;
        let commented = || Post::query().join(Post::comments).distinct().order_by(Post::title.desc()).limit(2);
        let updated = db.repo.update_all_returning(commented(), Post::body.set("seen")).await.unwrap();
        let mut ids: Vec<_> = updated.iter().map(|post| post.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2], "Rust and Iron");
        let often = Post::query().join(Post::comments).group_by(Post::id).having(count_rows().gt(1));
        assert_eq!(db.repo.update_all(often, Post::body.set("often")).await.unwrap(), 2);
        let union = Post::query().filter(Post::id.eq(4)).union(Post::query().order_by(Post::id.asc()).limit(1));
        assert_eq!(db.repo.update_all(union.clone(), Post::slug.set(Post::title)).await.unwrap(), 2);
        assert_eq!(db.repo.all(Post::query().filter(Post::slug.is_not_null()).order_by(Post::id.asc()).select(Post::id)).await.unwrap(), [1, 4]);
        let tree = Category::children.recursive(Category::query().filter(Category::id.eq(2)));
        assert_eq!(db.repo.update_all(tree, Category::name.set("below")).await.unwrap(), 2);
        assert_eq!(db.repo.delete_all(Comment::query().order_by(Comment::id.desc()).offset(4)).await.unwrap(), 2);
        assert_eq!(db.text("SELECT min(id) FROM comments").await, "3");
        assert_eq!(db.repo.delete_all(Comment::query().limit(u64::MAX).offset(u64::MAX)).await.unwrap(), 0);
    }
}

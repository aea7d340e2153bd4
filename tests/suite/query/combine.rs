//! Queries of queries.

use assoc::prelude::*;

use super::blog;
use crate::{schemas::*, support::*};

async fn ids<Q>(db: &Db, query: Query<Q, Post>) -> Vec<i64> {
    db.repo.all(query).await.unwrap().into_iter().map(|post| post.id).collect()
}

both! {
    async fn unions_are_tables(db: Db) {
        blog(&db).await;
        let newest = || Post::query().order_by(Post::id.desc()).limit(2);
        let ann = || Post::query().join(Post::author).filter(User::name.eq("Ann"));
        let all = newest().union(ann()).order_by(Post::id.asc());
        assert_eq!(ids(&db, all.clone()).await, [1, 2, 3, 4]);
        assert_eq!(ids(&db, all.clone().filter(Post::title.like("%r%")).limit(1)).await, [2]);
        assert_eq!(db.repo.count(all).await.unwrap(), 4);
        let twice = Post::query().union_all(ann()).order_by(Post::id.asc());
        assert_eq!(ids(&db, twice).await, [1, 1, 2, 2, 3, 4]);
        let both = Post::query().intersect(newest()).order_by(Post::id.asc());
        assert_eq!(ids(&db, both).await, [3, 4]);
        let rest = Post::query().except(ann()).filter(Post::author_id.is_not_null());
        assert_eq!(ids(&db, rest).await, [3]);
        let three = Post::query().filter(Post::id.eq(1)).union(newest()).union(Post::query().filter(Post::id.eq(2)));
        assert_eq!(ids(&db, three.order_by(Post::id.desc())).await, [4, 3, 2, 1]);
    }

    async fn what_is_preloaded_stays(db: Db) {
        blog(&db).await;
        let query = Post::query().filter(Post::id.eq(1)).preload(Post::tags).union(Post::query().filter(Post::id.eq(3)));
        let posts = db.repo.all(query.order_by(Post::id.asc()).preload(Post::comments)).await.unwrap();
        let loaded = posts.iter().map(|post| (post.tags.get().unwrap().len(), post.comments.get().unwrap().len()));
        assert_eq!(loaded.collect::<Vec<_>>(), [(2, 3), (1, 2)]);
    }

    async fn a_limited_query_is_joined(db: Db) {
        blog(&db).await;
        let query = Post::query().order_by(Post::id.asc()).limit(2).subquery().join(Post::comments);
        assert_eq!(db.repo.count(query.clone()).await.unwrap(), 4);
        assert_eq!(db.repo.all(query.select(Comment::id).order_by(Comment::id.asc())).await.unwrap(), [1, 2, 3, 4]);
    }

    async fn values_of_other_queries(db: Db) {
        blog(&db).await;
        let good = Comment::query().filter(Comment::rating.gt(3)).select(Comment::post_id);
        let query = Post::query().filter(Post::id.in_query(good)).order_by(Post::id.asc());
        assert_eq!(ids(&db, query).await, [1, 2]);
        let best = || Comment::query().select(Comment::rating.max()).scalar();
        let query = Comment::query().filter(Comment::rating.eq(best())).select((Comment::id, best()));
        assert_eq!(db.repo.all(query).await.unwrap(), [(1, Some(5))]);
        let any = Tag::query().filter(Tag::name.eq("unused")).any_row();
        assert_eq!(ids(&db, Post::query().filter(any)).await.len(), 4);
        let none = Tag::query().filter(Tag::name.eq("nothing")).any_row();
        assert_eq!(ids(&db, Post::query().filter(none)).await.len(), 0);
        let limited = Post::query().filter(Post::id.in_query(Post::query().order_by(Post::id.desc()).limit(1).select(Post::id)));
        assert_eq!(ids(&db, limited).await, [4]);
    }

    async fn trees(db: Db) {
        blog(&db).await;
        let names = async |query: Query<Category>| {
            let rows = db.repo.all(query.order_by(Category::id.asc())).await.unwrap();
            rows.into_iter().map(|category| category.name).collect::<Vec<_>>()
        };
        let root = || Category::query().filter(Category::id.eq(1));
        assert_eq!(names(Category::children.recursive(root())).await, ["all", "things", "metals", "people"]);
        assert!(db.statements()[0].starts_with(r#"WITH RECURSIVE "rows so far" AS"#));
        let up = Category::parent.recursive(Category::query().filter(Category::name.eq("metals")));
        assert_eq!(names(up).await, ["all", "things", "metals"]);
        let found = Category::children.recursive(root()).filter(Category::children.is_empty());
        assert_eq!(names(found).await, ["metals", "people"]);
        db.execute("UPDATE categories SET parent_id = 3 WHERE id = 1").await;
        assert_eq!(names(Category::children.recursive(root())).await.len(), 4, "a circle ends");
    }

    async fn far_away_by_many_to_many(db: Db) {
        blog(&db).await;
        // Posts that share a tag with a post, and so on.
        let start = Post::query().filter(Post::id.eq(3)).select(Post::id);
        let query = Tag::query().join(Tag::posts).filter(Post::id.in_query(start)).select(Tag::name);
        assert_eq!(db.repo.all(query).await.unwrap(), ["metal"]);
    }
}

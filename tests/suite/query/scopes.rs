//! Conditions on all queries of a schema.

use assoc::prelude::*;

use super::blog;
use crate::schemas::*;

both! {
    async fn rows_that_are_out_of_scope_are_nowhere(db: Db) {
        blog(&db).await;
        let repo = db.repo.clone().scoped::<Comment>(Comment::rating.gt(2)).scoped::<User>(User::name.ne("Bob"));
        assert_eq!(repo.count(Comment::query()).await.unwrap(), 3);
        assert_eq!(repo.get::<Comment>(3).await.unwrap(), None);
        let mut post: Post = repo.fetch(1).await.unwrap();
        repo.preload(&mut post, (Post::comments.then(Comment::author), Post::commenters)).await.unwrap();
        let comments = post.comments.get().unwrap();
        assert_eq!(comments.iter().map(|comment| comment.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(comments[0].author.get().unwrap(), None);
        assert_eq!(post.commenters.get().unwrap().iter().map(|user| user.id).collect::<Vec<_>>(), [3]);
        let joined = Post::query().join(Post::comments).order_by(Comment::id.asc()).select(Comment::id);
        assert_eq!(repo.all(joined).await.unwrap(), [1, 2, 4]);
        let left = Post::query().left_join(Post::comments).filter(Comment::id.is_null()).order_by(Post::id.asc()).select(Post::id);
        assert_eq!(repo.all(left).await.unwrap(), [3, 4], "owners of none that is in scope stay");
        let without = Post::query().filter(Post::comments.is_empty()).order_by(Post::id.asc()).select(Post::id);
        assert_eq!(repo.all(without).await.unwrap(), [3, 4]);
        let through = Post::query().filter(Post::commenters.any(User::id.gt(0))).order_by(Post::id.asc()).select(Post::id);
        assert_eq!(repo.all(through).await.unwrap(), [1, 2]);
        assert_eq!(repo.all(Post::commenters.of(&post).select(User::id)).await.unwrap(), [3]);
        assert_eq!(repo.count(Comment::query().unscoped()).await.unwrap(), 6);
        let all = repo.all(Post::query().unscoped().order_by(Post::id.asc()).preload(Post::comments)).await.unwrap();
        assert_eq!(all[0].comments.get().unwrap().len(), 3, "preloads of what is unscoped are, too");
        assert_eq!(repo.update_all(Comment::query(), Comment::body.set("seen")).await.unwrap(), 3);
        assert_eq!(repo.delete_all(Comment::query().limit(2)).await.unwrap(), 2);
        assert_eq!(db.count("comments").await, 4);
        assert_eq!(db.repo.count(User::query()).await.unwrap(), 3, "the other repo is as it was");
    }

    async fn scopes_hold_in_transactions(db: Db) {
        blog(&db).await;
        let repo = db.repo.clone().scoped::<Comment>(Comment::rating.gt(2));
        let count = repo.transaction(async |tx| tx.count(Comment::query()).await).await.unwrap();
        assert_eq!(count, 3);
    }

    async fn a_scope_may_ask_about_its_own_rows(db: Db) {
        blog(&db).await;
        let repo = db.repo.clone().scoped::<Category>(Category::children.any(Category::id.gt(0)));
        assert_eq!(repo.all(Category::query().order_by(Category::id.asc()).select(Category::id)).await.unwrap(), [1, 2]);
        let each_other = db.repo.clone()
            .scoped::<Post>(Post::comments.any(Comment::rating.gt(1)))
            .scoped::<Comment>(Comment::post.any(Post::title.ne("Gold")));
        assert_eq!(each_other.count(Post::query()).await.unwrap(), 2);
        assert_eq!(each_other.count(Comment::query()).await.unwrap(), 4);
    }

    async fn a_scope_of_what_lies_between_keeps_its_names(db: Db) {
        blog(&db).await;
        let repo = db.repo.clone().scoped::<Comment>(Comment::post.any(Post::tags.any(Tag::name.eq("craft"))));
        let query = || Post::query().order_by(Post::id.asc());
        assert_eq!(repo.all(query().filter(Post::commenters.any(User::id.gt(0))).select(Post::id)).await.unwrap(), [1]);
        let joined = query().join(Post::commenters).distinct().select(Post::id);
        assert_eq!(repo.all(joined).await.unwrap(), [1]);
        let tagged = db.repo.clone().scoped::<Post>(Post::tags.any(Tag::name.eq("craft")));
        let users = User::query().filter(User::posts.any(Post::id.gt(0))).select(User::id);
        assert_eq!(tagged.all(users).await.unwrap(), [1]);
        let comments = Tag::query().join(Tag::posts).join(Post::comments).order_by(Comment::id.asc()).distinct().select(Comment::id);
        assert_eq!(tagged.all(comments).await.unwrap(), [1, 2, 3]);
    }

    async fn scopes_hold_in_queries_of_queries_and_pages(db: Db) {
        blog(&db).await;
        let repo = db.repo.clone().scoped::<Category>(Category::name.ne("people")).scoped::<Post>(Post::title.ne("Rust"));
        let tree = Category::children.recursive(Category::query().filter(Category::id.eq(1)));
        assert_eq!(repo.all(tree.order_by(Category::id.asc()).select(Category::id)).await.unwrap(), [1, 2, 3]);
        let union = Post::query().filter(Post::id.eq(1)).union(Post::query().filter(Post::id.lte(2)));
        assert_eq!(repo.all(union.select(Post::id)).await.unwrap(), [2]);
        let free = Post::query().filter(Post::id.eq(1)).unscoped().union(Post::query().filter(Post::id.lte(2)));
        assert_eq!(repo.all(free.order_by(Post::id.asc()).select(Post::id)).await.unwrap(), [1, 2]);
        let on = User::query().join_on::<Post>(Post::id.eq(User::id)).order_by(User::id.asc()).select(User::id);
        assert_eq!(repo.all(on).await.unwrap(), [2, 3]);
        let left = User::query().left_join_on::<Post>(Post::id.eq(User::id)).filter(Post::id.is_null()).select(User::id);
        assert_eq!(repo.all(left).await.unwrap(), [1]);
        let page = repo.page(Post::query().select(Post::id), assoc::query::Page::first(2)).await.unwrap();
        assert_eq!(page.rows, [2, 3]);
        assert_eq!(repo.max(Post::query().filter(Post::id.lte(1)), Post::id).await.unwrap(), None);
    }
}

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
}

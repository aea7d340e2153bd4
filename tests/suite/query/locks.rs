//! Locks of rows.

use assoc::{DbError, prelude::*, query::Lock};

use super::blog;
use crate::schemas::*;

both! {
    async fn rows_are_locked_or_it_says_so(db: Db) {
        blog(&db).await;
        let locked = Post::query().filter(Post::id.lte(2)).order_by(Post::id.asc()).lock(Lock::update());
        if !db.is_postgres() {
            let error = db.repo.all(locked).await.unwrap_err();
            assert_eq!(error.to_string(), "SQLite cannot lock rows; begin a transaction: it locks the database");
            assert!(db.statements().is_empty());
            return;
        }
        let tx = db.repo.begin().await.unwrap();
        assert_eq!(tx.all(locked).await.unwrap().len(), 2);
        let all = || Post::query().order_by(Post::id.asc());
        let free = db.repo.all(all().lock(Lock::update().skip_locked()).select(Post::id)).await.unwrap();
        assert_eq!(free, [3, 4], "those that are locked are passed over");
        let refused = db.repo.all(all().lock(Lock::no_key_update().nowait())).await.unwrap_err();
        assert!(matches!(refused, DbError::Locked(_)), "{refused:?}");
        let joined = all().left_join(Post::author).lock(Lock::share().skip_locked()).select(Post::id);
        assert_eq!(db.repo.all(joined).await.unwrap(), [3, 4], "only the first table is locked");
        assert_eq!(db.repo.count(all().lock(Lock::key_share())).await.unwrap(), 4, "a count locks nothing");
        tx.rollback().await.unwrap();
    }
}

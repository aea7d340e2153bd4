//! Tables that a query reads twice.

use assoc::{DbError, alias, prelude::*};

use super::blog;
use crate::{schemas::*, support::*};

alias!(Users = User);
alias!(Other = User);

async fn refused<Q, O: Send>(db: &Db, query: Query<Q, O>, name: &str) {
    let error = db.repo.all(query.clone()).await.map(|rows| rows.len()).unwrap_err();
    assert!(matches!(error, DbError::Configuration(_)), "{error:?}");
    assert!(error.to_string().starts_with(&format!("the query reads `{name}` twice by one name")), "{error}");
    assert!(db.repo.count(query).await.is_err());
    assert!(db.statements().is_empty(), "nothing is sent");
}

both! {
    async fn one_name_for_two_tables_is_refused(db: Db) {
        blog(&db).await;
        refused(&db, Post::query().join(Post::author).join(Post::editor).select(Post::id), "users").await;
        refused(&db, Category::query().left_join(Category::children), "categories").await;
        refused(&db, Post::query().join(Post::author.alias(Other)).join(Post::editor.alias(Other)), "Other").await;
        // SQLite does not look at the case of names.
        refused(&db, Post::query().join(Post::author).join(Post::editor.alias(Users)).select(Post::id), "Users").await;
        let twice = Post::query().join(Post::author).join(Post::editor.alias(Other)).select(Post::id);
        assert_eq!(db.repo.all(twice.order_by(Post::id.asc())).await.unwrap(), [1, 3]);
    }
}

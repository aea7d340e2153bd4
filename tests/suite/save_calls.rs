//! The calls of a repo around a save: `unsafe_validate_unique`, `force_update`, `execute`, and when there is a transaction.

use assoc::{DbError, prelude::*};
use chrono::{DateTime, TimeZone, Utc};
use serde_json::json;

use crate::{schemas::*, support::*};

#[derive(Debug, Clone, PartialEq, Schema)]
struct Memo {
    id: i64,
    text: String,
    note: Option<String>,
    #[timestamps]
    updated_at: DateTime<Utc>,
}

async fn memo(db: &Db) -> Memo {
    db.tables("CREATE TABLE memos (id <key>, text TEXT NOT NULL, note TEXT, updated_at <time> NOT NULL)").await;
    let old = Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).unwrap();
    let memo = db.repo.insert(Memo::build().set(Memo::text, "a").set(Memo::updated_at, old)).await.unwrap();
    db.forget();
    memo
}

fn words(conversation: Vec<String>) -> Vec<String> {
    conversation.iter().map(|sql| sql.split(' ').next().unwrap_or_default().to_owned()).collect()
}

both! {
    async fn unique_values_are_asked_for_before_a_save(db: Db) {
        db.execute("INSERT INTO posts (id, title, slug) VALUES (1, 'a', 'x'), (2, 'b', 'y')").await;
        let new = |title: &str, slug: &str| Post::build().set(Post::title, title).set(Post::slug, slug);
        let taken = db.repo.unsafe_validate_unique(new("c", "x"), Post::slug).await.unwrap();
        assert_eq!(lines(&taken.errors()), ["slug has already been taken"]);
        assert_eq!(taken.errors().own()[0].params["validation"], "unsafe_unique");
        assert!(db.repo.unsafe_validate_unique(new("c", "z"), Post::slug).await.unwrap().is_valid());
        assert!(db.repo.unsafe_validate_unique(new("b", "x"), (Post::title, Post::slug)).await.unwrap().is_valid());
        let both = db.repo.unsafe_validate_unique(new("a", "x"), (Post::slug, Post::title)).await.unwrap();
        assert_eq!(lines(&both.errors()), ["slug has already been taken"]);
        assert_eq!(db.statements().len(), 4);
        let own: Post = db.repo.fetch(1).await.unwrap();
        let own = own.change().force_set(Post::slug, "x");
        assert!(db.repo.unsafe_validate_unique(own, Post::slug).await.unwrap().is_valid(), "it is its own");
        let other: Post = db.repo.fetch(1).await.unwrap();
        db.forget();
        let found = db.repo.unsafe_validate_unique(other.clone().change().set(Post::slug, "y"), Post::slug).await.unwrap();
        assert_eq!((found.is_valid(), db.statements().len()), (false, 1));
        for unasked in [
            other.clone().change(),
            other.clone().change().set(Post::title, "t"),
            other.clone().change().set(Post::slug, None::<String>),
            other.change().set(Post::slug, "y").add_error(Post::slug, "is odd"),
        ] {
            let errors = unasked.errors();
            assert_eq!(db.repo.unsafe_validate_unique(unasked, Post::slug).await.unwrap().errors(), errors);
        }
        assert_eq!(db.conversation().len(), 0);
        let tx = db.repo.begin().await.unwrap();
        tx.insert(new("new", "new")).await.unwrap();
        assert!(!tx.unsafe_validate_unique(new("new", "new"), Post::slug).await.unwrap().is_valid());
        tx.rollback().await.unwrap();
    }

    async fn an_update_that_changes_nothing_can_be_forced(db: Db) {
        let memo = memo(&db).await;
        db.repo.update(memo.clone().change()).await.unwrap();
        assert_eq!(db.conversation().len(), 0);
        let forced = db.repo.update(memo.clone().change().force_update()).await.unwrap();
        assert!(forced.updated_at > memo.updated_at);
        let statements = db.statements();
        assert_eq!(statements.len(), 1);
        assert!(!statements[0].contains("text"), "{statements:?}");
        let same = memo.change().force_set(Memo::text, "a");
        let plan = same.plan().unwrap();
        assert_eq!((plan.writes().len(), plan.writes()[0].set.contains_key("text")), (1, true));
        db.repo.update(same).await.unwrap();
        assert!(db.statements()[0].contains("text"));
        let tag = db.repo.insert(Tag::build().set(Tag::name, "t")).await.unwrap();
        db.forget();
        db.repo.update(tag.change().force_update()).await.unwrap();
        assert_eq!(db.conversation().len(), 0, "it has no time to move");
    }

    async fn statements_of_ones_own(db: Db) {
        db.repo.execute("INSERT INTO tags (id, name) VALUES (1, 'a')").await.unwrap();
        db.repo.execute("SELECT id, name FROM tags").await.unwrap();
        db.repo.execute("INSERT INTO tags (id, name) VALUES (2, 'b'); INSERT INTO tags (id, name) VALUES (3, 'c')").await.unwrap();
        assert_eq!(all_of(&db, "name", "tags").await, "a b c");
        let error = db.repo.execute("INSERT INTO tags (id, name) VALUES (4, 'a')").await.unwrap_err();
        assert!(matches!(error, DbError::Violation(_)), "{error}");
        assert!(db.repo.execute("SELEC").await.is_err());
        let tx = db.repo.begin().await.unwrap();
        tx.execute("DELETE FROM tags").await.unwrap();
        assert_eq!(tx.all(Tag::query()).await.unwrap().len(), 0);
        tx.rollback().await.unwrap();
        assert_eq!(db.count("tags").await, 3);
    }

    async fn a_transaction_only_where_there_is_something_to_undo(db: Db) {
        let memo = memo(&db).await;
        db.repo.update(memo.clone().change().set(Memo::text, "b")).await.unwrap();
        assert_eq!(words(db.conversation()), ["UPDATE"]);
        let user = db.repo.insert(User::build().set(User::name, "Ann")).await.unwrap();
        assert_eq!(words(db.conversation()), ["INSERT"]);
        db.repo.delete(memo).await.unwrap();
        assert_eq!(words(db.conversation()), ["DELETE"]);
        db.repo.insert(Tag::build().set(Tag::name, " ").validate_required(Tag::name)).await.unwrap_err();
        assert_eq!(db.conversation().len(), 0);
        db.repo.insert_many(["a", "b"].map(|name| Tag::build().set(Tag::name, name))).await.unwrap();
        let as_one = |turns: &[&str]| if db.is_postgres() { vec!["WITH".to_owned()] } else { turns.iter().map(|&word| word.to_owned()).collect() };
        assert_eq!(words(db.conversation()), as_one(&["BEGIN", "INSERT", "COMMIT"]));
        db.repo.update(user.change().set(User::name, "Anna").put_assoc(User::profile, Profile::build().set(Profile::bio, "x"))).await.unwrap_err();
        db.forget();
        let input = params(json!({"title": "t", "comments": [{"body": "a"}]}));
        db.repo.insert(Post::changeset(Post::build(), &input)).await.unwrap();
        assert_eq!(words(db.conversation()), as_one(&["BEGIN", "INSERT", "INSERT", "COMMIT"]));
        db.repo.insert_many(Vec::<Changeset<Tag>>::new()).await.unwrap();
        assert_eq!(db.conversation().len(), 0);
    }

    async fn a_single_upsert_needs_none(db: Db) {
        let upsert = || Tag::build().set(Tag::name, "a").on_conflict_replace(Tag::name, Tag::name);
        db.repo.insert(upsert()).await.unwrap();
        assert_eq!(words(db.conversation()), ["INSERT"]);
        db.repo.insert(upsert()).await.unwrap();
        assert_eq!((words(db.conversation()), db.count("tags").await), (vec!["INSERT".to_owned()], 1));
    }
}

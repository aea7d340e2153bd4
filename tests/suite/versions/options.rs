//! What a changeset says about rows that are gone.

use super::*;

both! {
    async fn stale_error(db: Db) {
        let old = loaded(&db).await;
        db.execute("UPDATE documents SET version = 6; UPDATE pages SET lock = 9 WHERE id = 2").await;
        let before = rows(&db).await;
        let root = old.clone().change().set(Document::title, "E").stale_error(Document::version);
        assert_eq!(errors(db.repo.update(root).await.unwrap_err()), ["version is stale"]);
        let delete = old.clone().change().stale_error_message("base", "was changed by somebody else");
        assert_eq!(errors(db.repo.delete(delete).await.unwrap_err()), ["base was changed by somebody else"]);
        db.execute("UPDATE documents SET version = 5").await;
        let input = params(json!({"pages": [{"id": 1, "body": "A"}, {"id": 2, "body": "B"}, {"id": 3}]}));
        let child = old.change().cast(&input, ()).cast_assoc(Document::pages, |row, params| page(row, params).stale_error(Page::body));
        let error = db.repo.update(child).await.unwrap_err();
        let SaveError::Invalid(back) = &error else { panic!("errors, got: {error}") };
        assert_eq!(serde_json::to_value(&back.errors().list()[0].1.params).unwrap(), json!({"stale": true}));
        assert_eq!(errors(error), ["pages[1].body is stale"]);
        assert_eq!(rows(&db).await, before.replace("D6", "D5"));
    }

    async fn allow_stale(db: Db) {
        let old = loaded(&db).await;
        db.execute("UPDATE pages SET lock = 9 WHERE id = 2; UPDATE documents SET version = 6").await;
        let gone = old.clone().change().set(Document::title, "E").allow_stale();
        db.repo.update(gone).await.unwrap();
        db.repo.delete(old.clone().change().allow_stale()).await.unwrap();
        assert_eq!(rows(&db).await, "D6 | 1a1 2b9 3c3 | 1x7 2y8");
        let input = params(json!({"pages": [{"id": 1, "body": "A"}, {"id": 2, "body": "B"}, {"id": 3}]}));
        let child = reload(&db).await;
        db.execute("UPDATE pages SET lock = 10 WHERE id = 2").await;
        let child = child.change().cast(&input, ()).cast_assoc(Document::pages, |row, params| page(row, params).allow_stale());
        db.repo.update(child).await.unwrap();
        assert_eq!(rows(&db).await, "D7 | 1A2 2b10 3c3 | 1x7 2y8");
    }

    async fn a_lock_on_a_column_of_ones_choice(db: Db) {
        loaded(&db).await;
        let first: Note = db.repo.fetch(1).await.unwrap();
        let new = db.repo.update(first.clone().change().set(Note::text, "X").optimistic_lock(Note::revision)).await.unwrap();
        assert_eq!(new.revision, 8);
        let unlocked = first.clone().change().set(Note::text, "Z");
        assert_eq!(db.repo.update(unlocked).await.unwrap().revision, 7);
        assert_eq!(stale(db.repo.update(first.clone().change().set(Note::text, "Y").optimistic_lock(Note::revision)).await), "");
        assert_eq!(stale(db.repo.delete(first.change().optimistic_lock(Note::revision)).await), "");
        assert_eq!(rows(&db).await, "D5 | 1a1 2b2 3c3 | 1Z8 2y8");
    }

    async fn nothing_to_compare_with_is_no_lock(db: Db) {
        #[derive(Debug, Clone, PartialEq, Schema)]
        #[schema(table = "drafts")]
        struct Draft {
            id: i64,
            text: String,
            #[schema(version)]
            version: Option<i32>,
        }
        db.tables("CREATE TABLE drafts (id <key>, text TEXT NOT NULL, version INTEGER); INSERT INTO drafts VALUES (1, 'a', NULL)").await;
        let draft: Draft = db.repo.fetch(1).await.unwrap();
        let draft = db.repo.update(draft.change().set(Draft::text, "b")).await.unwrap();
        assert_eq!((draft.version, draft.text.as_str()), (None, "b"));
    }
}

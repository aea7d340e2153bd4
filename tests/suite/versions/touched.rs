//! Times of an owner whose children change, next to its version.

use chrono::{DateTime, Utc};

use super::*;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "documents")]
struct Timed {
    id: i64,
    #[schema(version)]
    version: i32,
    #[has_many(foreign_key = document_id, on_replace = delete)]
    pages: HasMany<Page>,
    #[timestamps]
    updated_at: Option<DateTime<Utc>>,
}

both! {
    async fn move_together_or_not_at_all(db: Db) {
        super::loaded(&db).await;
        db.execute("ALTER TABLE documents ADD COLUMN updated_at TEXT").await;
        if db.is_postgres() {
            db.execute("ALTER TABLE documents ALTER COLUMN updated_at TYPE TIMESTAMPTZ USING NULL").await;
        }
        let mut timed: Timed = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut timed, Timed::pages).await.unwrap();
        let input = params(json!({"pages": [{"id": 1, "body": "A"}, {"id": 2}, {"id": 3}]}));
        let body = |row: Changeset<Page>, params: &Params| row.cast(params, Page::body);
        let still = timed.clone().change().cast(&input, ()).cast_assoc(Timed::pages.force_update_on_change(false), body);
        let still = db.repo.update(still).await.unwrap();
        assert_eq!((still.version, still.updated_at), (5, None));
        let input = params(json!({"pages": [{"id": 1, "body": "AA"}, {"id": 2}, {"id": 3}]}));
        let moved = db.repo.update(still.change().cast(&input, ()).cast_assoc(Timed::pages, body)).await.unwrap();
        assert!(moved.version == 6 && moved.updated_at.is_some());
        let forced = db.repo.update(moved.change().force_update()).await.unwrap();
        assert_eq!(forced.version, 7);
    }
}

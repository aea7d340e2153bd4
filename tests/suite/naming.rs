//! Names that need quoting, columns with other names, defaults, virtual fields, timestamps.

use assoc::prelude::*;
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "select", prefix = "other \"schema\"")]
struct Odd {
    id: i64,
    #[schema(column = "we\"ird")]
    weird: String,
    #[schema(database_default)]
    r#type: Option<String>,
    #[schema(database_default)]
    from: i32,
    #[schema(default = "draft")]
    state: Option<String>,
    order: Option<i64>,
    #[schema(virtual)]
    note: Option<String>,
    #[timestamps(inserted_at = created, updated_at = modified)]
    created: DateTime<Utc>,
    modified: DateTime<Utc>,
    #[has_many(foreign_key = order, on_replace = delete)]
    parts: HasMany<Odd>,
    #[belongs_to(foreign_key = order)]
    whole: BelongsTo<Odd>,
}

const TABLE: &str = r#""other ""schema"""."select""#;

fn odd(changeset: Changeset<Odd>, params: &Params) -> Changeset<Odd> {
    changeset
        .cast(params, (Odd::weird, Odd::r#type, Odd::from, Odd::state, Odd::note))
        .cast_assoc(Odd::parts.force_update_on_change(false), odd)
}

async fn inserted(db: &Db) -> Odd {
    let input = params(
        json!({"weird": "w", "note": "n", "parts": [{"weird": "p", "type": "t", "from": 1, "state": ""}, {"weird": "q"}]}),
    );
    db.repo.insert(odd(Odd::build(), &input)).await.unwrap()
}

both! {
    async fn every_name_is_quoted(db: Db) {
        let row = inserted(&db).await;
        let mut again: Odd = db.repo.fetch(row.id).await.unwrap();
        db.repo.preload(&mut again, Odd::parts.then(Odd::whole).filter(Odd::weird.is_in(["p", "q"]).and(Odd::r#type.ne("x").or(Odd::from.eq(7))))).await.unwrap();
        assert_eq!(again.parts.get().unwrap().len(), 2);
        assert_eq!(again.parts.get().unwrap()[0].whole.get().unwrap().unwrap().weird, "w");
        let input = params(json!({"weird": "W", "parts": [{"id": again.parts.get().unwrap()[0].id, "weird": "P"}, {"weird": "new"}]}));
        db.repo.update(odd(again.change(), &input)).await.unwrap();
        assert_eq!(db.text(&format!("SELECT count(*) FROM {TABLE} WHERE \"we\"\"ird\" IN ('W', 'P', 'new')")).await, "3");
        assert_eq!(db.count(TABLE).await, 3);
        let found = db.repo.all(Odd::query().filter(Odd::weird.like("P%")).order_by(Odd::order.desc())).await.unwrap();
        db.repo.delete(found.into_iter().next().unwrap()).await.unwrap();
        assert_eq!(db.count(TABLE).await, 2);
    }

    async fn defaults_of_schema_and_database_come_back(db: Db) {
        let row = inserted(&db).await;
        assert_eq!((row.r#type.as_deref(), row.from, row.state.as_deref()), (Some("from the database"), 7, Some("draft")));
        let parts = row.parts.get().unwrap();
        assert_eq!((parts[0].r#type.as_deref(), parts[0].from), (Some("t"), 1));
        assert_eq!(parts[1].r#type.as_deref(), Some("from the database"));
        assert_eq!(row.note.as_deref(), Some("n"), "virtual");
        let again: Odd = db.repo.fetch(row.id).await.unwrap();
        assert_eq!((again.note, again.r#type, again.created), (None, row.r#type, row.created));
    }

    async fn a_virtual_change_writes_nothing(db: Db) {
        let row = inserted(&db).await;
        db.forget();
        let row = db.repo.update(row.change().set(Odd::note, "other")).await.unwrap();
        assert_eq!(db.conversation(), Vec::<String>::new());
        assert_eq!(row.note.as_deref(), Some("other"));
    }

    async fn timestamps_move_only_when_the_row_is_written(db: Db) {
        let row = inserted(&db).await;
        assert_eq!(row.created, row.modified);
        assert!(row.parts.get().unwrap().iter().all(|part| part.created == row.created), "one time for a save");
        let before = row.modified;
        let part = row.parts.get().unwrap()[1].id;
        let same = params(json!({"weird": "w", "parts": [{"id": row.parts.get().unwrap()[0].id}, {"id": part, "weird": "changed"}]}));
        let row = db.repo.update(odd(row.change(), &same)).await.unwrap();
        assert_eq!(row.modified, before);
        let changed: Odd = db.repo.fetch(part).await.unwrap();
        assert!(changed.modified > before && changed.created == before);
        assert_eq!(row.parts.get().unwrap()[1].modified, changed.modified);
    }

    async fn timestamps_of_the_owner_move_with_its_children(db: Db) {
        let row = inserted(&db).await;
        let (before, part) = (row.modified, row.parts.get().unwrap()[1].id);
        let cast = |row: Odd, parts: serde_json::Value| {
            row.change().cast(&params(json!({"parts": parts})), ()).cast_assoc(Odd::parts, |part, params| part.cast(params, Odd::weird))
        };
        let other = row.parts.get().unwrap()[0].id;
        let row = db.repo.update(cast(row, json!([{"id": other}, {"id": part}]))).await.unwrap();
        assert_eq!(row.modified, before, "nothing changed");
        let row = db.repo.update(cast(row, json!([{"id": other}, {"id": part, "weird": "changed"}]))).await.unwrap();
        assert!(row.modified > before && row.created == before);
        let stored: Odd = db.repo.fetch(row.id).await.unwrap();
        assert_eq!(stored.modified, row.modified);
        let forced = db.repo.update(row.change().force_update()).await.unwrap();
        assert!(forced.modified > stored.modified);
    }
}

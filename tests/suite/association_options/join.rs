//! Join tables: `join_defaults`, `on_join_conflict`, rows that come twice, and a schema of the table.

use assoc::{Constraint, DbError, SaveError, ViolationKind};
use chrono::{DateTime, Utc};
use sqlx::types::Uuid;

use super::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Band {
    id: i64,
    #[many_to_many(join_through = "gigs", related_key = town_id, join_defaults(fee = 7, kind = "plain", played = true), on_replace = delete)]
    towns: ManyToMany<Town>,
    #[many_to_many(join_through = "gigs", related_key = town_id, join_defaults(kind = "lenient"), on_join_conflict = nothing, on_replace = delete)]
    lenient: ManyToMany<Town>,
    #[many_to_many(join_through = "gigs", related_key = town_id, on_replace = delete)]
    once: ManyToMany<Town>,
    #[many_to_many(join_through = Booking, join_defaults(fee = 9), on_replace = delete)]
    booked: ManyToMany<Town>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Town {
    id: i64,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Booking {
    id: Uuid,
    band_id: i64,
    town_id: i64,
    #[schema(column = "price")]
    fee: i32,
    #[schema(default = Kind::Note)]
    kind: Kind,
    note: Option<String>,
    #[timestamps]
    inserted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

async fn prepare(db: &Db) -> Band {
    let uuid = if db.is_postgres() { "UUID" } else { "BLOB" };
    db.tables(&format!(
        "CREATE TABLE bands (id <key>);
         CREATE TABLE towns (id <key>, name TEXT NOT NULL);
         CREATE TABLE gigs (band_id BIGINT NOT NULL REFERENCES bands (id), town_id BIGINT NOT NULL REFERENCES towns (id), fee INTEGER, kind TEXT DEFAULT 'database', played BOOLEAN,
           CONSTRAINT gigs_pkey PRIMARY KEY (band_id, town_id));
         CREATE TABLE bookings (id {uuid} PRIMARY KEY, band_id BIGINT NOT NULL, town_id BIGINT NOT NULL, price INTEGER NOT NULL, kind TEXT NOT NULL, note TEXT,
           inserted_at <time> NOT NULL, updated_at <time> NOT NULL);
         INSERT INTO bands VALUES (1);
         INSERT INTO towns VALUES (1, 'Aa'), (2, 'Bo'), (3, 'Cö');"
    ))
    .await;
    db.repo.fetch(1).await.unwrap()
}

async fn towns(db: &Db) -> [Town; 3] {
    let towns = db.repo.all(Town::query().order_by(Town::id.asc())).await.unwrap();
    db.forget();
    towns.try_into().unwrap()
}

async fn gigs(db: &Db) -> String {
    let played = if db.is_postgres() { "played::int" } else { "played" };
    all_of(db, &format!("concat(town_id, ':', fee, kind, {played})"), "gigs").await
}

both! {
    async fn each_new_link_has_its_defaults(db: Db) {
        let band = prepare(&db).await;
        let [a, b, _] = towns(&db).await;
        let changeset = band.change().add_to(Band::towns, (a, b, Town::build().set(Town::name, "New")));
        let plan = serde_json::to_value(changeset.plan().unwrap()).unwrap();
        assert_eq!(plan["writes"][1]["set"], json!({"band_id": 1, "town_id": 1, "fee": 7, "kind": "plain", "played": true}));
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(2));
        let new = db.text("SELECT max(id) FROM towns").await;
        let mut expected = ["1:7plain1".to_owned(), "2:7plain1".into(), format!("{new}:7plain1")];
        expected.sort();
        assert_eq!(gigs(&db).await, expected.join(" "));
    }

    async fn without_defaults_those_of_the_database_count(db: Db) {
        let band = prepare(&db).await;
        db.repo.update(band.change().link(Band::once, [3])).await.unwrap();
        assert_eq!(gigs(&db).await, "3:database");
    }

    async fn a_link_that_is_there_is_a_violation(db: Db) {
        let band = prepare(&db).await;
        db.execute("INSERT INTO gigs VALUES (1, 2, 1, 'old', FALSE)").await;
        let error = db.repo.update(band.clone().change().link(Band::towns, [1, 2, 3])).await.unwrap_err();
        let SaveError::Database(DbError::Violation(violation)) = &error else { panic!("a violation, got: {error}") };
        assert_eq!((violation.kind, violation.path.to_string().as_str()), (ViolationKind::Unique, "towns[1]"));
        if db.is_postgres() {
            // A constraint of the join table is declared on the owner; SQLite does not tell its name.
            let declared = band.change().link(Band::towns, [1, 2]).constraint(Constraint::unique("gigs_pkey").error_key("towns"));
            assert_eq!(errors(db.repo.update(declared).await.unwrap_err()), ["towns[1].towns has already been taken"]);
        }
        assert_eq!(gigs(&db).await, "2:1old0");
    }

    async fn or_left_as_it_is(db: Db) {
        let band = prepare(&db).await;
        db.execute("INSERT INTO gigs VALUES (1, 2, 1, 'old', FALSE)").await;
        db.repo.update(band.clone().change().link(Band::lenient, [1, 2, 3])).await.unwrap();
        assert_eq!((db.statements().len(), gigs(&db).await), (1, "1:lenient 2:1old0 3:lenient".into()));
        // The town that is linked must be there, all the same.
        let error = db.repo.update(band.change().link(Band::lenient, [99])).await.unwrap_err();
        assert!(matches!(&error, SaveError::Database(DbError::Violation(it)) if it.kind == ViolationKind::ForeignKey), "{error}");
    }

    async fn a_row_that_comes_twice_is_an_error(db: Db) {
        let mut band = prepare(&db).await;
        let [a, b, _] = towns(&db).await;
        db.repo.preload(&mut band, (Band::once, Band::towns)).await.unwrap();
        db.forget();
        let unique = band.clone().change().put_assoc(Band::once, [a.clone(), b.clone(), a.clone()]);
        assert_eq!(errors(db.repo.update(unique).await.unwrap_err()), ["once[2].id has already been taken"]);
        let any = band.clone().change().put_assoc(Band::towns, [a.clone(), b, a]);
        assert_eq!(errors(db.repo.update(any).await.unwrap_err()), ["towns[2].id has already been taken"]);
        assert_eq!(db.conversation(), [""; 0]);
        // By keys, a row that is named twice is linked once.
        db.repo.update(band.change().link(Band::lenient, [1, 1])).await.unwrap();
        assert_eq!(gigs(&db).await, "1:lenient");
    }

    async fn a_schema_of_the_table_fills_its_rows(db: Db) {
        let mut band = prepare(&db).await;
        let [a, b, _] = towns(&db).await;
        db.repo.preload(&mut band, Band::booked).await.unwrap();
        let saved = db.repo.update(band.change().put_assoc(Band::booked, [a, b])).await.unwrap();
        let bookings = db.repo.all(Booking::query().order_by(Booking::town_id.asc())).await.unwrap();
        let seen: Vec<_> = bookings.iter().map(|it| (it.band_id, it.town_id, it.fee, it.kind, it.note.is_none())).collect();
        assert_eq!(seen, [(1, 1, 9, Kind::Note, true), (1, 2, 9, Kind::Note, true)]);
        assert!(bookings[0].id != bookings[1].id && bookings[0].inserted_at == bookings[1].updated_at);
        let saved = db.repo.update(saved.change().unlink(Band::booked, [1])).await.unwrap();
        assert_eq!(saved.booked.get().unwrap().len(), 1);
        assert_eq!(all_of(&db, "concat(town_id, '')", "bookings").await, "2");
    }
}

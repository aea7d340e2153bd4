//! `on_delete`: what happens to the rows of an association when their owner is deleted.

use assoc::{DbError, SaveError, ViolationKind, prelude::*};
use serde_json::json;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Club {
    id: i64,
    #[has_many(on_replace = delete)]
    squads: HasMany<Squad>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Squad {
    id: i64,
    code: Option<String>,
    club_id: Option<i64>,
    #[has_many(on_delete = delete_all)]
    players: HasMany<Player>,
    #[has_many(on_delete = nilify_all, foreign_key = fan_of_id)]
    fans: HasMany<Player>,
    #[has_one(on_delete = delete_all)]
    coach: HasOne<Coach>,
    #[has_one(on_delete = nilify_all, references = code, foreign_key = squad_code)]
    badge: HasOne<Badge>,
    #[many_to_many(join_through = "leagues_squads", on_delete = delete_all)]
    leagues: ManyToMany<League>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Player {
    id: i64,
    squad_id: Option<i64>,
    fan_of_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "coaches")]
struct Coach {
    id: i64,
    squad_id: i64,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Badge {
    id: i64,
    squad_code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct League {
    id: i64,
}

/// A club with three squads; each has two players, a fan, a coach and a badge (but the last), and a league.
async fn prepare(db: &Db) -> Club {
    db.tables(
        "CREATE TABLE clubs (id <key>);
         CREATE TABLE squads (id <key>, code TEXT UNIQUE, club_id BIGINT REFERENCES clubs (id));
         CREATE TABLE players (id <key>, squad_id BIGINT REFERENCES squads (id), fan_of_id BIGINT REFERENCES squads (id));
         CREATE TABLE coaches (id <key>, squad_id BIGINT NOT NULL UNIQUE REFERENCES squads (id));
         CREATE TABLE badges (id <key>, squad_code TEXT REFERENCES squads (code));
         CREATE TABLE leagues (id <key>);
         CREATE TABLE leagues_squads (league_id BIGINT NOT NULL REFERENCES leagues (id), squad_id BIGINT NOT NULL REFERENCES squads (id));
         INSERT INTO clubs VALUES (1);
         INSERT INTO squads VALUES (1, 'one', 1), (2, 'two', 1), (3, NULL, 1);
         INSERT INTO players VALUES (11, 1, NULL), (12, 1, NULL), (13, NULL, 1), (21, 2, NULL), (22, 2, NULL), (23, 3, 2), (31, 3, NULL);
         INSERT INTO coaches VALUES (1, 1), (2, 2), (3, 3);
         INSERT INTO badges VALUES (1, 'one'), (2, 'two'), (3, NULL);
         INSERT INTO leagues VALUES (1), (2);
         INSERT INTO leagues_squads VALUES (1, 1), (2, 1), (1, 2), (1, 3);",
    )
    .await;
    let mut club: Club = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut club, Club::squads).await.unwrap();
    db.forget();
    club
}

/// All that refers to squads, table by table.
async fn rows(db: &Db) -> [String; 5] {
    [
        all_of(db, "concat(id, ':', squad_id, ':', fan_of_id)", "players").await,
        all_of(db, "concat(id, ':', squad_id)", "coaches").await,
        all_of(db, "concat(id, ':', squad_code)", "badges").await,
        all_of(db, "concat(league_id, ':', squad_id)", "leagues_squads").await,
        all_of(db, "concat(id, ':', club_id)", "squads").await,
    ]
}

const TWO_LEFT: [&str; 5] = ["13:: 21:2: 22:2: 23:3:2 31:3:", "2:2 3:3", "1: 2:two 3:", "1:2 1:3", "2:1 3:1"];

both! {
    async fn a_root_takes_its_rows_along(db: Db) {
        let club = prepare(&db).await;
        let squad = club.squads.get().unwrap()[0].clone();
        let deleted = db.repo.delete(squad.clone()).await.unwrap();
        assert_eq!(deleted, squad);
        let statements = db.statements();
        assert_eq!(statements.len(), 6, "{statements:#?}");
        assert!(statements[5].contains("\"squads\""));
        assert_eq!(rows(&db).await, TWO_LEFT);
    }

    async fn without_a_value_to_refer_to_nothing_does(db: Db) {
        let club = prepare(&db).await;
        let squad = club.squads.get().unwrap()[2].clone();
        assert_eq!(squad.code, None);
        db.repo.delete(squad).await.unwrap();
        assert_eq!(db.statements().len(), 5);
        assert_eq!(rows(&db).await[2..], ["1:one 2:two 3:", "1:1 1:2 2:1", "1:1 2:1"]);
    }

    async fn rows_that_leave_by_on_replace(db: Db) {
        let club = prepare(&db).await;
        let changeset = club.change().cast(&params(json!({"squads": [{"id": 2}]})), ()).cast_assoc(Club::squads, |squad, _| squad);
        let saved = db.repo.update(changeset).await.unwrap();
        assert_eq!(saved.squads.get().unwrap().len(), 1);
        // One statement for each association, and one for the squads, however many leave.
        assert_eq!(db.statements().len(), 6);
        assert_eq!(rows(&db).await, ["13:: 21:2: 22:2:", "2:2", "1: 2:two 3:", "1:2", "2:1"]);
    }

    async fn rows_that_are_marked_or_removed_by_key(db: Db) {
        let club = prepare(&db).await;
        let input = params(json!({"squads": [{"id": 1, "delete": true}, {"id": 2}, {"id": 3}]}));
        let changeset = club.clone().change().cast(&input, ()).cast_assoc(Club::squads, |squad, params| {
            if params.get("delete").is_some() { squad.mark_for_delete() } else { squad }
        });
        db.repo.update(changeset).await.unwrap();
        assert_eq!(rows(&db).await, TWO_LEFT);
    }

    async fn a_plan_tells(db: Db) {
        let club = prepare(&db).await;
        let squad = club.squads.get().unwrap()[0].clone();
        let changeset = squad.change().mark_for_delete();
        let plan = changeset.plan().unwrap();
        assert_eq!(
            plan.to_string(),
            "squads 1 · delete\n├─ players\n│  - delete all\n├─ fans\n│  - detach all\n├─ coach\n│  - delete all\n├─ badge\n│  - detach all\n└─ leagues\n   - unlink all\n6 writes, 6 statements in turn: a row of `players` may be written twice"
        );
        let json = serde_json::to_value(&plan).unwrap();
        assert_eq!(json["writes"][0], json!({"op": "delete", "table": "players", "path": "", "key": {"squad_id": 1}, "set": {}}));
        let changeset = club.change().cast(&params(json!({"squads": [{"id": 2}, {"id": 3}]})), ()).cast_assoc(Club::squads, |squad, _| squad);
        let text = changeset.plan().unwrap().to_string();
        assert!(text.starts_with("clubs 1 · unchanged\n└─ squads\n   - delete 1\n     ├─ players\n     │  - delete all\n"), "{text}");
    }

    async fn refused_by_a_foreign_key(db: Db) {
        let club = prepare(&db).await;
        db.execute("CREATE TABLE goals (id BIGINT PRIMARY KEY, player_id BIGINT NOT NULL REFERENCES players (id)); INSERT INTO goals VALUES (1, 12)").await;
        let before = rows(&db).await;
        let squad = club.squads.get().unwrap()[0].clone();
        let SaveError::Database(alone) = db.repo.delete(squad).await.unwrap_err() else { panic!("refused") };
        let changeset = club.change().cast(&params(json!({"squads": [{"id": 3}]})), ()).cast_assoc(Club::squads, |squad, _| squad);
        let SaveError::Database(among_others) = db.repo.update(changeset).await.unwrap_err() else { panic!("refused") };
        for (error, path) in [(alone, ""), (among_others, "squads[id=1]")] {
            let DbError::Violation(violation) = &error else { panic!("a violation, got: {error}") };
            assert_eq!((violation.kind, violation.path.to_string().as_str()), (ViolationKind::ForeignKey, path));
            assert!(error.to_string().contains("(by `on_delete` of an association)"), "{error}");
        }
        assert_eq!(rows(&db).await, before);
    }

    async fn an_owner_that_is_gone_takes_nothing_along(db: Db) {
        let club = prepare(&db).await;
        let squad = Squad { id: 99, ..club.squads.get().unwrap()[0].clone() };
        let before = rows(&db).await;
        let error = db.repo.delete(squad).await.unwrap_err();
        assert!(matches!(error, SaveError::Database(DbError::Stale(_))), "{error}");
        assert_eq!(rows(&db).await, before);
    }
}

/// Keys of two parts.
mod composite {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Schema)]
    struct Floor {
        #[schema(primary_key)]
        house: i64,
        #[schema(primary_key)]
        number: i64,
        #[has_many(foreign_key(house, floor), on_delete = delete_all)]
        rooms: HasMany<Room>,
        #[has_many(foreign_key(house, floor), on_delete = nilify_all)]
        lamps: HasMany<Lamp>,
        #[many_to_many(join_through = "floors_lifts", owner_key(house, floor), related_key = lift_id, on_delete = delete_all)]
        lifts: ManyToMany<Lift>,
    }

    #[derive(Debug, Clone, PartialEq, Schema)]
    struct Room {
        #[schema(primary_key)]
        house: i64,
        #[schema(primary_key)]
        floor: i64,
        #[schema(primary_key)]
        number: i64,
    }

    #[derive(Debug, Clone, PartialEq, Schema)]
    struct Lamp {
        id: i64,
        house: Option<i64>,
        floor: Option<i64>,
    }

    #[derive(Debug, Clone, PartialEq, Schema)]
    struct Lift {
        id: i64,
    }

    both! {
        async fn only_rows_of_the_whole_key(db: Db) {
            db.tables(
                "CREATE TABLE floors (house BIGINT, number BIGINT, PRIMARY KEY (house, number));
                 CREATE TABLE rooms (house BIGINT, floor BIGINT, number BIGINT, PRIMARY KEY (house, floor, number));
                 CREATE TABLE lamps (id <key>, house BIGINT, floor BIGINT);
                 CREATE TABLE lifts (id <key>);
                 CREATE TABLE floors_lifts (house BIGINT, floor BIGINT, lift_id BIGINT);
                 INSERT INTO floors VALUES (1, 1), (1, 2), (2, 1);
                 INSERT INTO rooms VALUES (1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1);
                 INSERT INTO lamps VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 1, NULL);
                 INSERT INTO floors_lifts VALUES (1, 1, 1), (1, 2, 1), (2, 1, 1);",
            )
            .await;
            let floor: Floor = db.repo.fetch((1, 1)).await.unwrap();
            db.forget();
            db.repo.delete(floor).await.unwrap();
            assert_eq!(db.statements().len(), db.as_one(4));
            assert_eq!(all_of(&db, "concat(house, floor, number)", "rooms").await, "121 211");
            assert_eq!(all_of(&db, "concat(id, ':', house, floor)", "lamps").await, "1: 2:12 3:21 4:1");
            assert_eq!(all_of(&db, "concat(house, floor, lift_id)", "floors_lifts").await, "121 211");
            assert_eq!(all_of(&db, "concat(house, number)", "floors").await, "12 21");
        }
    }
}

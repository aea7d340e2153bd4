//! Unique values that move between parents, between rows that leave, change and come, and composite ones.

use assoc::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Train {
    id: i64,
    line_id: Option<i64>,
    #[has_many(on_replace = delete)]
    cars: HasMany<Car>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Car {
    id: i64,
    label: String,
    train_id: i64,
    #[has_many(on_replace = nilify)]
    seats: HasMany<Place>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Place {
    id: i64,
    row: i32,
    side: String,
    car_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Line {
    id: i64,
    #[has_many]
    trains: HasMany<Train>,
}

fn car(car: Changeset<Car>, params: &Params) -> Changeset<Car> {
    car.cast(params, Car::label).unique_constraint(Car::label).cast_assoc(Car::seats, place)
}

fn place(place: Changeset<Place>, params: &Params) -> Changeset<Place> {
    place.cast(params, (Place::row, Place::side)).unique_constraint((Place::car_id, Place::row, Place::side))
}

async fn train(db: &Db) -> Train {
    db.tables(
        "CREATE TABLE trains (id <key>, line_id BIGINT);
         CREATE TABLE cars (id <key>, label TEXT NOT NULL UNIQUE, train_id BIGINT NOT NULL REFERENCES trains (id));
         CREATE TABLE places (id <key>, row INTEGER NOT NULL, side TEXT NOT NULL, car_id BIGINT REFERENCES cars (id),
           UNIQUE (car_id, row, side));
         INSERT INTO trains (id) VALUES (1), (2);
         INSERT INTO cars VALUES (1, 'A', 1), (2, 'B', 1), (3, 'C', 1), (50, 'X', 2);
         INSERT INTO places VALUES (11, 1, 'l', 1), (12, 1, 'r', 1), (13, 2, 'l', 1), (21, 1, 'l', 2), (22, 9, 'l', 2), (60, 1, 'l', 50);",
    )
    .await;
    let mut train: Train = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut train, Train::cars.then(Car::seats)).await.unwrap();
    db.forget();
    train
}

async fn recast(db: &Db, cars: Json) -> (String, String) {
    let train = train(db).await;
    db.repo.update(train.change().cast(&params(json!({"cars": cars})), ()).cast_assoc(Train::cars, car)).await.unwrap();
    seen(db).await
}

async fn seen(db: &Db) -> (String, String) {
    (
        all_of(db, "concat(label, CASE WHEN id <= 3 THEN CAST(id AS TEXT) ELSE '+' END)", "cars WHERE train_id = 1")
            .await,
        all_of(
            db,
            "concat(car_id, '.', row, side, CASE WHEN id <= 22 THEN concat('=', id) ELSE '+' END)",
            "places WHERE car_id <= 3",
        )
        .await,
    )
}

both! {
    async fn labels_rotate_while_one_leaves_and_one_comes(db: Db) {
        let (cars, places) = recast(&db, json!([{"id": 1, "label": "B"}, {"id": 2, "label": "C"}, {"label": "A"}])).await;
        assert_eq!((cars.as_str(), places.as_str()), ("A+ B1 C2", "1.1l=11 1.1r=12 1.2l=13 2.1l=21 2.9l=22"));
    }

    async fn a_new_row_takes_what_an_updated_one_gives_up(db: Db) {
        let (cars, _) = recast(&db, json!([{"id": 1, "label": "Z"}, {"label": "A"}, {"id": 2}, {"id": 3}])).await;
        assert_eq!(cars, "A+ B2 C3 Z1");
    }

    async fn a_new_row_takes_what_a_deleted_one_had(db: Db) {
        let (cars, _) = recast(&db, json!([{"id": 1}, {"id": 2}, {"label": "C"}])).await;
        assert_eq!(cars, "A1 B2 C+");
    }

    async fn composite_values_swap_within_one_parent(db: Db) {
        let (_, places) = recast(&db, json!([
            {"id": 1, "seats": [{"id": 11, "side": "r"}, {"id": 12, "side": "l"}, {"id": 13}]}, {"id": 2}, {"id": 3},
        ])).await;
        assert_eq!(places, "1.1l=12 1.1r=11 1.2l=13 2.1l=21 2.9l=22");
    }

    async fn composite_values_rotate_with_one_that_comes_and_one_that_goes(db: Db) {
        let (_, places) = recast(&db, json!([
            {"id": 1, "seats": [{"id": 11, "row": 2}, {"row": 1, "side": "l"}, {"id": 13, "row": 1, "side": "r"}]}, {"id": 2}, {"id": 3},
        ])).await;
        assert_eq!(places, "1.1l+ 1.1r=13 1.2l=11 2.1l=21 2.9l=22", "12 went, without its car");
        assert_eq!(db.text("SELECT car_id FROM places WHERE id = 12").await, "NULL");
    }

    async fn rows_change_parents_and_take_each_others_places(db: Db) {
        let train = train(&db).await;
        let cars = train.cars.get().unwrap().to_vec();
        let of = |car: usize, at: usize| {
            let place = cars[car].seats.get().unwrap()[at].clone();
            place.change().unique_constraint((Place::car_id, Place::row, Place::side))
        };
        let first = cars[0].clone().change().put_assoc(Car::seats, (of(1, 0), of(0, 1), of(0, 2)));
        let second = cars[1].clone().change().put_assoc(Car::seats, (of(1, 1),));
        let changeset = train.change().put_assoc(Train::cars, (first, second, cars[2].clone()));
        db.repo.update(changeset).await.unwrap();
        let (_, places) = seen(&db).await;
        assert_eq!(places, "1.1l=21 1.1r=12 1.2l=13 2.9l=22");
        assert_eq!(db.text("SELECT car_id FROM places WHERE id = 11").await, "NULL");
    }

    async fn a_place_that_is_left_is_free_for_one_that_comes(db: Db) {
        let train = train(&db).await;
        db.execute("INSERT INTO places VALUES (31, 5, 'l', NULL), (32, 1, 'l', NULL)").await;
        let cars = train.cars.get().unwrap().to_vec();
        let free = async |id: i64| db.repo.fetch::<Place>(id).await.unwrap().change().unique_constraint((Place::car_id, Place::row, Place::side));
        let kept = cars[1].seats.get().unwrap()[1].clone();
        let first = cars[0].clone().change().add_to(Car::seats, [free(31).await]);
        let second = cars[1].clone().change().put_assoc(Car::seats, (free(32).await, kept));
        db.repo.update(train.change().put_assoc(Train::cars, (first, second, cars[2].clone()))).await.unwrap();
        let places = all_of(&db, "concat(car_id, '.', row, side, '=', id)", "places WHERE car_id = 2 OR id = 31").await;
        assert_eq!(places, "1.5l=31 2.1l=32 2.9l=22");
    }

    async fn a_row_moves_from_one_owner_of_the_save_to_another(db: Db) {
        let mut train = train(&db).await;
        let mut other: Train = db.repo.fetch(2).await.unwrap();
        db.repo.preload(&mut other, Train::cars).await.unwrap();
        db.repo.preload(&mut train, Train::cars).await.unwrap();
        let mut cars = train.cars.get().unwrap().to_vec();
        let moved = cars.remove(1);
        let all = [train.change().put_assoc(Train::cars, cars), other.change().add_to(Train::cars, [moved])];
        for (nth, one) in all.iter().enumerate() {
            let writes = one.plan().unwrap().writes().iter().map(|write| write.op).collect::<Vec<_>>();
            assert_eq!(writes, [[assoc::Op::Delete], [assoc::Op::Update]][nth], "by itself");
        }
        let both = Line::build().set(Line::id, 1).put_assoc(Line::trains, all);
        db.tables("CREATE TABLE lines (id BIGINT PRIMARY KEY)").await;
        db.repo.insert(both).await.unwrap();
        assert_eq!(all_of(&db, "concat(train_id, label, id)", "cars").await, "1A1 1C3 2B2 2X50");
    }

    async fn values_move_between_parents_of_two_roots_of_one_save(db: Db) {
        let train = train(&db).await;
        let cars = train.cars.get().unwrap().to_vec();
        let input = params(json!({"cars": [
            {"id": 1, "label": "B", "seats": [{"id": 11, "row": 7}, {"id": 12}, {"id": 13, "row": 1}]},
            {"id": 2, "label": "A", "seats": [{"id": 21, "row": 9}, {"id": 22, "row": 1}]},
            {"id": 3},
        ]}));
        db.repo.update(train.change().cast(&input, ()).cast_assoc(Train::cars, car)).await.unwrap();
        assert_eq!(cars.len(), 3);
        let (cars, places) = seen(&db).await;
        assert_eq!((cars.as_str(), places.as_str()), ("A2 B1 C3", "1.1l=13 1.1r=12 1.7l=11 2.1l=22 2.9l=21"));
    }

    async fn a_value_of_a_row_that_is_not_part_of_the_save_is_taken(db: Db) {
        let train = train(&db).await;
        db.execute("INSERT INTO places VALUES (14, 3, 'l', 1)").await;
        let input = params(json!({"cars": [{"id": 1, "seats": [{"id": 12}, {"id": 11, "row": 3}, {"id": 13, "row": 1}]}, {"id": 2}, {"id": 3}]}));
        let error = db.repo.update(train.change().cast(&input, ()).cast_assoc(Train::cars, car)).await.unwrap_err();
        assert_eq!(errors(error), ["cars[0].seats[1].car_id has already been taken"]);
    }
}

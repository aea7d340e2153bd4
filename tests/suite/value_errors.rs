//! NULL where there must be a value, and values that a column cannot hold: errors of their fields, at any depth.

use assoc::{Constraint, prelude::*};
use serde_json::{Value as Json, json};

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Farm {
    id: i64,
    name: Option<String>,
    owner_id: Option<i64>,
    #[belongs_to(on_replace = nilify)]
    owner: BelongsTo<Farmer>,
    #[has_many(on_replace = delete)]
    fields: HasMany<Plot>,
    #[many_to_many(join_through = "farms_crops", on_replace = delete)]
    crops: ManyToMany<Crop>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Farmer {
    id: i64,
    name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Plot {
    id: i64,
    name: Option<String>,
    #[schema(column = "plot_size")]
    size: Option<i64>,
    farm_id: Option<i64>,
    #[has_many(on_replace = delete)]
    trees: HasMany<Apple>,
    #[has_one(on_replace = delete)]
    sign: HasOne<Sign>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Apple {
    id: i64,
    name: Option<String>,
    height: Option<i64>,
    plot_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Sign {
    id: i64,
    name: Option<String>,
    plot_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Crop {
    id: i64,
    name: Option<String>,
}

/// SQLite knows lengths and ranges by checks alone; those are declared.
async fn farms(db: &Db) {
    let (text, number) = match db.is_postgres() {
        true => ("name VARCHAR(5) NOT NULL", "SMALLINT"),
        false => (
            "name TEXT NOT NULL CONSTRAINT short CHECK (length(name) <= 5)",
            "INTEGER CONSTRAINT small CHECK (abs(SELF) < 32768)",
        ),
    };
    db.tables(&format!(
        "CREATE TABLE farmers (id <key>, {text});
         CREATE TABLE farms (id <key>, {text}, owner_id BIGINT REFERENCES farmers (id));
         CREATE TABLE plots (id <key>, {text}, plot_size {}, farm_id BIGINT NOT NULL REFERENCES farms (id));
         CREATE TABLE apples (id <key>, {text}, height {}, plot_id BIGINT NOT NULL REFERENCES plots (id));
         CREATE TABLE signs (id <key>, {text}, plot_id BIGINT REFERENCES plots (id));
         CREATE TABLE crops (id <key>, {text});
         CREATE TABLE farms_crops (farm_id BIGINT NOT NULL REFERENCES farms (id), crop_id BIGINT NOT NULL REFERENCES crops (id));",
        number.replace("SELF", "plot_size"),
        number.replace("SELF", "height"),
    ))
    .await;
}

macro_rules! changesets {
    ($($function:ident $schema:ident ($($field:ident)*) $(number $number:ident)? $(, $association:ident $child:ident)*;)+) => {$(
        fn $function(row: Changeset<$schema>, params: &Params) -> Changeset<$schema> {
            let row = row.cast(params, ($($schema::$field,)*));
            let row = row.constraint(Constraint::check("short").on($schema::name).message("is too long"));
            $(let row = row.constraint(Constraint::check("small").on($schema::$number).message("is out of range"));)?
            $(let row = row.cast_assoc($schema::$association, $child);)*
            row
        }
    )+};
}
changesets! {
    farm Farm (name), owner farmer, fields plot, crops crop;
    farmer Farmer (name);
    plot Plot (name size) number size, trees apple, sign sign;
    apple Apple (name height) number height;
    sign Sign (name);
    crop Crop (name);
}

async fn refused(db: &Db, input: Json) -> Vec<String> {
    let mut found = errors(db.repo.insert(farm(Farm::build(), &params(input))).await.unwrap_err());
    found.sort();
    assert_eq!(db.count("farms").await + db.count("farmers").await + db.count("crops").await, 0);
    found
}

both! {
    async fn a_single_row(db: Db) {
        farms(&db).await;
        assert_eq!(refused(&db, json!({})).await, ["name can't be blank"]);
        assert_eq!(refused(&db, json!({"name": "too long"})).await, ["name is too long"]);
    }

    async fn at_every_depth(db: Db) {
        farms(&db).await;
        let input = json!({"name": "f", "owner": {"name": "o"}, "fields": [
            {"name": "p"},
            {"name": "q", "size": 40000},
            {"name": "r", "sign": {"name": "too long"}},
            {"name": "s", "trees": [{"name": "t"}, {"height": 3}, {"name": "u", "height": 40000}, {"name": "too long"}]},
            {"size": 1},
        ], "crops": [{"name": "c"}, {"name": "too long"}, {}]});
        assert_eq!(refused(&db, input).await, [
            "crops[1].name is too long",
            "crops[2].name can't be blank",
            "fields[1].size is out of range",
            "fields[2].sign.name is too long",
            "fields[3].trees[1].name can't be blank",
            "fields[3].trees[2].height is out of range",
            "fields[3].trees[3].name is too long",
            "fields[4].name can't be blank",
        ]);
    }

    async fn of_a_parent(db: Db) {
        farms(&db).await;
        assert_eq!(refused(&db, json!({"name": "f", "owner": {"name": "too long"}})).await, ["owner.name is too long"]);
        assert_eq!(refused(&db, json!({"name": "f", "owner": {}})).await, ["owner.name can't be blank"]);
    }

    async fn of_updates_among_inserts(db: Db) {
        farms(&db).await;
        let input = json!({"name": "f", "fields": [{"name": "p", "size": 1}, {"name": "q", "size": 2}]});
        let saved = db.repo.insert(farm(Farm::build(), &params(input))).await.unwrap();
        let id = |name: &str| saved.fields.get().unwrap().iter().find(|plot| plot.name.as_deref() == Some(name)).unwrap().id;
        let input = json!({"name": "g", "fields": [
            {"id": id("q"), "size": -40000}, {"name": "new", "size": 70000}, {"id": id("p"), "size": 7}, {"name": "too long", "size": 1},
        ]});
        let mut found = errors(db.repo.update(farm(saved.clone().change(), &params(input))).await.unwrap_err());
        found.sort();
        assert_eq!(found, ["fields[0].size is out of range", "fields[1].size is out of range", "fields[3].name is too long"]);
        assert_eq!((db.text("SELECT name FROM farms").await.as_str(), all_of(&db, "concat(plot_size)", "plots").await.as_str()), ("f", "1 2"));
        let nulled = saved.fields.get().unwrap()[1].clone().change().set(Plot::name, None::<String>);
        let first = saved.fields.get().unwrap()[0].clone();
        let found = errors(db.repo.update(saved.change().put_assoc(Farm::fields, (first, nulled))).await.unwrap_err());
        assert_eq!(found, ["fields[1].name can't be blank"]);
    }

    async fn in_a_transaction_that_goes_on(db: Db) {
        farms(&db).await;
        let tx = db.repo.begin().await.unwrap();
        let input = json!({"name": "f", "fields": [{"name": "p"}, {"name": "q", "size": 40000}]});
        assert_eq!(errors(tx.insert(farm(Farm::build(), &params(input))).await.unwrap_err()), ["fields[1].size is out of range"]);
        assert_eq!(errors(tx.insert(farm(Farm::build(), &params(json!({"name": "too long"})))).await.unwrap_err()), ["name is too long"]);
        tx.insert(farm(Farm::build(), &params(json!({"name": "f"})))).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((db.count("farms").await, db.count("plots").await), (1, 0));
    }

    async fn what_the_database_said_is_known_by_its_params(db: Db) {
        farms(&db).await;
        let Err(assoc::SaveError::Invalid(failed)) = db.repo.insert(farm(Farm::build(), &params(json!({"name": "too long"})))).await else { panic!() };
        let constraint = failed.errors().own()[0].params["constraint"].clone();
        assert_eq!(constraint, if db.is_postgres() { json!("too_long") } else { json!("check") });
        db.repo.insert(failed.set(Farm::name, "f")).await.unwrap();
    }
}

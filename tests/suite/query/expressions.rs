//! What can be asked of a column.

use assoc::{
    DbError,
    prelude::*,
    query::{Expression, JsonMethods},
};
use chrono::{DateTime, TimeZone, Utc};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::blog;
use crate::{schemas::*, support::*};

#[derive(Debug, Clone, PartialEq, Schema)]
struct Gauge {
    id: i64,
    name: String,
    level: i32,
    weight: f64,
    price: Decimal,
    labels: Vec<String>,
    marks: Option<Vec<i64>>,
    settings: Json,
    at: DateTime<Utc>,
}

fn day(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, day, 12, 0, 0).unwrap()
}

async fn gauges(db: &Db) {
    let (texts, numbers) = if db.is_postgres() { ("TEXT[]", "BIGINT[]") } else { ("TEXT", "TEXT") };
    let decimal = if db.is_postgres() { "NUMERIC" } else { "TEXT" };
    db.tables(&format!(
        "CREATE TABLE gauges (id <key>, name TEXT NOT NULL, level INTEGER NOT NULL, weight DOUBLE PRECISION NOT NULL, \
         price {decimal} NOT NULL, labels {texts} NOT NULL, marks {numbers}, settings <json> NOT NULL, at <time> NOT NULL)"
    ))
    .await;
    let gauge = |id: i64, labels: &[&str], marks: Option<Vec<i64>>, settings: Json| {
        Gauge::build()
            .set(Gauge::id, id)
            .set(Gauge::name, format!("g_{id}%"))
            .set(Gauge::level, id as i32 * 10)
            .set(Gauge::weight, id as f64 / 2.0)
            .set(Gauge::price, Decimal::new(id * 105, 1))
            .set(Gauge::labels, labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>())
            .set(Gauge::marks, marks)
            .set(Gauge::settings, settings)
            .set(Gauge::at, day(id as u32))
    };
    let rows = [
        gauge(
            1,
            &["a", "b"],
            Some(vec![1, 2]),
            json!({"theme": {"color": "red", "size": 3}, "list": [1, {"x": true}]}),
        ),
        gauge(2, &["b"], None, json!({"theme": {"color": null}, "odd \"key'": "q"})),
        gauge(3, &[], Some(vec![]), json!({"theme": "plain"})),
    ];
    db.repo.insert_many(rows).await.unwrap();
    db.forget();
}

async fn found(db: &Db, condition: assoc::Condition<Gauge>) -> Vec<i64> {
    db.repo.all(Gauge::query().filter(condition).order_by(Gauge::id.asc()).select(Gauge::id)).await.unwrap()
}

async fn first<V: assoc::ColumnType>(db: &Db, expression: Expression<Gauge, V>) -> V {
    db.repo.one(Gauge::query().filter(Gauge::id.eq(1)).select(expression)).await.unwrap().unwrap()
}

both! {
    async fn texts(db: Db) {
        gauges(&db).await;
        assert_eq!(found(&db, Gauge::name.contains("_1%")).await, [1], "signs of patterns stand for themselves");
        assert_eq!(found(&db, Gauge::name.starts_with("g%")).await, Vec::<i64>::new());
        assert_eq!(found(&db, Gauge::name.starts_with("g_")).await, [1, 2, 3]);
        assert_eq!(found(&db, Gauge::name.ends_with("2%")).await, [2]);
        assert_eq!(found(&db, Gauge::name.upper().eq("G_3%")).await, [3]);
        assert_eq!(found(&db, Gauge::name.upper().lower().like("g%")).await, [1, 2, 3]);
        assert_eq!(first(&db, Gauge::name.length()).await, Some(4));
    }

    async fn ranges(db: Db) {
        gauges(&db).await;
        assert_eq!(found(&db, Gauge::at.within(day(1)..day(3))).await, [1, 2], "the end is left out");
        assert_eq!(found(&db, Gauge::at.within(day(2)..)).await, [2, 3]);
        assert_eq!(found(&db, Gauge::at.within(..=day(2))).await, [1, 2]);
        assert_eq!(found(&db, Gauge::at.between(day(2), day(3))).await, [2, 3]);
        assert_eq!(found(&db, Gauge::level.within(..)).await, [1, 2, 3]);
        assert_eq!(found(&db, Gauge::price.within(Decimal::new(1051, 2)..Decimal::new(22, 0))).await, [2]);
    }

    async fn numbers(db: Db) {
        gauges(&db).await;
        assert_eq!(first(&db, Gauge::level.plus(5).times(2).minus(Gauge::level)).await, 20);
        assert_eq!(first(&db, Gauge::level.divided_by(4)).await, 2);
        assert!((first(&db, Gauge::weight.divided_by(4.0)).await - 0.125).abs() < 1e-9);
        assert_eq!(found(&db, Gauge::level.minus(20).gt(Gauge::level.times(-1))).await, [2, 3]);
        let sum = db.repo.one(Gauge::query().select((Gauge::level.sum(), Gauge::weight.sum(), Gauge::weight.avg()))).await;
        assert_eq!(sum.unwrap(), Some((Some(60), Some(3.0), Some(1.0))));
    }

    async fn decimals_are_exact_or_refused(db: Db) {
        gauges(&db).await;
        let dearer = db.repo.all(Gauge::query().order_by(Gauge::id.asc()).select(Gauge::price.plus(Decimal::new(5, 1)))).await;
        let sum = db.repo.one(Gauge::query().select(Gauge::price.sum())).await;
        if db.is_postgres() {
            assert_eq!(dearer.unwrap(), [110, 215, 320].map(|price| Decimal::new(price, 1)));
            assert_eq!(sum.unwrap(), Some(Some(Decimal::new(630, 1))));
        } else {
            let errors = [dearer.unwrap_err(), sum.unwrap_err()];
            for error in errors {
                assert!(matches!(error, DbError::Unsupported { database: "SQLite", .. }), "{error:?}");
            }
            assert!(db.statements().is_empty());
        }
        assert_eq!(db.repo.one(Gauge::query().select(Gauge::price.count())).await.unwrap(), Some(3));
    }

    async fn arrays(db: Db) {
        gauges(&db).await;
        assert_eq!(found(&db, Gauge::labels.has("b")).await, [1, 2]);
        assert_eq!(found(&db, Gauge::labels.has_all(["b", "a"])).await, [1]);
        assert_eq!(found(&db, Gauge::labels.has_any(["a", "z"])).await, [1]);
        assert_eq!(found(&db, Gauge::labels.has_all(Vec::<String>::new())).await, [1, 2, 3]);
        assert_eq!(found(&db, Gauge::labels.has_any(Vec::<String>::new())).await, Vec::<i64>::new());
        assert_eq!(found(&db, !Gauge::marks.has(1)).await, [3], "NULL is neither");
        assert_eq!(found(&db, Gauge::marks.has_all([2, 1])).await, [1]);
        assert_eq!(found(&db, Gauge::labels.items().eq(0)).await, [3]);
        assert_eq!(found(&db, Gauge::labels.eq(vec!["b".to_owned()])).await, [2]);
        assert_eq!(first(&db, Gauge::marks.items()).await, Some(2));
    }

    async fn parts_of_json(db: Db) {
        gauges(&db).await;
        assert_eq!(found(&db, Gauge::settings.path_text(("theme", "color")).eq("red")).await, [1]);
        assert_eq!(found(&db, Gauge::settings.path_text(("theme", "color")).is_null()).await, [2, 3]);
        assert_eq!(found(&db, Gauge::settings.path_text("theme").eq("plain")).await, [3]);
        assert_eq!(found(&db, Gauge::settings.path_text(("list", 1, "x")).eq("true")).await, [1]);
        assert_eq!(found(&db, Gauge::settings.path_text("odd \"key'").eq("q")).await, [2], "any key is quoted");
        assert_eq!(first(&db, Gauge::settings.path_text(("theme", "size"))).await.as_deref(), Some("3"));
        assert_eq!(first(&db, Gauge::settings.path(("list", 1))).await, Some(json!({"x": true})));
        assert_eq!(first(&db, Gauge::settings.path("nothing")).await, None);
        let contains = Gauge::query().filter(Gauge::settings.contains_json(json!({"theme": {"size": 3}}))).select(Gauge::id);
        match db.repo.all(contains).await {
            Ok(found) => assert_eq!((db.is_postgres(), found), (true, vec![1])),
            Err(error) => assert!(!db.is_postgres() && matches!(error, DbError::Unsupported { .. }), "{error:?}"),
        }
    }

    async fn nulls_have_a_stand_in(db: Db) {
        blog(&db).await;
        let query = Comment::query().order_by(Comment::id.asc()).select(Comment::rating.coalesce(0));
        assert_eq!(db.repo.all(query).await.unwrap(), [5, 3, 0, 4, 1, 2]);
        let query = Comment::query().order_by((Comment::rating.asc().nulls_first(), Comment::id.asc())).select(Comment::id);
        assert_eq!(db.repo.all(query).await.unwrap(), [3, 5, 6, 2, 4, 1]);
        let query = Comment::query().order_by(Comment::rating.desc().nulls_last()).select(Comment::id);
        assert_eq!(db.repo.all(query).await.unwrap(), [1, 4, 2, 6, 5, 3]);
    }

    async fn columns_of_one_row(db: Db) {
        blog(&db).await;
        let same = Post::query().filter(Post::author_id.gt(Post::editor_id).and(Post::title.ne(Post::body)));
        assert_eq!(db.repo.all(same.select(Post::id)).await.unwrap(), [3]);
    }

    async fn orders_made_at_run_time(db: Db) {
        blog(&db).await;
        for (by, expected) in [("title", vec![4, 3, 2, 1]), ("-id", vec![4, 3, 2, 1]), ("author,title", vec![2, 1, 3, 4])] {
            let order = by.split(',').map(|by| match by {
                "title" => Post::title.asc(),
                "author" => Post::author_id.asc().nulls_last(),
                _ => Post::id.desc(),
            });
            let query = Post::query().order_by(order.collect::<Vec<_>>()).select(Post::id);
            assert_eq!(db.repo.all(query).await.unwrap(), expected, "{by}");
        }
    }
}

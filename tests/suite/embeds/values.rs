//! Every column type inside of an embed.

use assoc::Enum;
use rust_decimal::Decimal;

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
enum Mood {
    Glad,
    #[schema(name = "not so glad")]
    Sad,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    #[embeds_many(on_replace = delete)]
    all: Vec<All>,
}

/// All types, each with an option and a list of its own.
macro_rules! all {
    ($($one:ident $maybe:ident $list:ident: $ty:ty = $values:expr;)+) => {
        #[derive(Debug, Clone, PartialEq, Schema)]
        #[schema(embedded)]
        struct All {
            $($one: $ty, $maybe: Option<$ty>, $list: Vec<$ty>,)+
        }

        /// As many rows as the type with the most values needs.
        fn rows() -> Vec<All> {
            let most = [$({ let values: Vec<$ty> = $values; values.len() }),+].into_iter().max().unwrap();
            let row = |at: usize| All {$(
                $one: { let values: Vec<$ty> = $values; values[at % values.len()].clone() },
                $maybe: { let values: Vec<$ty> = $values; values.get(at).cloned() },
                $list: { let values: Vec<$ty> = $values; values.into_iter().take(at).collect() },
            )+};
            (0..most).map(row).collect()
        }

        fn casts_back(json: &serde_json::Value) -> Changeset<All> {
            All::build().cast(&params(json.clone()), ($(All::$one,)+))
        }
    };
}

all! {
    flag flag_maybe flags: bool = vec![true, false];
    small small_maybe smalls: i16 = vec![0, i16::MAX, i16::MIN];
    medium medium_maybe mediums: i32 = vec![0, i32::MAX, i32::MIN];
    big big_maybe bigs: i64 = vec![0, i64::MAX, i64::MIN, 9_007_199_254_740_993];
    single single_maybe singles: f32 = vec![0.0, 0.1, 1.0, f32::MAX, f32::MIN_POSITIVE, f32::INFINITY];
    double double_maybe doubles: f64 = vec![0.0, 0.1, 1.0, 1e300, 5e-324, f64::MAX, f64::NEG_INFINITY];
    text text_maybe texts: String = ["", "a", "ü \" \\ \n 💡", "null"].map(String::from).to_vec();
    bytes bytes_maybe bytes_list: Vec<u8> = vec![vec![], vec![0, 255, 16], b"text".to_vec()];
    uuid uuid_maybe uuids: Uuid = vec![Uuid::nil(), Uuid::from_u128(u128::MAX)];
    amount amount_maybe amounts: Decimal = ["0", "-1.50", "79228162514264337593543950335"].map(|text| text.parse().unwrap()).to_vec();
    mood mood_maybe moods: Mood = vec![Mood::Glad, Mood::Sad];
    json json_maybe jsons: serde_json::Value = vec![json!({"a": [1, null, "x"]}), json!([]), json!("text"), json!(null), json!(1.5)];
    day day_maybe days: chrono::NaiveDate = ["0001-01-01", "2024-02-29", "9999-12-31"].map(|text| text.parse().unwrap()).to_vec();
    hour hour_maybe hours: chrono::NaiveTime = ["00:00:00", "23:59:59.999999"].map(|text| text.parse().unwrap()).to_vec();
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Clock {
    id: i64,
    #[embeds_one(on_replace = delete, column = "all")]
    times: Option<Times>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Times {
    naive: chrono::NaiveDateTime,
    utc: chrono::DateTime<chrono::Utc>,
    date: time::Date,
    time: time::Time,
    plain: time::PrimitiveDateTime,
    offset: time::OffsetDateTime,
    offsets: Vec<Option<time::OffsetDateTime>>,
}

async fn tables(db: &Db) {
    db.tables(r#"CREATE TABLE shelves (id <key>, "all" <json>)"#).await;
}

both! {
    async fn survives_a_round_trip(db: Db) {
        tables(&db).await;
        let mut all = rows();
        let shelf = db.repo.insert(Shelf::build().put_embed(Shelf::all, all.clone())).await.unwrap();
        let found: Shelf = db.repo.fetch(shelf.id).await.unwrap();
        assert_eq!(shelf.all, all);
        // In an embed, JSON's null and no value are the same.
        all.iter_mut().for_each(|row| drop(row.json_maybe.take_if(|json| json.is_null())));
        for (found, row) in found.all.iter().zip(&all) {
            assert_eq!(found, row);
        }
        assert_eq!(found.all.len(), all.len());
        // What was read is no change to what is there.
        assert!(found.clone().change().put_embed(Shelf::all, all).plan().unwrap().is_empty());
    }

    async fn is_cast_as_any_column_is(db: Db) {
        tables(&db).await;
        let input = json!({
            "flag": "true", "small": "7", "medium": 8, "big": "9", "single": "1.5", "double": 2, "text": "t", "bytes": "raw",
            "uuid": "00000000-0000-0000-0000-000000000001", "amount": "1.10", "mood": "not so glad", "json": {"a": 1},
            "day": "2024-02-29", "hour": "10:00:00",
        });
        let row = casts_back(&input);
        assert!(row.is_valid(), "{}", row.errors());
        let lists = row.set(All::flags, vec![true]).set(All::moods, vec![Mood::Sad]);
        let error = db.repo.insert(Shelf::build().put_embed(Shelf::all, [lists])).await.unwrap_err();
        let missing = errors(error);
        assert!(missing.contains(&"all[0].texts can't be blank".to_owned()) && missing.len() == 12, "{missing:?}");
        let wrong = casts_back(&json!({"small": 70_000, "mood": "bad", "uuid": "x", "day": "2023-02-29", "amount": "x"}));
        assert_eq!(lines(&wrong.errors()), ["small is invalid", "uuid is invalid", "amount is invalid", "mood is invalid", "day is invalid"]);
    }

    async fn times_keep_microseconds(db: Db) {
        tables(&db).await;
        let utc: chrono::DateTime<chrono::Utc> = "2024-02-29T23:59:59.123456Z".parse().unwrap();
        let offset = time::OffsetDateTime::from_unix_timestamp_nanos(1_709_251_199_123_456_000).unwrap();
        let times = Times {
            naive: utc.naive_utc(), utc, date: offset.date(), time: offset.time(),
            plain: time::PrimitiveDateTime::new(offset.date(), offset.time()), offset, offsets: vec![None, Some(offset)],
        };
        let clock = db.repo.insert(Clock::build().put_embed(Clock::times, times.clone())).await.unwrap();
        let found: Clock = db.repo.fetch(clock.id).await.unwrap();
        assert_eq!((found.times.as_ref(), clock.times.as_ref()), (Some(&times), Some(&times)));
        assert!(found.change().put_embed(Clock::times, times).plan().unwrap().is_empty());
    }

    async fn finer_times_are_kept_as_they_are_read(db: Db) {
        tables(&db).await;
        let offset = time::OffsetDateTime::from_unix_timestamp_nanos(1_709_251_199_123_456_789).unwrap();
        let utc = chrono::DateTime::from_timestamp_nanos(1_709_251_199_123_456_789);
        let times = Times {
            naive: utc.naive_utc(), utc, date: offset.date(), time: offset.time(),
            plain: time::PrimitiveDateTime::new(offset.date(), offset.time()), offset, offsets: vec![Some(offset)],
        };
        let clock = db.repo.insert(Clock::build().put_embed(Clock::times, times)).await.unwrap();
        assert_eq!(db.repo.fetch::<Clock>(clock.id).await.unwrap(), clock);
    }

    async fn not_a_number_is_kept(db: Db) {
        tables(&db).await;
        let mut row = rows().swap_remove(0);
        (row.double, row.singles) = (f64::NAN, vec![f32::NAN, f32::NEG_INFINITY]);
        let saved = db.repo.insert(Shelf::build().put_embed(Shelf::all, [row])).await.unwrap();
        let found = db.repo.fetch::<Shelf>(saved.id).await.unwrap().all.swap_remove(0);
        assert!(found.double.is_nan() && found.singles[0].is_nan() && found.singles[1] == f32::NEG_INFINITY);
    }
}

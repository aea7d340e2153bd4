//! All rows of a query at once: counted, updated, deleted.

use assoc::{SaveError, prelude::*};
use rust_decimal::Decimal;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Song {
    id: i64,
    title: String,
    plays: i32,
    rating: Option<i32>,
    words: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    words: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Price {
    id: i64,
    amount: Decimal,
}

async fn songs(db: &Db) -> Vec<i64> {
    let array = if db.is_postgres() { "TEXT[]" } else { "TEXT" };
    db.tables(&format!("CREATE TABLE songs (id <key>, title TEXT NOT NULL, plays INTEGER NOT NULL, rating INTEGER, words {array} NOT NULL)"))
        .await;
    let song = |n: i32| {
        let song =
            Song::build().set(Song::title, format!("song {n}")).set(Song::plays, n * 10).set(Song::words, Vec::new());
        if n == 2 { song } else { song.set(Song::rating, n) }
    };
    let all = db.repo.insert_many((0..5).map(song)).await.unwrap();
    db.forget();
    all.iter().map(|song| song.id).collect()
}

async fn all(db: &Db) -> Vec<Song> {
    db.repo.all(Song::query().order_by(Song::id.asc())).await.unwrap()
}

both! {
    async fn rows_are_counted_in_the_database(db: Db) {
        songs(&db).await;
        let some = || Song::query().filter(Song::plays.gte(20));
        assert_eq!(db.repo.count(Song::query()).await.unwrap(), 5);
        assert_eq!(db.repo.count(some()).await.unwrap(), 3);
        assert_eq!(db.repo.count(some().limit(2)).await.unwrap(), 2);
        assert_eq!(db.repo.count(some().order_by(Song::id.asc()).offset(2)).await.unwrap(), 1);
        assert!(db.repo.exists(some()).await.unwrap());
        assert!(!db.repo.exists(Song::query().filter(Song::plays.gt(40))).await.unwrap());
        assert_eq!(db.repo.max(Song::query(), Song::plays).await.unwrap(), Some(40));
        assert_eq!(db.repo.min(some(), Song::title).await.unwrap(), Some("song 2".to_owned()));
        assert_eq!(db.repo.max(Song::query().filter(Song::id.lt(0)), Song::rating).await.unwrap(), None);
        assert_eq!(db.statements().len(), 9);
    }

    async fn rows_are_updated_in_one_statement(db: Db) {
        let ids = songs(&db).await;
        let updated = db.repo.update_all(
            Song::query().filter(Song::rating.is_not_null()),
            (Song::plays.inc(1), Song::title.set("same"), Song::rating.set(None::<i32>)),
        );
        assert_eq!(updated.await.unwrap(), 4);
        assert_eq!(db.statements().len(), 1);
        let plays: Vec<(i32, &str)> = vec![(1, "same"), (11, "same"), (20, "song 2"), (31, "same"), (41, "same")];
        let found = all(&db).await;
        assert_eq!(found.iter().map(|song| (song.plays, song.title.as_str())).collect::<Vec<_>>(), plays);
        assert!(found.iter().all(|song| song.rating.is_none()));
        let last_two = Song::query().order_by(Song::id.desc()).limit(2);
        assert_eq!(db.repo.update_all(last_two, Song::words.push("it's \"new\"")).await.unwrap(), 2);
        assert_eq!(db.repo.update_all(Song::query().filter(Song::id.eq(ids[4])), Song::words.push("b")).await.unwrap(), 1);
        let words: Vec<Vec<String>> = all(&db).await.into_iter().map(|song| song.words).collect();
        let new = "it's \"new\"".to_owned();
        assert_eq!(words, [vec![], vec![], vec![], vec![new.clone()], vec![new, "b".to_owned()]]);
    }

    async fn an_array_that_is_null_begins_with_the_item(db: Db) {
        let array = if db.is_postgres() { "TEXT[]" } else { "TEXT" };
        db.tables(&format!("CREATE TABLE shelves (id <key>, words {array}); INSERT INTO shelves VALUES (1, NULL)")).await;
        db.repo.update_all(Shelf::query(), Shelf::words.push("first")).await.unwrap();
        db.repo.update_all(Shelf::query(), Shelf::words.push("second")).await.unwrap();
        let shelf: Shelf = db.repo.fetch(1).await.unwrap();
        assert_eq!(shelf.words, Some(vec!["first".to_owned(), "second".to_owned()]));
    }

    async fn decimals_are_written_and_compared_as_numbers(db: Db) {
        db.tables(&format!("CREATE TABLE prices (id <key>, amount {} NOT NULL)", if db.is_postgres() { "NUMERIC" } else { "TEXT" })).await;
        let price = |text: &str| Price::build().set(Price::amount, text.parse::<Decimal>().unwrap());
        let id = db.repo.insert_many(["9.50", "10.25", "100"].map(price)).await.unwrap()[0].id;
        let number = |text: &str| Some(text.parse::<Decimal>().unwrap());
        assert_eq!(db.repo.max(Price::query(), Price::amount).await.unwrap(), number("100"));
        assert_eq!(db.repo.min(Price::query(), Price::amount).await.unwrap(), number("9.50"));
        assert_eq!(db.repo.max(Price::query().order_by(Price::amount.asc()).limit(2), Price::amount).await.unwrap(), number("10.25"));
        let exact: Decimal = "0.1234567890123456789".parse().unwrap();
        db.repo.update_all(Price::query().filter(Price::id.eq(id)), Price::amount.set(exact)).await.unwrap();
        assert_eq!(db.repo.fetch::<Price>(id).await.unwrap().amount, exact);
        let added = db.repo.update_all(Price::query().filter(Price::id.eq(id)), Price::amount.inc(exact)).await;
        if db.is_postgres() {
            assert_eq!(added.unwrap(), 1);
            assert_eq!(db.repo.fetch::<Price>(id).await.unwrap().amount, exact + exact);
        } else {
            assert!(matches!(&added, Err(assoc::DbError::Configuration(why)) if why.contains("`amount`")), "{added:?}");
            assert_eq!(db.repo.fetch::<Price>(id).await.unwrap().amount, exact);
        }
    }

    async fn a_pattern_that_ends_in_a_backslash_means_it(db: Db) {
        songs(&db).await;
        db.repo.update_all(Song::query().filter(Song::plays.eq(0)), Song::title.set("a\\")).await.unwrap();
        for condition in [Song::title.like("a\\"), Song::title.ilike("A\\"), Song::title.like("a\\\\")] {
            assert_eq!(db.repo.count(Song::query().filter(condition)).await.unwrap(), 1);
        }
    }

    async fn rows_are_deleted_in_one_statement(db: Db) {
        let ids = songs(&db).await;
        assert_eq!(db.repo.delete_all(Song::query().filter(Song::plays.between(10, 20))).await.unwrap(), 2);
        assert_eq!(db.statements().len(), 1);
        assert_eq!(db.repo.delete_all(Song::query().order_by(Song::plays.desc()).limit(1)).await.unwrap(), 1);
        assert_eq!(all(&db).await.iter().map(|song| song.id).collect::<Vec<_>>(), [ids[0], ids[3]]);
        assert_eq!(db.repo.delete_all(Song::query()).await.unwrap(), 2);
    }

    async fn in_a_transaction_they_are_rolled_back(db: Db) {
        songs(&db).await;
        let failed = db.repo.transaction(async |tx| {
            assert_eq!(tx.delete_all(Song::query()).await?, 5);
            assert_eq!(tx.count(Song::query()).await?, 0);
            Err::<(), _>(SaveError::<Changeset<Song>>::Misuse(assoc::Misuse::AlreadyThere { schema: "Song" }))
        });
        assert!(failed.await.is_err());
        assert_eq!(db.repo.count(Song::query()).await.unwrap(), 5);
    }
}

//! Values that the database makes, and that the schema cannot hold: nothing may be written then.

use assoc::{SaveError, prelude::*};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::pair::Pair;

const ALL: &str = "SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM things t";

/// For each type of a column, a schema with a value of it that the database makes.
macro_rules! made {
    ($($module:ident: $ty:ty;)+) => {$(
        mod $module {
            use super::*;

            #[derive(Debug, Clone, PartialEq, Schema)]
            struct Thing {
                id: i64,
                #[schema(database_default)]
                made: $ty,
                name: Option<String>,
            }

            /// One row, two of them, and one in a transaction that ends with the save: what is told is told by both.
            pub async fn saved(column: &str) -> Vec<Result<String, String>> {
                let pair = Pair::of(&format!("CREATE TABLE things (id <key>, made {column}, name TEXT)")).await;
                // With keys of ours, for a statement that is refused uses up those of the sequence.
                let row = |id: i64| Thing::build().set(Thing::id, id).set(Thing::name, "x");
                let single = pair.saves(ALL, async |repo| repo.insert(row(1)).await).await;
                let two = pair.saves(ALL, async |repo| repo.insert_many([row(2), row(3)]).await).await;
                let prepared = || row(4).prepare_changes(async |row, _| Ok(row));
                let enclosed = pair.saves(ALL, async |repo| repo.insert(prepared()).await).await;
                let joined = pair.saves(ALL, async |repo| {
                    repo.transaction(async |tx| tx.insert(row(5)).await.map_err(Lost::of)).await.map_err(Lost::into_error)
                });
                vec![single.result, two.result, enclosed.result, joined.await.result]
            }

            struct Lost(SaveError<Changeset<Thing>>);

            impl Lost {
                fn of(error: SaveError<Changeset<Thing>>) -> Self {
                    Self(error)
                }

                fn into_error(self) -> SaveError<Changeset<Thing>> {
                    self.0
                }
            }

            impl From<assoc::DbError> for Lost {
                fn from(error: assoc::DbError) -> Self {
                    Self(error.into())
                }
            }
        }
    )+};
}

made! {
    text: String;
    small: i16;
    double: f64;
    decimal: Decimal;
    utc: DateTime<Utc>;
    local: chrono::NaiveDateTime;
    words: Vec<String>;
    truth: bool;
    bytes: Vec<u8>;
}

fn all_refused(results: &[Result<String, String>], because: &str) {
    for result in results {
        assert!(result.as_ref().is_err_and(|error| error.contains(because)), "{result:?}");
    }
}

fn all_saved(results: &[Result<String, String>], value: &str) {
    for result in results {
        assert!(result.as_ref().is_ok_and(|row| row.contains(value)), "{result:?}");
    }
}

#[tokio::test]
async fn null() {
    all_refused(&text::saved("TEXT").await, "column `made` came back as NULL");
    all_refused(&utc::saved("TIMESTAMPTZ").await, "column `made` came back as NULL");
    all_refused(&words::saved("TEXT[]").await, "column `made` came back as NULL");
}

#[tokio::test]
async fn out_of_range() {
    all_refused(&small::saved("INTEGER DEFAULT 70000").await, "70000 is out of range");
    all_saved(&small::saved("BIGINT DEFAULT 7").await, "made: 7");
    all_saved(&utc::saved("TIMESTAMPTZ DEFAULT '12345-01-01 00:00 UTC'").await, "12345-01-01");
}

#[tokio::test]
async fn what_the_driver_cannot_read() {
    all_refused(&decimal::saved("NUMERIC DEFAULT 'NaN'").await, "");
    all_saved(&decimal::saved("NUMERIC DEFAULT 1.50").await, "made: 1.50");
}

#[tokio::test]
async fn a_column_of_another_type_is_refused_and_not_cast() {
    all_refused(&utc::saved("TIMESTAMP DEFAULT '2020-01-01'").await, "");
    all_refused(&local::saved("TIMESTAMPTZ DEFAULT '2020-01-01'").await, "");
    all_refused(&double::saved("NUMERIC DEFAULT 1.5").await, "");
    all_refused(&text::saved("UUID DEFAULT gen_random_uuid()").await, "");
    all_refused(&text::saved("INTEGER DEFAULT 5").await, "");
    all_refused(&truth::saved("INTEGER DEFAULT 1").await, "");
    all_refused(&bytes::saved("TEXT DEFAULT 'abc'").await, "");
}

#[tokio::test]
async fn text_comes_back_as_it_is_stored() {
    all_saved(&text::saved("CHAR(5) DEFAULT 'ab'").await, "made: \"ab   \"");
    all_saved(&text::saved("VARCHAR(5) DEFAULT 'ab '").await, "made: \"ab \"");
    all_saved(&text::saved("NAME DEFAULT 'ab'").await, "made: \"ab\"");
}

/// Keys that the column rounds: a row is found by its key where something of it comes back.
mod rounded {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Schema)]
    #[schema(table = "things")]
    struct Plain {
        #[schema(primary_key)]
        at: DateTime<Utc>,
        value: i32,
    }

    #[derive(Debug, Clone, PartialEq, Schema)]
    #[schema(table = "things")]
    struct Made {
        #[schema(primary_key)]
        at: DateTime<Utc>,
        #[schema(database_default)]
        value: i32,
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 250_000_000).unwrap()
    }

    #[tokio::test]
    async fn keys() {
        let pair =
            Pair::of("CREATE TABLE things (at TIMESTAMPTZ(0) PRIMARY KEY, value INTEGER NOT NULL DEFAULT 5)").await;
        let plain = |second| Plain::build().set(Plain::at, at(second)).set(Plain::value, 1);
        let made = |second| Made::build().set(Made::at, at(second));
        assert!(pair.saves(ALL, async |repo| repo.insert(plain(1)).await).await.is_one());
        assert!(pair.saves(ALL, async |repo| repo.insert_many([plain(2), plain(3)]).await).await.is_one());
        let single = pair.saves(ALL, async |repo| repo.insert(made(4)).await).await;
        assert!(single.result.is_ok_and(|row| row.contains("value: 5")));
        let error = pair.saves(ALL, async |repo| repo.insert_many([made(5), made(6)]).await).await.error();
        assert!(error.contains("a row that was not inserted"), "{error}");
        assert_eq!(pair.one.count("things").await, 4);
    }
}

//! Rows one after the other: how many are kept, and what a stream leaves behind.

use std::{cell::Cell, time::Duration};

use assoc::{CastError, ColumnType, DbError, Type, TypeError, Value, prelude::*};

use crate::{
    schemas::{Post, Tag},
    support::*,
};

thread_local! {
    /// How many rows were decoded on the thread of a test.
    static DECODED: Cell<usize> = const { Cell::new(0) };
}

#[derive(Debug, Clone, PartialEq)]
struct Counted(i64);

impl ColumnType for Counted {
    type Base = Self;
    const TYPE: Type = Type::I64;

    fn into_value(self) -> Value {
        self.0.into_value()
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        DECODED.set(DECODED.get() + 1);
        i64::from_value(value).map(Self)
    }

    fn cast(input: &Params) -> Result<Self, CastError> {
        i64::cast(input).map(Self)
    }
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Number {
    id: i64,
    counted: Counted,
}

/// The numbers from 1, as rows.
async fn numbers(db: &Db, count: usize) {
    let view = match db.kind {
        Kind::Postgres => format!("SELECT i AS id, i AS counted FROM generate_series(1::bigint, {count}) AS i"),
        Kind::Sqlite => format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i AS id, i AS counted FROM n"
        ),
    };
    db.execute(&format!("CREATE VIEW numbers AS {view}")).await;
}

async fn first(repo: &Repo, count: usize) -> Vec<i64> {
    repo.stream(Number::query()).chunk(count).await.unwrap().into_iter().map(|number| number.id).collect()
}

/// A million rows, and where their reader rests, they rest.
#[tokio::test]
async fn unread_rows_stay_with_the_database() {
    let db = Db::postgres().await;
    numbers(&db, 1_000_000).await;
    let mut rows = db.repo.stream(Number::query());
    rows.next().await.unwrap().unwrap();
    let mut before = 0;
    while before != db.received() {
        before = db.received();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    while let Some(row) = rows.next().await {
        row.unwrap();
    }
    let all = db.received();
    assert!(all > 20_000_000 && before < all / 2, "{before} of {all} bytes came before they were read");
}

both! {
    async fn one_row_is_kept(db: Db) {
        let count = if db.is_postgres() { 200_000 } else { 50_000 };
        numbers(&db, count).await;
        let before = DECODED.get();
        let mut rows = db.repo.stream(Number::query());
        assert_eq!(db.statements().len(), 0, "nothing is sent before it is polled");
        let mut read = 0;
        while let Some(row) = rows.next().await {
            read += 1;
            assert_eq!(row.unwrap().id, read as i64);
            assert_eq!(DECODED.get() - before, read);
        }
        assert_eq!((read, db.statements().len()), (count, 1));
        assert!(rows.next().await.is_none() && rows.chunk(1).await.unwrap().is_empty());
    }

    async fn dropped_midway_outside_of_a_transaction(db: Db) {
        numbers(&db, 10_000).await;
        for _ in 0..30 {
            assert_eq!(first(&db.repo, 2).await, [1, 2]);
        }
        db.repo.insert(Tag::build().set(Tag::name, "after")).await.unwrap();
        assert_eq!(db.repo.all(Tag::query()).await.unwrap().len(), 1);
    }

    async fn dropped_midway_in_a_transaction_that_goes_on(db: Db) {
        numbers(&db, 10_000).await;
        let tx = db.repo.begin().await.unwrap();
        tx.insert(Tag::build().set(Tag::name, "before")).await.unwrap();
        assert_eq!(first(&tx, 3).await, [1, 2, 3]);
        tx.insert(Tag::build().set(Tag::name, "after")).await.unwrap();
        assert_eq!(first(&tx, 20_000).await.len(), 10_000);
        drop(tx.stream(Number::query()));
        tx.commit().await.unwrap();
        assert_eq!(db.count("tags").await, 2);
    }

    async fn what_the_transaction_wrote_is_read(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        tx.insert(Tag::build().set(Tag::name, "new")).await.unwrap();
        assert_eq!(tx.stream(Tag::query()).next().await.unwrap().unwrap().name, "new");
        tx.rollback().await.unwrap();
        assert!(db.repo.stream(Tag::query()).next().await.is_none());
    }

    async fn other_calls_of_the_transaction_do_not_wait_forever(db: Db) {
        numbers(&db, 10).await;
        let tx = db.repo.begin().await.unwrap();
        let clone: Repo = (*tx).clone();
        let mut rows = clone.stream(Number::query());
        rows.next().await.unwrap().unwrap();
        let error = tx.insert(Tag::build().set(Tag::name, "no")).await.unwrap_err();
        assert!(error.to_string().starts_with("a stream of this transaction"), "{error}");
        let nested = tx.transaction(async |_| Ok::<_, DbError>(())).await;
        assert!(matches!(nested, Err(DbError::Streaming)), "{nested:?}");
        assert_eq!(rows.chunk(100).await.unwrap().len(), 9);
        tx.insert(Tag::build().set(Tag::name, "yes")).await.unwrap();
        let mut rows = clone.stream(Number::query());
        rows.next().await.unwrap().unwrap();
        assert!(matches!(tx.commit().await, Err(DbError::Streaming)));
        drop(rows);
        assert!(matches!(clone.all(Tag::query()).await, Err(DbError::TransactionEnded)));
        assert_eq!(db.count("tags").await, 0);
    }

    async fn errors_are_the_last_item(db: Db) {
        let mut rows = db.repo.stream(Post::query().preload(Post::comments));
        let error = rows.next().await.unwrap().unwrap_err().to_string();
        assert!(error.contains("a stream loads no associations") && error.contains("chunk"), "{error}");
        assert!(rows.next().await.is_none());
        let mut missing = db.repo.stream(Number::query());
        assert!(missing.next().await.unwrap().unwrap_err().to_string().contains("numbers"));
        assert!(missing.next().await.is_none());
    }
}

/// Numbers of which the 5000th fails.
const FAILING: &str =
    "CREATE VIEW numbers AS SELECT i AS id, 1 / (5000 - i) AS counted FROM generate_series(1::bigint, 9000) AS i";

/// What fails at a row that nobody has read fails the next call, and nothing is committed as if it had not.
#[tokio::test]
async fn an_error_behind_the_last_row_read_is_not_lost() {
    let db = Db::postgres().await;
    db.execute(FAILING).await;
    let tx = db.repo.begin().await.unwrap();
    tx.insert(Tag::build().set(Tag::name, "lost")).await.unwrap();
    assert_eq!(first(&tx, 2).await, [1, 2]);
    let committed = tx.commit().await;
    assert!(committed.is_err(), "{committed:?}");
    assert_eq!(db.count("tags").await, 0);
}

#[tokio::test]
async fn nor_does_it_pass_for_one_of_the_save_that_comes_next() {
    let db = Db::postgres().await;
    db.execute(FAILING).await;
    let tx = db.repo.begin().await.unwrap();
    tx.insert(Tag::build().set(Tag::name, "lost")).await.unwrap();
    assert_eq!(first(&tx, 2).await, [1, 2]);
    let saved = tx.insert(Tag::build().set(Tag::name, "innocent")).await;
    assert!(matches!(saved, Err(SaveError::Database(DbError::Driver(_)))), "{saved:?}");
    let committed = tx.commit().await;
    assert!(matches!(committed, Err(DbError::TransactionAborted)), "{committed:?}");
    assert_eq!(db.count("tags").await, 0);
}

/// It is undone with the nested transaction that it happened in; the outer one is well.
#[tokio::test]
async fn a_nested_transaction_takes_it_along() {
    let db = Db::postgres().await;
    db.execute(FAILING).await;
    let tx = db.repo.begin().await.unwrap();
    tx.insert(Tag::build().set(Tag::name, "kept")).await.unwrap();
    let nested = tx.transaction(async |tx| {
        tx.insert(Tag::build().set(Tag::name, "lost")).await.unwrap();
        assert_eq!(first(&tx, 2).await, [1, 2]);
        Err::<(), _>(DbError::Cursor)
    });
    assert!(matches!(nested.await, Err(DbError::Cursor)));
    tx.commit().await.unwrap();
    let tags = db.repo.all(Tag::query()).await.unwrap();
    assert_eq!(tags.into_iter().map(|tag| tag.name).collect::<Vec<_>>(), ["kept"]);
}

//! Rows inserted as they are.

use assoc::{DbError, ViolationKind, prelude::*, query::InsertAll};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Visit {
    id: i64,
    path: String,
    #[schema(default = "web")]
    kind: String,
    hits: i64,
    weight: f64,
    #[timestamps]
    inserted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Token {
    id: Uuid,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Meter {
    id: i64,
    name: String,
    hits: Option<i64>,
    sum: rust_decimal::Decimal,
}

async fn visits(db: &Db) {
    db.tables(
        "CREATE TABLE visits (id <key>, path TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, hits BIGINT NOT NULL, \
         weight DOUBLE PRECISION NOT NULL DEFAULT 1, inserted_at <time> NOT NULL, updated_at <time> NOT NULL)",
    )
    .await;
}

fn visit(path: &str, hits: i64) -> (assoc::query::Assignment<Visit>, assoc::query::Assignment<Visit>) {
    (Visit::path.set(path), Visit::hits.set(hits))
}

both! {
    async fn rows_are_one_statement(db: Db) {
        visits(&db).await;
        let count = db.repo.insert_all(InsertAll::rows((0..500).map(|n| visit(&format!("/{n}"), n)))).await.unwrap();
        assert_eq!((count, db.statements().len()), (500, 1));
        let visits = db.repo.all(Visit::query().order_by(Visit::hits.asc())).await.unwrap();
        assert_eq!(visits.len(), 500);
        assert_eq!((visits[7].path.as_str(), visits[7].kind.as_str(), visits[7].weight), ("/7", "web", 1.0));
        assert!((Utc::now() - visits[7].inserted_at).num_minutes() < 5);
        assert_eq!(db.repo.insert_all(InsertAll::<Visit>::rows(Vec::<(assoc::query::Assignment<Visit>,)>::new())).await.unwrap(), 0);
    }

    async fn rows_come_back(db: Db) {
        db.tables(if db.is_postgres() { "CREATE TABLE tokens (id UUID PRIMARY KEY, name TEXT NOT NULL)" } else { "CREATE TABLE tokens (id BLOB PRIMARY KEY, name TEXT NOT NULL)" }).await;
        let mut tokens = db.repo.insert_all_returning(InsertAll::rows(["a", "b"].map(|name| Token::name.set(name)))).await.unwrap();
        tokens.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(tokens.iter().map(|token| token.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_ne!(tokens[0].id, tokens[1].id, "keys that the client makes");
        assert_eq!(db.repo.fetch::<Token>(tokens[1].id).await.unwrap(), tokens[1]);
    }

    async fn rows_that_do_not_fit_are_not_written(db: Db) {
        db.tables("CREATE TABLE meters (id <key>, name TEXT NOT NULL, hits BIGINT, sum TEXT)").await;
        let rows = || InsertAll::rows(["a", "b"].map(|name| Meter::name.set(name)));
        let error = db.repo.insert_all_returning(rows()).await.unwrap_err();
        assert!(matches!(&error, DbError::Type(error) if error.to_string().contains("Meter.sum")), "{error:?}");
        assert_eq!(db.count("meters").await, 0);
        let tx = db.repo.begin().await.unwrap();
        tx.insert_all(rows()).await.unwrap();
        assert!(tx.insert_all_returning(rows()).await.is_err());
        tx.commit().await.unwrap();
        assert_eq!(db.count("meters").await, 2);
    }

    async fn conflicts_add_replace_or_do_nothing(db: Db) {
        visits(&db).await;
        let rows = || InsertAll::rows([visit("/", 1), visit("/about", 2)]);
        db.repo.insert_all(rows()).await.unwrap();
        let error = db.repo.insert_all(rows()).await.unwrap_err();
        assert!(matches!(&error, DbError::Violation(it) if it.kind == ViolationKind::Unique), "{error:?}");
        assert_eq!(db.repo.insert_all(rows().on_conflict_nothing(Visit::path)).await.unwrap(), 0);
        assert_eq!(db.repo.insert_all(rows().on_conflict_nothing(())).await.unwrap(), 0);
        assert_eq!(db.repo.insert_all(rows().on_conflict_add(Visit::path, Visit::hits)).await.unwrap(), 2);
        assert_eq!(all_of(&db, "CAST(hits AS TEXT)", "visits").await, "2 4");
        let both = InsertAll::rows([(Visit::path.set("/"), Visit::hits.set(5), Visit::kind.set("app"))])
            .on_conflict_replace(Visit::path, Visit::kind)
            .on_conflict_add(Visit::path, Visit::hits);
        let changed = db.repo.insert_all_returning(both).await.unwrap();
        assert_eq!(changed.iter().map(|visit| (visit.kind.as_str(), visit.hits)).collect::<Vec<_>>(), [("app", 7)]);
        assert_eq!(db.count("visits").await, 2);
    }

    async fn null_counts_as_zero_and_decimals_need_numbers(db: Db) {
        let decimal = if db.is_postgres() { "NUMERIC" } else { "TEXT" };
        db.tables(&format!("CREATE TABLE meters (id <key>, name TEXT NOT NULL UNIQUE, hits BIGINT, sum {decimal} NOT NULL)")).await;
        let one = |hits: Option<i64>| {
            let row = (Meter::name.set("a"), Meter::hits.set(hits), Meter::sum.set(rust_decimal::Decimal::ONE));
            InsertAll::rows([row]).on_conflict_add(Meter::name, Meter::hits)
        };
        for hits in [None, Some(2), None, Some(3)] {
            db.repo.insert_all(one(hits)).await.unwrap();
        }
        assert_eq!(db.text("SELECT hits FROM meters").await, "5");
        db.forget();
        let summed = db.repo.insert_all(one(Some(1)).on_conflict_add(Meter::name, (Meter::hits, Meter::sum))).await;
        match summed {
            Ok(_) => assert_eq!((db.is_postgres(), db.text("SELECT sum FROM meters").await.as_str()), (true, "2")),
            Err(error) => {
                assert!(!db.is_postgres() && matches!(error, DbError::Unsupported { .. }), "{error:?}");
                assert!(db.statements().is_empty());
            }
        }
    }

    async fn what_is_no_row_is_refused_before_anything_is_sent(db: Db) {
        visits(&db).await;
        let mixed = InsertAll::rows([vec![Visit::path.set("/"), Visit::hits.set(1)], vec![Visit::path.set("/x")]]);
        let error = db.repo.insert_all(mixed).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 1 of the insert into `visits` sets other columns than the first; set the same in all rows"
        );
        let error = db.repo.insert_all(InsertAll::rows([(Visit::path.set("/"), Visit::hits.inc(1))])).await.unwrap_err();
        assert!(error.to_string().starts_with("a new row of `visits` needs a value for `hits`"), "{error}");
        assert!(db.statements().is_empty());
    }

    async fn all_or_nothing(db: Db) {
        visits(&db).await;
        // Floating point numbers need a bound value each on SQLite: several statements.
        let row = |n: usize| (Visit::path.set(format!("/{}", n.min(9_999))), Visit::hits.set(1), Visit::weight.set(0.5));
        let error = db.repo.insert_all(InsertAll::rows((0..10_001).map(row))).await.unwrap_err();
        assert!(matches!(error, DbError::Violation(_)), "{error:?}");
        assert_eq!(db.count("visits").await, 0);
        assert_eq!(db.repo.insert_all(InsertAll::rows((0..10_000).map(row))).await.unwrap(), 10_000);
        let written = db.repo.transaction(async |tx| {
            tx.insert_all(InsertAll::rows((0..10_000).map(row)).on_conflict_add(Visit::path, Visit::hits)).await
        });
        assert_eq!(written.await.unwrap(), 10_000);
        assert_eq!(db.text("SELECT sum(hits) FROM visits").await, "20000");
    }
}

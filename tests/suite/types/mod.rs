//! Every column type: in inserts and updates of many rows, in filters, in orders, as a key.

/// Tables and schemas for one type, and the tests that every type passes.
macro_rules! column_type {
    ($name:ident: $ty:ty, $postgres:literal, $sqlite:literal, $values:expr $(, $extra:ident)*) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            use assoc::prelude::*;
            use crate::support::*;

            #[derive(Debug, Clone, PartialEq, Schema)]
            struct Holder {
                id: i64,
                #[has_many(on_replace = delete)]
                rows: HasMany<Row>,
            }

            #[derive(Debug, Clone, PartialEq, Schema)]
            struct Row {
                id: i64,
                one: $ty,
                maybe: Option<$ty>,
                holder_id: i64,
            }

            const TYPES: (&str, &str) = ($postgres, $sqlite);

            fn values() -> Vec<$ty> {
                $values
            }

            /// Each value once, its neighbour as the one that may be missing.
            async fn holder(db: &Db) -> Holder {
                $crate::types::tables(db, TYPES.0, TYPES.1).await;
                let values = values();
                let rows = values.iter().enumerate().map(|(at, value)| {
                    let maybe = if at % 3 == 2 { None } else { Some(values[(at + 1) % values.len()].clone()) };
                    Row::build().set(Row::one, value.clone()).set(Row::maybe, maybe)
                });
                let holder = Holder::build().put_assoc(Holder::rows, rows.collect::<Vec<_>>());
                let inserted = db.repo.insert(holder).await.unwrap();
                let loaded = load(db, inserted.id).await;
                let mut rows = inserted.rows.into_inner().unwrap();
                rows.sort_by_key(|row| row.id);
                assert_eq!(loaded.rows.get().unwrap(), rows);
                let one = Holder::query().preload(Holder::rows).in_one_statement();
                assert_eq!(db.repo.all(one).await.unwrap(), std::slice::from_ref(&loaded));
                loaded
            }

            async fn load(db: &Db, id: i64) -> Holder {
                let mut holder: Holder = db.repo.fetch(id).await.unwrap();
                db.repo.preload(&mut holder, Holder::rows).await.unwrap();
                holder
            }

            both! {
                async fn survives_an_insert_of_many(db: Db) {
                    let holder = holder(&db).await;
                    let rows = holder.rows.get().unwrap();
                    assert_eq!(rows.len(), values().len());
                    assert!(values().iter().all(|value| rows.iter().any(|row| row.one == *value)));
                }

                async fn survives_an_update_of_many(db: Db) {
                    let holder = holder(&db).await;
                    let ids: Vec<i64> = holder.rows.get().unwrap().iter().map(|row| row.id).collect();
                    let input: Vec<_> = ids.iter().map(|id| serde_json::json!({"id": id})).collect();
                    let mut values = values();
                    values.rotate_left(1);
                    let value = |row: &Changeset<Row>| {
                        let at = ids.iter().position(|id| Some(*id) == row.get(Row::id)).unwrap();
                        values[at].clone()
                    };
                    let changeset = holder.change().cast(&params(serde_json::json!({"rows": input})), ()).cast_assoc(
                        Holder::rows,
                        |row, _| {
                            let value = value(&row);
                            row.set(Row::one, value.clone()).set(Row::maybe, value)
                        },
                    );
                    let holder = db.repo.update(changeset).await.unwrap();
                    let stored: Vec<_> = holder.rows.get().unwrap().iter().map(|row| row.one.clone()).collect();
                    assert_eq!(stored, values);
                    assert_eq!(load(&db, holder.id).await, holder);
                }

                async fn is_found_by_filters(db: Db) {
                    let holder = holder(&db).await;
                    let rows = holder.rows.get().unwrap();
                    let ids = async |filter| {
                        let query = Row::query().filter(filter).order_by(Row::id.asc());
                        db.repo.all(query).await.unwrap().iter().map(|row| row.id).collect::<Vec<_>>()
                    };
                    let having = |wanted: &dyn Fn(&Row) -> bool| {
                        rows.iter().filter(|row| wanted(row)).map(|row| row.id).collect::<Vec<_>>()
                    };
                    for value in values() {
                        let equal = having(&|row| row.one == value);
                        assert_eq!(ids(Row::one.eq(value.clone())).await, equal, "eq {value:?}");
                        assert_eq!(ids(Row::one.between(value.clone(), value.clone())).await, equal, "between {value:?}");
                        let other = having(&|row| row.one != value);
                        assert_eq!(ids(Row::one.ne(value.clone())).await, other, "ne {value:?}");
                        let maybe = having(&|row| row.maybe.as_ref() == Some(&value));
                        assert_eq!(ids(Row::maybe.eq(value.clone())).await, maybe, "eq Some({value:?})");
                        assert_eq!(ids(Row::one.is_in([value.clone()])).await, equal, "is_in {value:?}");
                        assert_eq!(ids(Row::maybe.is_in([Some(value.clone()), None])).await, maybe, "is_in Some");
                    }
                    assert_eq!(ids(Row::one.is_in(values())).await, having(&|_| true));
                    assert_eq!(ids(Row::one.is_in(Vec::<$ty>::new())).await, Vec::<i64>::new());
                    assert_eq!(ids(Row::maybe.is_null()).await, having(&|row| row.maybe.is_none()));
                }
            }

            $($extra! { $ty })*
        }
    };
}

/// The order of the database is that of Rust.
macro_rules! ordered {
    ($ty:ty) => {
        both! {
            async fn is_ordered_as_in_rust(db: Db) {
                holder(&db).await;
                let mut sorted = values();
                sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
                let rows = db.repo.all(Row::query().order_by((Row::one.asc(), Row::id.asc()))).await.unwrap();
                let found: Vec<$ty> = rows.into_iter().map(|row| row.one).collect();
                assert!(found == sorted, "{found:?}");
                for value in values() {
                    let greater = sorted.iter().filter(|other| **other > value).count();
                    let rows = db.repo.all(Row::query().filter(Row::one.gt(value.clone()))).await.unwrap();
                    assert_eq!(rows.len(), greater, "gt {value:?}");
                }
            }
        }
    };
}

/// As a primary key, which the client makes, and as the foreign key that refers to it.
macro_rules! keyed {
    ($ty:ty) => {
        #[derive(Debug, Clone, PartialEq, Schema)]
        #[schema(table = "keys")]
        struct Key {
            #[schema(primary_key)]
            key: $ty,
            name: String,
            #[has_many(foreign_key = key, references = key, on_replace = delete)]
            doors: HasMany<Door>,
        }

        #[derive(Debug, Clone, PartialEq, Schema)]
        struct Door {
            id: i64,
            key: $ty,
        }

        both! {
            async fn is_a_key(db: Db) {
                $crate::types::key_tables(&db, TYPES.0, TYPES.1).await;
                let key = |value: &$ty| {
                    Key::build().set(Key::key, value.clone()).set(Key::name, "new").put_assoc(Key::doors, [Door::build()])
                };
                let keys = db.repo.insert_many(values().iter().map(key)).await.unwrap();
                assert_eq!(keys.iter().map(|key| key.key.clone()).collect::<Vec<_>>(), values());
                let query = || Key::query().order_by(Key::key.asc()).preload(Key::doors);
                let one = db.repo.all(query().in_one_statement()).await.unwrap();
                assert_eq!(one, db.repo.all(query()).await.unwrap());
                for (value, inserted) in values().into_iter().zip(keys) {
                    let mut key: Key = db.repo.fetch(value.clone()).await.unwrap();
                    db.repo.preload(&mut key, Key::doors).await.unwrap();
                    assert_eq!(key, inserted);
                    let renamed = db.repo.update(key.change().set(Key::name, "old")).await.unwrap();
                    let input = params(serde_json::json!({"doors": []}));
                    let empty = renamed.change().cast(&input, ()).cast_assoc(Key::doors, |door, _| door);
                    let empty = db.repo.update(empty).await.unwrap();
                    db.repo.delete(empty).await.unwrap();
                    assert_eq!(db.repo.get::<Key>(value).await.unwrap(), None);
                }
                assert_eq!(db.count("keys").await + db.count("doors").await, 0);
            }
        }
    };
}

mod arrays;
mod enums;
mod numbers;
mod scalars;
mod times;

use crate::support::Db;

async fn tables(db: &Db, postgres: &str, sqlite: &str) {
    let (id, ty) = id_and(db, postgres, sqlite);
    db.execute(&format!(
        "CREATE TABLE holders (id {id});
         CREATE TABLE rows (id {id}, one {ty} NOT NULL, maybe {ty}, holder_id BIGINT NOT NULL REFERENCES holders (id));"
    ))
    .await;
}

async fn key_tables(db: &Db, postgres: &str, sqlite: &str) {
    let (id, ty) = id_and(db, postgres, sqlite);
    db.execute(&format!(
        "CREATE TABLE keys (key {ty} PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE doors (id {id}, key {ty} NOT NULL REFERENCES keys (key));"
    ))
    .await;
}

fn id_and<'t>(db: &Db, postgres: &'t str, sqlite: &'t str) -> (&'static str, &'t str) {
    if db.is_postgres() {
        ("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", postgres)
    } else {
        ("INTEGER PRIMARY KEY", sqlite)
    }
}

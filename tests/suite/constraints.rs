//! Constraints of every kind and name, and the rows that break them.

use assoc::{Constraint, DbError, SaveError, ViolationKind, prelude::*};
use serde_json::json;

use crate::{schemas, support::*};

#[derive(Debug, Clone, PartialEq, Schema)]
struct Booking {
    id: i64,
    room: String,
    low: i32,
    high: i32,
    note: Option<String>,
}

fn booking(room: &str, low: i32, high: i32) -> Changeset<Booking> {
    Booking::build().set(Booking::room, room).set(Booking::low, low).set(Booking::high, high)
}

async fn bookings(db: &Db, more: &str) {
    db.tables(&format!(
        "CREATE TABLE bookings (id <key>, room TEXT NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, note TEXT{more})"
    ))
    .await;
}

pub(super) fn violation<C>(error: SaveError<C>) -> assoc::Violation
where
    SaveError<C>: std::fmt::Display,
{
    match error {
        SaveError::Database(DbError::Violation(violation)) => *violation,
        other => panic!("expected a violation, got {other}"),
    }
}

#[tokio::test]
async fn an_exclusion_constraint() {
    let db = Db::postgres().await;
    bookings(&db, ", CONSTRAINT no_overlap EXCLUDE USING gist (int4range(low, high) WITH &&)").await;
    let declared = |booking: Changeset<Booking>| {
        booking.constraint(Constraint::exclusion("no_overlap").on(Booking::low).message("overlaps"))
    };
    let all = [booking("a", 1, 5), booking("b", 5, 9), booking("c", 8, 12)];
    let error = violation(db.repo.insert_many(all.clone()).await.unwrap_err());
    assert_eq!(
        (error.kind, error.constraint.as_deref(), error.path.as_str()),
        (ViolationKind::Exclusion, Some("no_overlap"), "[2]")
    );
    let Err(SaveError::Invalid(all)) = db.repo.insert_many(all.map(declared)).await else { panic!() };
    let errors: Vec<_> = all.iter().map(|booking| booking.errors().to_string()).collect();
    assert_eq!(errors, ["", "", "low overlaps"]);
    assert_eq!(db.count("bookings").await, 0);
}

both! {
    async fn a_delete_that_is_restricted(db: Db) {
        db.tables("CREATE TABLE notes_of_tags (id <key>, tag_id BIGINT NOT NULL CONSTRAINT note_tag REFERENCES tags (id) ON DELETE RESTRICT)").await;
        db.execute("INSERT INTO tags (id, name) VALUES (1, 'a'), (2, 'b'); INSERT INTO notes_of_tags VALUES (1, 1)").await;
        use schemas::Tag;
        let tag: Tag = db.repo.fetch(1).await.unwrap();
        assert_eq!(violation(db.repo.delete(&tag).await.unwrap_err()).kind, ViolationKind::ForeignKey);
        let declared = tag.change().constraint(Constraint::foreign_key("note_tag").on(Tag::id).message("is in use"));
        assert_eq!(errors(db.repo.delete(declared).await.unwrap_err()), ["id is in use"]);
        assert_eq!(db.count("tags").await, 2);
        let other: Tag = db.repo.fetch(2).await.unwrap();
        db.repo.delete(other).await.unwrap();
        assert_eq!(all_of(&db, "name", "tags").await, "a");
    }

    async fn a_delete_that_cascades(db: Db) {
        db.tables("CREATE TABLE notes_of_tags (id <key>, tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE)").await;
        db.execute("INSERT INTO tags (id, name) VALUES (1, 'a'); INSERT INTO notes_of_tags VALUES (1, 1), (2, 1)").await;
        let tag: schemas::Tag = db.repo.fetch(1).await.unwrap();
        let tag = db.repo.delete(tag).await.unwrap();
        assert_eq!((tag.name.as_str(), db.count("notes_of_tags").await), ("a", 0));
    }

    async fn names_that_the_database_cuts(db: Db) {
        db.tables(
            "CREATE TABLE a_table_whose_name_is_long_but_still_allowed (
               id <key>, and_a_column_that_is_called_something_long_as_well TEXT UNIQUE, short TEXT UNIQUE, named TEXT,
               CONSTRAINT a_table_whose_name_is_long_but_still_allowed_named_with_a_long_name_key UNIQUE (named)
             )",
        )
        .await;
        let row = || Long::build().set(Long::long, "x").set(Long::short, "y").set(Long::named, "z");
        db.repo.insert(row()).await.unwrap();
        let row = |long: &str, short: &str, named: &str| {
            let row = Long::build().set(Long::long, long).set(Long::short, short).set(Long::named, named);
            row.unique_constraint(Long::long).unique_constraint(Long::short).constraint(
                Constraint::unique("a_table_whose_name_is_long_but_still_allowed_named_with_a_long_name_key").on(Long::named).message("is known"),
            )
        };
        assert_eq!(errors(db.repo.insert(row("1", "1", "z")).await.unwrap_err()), ["named is known"]);
        assert_eq!(errors(db.repo.insert(row("1", "y", "1")).await.unwrap_err()), ["short has already been taken"]);
        assert_eq!(errors(db.repo.insert(row("x", "1", "1")).await.unwrap_err()), ["long has already been taken"]);
    }

    async fn a_name_that_is_cut_within_a_letter(db: Db) {
        // 62 bytes, then a letter of two
        let name = format!("{}ä_key", "n".repeat(62));
        bookings(&db, &format!(", CONSTRAINT \"{name}\" UNIQUE (room)")).await;
        db.repo.insert(booking("a", 1, 2)).await.unwrap();
        let again = booking("a", 1, 2).constraint(Constraint::unique(name).on(Booking::room));
        assert_eq!(errors(db.repo.insert(again).await.unwrap_err()), ["room has already been taken"]);
    }

    async fn a_unique_index_over_an_expression(db: Db) {
        bookings(&db, "").await;
        db.execute("CREATE UNIQUE INDEX bookings_lower_room ON bookings (lower(room))").await;
        let declared = |room: &str| booking(room, 1, 2).constraint(Constraint::unique("bookings_lower_room").on(Booking::room));
        let Err(SaveError::Invalid(all)) = db.repo.insert_many([declared("Red"), declared("blue"), declared("RED")]).await else { panic!() };
        assert_eq!(all.iter().map(|row| row.errors().to_string()).collect::<Vec<_>>(), ["", "", "room has already been taken"]);
        let undeclared = db.repo.insert_many([booking("Red", 1, 2), booking("rED", 1, 2)]).await.unwrap_err();
        let undeclared = violation(undeclared);
        assert_eq!((undeclared.constraint.as_deref(), undeclared.path.as_str()), (Some("bookings_lower_room"), "[1]"));
    }

    async fn a_unique_index_over_some_rows(db: Db) {
        bookings(&db, "").await;
        db.execute("CREATE UNIQUE INDEX one_open_booking ON bookings (room) WHERE note IS NULL").await;
        let declared = |note: Option<&str>| {
            let booking = booking("a", 1, 2).set(Booking::note, note.map(str::to_owned));
            booking.constraint(Constraint::unique("one_open_booking").on(Booking::room).message("has an open booking"))
        };
        db.repo.insert_many([declared(Some("done")), declared(None), declared(Some("done"))]).await.unwrap();
        assert_eq!(errors(db.repo.insert(declared(None)).await.unwrap_err()), ["room has an open booking"]);
        assert_eq!(db.count("bookings").await, 3);
    }

    async fn two_unique_constraints_on_one_row(db: Db) {
        bookings(&db, ", UNIQUE (room), UNIQUE (low, high)").await;
        db.repo.insert(booking("a", 1, 2)).await.unwrap();
        let declared = |room: &str, low: i32| booking(room, low, 2).unique_constraint(Booking::room).unique_constraint((Booking::low, Booking::high));
        assert_eq!(errors(db.repo.insert(declared("a", 3)).await.unwrap_err()), ["room has already been taken"]);
        assert_eq!(errors(db.repo.insert(declared("b", 1)).await.unwrap_err()), ["low has already been taken"]);
        let both = errors(db.repo.insert(declared("a", 1)).await.unwrap_err());
        assert!(both == ["room has already been taken"] || both == ["low has already been taken"], "{both:?}");
        let Err(SaveError::Invalid(all)) = db.repo.insert_many([declared("a", 7), declared("c", 8), declared("d", 1), declared("c", 9)]).await else { panic!() };
        let found: Vec<_> = all.iter().map(|row| row.errors().to_string()).collect();
        assert_eq!(found, ["room has already been taken", "", "low has already been taken", "room has already been taken"]);
    }

    async fn keys_of_the_client_that_are_taken(db: Db) {
        db.execute("INSERT INTO words VALUES ('a', 'x'); INSERT INTO labels VALUES (1, 'a')").await;
        let word = |word: &str| Word::build().set(Word::word, word).unique_constraint(Word::word);
        let Err(SaveError::Invalid(all)) = db.repo.insert_many(["b", "a", "c", "b"].map(word)).await else { panic!() };
        let found: Vec<_> = all.iter().map(|row| row.errors().to_string()).collect();
        assert_eq!(found, ["", "word has already been taken", "", "word has already been taken"]);
        let label = |name: &str| Label::build().set(Label::tenant_id, 1).set(Label::name, name).unique_constraint((Label::tenant_id, Label::name));
        assert_eq!(errors(db.repo.insert(label("a")).await.unwrap_err()), ["tenant_id has already been taken"]);
        db.repo.insert(label("b")).await.unwrap();
    }

    async fn a_check_that_no_name_was_given(db: Db) {
        bookings(&db, ", CHECK (low < high)").await;
        let error = violation(db.repo.insert_many([booking("a", 1, 2), booking("b", 3, 3)]).await.unwrap_err());
        assert_eq!((error.kind, error.path.as_str()), (ViolationKind::Check, "[1]"));
        assert_eq!(db.count("bookings").await, 0);
    }

    async fn a_check_over_several_columns_in_an_update(db: Db) {
        bookings(&db, ", CONSTRAINT in_order CHECK (low < high)").await;
        let row = db.repo.insert(booking("a", 1, 2)).await.unwrap();
        let changeset = row.change().set(Booking::low, 7).check_constraint((Booking::low, Booking::high), "in_order");
        assert_eq!(errors(db.repo.update(changeset).await.unwrap_err()), ["low is invalid"]);
        assert_eq!(db.text("SELECT low FROM bookings").await, "1");
    }

    async fn errors_of_many_carry_the_place(db: Db) {
        use schemas::Post;
        let post = |comments| Post::changeset(Post::build(), &params(json!({"title": "t", "comments": comments})));
        let all = [
            post(json!([{"body": "a"}])),
            post(json!([])),
            post(json!([{"body": "b", "slug": "x"}, {"body": "c", "slug": "x"}, {"body": "d", "rating": 9}])),
        ];
        let error = db.repo.insert_many(all).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("[2].comments[1].slug has already been taken"), "{text}");
        assert!(text.contains("[2].comments[2].rating must be 1 to 5"), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
        let comment = |rating: i16| schemas::Comment::build().set(schemas::Comment::body, "b").set(schemas::Comment::rating, rating);
        let all = [1, 2, 9].map(|rating| Post::build().set(Post::title, "t").put_assoc(Post::comments, [comment(rating)]));
        let error = violation(db.repo.insert_many(all).await.unwrap_err());
        assert_eq!(error.path.as_str(), "[2].comments[0]");
        assert_eq!(db.count("posts").await, 0);
    }

    async fn a_value_that_does_not_fit_is_typed(db: Db) {
        if db.is_postgres() {
            db.tables("CREATE TABLE coins (id <key>, amount NUMERIC(4, 2))").await;
        } else {
            db.tables("CREATE TABLE coins (id <key>, amount TEXT, CONSTRAINT amount_size CHECK (abs(CAST(amount AS REAL)) < 100))").await;
        }
        let coin = |amount: i64| Coin::build().set(Coin::amount, rust_decimal::Decimal::from(amount));
        let error = db.repo.insert_many([coin(1), coin(99), coin(100)]).await.unwrap_err();
        if db.is_postgres() {
            assert_eq!(error.to_string(), "the changeset is not valid:\n[2].amount is out of range");
        } else {
            assert_eq!(violation(error).path.as_str(), "[2]");
        }
        assert_eq!(db.count("coins").await, 0);
    }
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "a_table_whose_name_is_long_but_still_allowed")]
struct Long {
    id: i64,
    #[schema(column = "and_a_column_that_is_called_something_long_as_well")]
    long: Option<String>,
    short: Option<String>,
    named: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Word {
    #[schema(primary_key)]
    word: String,
    note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Label {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    name: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Coin {
    id: i64,
    amount: rust_decimal::Decimal,
}

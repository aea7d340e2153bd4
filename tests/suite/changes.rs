//! Changesets before they are saved: changes, validations with their messages, the struct as it would be.

use assoc::{Number, prelude::*};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

/// A new comment and a loaded one, each with these changes.
async fn both_states(db: &Db, change: impl Fn(Changeset<Comment>) -> Changeset<Comment>) -> [Changeset<Comment>; 2] {
    db.execute(
        "INSERT INTO posts (id, title) VALUES (1, 'P'); INSERT INTO comments (id, body, post_id) VALUES (1, 'old', 1)",
    )
    .await;
    let loaded: Comment = db.repo.fetch(1).await.unwrap();
    [change(Comment::build().set(Comment::post_id, 1)), change(loaded.change())]
}

/// The only error: its text, its template, its parameters.
fn only(changeset: &Changeset<Comment>) -> (String, String, Json) {
    let errors = changeset.errors();
    let [error] = errors.own() else { panic!("one error expected, got: {errors}") };
    (errors.to_string(), error.message.to_string(), serde_json::to_value(&error.params).unwrap())
}

async fn fails(
    db: &Db,
    change: impl Fn(Changeset<Comment>) -> Changeset<Comment>,
    text: &str,
    template: &str,
    params: Json,
) {
    for changeset in both_states(db, change).await {
        assert_eq!(only(&changeset), (text.to_owned(), template.to_owned(), params.clone()));
        assert!(!changeset.is_valid() && changeset.plan().is_err());
        assert!(db.repo.insert_or_update(changeset).await.is_err());
    }
    assert_eq!(db.text("SELECT body FROM comments").await, "old");
    db.execute("DELETE FROM comments; DELETE FROM posts").await;
}

both! {
    async fn nothing_takes_a_change_to_something_back(db: Db) {
        let there_and_back = |comment: Changeset<Comment>| comment.set(Comment::slug, "x").set(Comment::slug, None::<String>);
        for changeset in both_states(&db, there_and_back).await {
            assert_eq!(changeset.changed(Comment::slug), None);
            let saved = db.repo.insert_or_update(changeset.set(Comment::body, "b")).await.unwrap();
            assert_eq!((saved.slug, db.text(&format!("SELECT coalesce(slug, '-') FROM comments WHERE id = {}", saved.id)).await), (None, "-".to_owned()));
        }
    }

    async fn required(db: Db) {
        let blank = json!({"validation": "required"});
        for body in ["", " \t\n"] {
            let change = |row: Changeset<Comment>| row.set(Comment::body, body).validate_required(Comment::body);
            fails(&db, change, "body can't be blank", "can't be blank", blank.clone()).await;
        }
        let cast = |row: Changeset<Comment>| row.cast(&params(json!({"body": null})), Comment::body).validate_required(Comment::body);
        fails(&db, cast, "body can't be blank", "can't be blank", blank.clone()).await;
        let rating = |row: Changeset<Comment>| row.set(Comment::rating, None::<i16>).set(Comment::body, "b").validate_required((Comment::body, Comment::rating));
        fails(&db, rating, "rating can't be blank", "can't be blank", blank).await;
    }

    async fn length(db: Db) {
        let body = |text: &'static str| move |row: Changeset<Comment>| row.set(Comment::body, text);
        let with = |kind: &str, count: usize| json!({"validation": "length", "kind": kind, "count": count, "type": "string"});
        let at_least = "should be at least %{count} character(s)";
        fails(&db, |row| body("äö")(row).validate_length(Comment::body, 3..), "body should be at least 3 character(s)", at_least, with("min", 3)).await;
        let at_most = "should be at most %{count} character(s)";
        fails(&db, |row| body("äöüß")(row).validate_length(Comment::body, ..=3), "body should be at most 3 character(s)", at_most, with("max", 3)).await;
        fails(&db, |row| body("äöüß")(row).validate_length(Comment::body, 1..4), "body should be at most 3 character(s)", at_most, with("max", 3)).await;
        fails(&db, |row| body("ab")(row).validate_length(Comment::body, 3..=3), "body should be 3 character(s)", "should be %{count} character(s)", with("is", 3)).await;
        let [new, loaded] = both_states(&db, |row| body("äöü")(row).validate_length(Comment::body, 3..=3)).await;
        assert!(new.is_valid() && loaded.is_valid());
    }

    async fn numbers_also_of_an_option(db: Db) {
        let rating = |number: Number<i16>| move |row: Changeset<Comment>| row.set(Comment::body, "b").set(Comment::rating, 3).validate_number(Comment::rating, number);
        let with = |kind: &str, number: i16| json!({"validation": "number", "kind": kind, "number": number});
        for (number, kind, words) in [
            (Number::LessThan(3), "less_than", "must be less than"),
            (Number::GreaterThan(4), "greater_than", "must be greater than"),
            (Number::LessThanOrEqualTo(2), "less_than_or_equal_to", "must be less than or equal to"),
            (Number::GreaterThanOrEqualTo(4), "greater_than_or_equal_to", "must be greater than or equal to"),
            (Number::EqualTo(5), "equal_to", "must be equal to"),
            (Number::NotEqualTo(3), "not_equal_to", "must be not equal to"),
        ] {
            let bound = match number {
                Number::LessThan(bound) | Number::GreaterThan(bound) | Number::LessThanOrEqualTo(bound) => bound,
                Number::GreaterThanOrEqualTo(bound) | Number::EqualTo(bound) | Number::NotEqualTo(bound) => bound,
            };
            fails(&db, rating(number), &format!("rating {words} {bound}"), &format!("{words} %{{number}}"), with(kind, bound)).await;
        }
        let none = |row: Changeset<Comment>| row.set(Comment::rating, None::<i16>).validate_number(Comment::rating, Number::GreaterThan(5));
        assert!(both_states(&db, none).await.iter().all(Changeset::is_valid), "nothing is no number");
    }

    async fn listed_formatted_and_by_a_function(db: Db) {
        let slug = |text: &'static str| move |row: Changeset<Comment>| row.set(Comment::body, "b").set(Comment::slug, text);
        let inclusion = json!({"validation": "inclusion", "enum": ["a", "b"]});
        fails(&db, |row| slug("c")(row).validate_inclusion(Comment::slug, ["a", "b"]), "slug is invalid", "is invalid", inclusion).await;
        let exclusion = json!({"validation": "exclusion", "enum": ["a", "b"]});
        fails(&db, |row| slug("b")(row).validate_exclusion(Comment::slug, ["a", "b"]), "slug is reserved", "is reserved", exclusion).await;
        let format = json!({"validation": "format"});
        fails(&db, |row| slug("B")(row).validate_format(Comment::slug, |text| text == "b"), "slug has invalid format", "has invalid format", format).await;
        let check = |text: String| match text.as_str() {
            "good" => Ok(()),
            _ => Err(assoc::FieldError::new("is %{what}").with("what", "bad")),
        };
        fails(&db, |row| slug("x")(row).validate_change(Comment::slug, check), "slug is bad", "is %{what}", json!({"what": "bad"})).await;
        let fine = |row| slug("a")(row).validate_inclusion(Comment::slug, ["a"]).validate_exclusion(Comment::slug, ["b"]).validate_format(Comment::slug, |text| text == "a");
        assert!(both_states(&db, fine).await.iter().all(Changeset::is_valid));
    }

    async fn what_did_not_change_is_not_validated(db: Db) {
        db.execute("INSERT INTO posts (id, title) VALUES (1, 'P'); INSERT INTO comments (id, body, post_id, rating) VALUES (1, 'bad', 1, 1)").await;
        let comment: Comment = db.repo.fetch(1).await.unwrap();
        let strict = |row: Changeset<Comment>| row.validate_length(Comment::body, 10..).validate_exclusion(Comment::body, ["bad"]).validate_number(Comment::rating, Number::GreaterThan(3));
        assert!(strict(comment.clone().change()).is_valid());
        assert!(strict(comment.clone().change().set(Comment::body, "bad").set(Comment::rating, 1)).is_valid());
        assert!(!strict(comment.change().set(Comment::body, "worse")).is_valid());
    }

    async fn changes_are_seen_and_taken_back(db: Db) {
        let [new, loaded] = both_states(&db, |row| row.set(Comment::body, "new").set(Comment::rating, 4)).await;
        for changeset in [&new, &loaded] {
            assert_eq!((changeset.get(Comment::body), changeset.changed(Comment::body)), (Some("new".into()), Some("new".into())));
            assert_eq!(changeset.changed(Comment::rating), Some(Some(4)));
        }
        assert_eq!((new.get(Comment::id), loaded.get(Comment::id), loaded.changed(Comment::id)), (None, Some(1), None));
        let loaded = loaded.delete_change(Comment::body);
        assert_eq!((loaded.get(Comment::body), loaded.changed(Comment::body)), (Some("old".into()), None));
        let loaded = loaded.set(Comment::rating, None::<i16>);
        assert_eq!(loaded.changed(Comment::rating), None, "it is what it was");
        db.forget();
        let comment = db.repo.update(loaded).await.unwrap();
        assert!(db.conversation().is_empty());
        assert_eq!(comment.body, "old");
        let inserted = db.repo.insert(new.delete_change(Comment::rating)).await.unwrap();
        assert_eq!((inserted.rating, db.count("comments").await), (None, 2));
    }

    async fn the_struct_as_it_would_be(db: Db) {
        let [new, loaded] = both_states(&db, |row| row.set(Comment::body, "new")).await;
        assert!(new.apply_changes().is_err(), "its key is not made yet");
        let comment = loaded.apply_changes().unwrap();
        assert_eq!((comment.id, comment.body.as_str(), comment.post_id), (1, "new", 1));
        let invalid = comment.change().set(Comment::body, "").validate_required(Comment::slug);
        assert!(!invalid.is_valid());
        assert_eq!(invalid.apply_changes().unwrap().body, "");
        assert_eq!(db.text("SELECT body FROM comments").await, "old", "nothing is written");
        let word = Comment::build().set(Comment::id, 5).set(Comment::post_id, 1).set(Comment::body, "x");
        assert_eq!(word.apply_changes().unwrap().id, 5);
    }

    async fn the_struct_as_it_would_be_with_its_associations(db: Db) {
        db.execute(
            "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob'); INSERT INTO posts (id, title, author_id) VALUES (1, 'P', 1);
             INSERT INTO comments (id, body, post_id) VALUES (11, 'a', 1), (12, 'b', 1), (13, 'c', 1)",
        )
        .await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, (Post::comments, Post::author)).await.unwrap();
        let kept = post.comments.get().unwrap();
        let rows = (kept[2].clone().change().set(Comment::body, "C"), kept[0].clone());
        let changed = post.clone().change().set(Post::title, "Q").put_assoc(Post::comments, rows).apply_changes().unwrap();
        let comments: Vec<_> = changed.comments.get().unwrap().iter().map(|comment| (comment.id, comment.body.as_str())).collect();
        assert_eq!((changed.title.as_str(), comments), ("Q", vec![(13, "C"), (11, "a")]));
        assert_eq!(changed.author.get().unwrap().unwrap().name, "Ann");
        let moved = post.clone().change().set(Post::author_id, 2).apply_changes().unwrap();
        assert!(!moved.author.is_loaded());
        let bob: User = db.repo.fetch(2).await.unwrap();
        let put = post.change().put_assoc(Post::author, bob).apply_changes().unwrap();
        assert_eq!(put.author.get().unwrap().unwrap().name, "Bob");
        assert_eq!(put.author_id, Some(2), "the foreign key of a parent that is known");
        assert_eq!(db.count("comments").await, 3);
    }
}

//! Violations of constraints end on the rows that caused them, and nothing is written.

use assoc::{DbError, SaveError, ViolationKind, prelude::*};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

fn post(comments: Json) -> Changeset<Post> {
    Post::changeset(Post::build(), &params(json!({"title": "Hello", "comments": comments})))
}

async fn refused(db: &Db, changeset: Changeset<Post>) -> Vec<String> {
    let error = db.repo.insert(changeset).await.unwrap_err();
    assert_eq!(db.count("posts").await + db.count("comments").await, 1, "something was written");
    errors(error)
}

/// A post whose comment has the slug `taken`.
async fn taken(db: &Db) -> Post {
    db.execute("INSERT INTO posts (id, title, slug) VALUES (900, 'Other', 'taken')").await;
    db.repo.fetch(900).await.unwrap()
}

async fn taken_comment(db: &Db) {
    db.execute(
        "INSERT INTO users (id, name, email) VALUES (900, 'Ann', 'ann@example.org');
         INSERT INTO tags (id, name) VALUES (900, 'rust');",
    )
    .await;
    taken(db).await;
}

both! {
    async fn unique_value_in_a_batch(db: Db) {
        taken(&db).await;
        let mut all: Vec<_> = (0..50).map(|n| json!({"title": "t", "slug": format!("s{n}")})).collect();
        all[37] = json!({"title": "t", "slug": "taken"});
        let all = all.into_iter().map(|input| Post::changeset(Post::build(), &params(input)));
        let Err(SaveError::Invalid(all)) = db.repo.insert_many(all).await else { panic!() };
        let wrong: Vec<_> = all.iter().enumerate().filter(|(_, changeset)| !changeset.is_valid()).collect();
        assert_eq!(wrong.len(), 1);
        assert_eq!((wrong[0].0, lines(&wrong[0].1.errors())), (37, vec!["slug has already been taken".to_owned()]));
        assert_eq!(db.count("posts").await, 1);
    }

    async fn check_in_a_batch(db: Db) {
        taken(&db).await;
        let mut comments: Vec<_> = (0..20).map(|n| json!({"body": n.to_string(), "rating": 3})).collect();
        comments[13]["rating"] = json!(6);
        assert_eq!(refused(&db, post(json!(comments))).await, ["comments[13].rating must be 1 to 5"]);
    }

    async fn several_at_once(db: Db) {
        taken_comment(&db).await;
        let input = json!({
            "title": "Hello", "slug": "free",
            "comments": [
                {"body": "a", "rating": 9}, {"body": "b", "slug": "x"}, {"body": "c", "slug": "x"}, {"body": "d", "author_id": 4711},
                {"body": "e", "author": {"name": "Eve", "email": "ann@example.org"}},
            ],
            "tags": [{"name": "new"}, {"name": "rust"}],
        });
        let errors = refused(&db, Post::changeset(Post::build(), &params(input))).await;
        assert_eq!(errors, [
            "comments[0].rating must be 1 to 5",
            "comments[2].slug has already been taken",
            "comments[3].author_id does not exist",
            "comments[4].author.email has already been taken",
            "tags[1].name has already been taken",
        ]);
    }

    async fn not_null_is_an_error_of_its_field(db: Db) {
        taken(&db).await;
        let comments = [Comment::build().set(Comment::body, "a"), Comment::build()];
        let changeset = Post::build().set(Post::title, "t").put_assoc(Post::comments, comments);
        assert_eq!(refused(&db, changeset).await, ["comments[1].body can't be blank"]);
    }

    async fn two_foreign_keys_blame_the_right_field(db: Db) {
        db.execute("INSERT INTO users (id, name) VALUES (1, 'Ann'); INSERT INTO posts (id, title) VALUES (1, 'P')").await;
        let comment = |post: i64, author: i64| {
            Comment::changeset(Comment::build(), &params(json!({"body": "b", "author_id": author}))).set(Comment::post_id, post)
        };
        let error = db.repo.insert(comment(1, 99)).await.unwrap_err();
        assert_eq!(errors(error), ["author_id does not exist"]);
        let error = db.repo.insert(comment(99, 1)).await.unwrap_err();
        assert_eq!(errors(error), ["post_id does not exist"]);
    }

    async fn undeclared_ones_name_the_row(db: Db) {
        taken(&db).await;
        let comments: Vec<_> =
            (0..9).map(|n| Comment::build().set(Comment::body, "b").set(Comment::rating, if n == 4 { 77 } else { 1 })).collect();
        let changeset = Post::build().set(Post::title, "t").put_assoc(Post::comments, comments);
        match db.repo.insert(changeset).await.unwrap_err() {
            SaveError::Database(DbError::Violation(violation)) => {
                assert_eq!((violation.kind, violation.path.as_str()), (ViolationKind::Check, "comments[4]"));
                assert_eq!(violation.constraint.as_deref(), Some("comments_rating_range"));
            }
            other => panic!("{other}"),
        }
        assert_eq!(db.count("posts").await, 1);
    }

    async fn too_long_names_the_row(db: Db) {
        taken(&db).await;
        let all = (0..5).map(|n| {
            let slug = if n == 3 { "x".repeat(81) } else { n.to_string() };
            Post::build().set(Post::title, "t").set(Post::slug, slug)
        });
        let error = db.repo.insert_many(all.collect::<Vec<_>>()).await.unwrap_err();
        // SQLite tells no length but by a check constraint, which nobody declared.
        match error {
            SaveError::Invalid(all) if db.is_postgres() => {
                assert_eq!(all.iter().map(|one| one.errors().to_string()).collect::<Vec<_>>(), ["", "", "", "slug is too long", ""]);
            }
            SaveError::Database(DbError::Violation(violation)) if !db.is_postgres() => {
                assert_eq!(violation.path.as_str(), "[3]");
            }
            other => panic!("{other}"),
        }
        assert_eq!(db.count("posts").await, 1);
    }

    async fn the_changeset_can_be_corrected_and_saved(db: Db) {
        taken(&db).await;
        let input = json!({"title": "t", "slug": "taken", "comments": [{"body": "b", "rating": 7}]});
        let Err(SaveError::Invalid(changeset)) = db.repo.insert(Post::changeset(Post::build(), &params(input))).await else {
            panic!()
        };
        assert_eq!(changeset.get(Post::title), Some("t".to_owned()));
        assert_eq!(lines(&changeset.errors()), ["slug has already been taken"], "the comment hangs on the post");
        let input = json!({"title": "t", "slug": "free", "comments": [{"body": "b", "rating": 2}]});
        let post = db.repo.insert(Post::changeset(Post::build(), &params(input))).await.unwrap();
        assert_eq!(post.comments.get().unwrap()[0].rating, Some(2));
    }

    async fn an_update_in_a_batch_is_blamed_by_its_place(db: Db) {
        let all = json!([{"body": "a"}, {"body": "b"}, {"body": "c"}, {"body": "d", "slug": "taken"}]);
        let post = db.repo.insert(post(all)).await.unwrap();
        let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
        let id_of = |body: &str| post.comments.get().unwrap().iter().find(|comment| comment.body == body).unwrap().id;
        let input = json!({"comments": [
            {"id": id_of("c"), "slug": "1"}, {"id": id_of("b"), "slug": "taken"}, {"id": id_of("a"), "slug": "2"}, {"id": id_of("d")},
        ]});
        let changeset = Post::changeset_of_comments(post.clone().change(), &params(input));
        let error = db.repo.update(changeset).await.unwrap_err();
        assert_eq!(errors(error), ["comments[1].slug has already been taken"]);
        assert_eq!(ids.len(), 4);
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE slug IS NOT NULL").await, "1");
    }

    async fn a_delete_that_others_refer_to(db: Db) {
        let post = db.repo.insert(post(json!([{"body": "a"}]))).await.unwrap();
        let error = db.repo.delete(post.clone()).await.unwrap_err();
        let SaveError::Database(DbError::Violation(violation)) = error else { panic!("{error}") };
        assert_eq!(violation.kind, ViolationKind::ForeignKey);
        let declared = assoc::Constraint::foreign_key("comments_post_id_fkey").on(Post::id).message("still has comments");
        let error = db.repo.delete(post.change().constraint(declared)).await.unwrap_err();
        assert_eq!(errors(error), ["id still has comments"]);
        assert_eq!(db.count("posts").await, 1);
    }

    async fn inside_of_a_transaction_which_stays_usable(db: Db) {
        taken(&db).await;
        let tx = db.repo.begin().await.unwrap();
        tx.insert(Tag::build().set(Tag::name, "before")).await.unwrap();
        let taken = Post::changeset(Post::build(), &params(json!({"title": "t", "slug": "taken", "comments": [{"body": "b"}]})));
        let error = tx.insert(taken).await.unwrap_err();
        assert_eq!(errors(error), ["slug has already been taken"]);
        tx.insert(Tag::build().set(Tag::name, "after")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.count("tags").await, 2);
        assert_eq!(db.count("posts").await, 1);
    }

    async fn a_deferred_foreign_key_fails_at_commit(db: Db) {
        let (id, post) = if db.is_postgres() { ("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "BIGINT") } else { ("INTEGER PRIMARY KEY", "INTEGER") };
        db.execute(&format!(
            "CREATE TABLE notes (id {id}, text TEXT NOT NULL, post_id {post} REFERENCES posts (id) DEFERRABLE INITIALLY DEFERRED)"
        ))
        .await;
        let note = |post: i64| Note::build().set(Note::text, "n").set(Note::post_id, post).foreign_key_constraint(Note::post_id);
        let error = db.repo.insert(note(99)).await.unwrap_err();
        assert_eq!(errors(error), ["post_id does not exist"]);
        assert!(db.repo.insert_many([note(99), note(98)]).await.is_err());
        assert_eq!(db.count("notes").await, 0);
        if db.is_postgres() {
            // The database looks at them one by one, and names the first.
            let error = db.repo.insert_many([note(98), note(99), note(98)]).await.unwrap_err();
            assert_eq!(errors_of_each(error), [vec!["post_id does not exist"], vec![], vec!["post_id does not exist"]]);
        }
        db.repo.insert(Tag::build().set(Tag::name, "usable")).await.unwrap();
    }
}

#[tokio::test]
async fn a_deferred_unique_value_is_not_blamed_on_a_row_that_had_it_before() {
    let db = Db::postgres().await;
    db.execute(
        "ALTER TABLE comments DROP CONSTRAINT comments_slug_key,
             ADD CONSTRAINT comments_slug_key UNIQUE (slug) DEFERRABLE INITIALLY DEFERRED;
         INSERT INTO posts (id, title) VALUES (1, 'p'), (2, 'other');
         INSERT INTO comments (id, post_id, body, slug) VALUES (5, 1, 'b', 'a')",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut post, Post::comments).await.unwrap();
    let input = json!({"comments": [{"body": "new", "slug": "a"}, {"id": 5, "body": "changed"}]});
    let error = db.repo.update(Post::changeset(post.change(), &params(input))).await.unwrap_err();
    assert_eq!(errors(error), ["comments[0].slug has already been taken"]);
    assert_eq!(db.text("SELECT body FROM comments").await, "b");
}

#[tokio::test]
async fn a_deferred_unique_value_is_blamed_on_the_rows_that_want_it() {
    let db = Db::postgres().await;
    db.execute(
        "CREATE TABLE notes (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, post_id BIGINT,
            text TEXT NOT NULL CONSTRAINT notes_text_index UNIQUE DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO notes (text) VALUES ('there')",
    )
    .await;
    let note = |text: &str| Note::build().set(Note::text, text).unique_constraint(Note::text);
    let taken = "text has already been taken";
    for (texts, expected) in [
        (["a", "there"], [vec![], vec![taken]]),
        (["there", "a"], [vec![taken], vec![]]),
        (["a", "a"], [vec![], vec![taken]]),
    ] {
        let error = db.repo.insert_many(texts.map(note)).await.unwrap_err();
        assert_eq!(errors_of_each(error), expected, "{texts:?}");
        assert_eq!(db.count("notes").await, 1);
    }
}

fn errors_of_each(error: SaveError<Vec<Changeset<Note>>>) -> Vec<Vec<String>> {
    let SaveError::Invalid(notes) = error else { panic!("{error}") };
    notes.iter().map(|note| lines(&note.errors())).collect()
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Note {
    id: i64,
    text: String,
    post_id: Option<i64>,
}

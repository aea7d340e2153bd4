//! Constraints that are declared by association, and names that share an end.

use assoc::{Constraint, Match, prelude::*};

use crate::{schemas::*, support::*};

async fn blog(db: &Db) -> User {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid');
         INSERT INTO teams (id, name) VALUES (1, 'A');
         INSERT INTO profiles (id, bio, user_id) VALUES (1, 'x', 2);
         INSERT INTO posts (id, title, author_id) VALUES (1, 'P', 1);
         INSERT INTO tags (id, name) VALUES (1, 'x');
         INSERT INTO posts_tags VALUES (1, 1);",
    )
    .await;
    db.repo.fetch(1).await.unwrap()
}

/// A user who has neither posts nor a profile.
fn unused(user: User) -> Changeset<User> {
    user.change().no_assoc_constraint(User::profile).no_assoc_constraint(User::posts)
}

both! {
    async fn a_parent_that_is_not_there(db: Db) {
        blog(&db).await;
        let post = |author: i64| Post::build().set(Post::title, "t").set(Post::author_id, author).set(Post::editor_id, 1);
        let error = db.repo.insert(post(99).assoc_constraint(Post::author)).await.unwrap_err();
        assert_eq!(errors(error), ["author does not exist"]);
        let declared = |author: i64, editor: i64| {
            post(author).set(Post::editor_id, editor).assoc_constraint(Post::author).assoc_constraint(Post::editor)
        };
        let all = [declared(1, 1), declared(1, 98), declared(98, 1)];
        let Err(SaveError::Invalid(all)) = db.repo.insert_many(all).await else { panic!() };
        let found: Vec<_> = all.iter().map(|post| post.errors().to_string()).collect();
        assert_eq!(found, ["", "editor does not exist", "author does not exist"]);
        let error = all[2].errors().own()[0].clone();
        assert_eq!(error.params["constraint"], "assoc");
        assert_eq!(error.params["constraint_name"], "posts_author_id_fkey");
        let comment = Comment::build().set(Comment::body, "b").set(Comment::post_id, 77).assoc_constraint(Comment::post);
        assert_eq!(errors(db.repo.insert(comment).await.unwrap_err()), ["post does not exist"]);
    }

    async fn rows_that_keep_their_owner(db: Db) {
        let ann = blog(&db).await;
        let bob: User = db.repo.fetch(2).await.unwrap();
        let failed = db.repo.delete(unused(ann)).await.unwrap_err();
        let SaveError::Invalid(failed) = failed else { panic!("{failed}") };
        assert_eq!(lines(&failed.errors()), ["posts are still associated with this entry"]);
        assert_eq!(failed.errors().own()[0].params["constraint"], "no_assoc");
        assert_eq!(failed.errors().own()[0].params["constraint_name"], "posts_author_id_fkey");
        assert_eq!(errors(db.repo.delete(unused(bob)).await.unwrap_err()), ["profile is still associated with this entry"]);
        assert_eq!(db.count("users").await, 3);
        let cid: User = db.repo.fetch(3).await.unwrap();
        db.repo.delete(unused(cid)).await.unwrap();
        assert_eq!(db.count("users").await, 2);
    }

    async fn rows_of_a_join_table_that_keep_their_owner(db: Db) {
        blog(&db).await;
        let post: Post = db.repo.fetch(1).await.unwrap();
        let declared = post.change().no_assoc_constraint(Post::comments).no_assoc_constraint(Post::tags);
        let error = db.repo.delete(declared).await.unwrap_err();
        assert_eq!(errors(error), ["tags are still associated with this entry"]);
        let tag: Tag = db.repo.fetch(1).await.unwrap();
        assert_eq!(errors(db.repo.delete(tag.change().no_assoc_constraint(Tag::posts)).await.unwrap_err()), ["posts are still associated with this entry"]);
    }

    async fn a_child_that_is_deleted_with_its_parent(db: Db) {
        let ann = blog(&db).await;
        db.execute("INSERT INTO posts (id, title, author_id) VALUES (2, 'free', 1)").await;
        let mut ann = ann;
        db.repo.preload(&mut ann, User::posts).await.unwrap();
        let posts = ann.posts.get().unwrap().to_vec();
        let marked = posts.into_iter().map(|post| post.change().mark_for_delete().no_assoc_constraint(Post::tags));
        let error = db.repo.update(ann.change().put_assoc(User::posts, marked)).await.unwrap_err();
        assert_eq!(errors(error), ["posts[0].tags are still associated with this entry"]);
        assert_eq!(db.count("posts").await, 2);
    }

    async fn names_that_share_an_end(db: Db) {
        db.tables(
            "CREATE TABLE seats (id <key>, row TEXT NOT NULL, number BIGINT, CONSTRAINT p1_seats_row_idx UNIQUE (row),
               CONSTRAINT seats_number_in_2026 CHECK (number < 100))",
        )
        .await;
        let seat = |row: &str, number: i64| Seat::build().set(Seat::row, row).set(Seat::number, number);
        db.repo.insert(seat("a", 1)).await.unwrap();
        let by_end = Constraint::unique("seats_row_idx").matching(Match::Suffix).on(Seat::row).message("is occupied");
        assert_eq!(errors(db.repo.insert(seat("a", 2).constraint(by_end)).await.unwrap_err()), ["row is occupied"]);
        let by_start = || Constraint::check("seats_number_in_").matching(Match::Prefix).on(Seat::number);
        assert_eq!(errors(db.repo.insert(seat("b", 100).constraint(by_start())).await.unwrap_err()), ["number is invalid"]);
        let elsewhere = by_start().error_key("base").message("has no such seat");
        assert_eq!(errors(db.repo.insert(seat("b", 100).constraint(elsewhere)).await.unwrap_err()), ["base has no such seat"]);
        let exact = seat("b", 100).constraint(Constraint::check("seats_number_in_").on(Seat::number));
        assert!(matches!(db.repo.insert(exact).await, Err(SaveError::Database(_))), "the whole name counts");
        let other_end = seat("b", 100).constraint(Constraint::check("in_2027").matching(Match::Suffix).on(Seat::number));
        assert!(matches!(db.repo.insert(other_end).await, Err(SaveError::Database(_))));
    }

    async fn what_was_declared_can_be_read(db: Db) {
        let changeset = Comment::changeset(Comment::build(), &params(serde_json::json!({"body": "b"})));
        let declared: Vec<_> = changeset.constraints().iter().map(|one| (one.kind().name(), one.name(), one.message())).collect();
        assert_eq!(declared, [
            ("unique", None, "has already been taken"),
            ("check", Some("comments_rating_range"), "must be 1 to 5"),
            ("foreign", None, "does not exist"),
            ("foreign", None, "does not exist"),
        ]);
        assert_eq!(db.conversation().len(), 0);
    }
}

#[tokio::test]
async fn an_exclusion_by_its_columns() {
    let db = Db::postgres().await;
    db.tables(
        "CREATE TABLE seats (id <key>, row TEXT NOT NULL, number BIGINT,
           CONSTRAINT seats_number_excl EXCLUDE USING gist (int8range(number, number + 2) WITH &&))",
    )
    .await;
    let seat =
        |number: i64| Seat::build().set(Seat::row, "a").set(Seat::number, number).exclusion_constraint(Seat::number);
    let Err(SaveError::Invalid(all)) = db.repo.insert_many([1, 3, 4, 6, 7].map(seat)).await else { panic!() };
    let found: Vec<_> = all.iter().map(|seat| seat.errors().to_string()).collect();
    let violated = "number violates an exclusion constraint";
    assert_eq!(found, ["", "", violated, "", violated]);
    assert_eq!(all[2].errors().own()[0].params["constraint"], "exclusion");
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Seat {
    id: i64,
    row: String,
    number: Option<i64>,
}

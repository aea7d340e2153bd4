//! One answer names every row that violates a constraint, at any depth, and only those.

use assoc::{Constraint, prelude::*};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

async fn taken(db: &Db) {
    db.execute(
        "INSERT INTO users (id, name, email) VALUES (1, 'Ann', 'ann@x'), (2, 'Bob', 'bob@x');
         INSERT INTO tags (id, name) VALUES (1, 'rust'), (2, 'sql');
         INSERT INTO posts (id, title, slug) VALUES (1, 'T', 'taken');
         INSERT INTO comments (id, body, slug, post_id) VALUES (11, 'a', 'c', 1), (12, 'b', 'd', 1);
         INSERT INTO posts_tags VALUES (1, 1);",
    )
    .await;
}

fn post(input: Json) -> Changeset<Post> {
    Post::changeset(Post::build(), &params(input))
}

fn user(user: Changeset<User>, params: &Params) -> Changeset<User> {
    User::changeset(user, params).cast_assoc(User::posts, Post::changeset)
}

both! {
    async fn under_several_parents(db: Db) {
        taken(&db).await;
        let many = [
            post(json!({"title": "1", "comments": [{"body": "x", "slug": "c"}, {"body": "x", "slug": "1"}]})),
            post(json!({"title": "2", "slug": "s"})),
            post(json!({"title": "3", "slug": "s", "comments": [{"body": "x", "slug": "c"}]})),
            post(json!({"title": "4", "comments": [{"body": "x"}, {"body": "x", "slug": "1"}, {"body": "x", "slug": "d"}], "tags": [{"name": "new"}, {"name": "rust"}]})),
        ];
        let assoc::SaveError::Invalid(many) = db.repo.insert_many(many).await.unwrap_err() else { panic!() };
        let found: Vec<_> = many.iter().map(|one| lines(&one.errors())).collect();
        let taken = |path: &str| format!("{path} has already been taken");
        assert_eq!(found, [
            vec![taken("comments[0].slug")],
            vec![],
            vec![taken("slug")],
            vec![taken("comments[1].slug"), taken("comments[2].slug"), taken("tags[1].name")],
        ]);
        assert_eq!((db.count("posts").await, db.count("comments").await, db.count("tags").await), (1, 2, 2));
    }

    async fn of_grandchildren_and_their_parents(db: Db) {
        taken(&db).await;
        let input = json!({"name": "Cid", "email": "cid@x", "posts": [
            {"title": "1", "comments": [{"body": "x", "slug": "c"}, {"body": "y", "author": {"name": "E", "email": "ann@x"}}]},
            {"title": "2", "tags": [{"name": "sql"}]},
            {"title": "3", "comments": [{"body": "z", "author": {"name": "F", "email": "cid@x"}}, {"body": "ok", "author": {"name": "G", "email": "g@x"}}]},
        ]});
        let mut found = errors(db.repo.insert(user(User::build(), &params(input))).await.unwrap_err());
        found.sort();
        let owner_first = found.contains(&"posts[2].comments[0].author.email has already been taken".to_owned());
        let expected = [
            "posts[0].comments[0].slug has already been taken",
            "posts[0].comments[1].author.email has already been taken",
            "posts[1].tags[0].name has already been taken",
            "posts[2].comments[0].author.email has already been taken",
        ];
        assert!(owner_first, "{found:?}");
        assert_eq!(found, expected);
        assert_eq!((db.count("users").await, db.count("posts").await), (2, 1));
    }

    async fn of_updates_and_inserts_together(db: Db) {
        taken(&db).await;
        db.execute("INSERT INTO posts (id, title) VALUES (2, 'U'); INSERT INTO comments (id, body, slug, post_id) VALUES (21, 'x', 'e', 2), (22, 'y', 'f', 2)").await;
        let mut post: Post = db.repo.fetch(2).await.unwrap();
        db.repo.preload(&mut post, Post::comments.then(Comment::author)).await.unwrap();
        let input = params(json!({"comments": [
            {"id": 22, "slug": "c"}, {"body": "n", "slug": "d"}, {"id": 21, "slug": "g", "rating": 9}, {"body": "o", "author_id": 99}, {"body": "ok"},
        ]}));
        let mut found = errors(db.repo.update(Post::changeset_of_comments(post.change(), &input)).await.unwrap_err());
        found.sort();
        assert_eq!(found, [
            "comments[0].slug has already been taken",
            "comments[1].slug has already been taken",
            "comments[2].rating must be 1 to 5",
            "comments[3].author_id does not exist",
        ]);
        assert_eq!(all_of(&db, "slug", "comments").await, "c d e f");
    }

    async fn of_has_one(db: Db) {
        db.tables(
            "CREATE TABLE crews (id <key>, name TEXT NOT NULL);
             CREATE TABLE captains (id <key>, name TEXT NOT NULL UNIQUE, crew_id BIGINT REFERENCES crews (id));
             INSERT INTO captains VALUES (1, 'Nemo', NULL);",
        )
        .await;
        let crew = |name: &str, captain: &str| {
            let captain = Captain::build().set(Captain::name, captain).unique_constraint(Captain::name);
            Crew::build().set(Crew::name, name).put_assoc(Crew::captain, captain)
        };
        let all = [crew("a", "Nemo"), crew("b", "Ahab"), crew("c", "Nemo"), crew("d", "Ahab")];
        let assoc::SaveError::Invalid(all) = db.repo.insert_many(all).await.unwrap_err() else { panic!() };
        let found: Vec<_> = all.iter().map(|crew| crew.errors().to_string()).collect();
        let taken = "captain.name has already been taken";
        assert_eq!(found, [taken, "", taken, taken]);
        assert_eq!(db.count("crews").await, 0);
    }

    async fn of_join_rows_whose_constraint_the_owner_declares(db: Db) {
        taken(&db).await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, Post::tags).await.unwrap();
        let gone = |id: i64| Tag { id, name: "gone".into(), posts: ManyToMany::default() };
        let there: Tag = db.repo.fetch(2).await.unwrap();
        let kept = post.tags.get().unwrap()[0].clone();
        let changeset = post.change().put_assoc(Post::tags, (gone(77), kept, there, gone(78), Tag::changeset(Tag::build(), &params(json!({"name": "rust"})))))
            .constraint(Constraint::foreign_key("posts_tags_tag_id_fkey").error_key("link").message("is gone"));
        let found = errors(db.repo.update(changeset).await.unwrap_err());
        assert_eq!(found, ["tags[0].link is gone", "tags[3].link is gone", "tags[4].name has already been taken"]);
        assert_eq!(all_of(&db, "concat(post_id, tag_id)", "posts_tags").await, "11");
    }

    async fn a_value_that_a_refused_row_keeps_is_not_taken(db: Db) {
        taken(&db).await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, Post::comments.then(Comment::author)).await.unwrap();
        db.execute("INSERT INTO posts (id, title) VALUES (2, 'U'); INSERT INTO comments (id, body, slug, post_id) VALUES (21, 'x', 'other', 2)").await;
        let input = params(json!({"comments": [{"id": 11, "slug": "other"}, {"body": "n", "slug": "c"}, {"id": 12}]}));
        let found = errors(db.repo.update(Post::changeset_of_comments(post.change(), &input)).await.unwrap_err());
        assert_eq!(found, ["comments[0].slug has already been taken"]);
    }
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Crew {
    id: i64,
    name: String,
    #[has_one(on_replace = delete)]
    captain: HasOne<Captain>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Captain {
    id: i64,
    name: String,
    crew_id: Option<i64>,
}

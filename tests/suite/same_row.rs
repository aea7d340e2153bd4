//! One row that is reached by two associations of one save.

use assoc::{Misuse, SaveError, prelude::*};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

/// A post whose author and editor are the same user, who also wrote both comments.
async fn post(db: &Db) -> Post {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
         INSERT INTO posts (id, title, author_id, editor_id) VALUES (1, 'A', 1, 1);
         INSERT INTO comments (id, body, post_id, author_id) VALUES (11, 'a', 1, 1), (12, 'b', 1, 1);",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    let people = (Post::author.then(User::profile), Post::editor.then(User::profile));
    db.repo
        .preload(&mut post, (people.0, people.1, Post::comments.then(Comment::author.then(User::profile))))
        .await
        .unwrap();
    db.forget();
    post
}

fn change(post: Post, input: Json) -> Changeset<Post> {
    let input = params(input);
    let post = post.change().cast(&input, Post::title).cast_assoc(Post::author, User::changeset);
    post.cast_assoc(Post::editor, User::changeset).cast_assoc(Post::comments, Comment::changeset)
}

async fn ann(db: &Db) -> String {
    db.text("SELECT concat(name, ' ', coalesce(email, '-')) FROM users WHERE id = 1").await
}

both! {
    async fn different_columns_all_land(db: Db) {
        let changeset = change(post(&db).await, json!({
            "author": {"id": 1, "name": "Anna"},
            "comments": [{"id": 11, "author": {"id": 1, "email": "a@b"}}, {"id": 12}],
        }));
        db.repo.update(changeset).await.unwrap();
        assert_eq!(ann(&db).await, "Anna a@b");
    }

    async fn the_same_value_twice_is_written_once(db: Db) {
        let changeset = change(post(&db).await, json!({
            "author": {"id": 1, "name": "Anna"}, "editor": {"id": 1, "name": "Anna"},
            "comments": [{"id": 11, "author": {"id": 1, "name": "Anna"}}, {"id": 12, "author": {"id": 1, "name": "Anna"}}],
        }));
        let post = db.repo.update(changeset).await.unwrap();
        assert_eq!(ann(&db).await, "Anna -");
        assert_eq!(post.editor.get().unwrap().unwrap().name, "Anna");
        assert_eq!(post.comments.get().unwrap()[1].author.get().unwrap().unwrap().name, "Anna");
    }

    async fn different_values_are_refused(db: Db) {
        let loaded = post(&db).await;
        let changeset = change(loaded.clone(), json!({"title": "B", "author": {"id": 1, "name": "Anna"}, "editor": {"id": 1, "name": "Other"}}));
        assert!(changeset.plan().is_err());
        let error = db.repo.update(changeset).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::Twice { schema: "User" })), "{error}");
        let changeset = change(loaded, json!({"comments": [
            {"id": 11, "author": {"id": 1, "name": "Anna"}}, {"id": 12, "author": {"id": 1, "name": "Other"}},
        ]}));
        assert!(matches!(db.repo.update(changeset).await, Err(SaveError::Misuse(Misuse::Twice { .. }))));
        assert_eq!((ann(&db).await.as_str(), db.text("SELECT title FROM posts").await.as_str()), ("Ann -", "A"));
    }

    async fn different_values_among_other_columns_are_refused(db: Db) {
        let changeset = change(post(&db).await, json!({
            "author": {"id": 1, "name": "Anna"}, "editor": {"id": 1, "name": "Other", "email": "x@y"},
        }));
        let error = db.repo.update(changeset).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::Twice { .. })), "{error}");
        assert_eq!(ann(&db).await, "Ann -");
    }

    async fn dropped_from_two_associations(db: Db) {
        use two::{Item, Owner};
        db.execute("INSERT INTO owners (id, name) VALUES (1, 'Ann'); INSERT INTO items (id, name, owner_id) VALUES (11, 'hat', 1)").await;
        let mut owner: Owner = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut owner, (Owner::items, Owner::item)).await.unwrap();
        let changeset = owner.change().put_assoc(Owner::items, Vec::<Item>::new()).put_assoc(Owner::item, None::<Item>);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.count("items").await, 0);
    }

    async fn changed_in_one_and_dropped_from_the_other(db: Db) {
        use two::{Item, Owner};
        db.execute("INSERT INTO owners (id, name) VALUES (1, 'Ann'); INSERT INTO items (id, name, owner_id) VALUES (11, 'hat', 1)").await;
        let mut owner: Owner = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut owner, (Owner::items, Owner::item)).await.unwrap();
        let hat = owner.item.get().unwrap().unwrap().clone();
        let changeset = owner.change().put_assoc(Owner::items, Vec::<Item>::new()).put_assoc(Owner::item, hat.change().set(Item::name, "cap"));
        db.repo.update(changeset).await.unwrap_err();
        assert_eq!(all_of(&db, "name", "items").await, "hat");
    }

    async fn the_root_itself_as_a_parent_below(db: Db) {
        let mut post = post(&db).await;
        db.repo.preload(&mut post, Post::comments.then(Comment::post).force()).await.unwrap();
        let input = params(json!({"title": "B", "comments": [{"id": 11, "post": {"id": 1, "body": "text"}}, {"id": 12}]}));
        let changeset = post.change().cast(&input, Post::title).cast_assoc(Post::comments, |comment, params| {
            comment.cast(params, ()).cast_assoc(Comment::post, |post, params| post.cast(params, (Post::title, Post::body)))
        });
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.text("SELECT concat(title, ' ', body) FROM posts").await, "B text");
    }
}

mod two {
    use assoc::prelude::*;

    #[derive(Debug, Clone, PartialEq, Schema)]
    pub struct Owner {
        pub id: i64,
        pub name: String,
        #[has_many(on_replace = delete)]
        pub items: HasMany<Item>,
        #[has_one(on_replace = delete)]
        pub item: HasOne<Item>,
    }

    #[derive(Debug, Clone, PartialEq, Schema)]
    pub struct Item {
        pub id: i64,
        pub name: String,
        pub owner_id: Option<i64>,
    }
}

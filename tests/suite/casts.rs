//! Casts in ways of their own, what a changeset knows of itself, and changesets that are merged.

use assoc::{
    Cast, Misuse, Number, SaveError,
    changeset::{ApplyError, Rule},
    prelude::*,
};
use serde_json::json;

use crate::{schemas::*, support::*};

fn cast(json: serde_json::Value, how: &Cast) -> Changeset<Post> {
    Post::build().cast_with(&params(json), (Post::title, Post::body, Post::author_id), how)
}

async fn post(db: &Db) -> Post {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann');
         INSERT INTO posts (id, title, body, author_id) VALUES (1, 'A', 'long', 1);
         INSERT INTO comments (id, body, post_id) VALUES (11, 'a', 1), (12, 'b', 1);",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut post, Post::comments).await.unwrap();
    db.forget();
    post
}

both! {
    async fn what_counts_as_empty(db: Db) {
        let post = post(&db).await;
        let input = params(json!({"title": "N/A", "body": "", "author_id": ""}));
        let usual = post.clone().change().cast(&input, (Post::title, Post::body, Post::author_id));
        assert_eq!((usual.changed(Post::title).as_deref(), usual.changed(Post::body), usual.changed(Post::author_id)), (Some("N/A"), Some(None), Some(None)));
        let own = Cast::new().empty_values([json!("N/A"), json!(0)]);
        let changeset = post.clone().change().cast_with(&input, (Post::title, Post::body, Post::author_id), &own);
        assert_eq!(lines(&changeset.errors()), ["title can't be blank", "author_id is invalid"]);
        let changeset = post.change().cast_with(&params(json!({"body": "", "author_id": 0})), (Post::body, Post::author_id), &own);
        let saved = db.repo.update(changeset).await.unwrap();
        assert_eq!((saved.body.as_deref(), saved.author_id), (Some(""), None));
        assert_eq!(db.text("SELECT concat('[', body, ']') FROM posts").await, "[]");
    }

    async fn the_present_value_can_be_a_change(db: Db) {
        let post = post(&db).await;
        let input = params(json!({"title": "A", "body": "new"}));
        let usual = post.clone().change().cast(&input, (Post::title, Post::body));
        assert_eq!(usual.plan().unwrap().writes()[0].set.keys().collect::<Vec<_>>(), [&"body"]);
        let forced = post.change().cast_with(&input, (Post::title, Post::body), &Cast::new().force_changes());
        assert_eq!(forced.plan().unwrap().writes()[0].set.keys().collect::<Vec<_>>(), [&"body", &"title"]);
        db.repo.update(forced).await.unwrap();
        assert_eq!(db.text("SELECT concat(title, body) FROM posts").await, "Anew");
    }

    async fn the_message_of_what_cannot_be_read(db: Db) {
        let changeset = cast(json!({"title": 7, "author_id": "x"}), &Cast::new().message("is nonsense"));
        assert_eq!(lines(&changeset.errors()), ["title is nonsense", "author_id is nonsense"]);
        assert_eq!(changeset.errors().own()[1].params["validation"], "cast");
        assert!(matches!(db.repo.insert(changeset).await, Err(SaveError::Invalid(_))));
    }

    async fn params_of_several_casts_come_together(db: Db) {
        let post = post(&db).await;
        let changeset = post.clone().change()
            .cast(&params(json!({"title": "B", "comments": [{"id": 11, "body": "x"}, {"id": 12}]})), Post::title)
            .cast(&params(json!({"body": "C", "title": "ignored"})), Post::body)
            .cast_assoc(Post::comments, Comment::changeset);
        let known = changeset.params().unwrap();
        assert_eq!((known.get("body").and_then(Params::as_str), known.get("title").and_then(Params::as_str)), (Some("C"), Some("ignored")));
        let saved = db.repo.update(changeset).await.unwrap();
        assert_eq!((saved.title.as_str(), saved.body.as_deref()), ("B", Some("C")));
        assert_eq!(all_of(&db, "body", "comments").await, "b x");
        let back = saved.change().cast(&params(json!({"title": "new"})), Post::title).cast(&params(json!({"title": "B"})), Post::title);
        assert_eq!(back.changed(Post::title).as_deref(), Some("B"), "the last cast counts, as in Ecto");
    }

    async fn changes_one_by_one(db: Db) {
        let post = post(&db).await;
        let changeset = post.change().map_change(Post::title, |title| title + "?").set(Post::title, "B").map_change(Post::title, |title| title + "!");
        assert_eq!(changeset.changed(Post::title).as_deref(), Some("B!"));
        assert!(changeset.is_changed(Post::title, None::<String>, None::<String>));
        assert!(changeset.is_changed(Post::title, Some("A"), Some("B!")));
        assert!(!changeset.is_changed(Post::title, Some("B"), None::<String>));
        assert!(!changeset.is_changed(Post::title, None::<String>, Some("B")));
        assert!(!changeset.is_changed(Post::body, None::<String>, None::<String>));
        let back = changeset.clone().map_change(Post::title, |_| "A");
        assert!(!back.is_changed(Post::title, None::<String>, None::<String>));
        let forgotten = changeset.clone().delete_change(Post::title);
        assert_eq!(forgotten.get(Post::title).as_deref(), Some("A"));
        assert_eq!(db.repo.update(changeset).await.unwrap().title, "B!");
    }

    async fn what_was_asked_of_the_input(db: Db) {
        let changeset = Comment::build()
            .cast(&params(json!({"body": "b", "rating": 3})), (Comment::body, Comment::rating))
            .validate_required((Comment::body, Comment::slug))
            .validate_number(Comment::rating, [Number::GreaterThan(0), Number::LessThan(6)])
            .validate_inclusion(Comment::rating, [1, 2, 3]);
        let asked: Vec<_> = changeset.node().validations().iter().map(|one| (one.field.as_ref(), one.rule.clone())).collect();
        assert_eq!(asked[0], ("body", Rule::Required));
        assert_eq!(asked[1], ("slug", Rule::Required));
        assert_eq!(asked[2..4], [("rating", Rule::Number("greater_than", json!(0))), ("rating", Rule::Number("less_than", json!(6)))]);
        assert!(matches!(asked[4], ("rating", Rule::Inclusion(_))));
        assert_eq!(lines(&changeset.errors()), ["slug can't be blank"]);
        assert!(db.repo.insert(changeset).await.is_err());
    }

    async fn merged_with_another_of_the_same_row(db: Db) {
        let post = post(&db).await;
        let one = post.clone().change().set(Post::title, "one").set(Post::body, "one").add_error(Post::body, "is odd");
        let two = post.clone().change().cast(&params(json!({"title": "two", "comments": [{"id": 12}]})), Post::title)
            .cast_assoc(Post::comments, Comment::changeset).unique_constraint(Post::slug);
        let merged = one.clone().merge(two.clone());
        assert_eq!((merged.get(Post::title).as_deref(), merged.get(Post::body).flatten().as_deref()), (Some("two"), Some("one")));
        assert_eq!((lines(&merged.errors()), merged.constraints().len()), (vec!["body is odd".to_owned()], 1));
        assert!(merged.params().is_some_and(|params| params.get("comments").is_some()));
        let other = Post { id: 2, ..post.clone() }.change();
        let error = db.repo.update(post.clone().change().merge(other)).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::MergeOfAnother { schema: "Post" })), "{error}");
        let saved = db.repo.update(post.change().merge(two)).await.unwrap();
        assert_eq!((saved.title.as_str(), all_of(&db, "body", "comments").await.as_str()), ("two", "b"));
    }

    async fn merged_with_how_the_other_is_saved(db: Db) {
        db.execute("INSERT INTO tags (id, name) VALUES (1, 'a')").await;
        let upsert = Tag::build().set(Tag::name, "a").merge(Tag::build().on_conflict_replace(Tag::name, Tag::name));
        assert_eq!(db.repo.insert(upsert).await.unwrap().id, 1);
        let tag: Tag = db.repo.fetch(1).await.unwrap();
        db.execute("DELETE FROM tags").await;
        let stale = |tag: &Tag| tag.clone().change().set(Tag::name, "b").merge(tag.clone().change().stale_error(Tag::name));
        assert_eq!(errors(db.repo.update(stale(&tag)).await.unwrap_err()), ["name is stale"]);
        let allowed = tag.clone().change().set(Tag::name, "b").merge(tag.change().allow_stale());
        db.repo.update(allowed).await.unwrap();
        assert_eq!(db.count("tags").await, 0);
    }

    async fn rows_of_an_association_as_they_will_be(db: Db) {
        let post = post(&db).await;
        let input = params(json!({"comments": [{"id": 12, "body": "B"}, {"body": "new"}]}));
        let changeset = Post::changeset_of_comments(post.change(), &input);
        let rows = changeset.get_assoc(Post::comments).unwrap();
        assert_eq!(rows.iter().map(|row| row.get(Comment::body)).collect::<Vec<_>>(), [Some("B".to_owned()), Some("new".to_owned())]);
        assert!(matches!(changeset.get_assoc(Post::tags), Err(Misuse::NotLoaded(_))));
        let applied = changeset.clone().set(Post::title, "T").apply_changes();
        assert!(applied.is_err(), "the new comment has no id yet");
        let saved = db.repo.update(changeset).await.unwrap();
        assert_eq!(saved.change().get_assoc(Post::comments).unwrap().len(), 2);
    }

    async fn applied_without_a_database(db: Db) {
        let post = post(&db).await;
        let input = params(json!({"title": "T", "comments": [{"id": 12, "body": "B"}]}));
        let applied = Post::changeset_of_comments(post.clone().change(), &input).apply_action().unwrap();
        let bodies: Vec<_> = applied.comments.get().unwrap().iter().map(|comment| comment.body.as_str()).collect();
        assert_eq!((applied.title.as_str(), bodies), ("T", vec!["B"]));
        let invalid = Post::changeset_of_comments(post.change(), &params(json!({"comments": [{"id": 12, "body": " "}]}))).apply_action();
        let Err(ApplyError::Invalid(invalid)) = invalid else { panic!("{invalid:?}") };
        assert_eq!(lines(&invalid.errors()), ["comments[0].body can't be blank"]);
        assert!(matches!(Post::build().apply_action(), Err(ApplyError::Type(_))));
        assert_eq!((db.conversation().len(), all_of(&db, "body", "comments").await.as_str()), (0, "a b"));
    }

    async fn an_association_that_must_not_be_empty(db: Db) {
        let post = post(&db).await;
        let cast = |post: Changeset<Post>, json| post.cast(&params(json), Post::title).cast_assoc(Post::comments.required(), Comment::changeset);
        assert!(cast(post.clone().change(), json!({})).is_valid(), "the loaded rows count");
        assert_eq!(lines(&cast(post.clone().change(), json!({"comments": []})).errors()), ["comments can't be blank"]);
        assert_eq!(lines(&cast(Post::build(), json!({"title": "t"})).errors()), ["comments can't be blank"]);
        assert_eq!(lines(&cast(post.clone().change(), json!({"comments": 7})).errors()), ["comments is invalid"]);
        let worded = post.change().cast(&params(json!({"comments": [{"id": 11}], "author": null})), ())
            .cast_assoc(Post::comments.required_message("are missing").invalid_message("are nonsense"), |comment, _| comment.mark_for_delete());
        assert_eq!(lines(&worded.errors()), ["comments are missing"]);
        let nonsense = Post::build().cast(&params(json!({"comments": "x"})), ()).cast_assoc(Post::comments.invalid_message("are nonsense"), Comment::changeset);
        assert_eq!(errors(db.repo.insert(nonsense).await.unwrap_err()), ["comments are nonsense"]);
    }

    async fn errors_made_by_a_function(db: Db) {
        let post = post(&db).await;
        let input = params(json!({"title": "", "comments": [{"id": 11}, {"id": 12, "body": "", "rating": "x"}]}));
        let errors = Post::changeset_of_comments(post.change(), &input).errors();
        let made = errors.traverse(&mut |error| json!([error.field, error.params["validation"]]));
        assert_eq!(made, json!({
            "title": [["title", "required"]],
            "comments": [{}, {"rating": [["rating", "cast"]], "body": [["body", "required"]]}],
        }));
        assert_eq!(db.conversation().len(), 0);
    }
}

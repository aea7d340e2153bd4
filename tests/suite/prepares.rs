//! `prepare_changes`: functions that run in the transaction of a save.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use assoc::{DbError, SaveError, prelude::*};
use serde_json::json;

use crate::{schemas::*, support::*};

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name).unique_constraint(Tag::name)
}

/// Counts how often it ran.
fn counted(tag: Changeset<Tag>, count: &Arc<AtomicUsize>) -> Changeset<Tag> {
    let count = count.clone();
    tag.prepare_changes(move |tag, _| {
        count.fetch_add(1, Ordering::Relaxed);
        async { Ok(tag) }
    })
}

fn control(conversation: &[String]) -> Vec<&str> {
    conversation.iter().map(|sql| sql.split(' ').next().unwrap_or_default()).collect()
}

both! {
    async fn it_changes_more_in_the_transaction(db: Db) {
        let changeset = tag("a").prepare_changes(async |tag, tx: Repo| {
            tx.insert(Team::build().set(Team::name, "before")).await.map_err(|_| DbError::TransactionEnded)?;
            let teams = tx.all(Team::query()).await?.len();
            Ok(tag.map_change(Tag::name, |name| format!("{name}{teams}")))
        });
        let changeset = changeset.prepare_changes(async |tag, _| Ok(tag.map_change(Tag::name, |name| name + "!")));
        db.forget();
        let saved = db.repo.insert(changeset).await.unwrap();
        assert_eq!(saved.name, "a1!");
        let conversation = db.conversation();
        let words = control(&conversation);
        assert_eq!((words[0], words[words.len() - 1]), ("BEGIN", "COMMIT"), "{words:?}");
        assert_eq!(words.iter().filter(|word| **word == "BEGIN").count(), 1);
        assert_eq!((all_of(&db, "name", "tags").await.as_str(), db.count("teams").await), ("a1!", 1));
    }

    async fn an_error_that_it_adds_undoes_all(db: Db) {
        let count = Arc::new(AtomicUsize::new(0));
        let changeset = counted(tag("a"), &count).prepare_changes(async |tag: Changeset<Tag>, tx: Repo| {
            tx.execute("INSERT INTO teams (id, name) VALUES (1, 'x')").await?;
            Ok(tag.add_error(Tag::name, "is not wanted"))
        });
        let changeset = counted(changeset, &count);
        let error = db.repo.insert(changeset).await.unwrap_err();
        let SaveError::Invalid(failed) = error else { panic!("{error}") };
        assert_eq!(lines(&failed.errors()), ["name is not wanted"]);
        assert_eq!((db.count("teams").await, db.count("tags").await, count.load(Ordering::Relaxed)), (0, 0, 2));
    }

    async fn a_failure_undoes_all(db: Db) {
        let changeset = tag("a").prepare_changes(async |_, tx: Repo| {
            tx.execute("INSERT INTO teams (id, name) VALUES (1, 'x')").await?;
            Err(DbError::Configuration("no".to_owned()))
        });
        let error = db.repo.insert(changeset).await.unwrap_err();
        assert_eq!(error.to_string(), "no");
        let changeset = tag("a").prepare_changes(async |tag, tx: Repo| {
            tx.execute("INSERT INTO no_such_table VALUES (1)").await?;
            Ok(tag)
        });
        assert!(matches!(db.repo.insert(changeset).await, Err(SaveError::Database(DbError::Statement(_)))));
        assert_eq!((db.count("teams").await, db.count("tags").await), (0, 0));
    }

    async fn it_runs_again_with_the_next_try(db: Db) {
        db.repo.insert(tag("taken!")).await.unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let changeset = counted(tag("taken"), &count).prepare_changes(async |tag: Changeset<Tag>, tx: Repo| {
            tx.execute("INSERT INTO teams (name) VALUES ('x')").await?;
            Ok(tag.map_change(Tag::name, |name| name + "!"))
        });
        let Err(SaveError::Invalid(failed)) = db.repo.insert(changeset).await else { panic!() };
        assert_eq!(lines(&failed.errors()), ["name has already been taken"]);
        assert_eq!(failed.get(Tag::name).as_deref(), Some("taken"), "as it was, but for the errors");
        let saved = db.repo.insert(failed.set(Tag::name, "free")).await.unwrap();
        assert_eq!((saved.name.as_str(), db.count("teams").await, count.load(Ordering::Relaxed)), ("free!", 1, 2));
    }

    async fn it_runs_only_for_what_is_valid_and_changes(db: Db) {
        let there = db.repo.insert(tag("a")).await.unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        db.forget();
        let same = counted(there.change().set(Tag::name, "a"), &count);
        db.repo.update(same).await.unwrap();
        assert!(db.repo.insert(counted(tag(" "), &count).validate_required(Tag::name)).await.is_err());
        assert_eq!((count.load(Ordering::Relaxed), db.conversation().len()), (0, 0));
    }

    async fn those_of_children_run_after_their_owners(db: Db) {
        let said = Arc::new(std::sync::Mutex::new(Vec::new()));
        let say = |what: &'static str| {
            let said = said.clone();
            move || said.lock().unwrap().push(what)
        };
        let (child, owner) = (say("child"), say("owner"));
        let comment = |body: &str| {
            let child = child.clone();
            Comment::build().set(Comment::body, body).prepare_changes(move |comment, tx: Repo| {
                child();
                async move {
                    tx.execute("INSERT INTO teams (name) VALUES ('x')").await?;
                    Ok(comment.map_change(Comment::body, |body| body + "!"))
                }
            })
        };
        let post = Post::build().set(Post::title, "t").put_assoc(Post::comments, [comment("a"), comment("b")]);
        let post = post.prepare_changes(move |post, _| {
            owner();
            async { Ok(post) }
        });
        let post = db.repo.insert(post).await.unwrap();
        assert_eq!(*said.lock().unwrap(), ["owner", "child", "child"]);
        assert_eq!(all_of(&db, "body", "comments").await, "a! b!");
        let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
        said.lock().unwrap().clear();
        let unchanged = post.clone();
        let input = params(json!({"comments": [{"id": ids[0]}, {"id": ids[1], "body": "B"}]}));
        let child = child.clone();
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::comments, |comment, params| {
            let child = child.clone();
            comment.cast(params, Comment::body).prepare_changes(move |comment, _| {
                child();
                async { Ok(comment) }
            })
        });
        db.repo.update(changeset).await.unwrap();
        assert_eq!(*said.lock().unwrap(), ["child"], "what is kept as it is prepares nothing");
        assert_eq!(unchanged.comments.get().unwrap().len(), 2);
        assert_eq!(db.count("teams").await, 2);
    }

    async fn a_child_that_is_dropped_prepares_nothing(db: Db) {
        let comments = [Comment::build().set(Comment::body, "a")];
        let post = db.repo.insert(Post::build().set(Post::title, "t").put_assoc(Post::comments, comments)).await.unwrap();
        let id = post.comments.get().unwrap()[0].id;
        let count = Arc::new(AtomicUsize::new(0));
        let input = params(json!({"comments": [{"id": id, "author": {"name": "new"}}]}));
        let counting = count.clone();
        let mut post = post;
        db.repo.preload(&mut post, Post::comments.then(Comment::author)).await.unwrap();
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::comments, |comment, params| {
            let counting = counting.clone();
            comment.cast(params, ()).cast_assoc(Comment::author, move |user, params| {
                let counting = counting.clone();
                user.cast(params, User::name).prepare_changes(move |user, _| {
                    counting.fetch_add(1, Ordering::Relaxed);
                    async { Ok(user) }
                })
            }).mark_for_delete()
        });
        db.repo.update(changeset).await.unwrap();
        assert_eq!((db.count("comments").await, db.count("users").await, count.load(Ordering::Relaxed)), (0, 0, 0));
    }

    async fn what_it_adds_can_fail_too(db: Db) {
        db.repo.insert(tag("taken")).await.unwrap();
        let post = Post::build().set(Post::title, "t").put_assoc(Post::tags, [tag("free")]);
        let post = post.prepare_changes(async |post, _| Ok(post.add_to(Post::tags, [tag("taken")])));
        let error = db.repo.insert(post).await.unwrap_err();
        assert_eq!(errors(error), ["tags[1].name has already been taken"]);
        let post = Post::build().set(Post::title, "t");
        let post = post.prepare_changes(async |post, _| Ok(post.put_assoc(Post::tags, [tag("taken")])));
        assert_eq!(errors(db.repo.insert(post).await.unwrap_err()), ["tags[0].name has already been taken"]);
        assert_eq!(db.count("posts").await, 0);
    }

    async fn a_value_that_does_not_fit_is_an_error_of_its_field(db: Db) {
        let changeset = Post::build().set(Post::title, "t").set(Post::slug, "x".repeat(81)).prepare_changes(async |post, _| Ok(post));
        let changeset = changeset.constraint(assoc::Constraint::check("posts_slug_length").on(Post::slug).message("is too long"));
        assert_eq!(errors(db.repo.insert(changeset).await.unwrap_err()), ["slug is too long"]);
        let changeset = Post::build().prepare_changes(async |post, _| Ok(post));
        assert_eq!(errors(db.repo.insert(changeset).await.unwrap_err()), ["title can't be blank"]);
        let long = |post: Changeset<Post>| {
            let long = post.set(Post::slug, "x".repeat(81)).prepare_changes(async |post, _| Ok(post));
            long.constraint(assoc::Constraint::check("posts_slug_length").on(Post::slug).message("is too long"))
        };
        let tx = db.repo.begin().await.unwrap();
        let post = tx.insert(Post::build().set(Post::title, "t")).await.unwrap();
        assert_eq!(errors(tx.update(long(post.change())).await.unwrap_err()), ["slug is too long"]);
        assert_eq!(errors(tx.insert(long(Post::build().set(Post::title, "u"))).await.unwrap_err()), ["slug is too long"]);
        tx.insert(Post::build().set(Post::title, "v")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(all_of(&db, "title", "posts").await, "t v");
    }

    async fn in_a_transaction_of_the_caller(db: Db) {
        db.repo.insert(tag("taken")).await.unwrap();
        let tx = db.repo.begin().await.unwrap();
        let noted = |tag: Changeset<Tag>| tag.prepare_changes(async |tag, tx: Repo| {
            tx.execute("INSERT INTO teams (name) VALUES ('x')").await?;
            Ok(tag)
        });
        assert_eq!(errors(tx.insert(noted(tag("taken"))).await.unwrap_err()), ["name has already been taken"]);
        tx.insert(noted(tag("free"))).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((db.count("tags").await, db.count("teams").await), (2, 1));
        let tx = db.repo.begin().await.unwrap();
        tx.insert(noted(tag("gone"))).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!((db.count("tags").await, db.count("teams").await), (2, 1));
    }

    async fn of_many_each_runs(db: Db) {
        let count = Arc::new(AtomicUsize::new(0));
        let saved = db.repo.insert_many(["a", "b", "c"].map(|name| counted(tag(name), &count))).await.unwrap();
        assert_eq!((saved.len(), count.load(Ordering::Relaxed)), (3, 3));
        let deleted = counted(saved[0].clone().change(), &count);
        db.repo.delete(deleted).await.unwrap();
        assert_eq!((db.count("tags").await, count.load(Ordering::Relaxed)), (2, 4));
    }

    async fn a_future_that_is_dropped_in_the_middle_leaves_nothing(db: Db) {
        let changeset = tag("a").prepare_changes(async |_, tx: Repo| {
            tx.execute("INSERT INTO teams (name) VALUES ('x')").await?;
            std::future::pending::<Result<Changeset<Tag>, DbError>>().await
        });
        let save = tokio::time::timeout(std::time::Duration::from_millis(300), db.repo.insert(changeset)).await;
        assert!(save.is_err());
        db.repo.insert(tag("b")).await.unwrap();
        assert_eq!((all_of(&db, "name", "tags").await.as_str(), db.count("teams").await), ("b", 0));
    }
}

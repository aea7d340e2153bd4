//! Several operations as a value, run in one transaction.

use std::sync::{Arc, Mutex};

use assoc::{DbError, FailedStep, Multi, MultiError, Retryable, SaveError, TransactionOptions, prelude::*, query};

use crate::{schemas::*, support::*};

fn post(title: &str) -> Changeset<Post> {
    Post::build().set(Post::title, title)
}

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name).unique_constraint(Tag::name)
}

/// A post with a comment that hangs on it.
fn story() -> Multi {
    Multi::new().insert("post", post("Hello")).insert_with("comment", |done| {
        Ok(done.get::<Post>("post")?.build_assoc(Post::comments).set(Comment::body, "First!"))
    })
}

fn step_of(error: MultiError) -> FailedStep {
    match error {
        MultiError::Step(failed) => failed,
        other => panic!("expected a step that failed, got: {other}"),
    }
}

async fn fails(repo: &Repo, multi: Multi) -> FailedStep {
    step_of(repo.run(multi).await.unwrap_err())
}

#[derive(Debug, PartialEq)]
struct Refused(i32);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused {}", self.0)
    }
}

impl std::error::Error for Refused {}

both! {
    async fn each_step_sees_those_before(db: Db) {
        let multi = story()
            .update_with("renamed", |done| Ok(done.get::<Post>("post")?.clone().change().set(Post::title, "Hello!")))
            .run("count", async |tx: Repo, done| {
                assert_eq!(done.get::<Post>("renamed")?.title, "Hello!");
                Ok(tx.count(Comment::query()).await?)
            });
        let mut done = db.repo.run(multi).await.unwrap();
        assert_eq!(done.names().collect::<Vec<_>>(), ["post", "comment", "renamed", "count"]);
        let post = done.get::<Post>("post").unwrap().id;
        assert_eq!(done.get::<Comment>("comment").unwrap().post_id, post);
        assert_eq!(done.get::<u64>("count").unwrap(), &1);
        assert_eq!(done.take::<Post>("renamed").unwrap().title, "Hello!");
        assert_eq!(done.names().count(), 3);
        assert_eq!(db.text("SELECT title FROM posts").await, "Hello!");
    }

    async fn all_that_a_repo_can_do(db: Db) {
        let old = db.repo.insert(tag("old")).await.unwrap();
        let kept = db.repo.insert(tag("kept")).await.unwrap();
        let tags = Tag::query().order_by(Tag::id.asc());
        let multi = Multi::new()
            .insert_many("many", [tag("a"), tag("b")])
            .update("update", kept.change().set(Tag::name, "changed"))
            .insert_or_update("new", tag("new"))
            .insert_or_update_with("newer", |done| Ok(done.get::<Tag>("new")?.clone().change().set(Tag::name, "newer")))
            .delete("delete", old)
            .delete_with("gone", |done| Ok(done.get::<Vec<Tag>>("many")?[0].clone().change()))
            .update_all("updated", tags.clone().filter(Tag::name.eq("b")), Tag::name.set("c"))
            .delete_all("deleted", Tag::query().filter(Tag::name.eq("newer")))
            .all("all", tags)
            .one("one", Tag::query().filter(Tag::name.eq("nobody")))
            .exists("exists", Tag::query().filter(Tag::name.eq("c")))
            .insert_all("inserted", query::InsertAll::rows([Tag::name.set("x"), Tag::name.set("y")]))
            .put("answer", 42_i32);
        let kinds: Vec<_> = multi.to_list().into_iter().map(|(_, kind)| kind).collect();
        assert_eq!(kinds, ["insert_many", "update", "insert_or_update", "insert_or_update", "delete", "delete", "update_all",
            "delete_all", "all", "one", "exists", "insert_all", "put"]);
        let done = db.repo.run(multi).await.unwrap();
        let names: Vec<&str> = done.get::<Vec<Tag>>("all").unwrap().iter().map(|tag| &*tag.name).collect();
        assert_eq!(names, ["changed", "c"]);
        assert_eq!(done.get::<Tag>("delete").unwrap().name, "old");
        assert_eq!((done.get::<u64>("updated").unwrap(), done.get::<u64>("deleted").unwrap()), (&1, &1));
        assert_eq!(done.get::<Option<Tag>>("one").unwrap(), &None);
        assert_eq!((done.get::<bool>("exists").unwrap(), done.get::<i32>("answer").unwrap()), (&true, &42));
        assert_eq!(all_of(&db, "name", "tags").await, "c changed x y");
        assert_eq!(done.get::<u64>("inserted").unwrap(), &2);
    }

    async fn the_first_failure_is_named_and_all_is_rolled_back(db: Db) {
        db.repo.insert(tag("taken")).await.unwrap();
        let multi = story().insert("tag", tag("taken")).run("never", async |_, _| -> Result<(), _> { panic!("it has failed") });
        let failed = fails(&db.repo, multi).await;
        assert_eq!(failed.name(), "tag");
        assert_eq!(lines(&failed.changeset::<Tag>().unwrap().errors()), ["name has already been taken"]);
        assert!(failed.changeset::<Post>().is_none());
        assert_eq!(failed.done().names().collect::<Vec<_>>(), ["post", "comment"]);
        assert_eq!(failed.done().get::<Post>("post").unwrap().title, "Hello");
        assert!(matches!(failed.into_error().downcast_ref::<SaveError<Changeset<Tag>>>(), Some(SaveError::Invalid(_))));
        assert_eq!((db.count("posts").await, db.count("comments").await, db.count("tags").await), (0, 0, 1));
    }

    async fn an_error_of_ones_own_comes_back_as_it_was(db: Db) {
        let failed = fails(&db.repo, story().run("check", async |_, _| -> Result<(), _> { Err(Refused(7).into()) })).await;
        assert_eq!((failed.name(), failed.error().downcast_ref()), ("check", Some(&Refused(7))));
        let error = db.repo.run(story().error("stop", Refused(8))).await.unwrap_err();
        assert_eq!(error.to_string(), "step `stop` failed: refused 8");
        let failed = fails(&db.repo, story().insert_with::<Tag>("with", |_| Err("no".into()))).await;
        assert_eq!((failed.name(), failed.error().to_string().as_str()), ("with", "no"));
        assert_eq!(db.count("posts").await, 0);
    }

    async fn what_is_wrong_from_the_start_is_found_before_anything_is_sent(db: Db) {
        db.forget();
        let twice = db.repo.run(story().append(story())).await.unwrap_err();
        assert!(matches!(&twice, MultiError::Duplicate(name) if name == "post"), "{twice}");
        assert_eq!(twice.to_string(), "two steps have the name `post`; give one of them another");
        let failed = fails(&db.repo, story().insert("tag", Tag::build().validate_required(Tag::name))).await;
        assert_eq!((failed.name(), failed.changeset::<Tag>().unwrap().is_valid()), ("tag", false));
        let many = [tag("a"), Tag::build().validate_required(Tag::name)];
        assert_eq!(fails(&db.repo, Multi::new().insert_many("tags", many)).await.name(), "tags");
        assert!(db.repo.run(Multi::new()).await.unwrap().names().next().is_none());
        assert!(db.conversation().is_empty());
    }

    async fn composed(db: Db) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let seeing = seen.clone();
        let multi = Multi::new()
            .insert("tag", tag("t"))
            .prepend(story())
            .append(Multi::new().put("names", vec!["x".to_owned(), "y".to_owned()]))
            .merge(|done| {
                let names = done.get::<Vec<String>>("names")?.clone();
                Ok(names.into_iter().fold(Multi::new(), |multi, name| {
                    let changeset = tag(&name);
                    multi.insert(format!("tag {name}"), changeset)
                }))
            })
            .inspect(move |done| seeing.lock().unwrap().extend(done.names().map(str::to_owned)))
            .run("last", async |_, done| Ok(done.get::<Tag>("tag y")?.name.clone()));
        let done = db.repo.run(multi).await.unwrap();
        assert_eq!(done.get::<String>("last").unwrap(), "y");
        assert_eq!(*seen.lock().unwrap(), ["post", "comment", "tag", "names", "tag x", "tag y"]);
        assert_eq!(all_of(&db, "name", "tags").await, "t x y");
        // Names that are known late collide late.
        for (name, multi) in [("post", story()), ("later", Multi::new().put("later", 1))] {
            let merged = story().merge(|_| Ok(multi)).put("later", 2);
            let twice = db.repo.run(merged).await.unwrap_err();
            assert!(matches!(&twice, MultiError::Duplicate(found) if found == name), "{twice}");
        }
        let failed = fails(&db.repo, story().merge(|_| Err("no more".into()))).await;
        assert_eq!(failed.name(), "merge");
        let invalid = story().merge(|_| Ok(Multi::new().insert("bad", Tag::build().validate_required(Tag::name))));
        assert_eq!(fails(&db.repo, invalid).await.name(), "bad");
        assert_eq!(db.count("posts").await, 1);
    }

    async fn results_are_read_with_their_types(db: Db) {
        let kept = Arc::new(Mutex::new(None));
        let keeping = kept.clone();
        let multi = story().run("keep", async move |_, done| {
            *keeping.lock().unwrap() = Some(done);
            Ok(())
        });
        let mut done = db.repo.run(multi).await.unwrap();
        let error = done.get::<Tag>("post").unwrap_err().to_string();
        assert!(error.starts_with("the result of step `post` is a `") && error.contains("schemas::Post") && error.contains("schemas::Tag"), "{error}");
        assert_eq!(
            done.get::<Post>("pots").unwrap_err().to_string(),
            "no step `pots` has a result; those that do: `post`, `comment`, `keep`"
        );
        assert!(matches!(done.take::<Post>("post"), Err(DbError::Configuration(_))));
        drop(kept.lock().unwrap().take());
        assert_eq!(done.take::<Post>("post").unwrap().title, "Hello");
        assert!(done.take::<Post>("post").is_err());
        // A step that asks for what is not there fails as any other does.
        let asks = Multi::new().insert_with("comment", |done| Ok(done.get::<Post>("post")?.build_assoc(Post::comments)));
        assert_eq!(fails(&db.repo, asks).await.error().to_string(), "no step `post` has a result; those that do: none yet");
    }

    async fn inside_of_a_transaction_it_is_a_savepoint(db: Db) {
        let tx = db.repo.begin().await.unwrap();
        tx.insert(tag("outer")).await.unwrap();
        fails(&tx, story().error("stop", "no")).await;
        tx.run(story()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((db.count("posts").await, db.count("tags").await), (1, 1));
    }

    async fn a_step_that_others_got_in_the_way_of_is_tried_again(db: Db) {
        let tries = Mutex::new(0);
        let retries = TransactionOptions::serializable().retries(3);
        let done = db.repo.transaction_retrying(retries, async |tx| {
            let first = { let mut tries = tries.lock().unwrap(); *tries += 1; *tries == 1 };
            let multi = story();
            tx.run(if first { multi.error("stop", DbError::Serialization("others".into())) } else { multi }).await
        }).await.unwrap();
        assert_eq!((done.names().count(), tries.into_inner().unwrap(), db.count("posts").await), (2, 2, 1));
        assert!(!MultiError::Duplicate("a".into()).is_retryable());
    }
}

#[test]
fn it_can_be_looked_at_without_a_database() {
    let multi = story().inspect(|_| {}).delete_all("none", Tag::query());
    assert_eq!(multi.to_list(), [("post", "insert"), ("comment", "insert"), ("none", "delete_all")]);
    assert_eq!(
        format!("{multi:?}"),
        r#"{"post": "insert", "comment": "insert", "_": "inspect", "none": "delete_all"}"#
    );
    assert_eq!(multi.changeset::<Post>("post").unwrap().get(Post::title), Some("Hello".to_owned()));
    assert!(multi.changeset::<Tag>("post").is_none() && multi.changeset::<Comment>("comment").is_none());
}

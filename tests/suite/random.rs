//! Random saves: what is planned is what is sent, and what is there afterwards is what was asked for.

use assoc::prelude::*;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

const CASES: usize = 120;

/// A comment as it should be: its body, rating, and the name of its author.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
struct Remark {
    body: String,
    rating: Option<i16>,
    author: Option<String>,
}

/// A post as it should be, with the titles of its tags.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    title: String,
    author: Option<String>,
    remarks: Vec<Remark>,
    tags: Vec<String>,
}

/// What becomes of a row that is there.
#[derive(Clone, Debug)]
enum Fate {
    Kept,
    Dropped,
    Changed(Remark),
}

fn remark() -> impl Strategy<Value = Remark> {
    let author = proptest::option::weighted(0.4, "[A-D]");
    ("[a-z]{1,3}", proptest::option::of(1_i16..=5), author).prop_map(|(body, rating, author)| Remark {
        body,
        rating,
        author,
    })
}

fn expected() -> impl Strategy<Value = Expected> {
    let author = proptest::option::weighted(0.6, "[A-D]");
    ("[a-z]{1,4}", author, prop::collection::vec(remark(), 0..6), 0_usize..4).prop_map(
        |(title, author, remarks, tags)| Expected {
            title,
            author,
            remarks,
            tags: (0..tags).map(|_| unique().to_string()).collect(),
        },
    )
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![2 => Just(Fate::Kept), 1 => Just(Fate::Dropped), 2 => remark().prop_map(Fate::Changed)]
}

/// How a graph changes: fates of rows by place, new rows, where they come, which tags stay.
fn change() -> impl Strategy<Value = (Expected, Vec<Fate>, Vec<bool>, bool, bool)> {
    let fates = prop::collection::vec(fate(), 6);
    (expected(), fates, prop::collection::vec(any::<bool>(), 4), any::<bool>(), any::<bool>())
}

fn remark_input(remark: &Remark) -> Json {
    let author = remark.author.as_ref().map_or(Json::Null, |name| json!({"name": name}));
    json!({"body": remark.body, "rating": remark.rating, "author": author})
}

fn input(expected: &Expected) -> Json {
    let author = expected.author.as_ref().map_or(Json::Null, |name| json!({"name": name}));
    let tags: Vec<_> = expected.tags.iter().map(|name| json!({"name": name})).collect();
    json!({"title": expected.title, "author": author, "comments": expected.remarks.iter().map(remark_input).collect::<Vec<_>>(), "tags": tags})
}

fn preloads() -> impl assoc::Preloads<Post> {
    let editor = Post::editor.then(User::profile);
    (Post::author.then(User::profile), editor, Post::comments.then(Comment::author.then(User::profile)), Post::tags)
}

async fn load(db: &Db, id: i64) -> Post {
    let mut post: Post = db.repo.fetch(id).await.unwrap();
    db.repo.preload(&mut post, preloads()).await.unwrap();
    db.forget();
    post
}

fn actual(post: &Post) -> Expected {
    let name = |user: Option<&User>| user.map(|user| user.name.clone());
    let remarks = post.comments.get().unwrap().iter().map(|comment| Remark {
        body: comment.body.clone(),
        rating: comment.rating,
        author: name(comment.author.get().unwrap()),
    });
    Expected {
        title: post.title.clone(),
        author: name(post.author.get().unwrap()),
        remarks: remarks.collect(),
        tags: post.tags.get().unwrap().iter().map(|tag| tag.name.clone()).collect(),
    }
}

fn sorted(mut expected: Expected) -> Expected {
    expected.remarks.sort_by(|a, b| a.partial_cmp(b).unwrap());
    expected.tags.sort();
    expected
}

/// The input for a change of a loaded post, and what it should then be, in the order of the input.
fn changed(
    post: &Post,
    (new, fates, stay, reversed, renamed): (Expected, Vec<Fate>, Vec<bool>, bool, bool),
) -> (Json, Expected) {
    let before = actual(post);
    let mut rows: Vec<(Json, Remark)> = Vec::new();
    for ((comment, old), fate) in post.comments.get().unwrap().iter().zip(&before.remarks).zip(&fates) {
        match fate {
            Fate::Dropped => {}
            Fate::Kept => rows.push((json!({"id": comment.id}), old.clone())),
            Fate::Changed(remark) => {
                let mut input = remark_input(remark);
                input["id"] = json!(comment.id);
                if let (Some(author), true) = (comment.author_id, remark.author.is_some()) {
                    input["author"]["id"] = json!(author);
                }
                rows.push((input, remark.clone()));
            }
        }
    }
    rows.extend(new.remarks.iter().map(|remark| (remark_input(remark), remark.clone())));
    if reversed {
        rows.reverse();
    }
    let kept = post.tags.get().unwrap().iter().zip(&stay).filter(|(_, stay)| **stay);
    let mut tags: Vec<(Json, String)> = kept.map(|(tag, _)| (json!({"id": tag.id}), tag.name.clone())).collect();
    tags.extend(new.tags.iter().map(|name| (json!({"name": name}), name.clone())));
    let mut input = json!({
        "comments": rows.iter().map(|(input, _)| input.clone()).collect::<Vec<_>>(),
        "tags": tags.iter().map(|(input, _)| input.clone()).collect::<Vec<_>>(),
    });
    let mut expected = Expected {
        remarks: rows.into_iter().map(|(_, remark)| remark).collect(),
        tags: tags.into_iter().map(|(_, name)| name).collect(),
        ..before
    };
    if renamed {
        input["title"] = json!(new.title);
        input["author"] = new.author.as_ref().map_or(Json::Null, |name| json!({"name": name}));
        expected = Expected { title: new.title, author: new.author, ..expected };
    }
    (input, expected)
}

both! {
    async fn one_graph_after_another(db: Db) {
        let mut runner = TestRunner::deterministic();
        for case in 0..CASES {
            let first = expected().new_tree(&mut runner).unwrap().current();
            let changeset = Post::changeset(Post::build(), &params(input(&first)));
            let planned = db.repo.to_sql(&changeset.plan().unwrap());
            assert_eq!(planned.len(), db.as_one(changeset.plan().unwrap().statements()));
            let inserted = db.repo.insert(changeset).await.unwrap();
            assert_eq!(db.statements(), planned, "case {case}: {first:?}");
            assert_eq!(actual(&inserted), first, "case {case}");
            let loaded = load(&db, inserted.id).await;
            assert_eq!(sorted(actual(&loaded)), sorted(first.clone()), "case {case}");

            let (input, after) = changed(&loaded, change().new_tree(&mut runner).unwrap().current());
            let changeset = Post::changeset(loaded.clone().change(), &params(input.clone()));
            let planned = db.repo.to_sql(&changeset.plan().unwrap());
            let writes = changeset.plan().unwrap().writes().len();
            let updated = db.repo.update(changeset).await.unwrap_or_else(|error| panic!("case {case}: {error}\n{input}"));
            assert_eq!(db.statements(), planned, "case {case}: {input}");
            assert_eq!(planned.is_empty(), writes == 0);
            assert_eq!(actual(&updated), after, "case {case}: {input}");
            let again = load(&db, updated.id).await;
            assert_eq!(sorted(actual(&again)), sorted(after), "case {case}: {input}");

            let same = Post::changeset(again.clone().change(), &params(json!({"title": again.title})));
            assert!(same.plan().unwrap().is_empty());
        }
    }

    async fn many_graphs_in_one_save(db: Db) {
        let mut runner = TestRunner::deterministic();
        for case in 0..CASES / 4 {
            let all = prop::collection::vec(expected(), 1..6).new_tree(&mut runner).unwrap().current();
            let changesets: Vec<_> = all.iter().map(|graph| Post::changeset(Post::build(), &params(input(graph)))).collect();
            let posts = db.repo.insert_many(changesets).await.unwrap();
            let sent = db.statements();
            assert!(sent.len() <= 7, "users, tags, links, and posts and comments with and without new users: {sent:#?}");
            for (post, graph) in posts.iter().zip(&all) {
                assert_eq!(actual(post), *graph, "case {case}");
                assert_eq!(sorted(actual(&load(&db, post.id).await)), sorted(graph.clone()), "case {case}");
            }
        }
    }
}

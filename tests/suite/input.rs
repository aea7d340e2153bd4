//! Input of the wrong shape: errors of fields or typed errors, and no row of anybody else is touched.

use assoc::{SaveError, prelude::*};
use proptest::{prelude::*, strategy::ValueTree};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

async fn two_posts(db: &Db) -> Post {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
         INSERT INTO posts (id, title, author_id) VALUES (1, 'Mine', 1), (2, 'Other', 2);
         INSERT INTO comments (id, body, rating, post_id) VALUES (11, 'a', 1, 1), (12, 'b', 2, 1), (21, 'c', 3, 2);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y');
         INSERT INTO posts_tags VALUES (1, 1), (2, 2);",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    let all = (
        Post::author.then(User::profile),
        Post::editor.then(User::profile),
        Post::comments.then(Comment::author),
        Post::tags,
    );
    db.repo.preload(&mut post, all).await.unwrap();
    db.forget();
    post
}

async fn others_are_untouched(db: &Db) {
    assert_eq!(db.text("SELECT title FROM posts WHERE id = 2").await, "Other");
    assert_eq!(db.text("SELECT body FROM comments WHERE id = 21").await, "c");
    assert_eq!(db.text("SELECT post_id FROM comments WHERE id = 21").await, "2");
    assert_eq!(db.text("SELECT name FROM users WHERE id = 2").await, "Bob");
    assert_eq!(db.text("SELECT name FROM tags WHERE id = 2").await, "y");
    assert_eq!(db.text("SELECT count(*) FROM posts_tags WHERE post_id = 2").await, "1");
}

fn errors_of(input: Json, post: &Post) -> Vec<String> {
    lines(&Post::changeset(post.clone().change(), &params(input)).errors())
}

both! {
    async fn the_wrong_shape_is_an_error_of_the_field(db: Db) {
        let post = two_posts(&db).await;
        for (input, expected) in [
            (json!({"comments": "x"}), "comments is invalid"),
            (json!({"comments": 7}), "comments is invalid"),
            (json!({"comments": null}), "comments is invalid"),
            (json!({"comments": ["x"]}), "comments is invalid"),
            (json!({"comments": {"a": 1}}), "comments is invalid"),
            (json!({"author": []}), "author is invalid"),
            (json!({"author": "x"}), "author is invalid"),
            (json!({"title": ["x"]}), "title is invalid"),
            (json!({"title": {"x": 1}}), "title is invalid"),
            (json!({"title": 7}), "title is invalid"),
            (json!({"title": "a\0b"}), "title is invalid"),
            (json!({"author_id": 1e30}), "author_id is invalid"),
            (json!({"author_id": 9_223_372_036_854_775_808_u64}), "author_id is invalid"),
            (json!({"comments": [{"id": 11}, {"id": 12, "rating": 40000}]}), "comments[1].rating is invalid"),
            (json!({"comments": [{"id": 11}, {"id": 12}, {"body": " "}]}), "comments[2].body can't be blank"),
            (json!({"comments": [{"id": 11, "body": null}, {"id": 12}]}), "comments[0].body can't be blank"),
        ] {
            assert_eq!(errors_of(input.clone(), &post), [expected], "{input}");
        }
        assert_eq!(db.conversation().len(), 0);
    }

    async fn params_that_are_no_object(db: Db) {
        let post = two_posts(&db).await;
        for input in [json!([]), json!("x"), json!(7), json!(true)] {
            let changeset = Post::changeset(post.clone().change(), &params(input));
            assert!(matches!(db.repo.update(changeset).await, Err(SaveError::Invalid(_))));
        }
        db.repo.update(Post::changeset(post.change(), &params(json!(null)))).await.unwrap();
    }

    async fn ids_that_mean_nothing_make_new_rows(db: Db) {
        let post = two_posts(&db).await;
        let ids = [json!(11), json!("12"), json!(21), json!("x"), json!(-1), json!({}), json!([]), json!(null), json!(1e300), json!("")];
        let comments: Vec<_> = ids.iter().map(|id| json!({"id": id, "body": "input"})).collect();
        let post = db.repo.update(Post::changeset(post.change(), &params(json!({"comments": comments})))).await.unwrap();
        let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
        assert_eq!((ids[0], ids[1], ids.len()), (11, 12, 10));
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE post_id = 1 AND body = 'input'").await, "10");
        others_are_untouched(&db).await;
    }

    async fn an_id_that_comes_twice_is_an_error(db: Db) {
        let post = two_posts(&db).await;
        let input = json!({"comments": [{"id": 11, "body": "x"}, {"id": "11", "body": "y"}, {"id": 12}]});
        assert_eq!(errors_of(input, &post), ["comments[1].id has already been taken"]);
    }

    async fn ten_thousand_levels(db: Db) {
        let post = two_posts(&db).await;
        let nested = |name: &str, text: &str| {
            (0..10_000).fold(json!({text: "bottom"}), |inner, _| {
                let mut outer = json!({text: "x"});
                outer[name] = Json::Array(vec![inner]);
                outer
            })
        };
        let post = db.repo.update(Post::changeset_of_comments(post.change(), &params(nested("comments", "title")))).await;
        assert_eq!(errors(post.unwrap_err()), ["comments[0].body can't be blank"]);
        let tree = params(nested("children", "name"));
        let changeset = Category::changeset(Category::build(), &tree);
        assert!(!changeset.is_valid());
        assert!(db.repo.insert(changeset).await.is_err());
        assert_eq!(db.count("categories").await, 0);
    }

    async fn a_form_body(db: Db) {
        let post = two_posts(&db).await;
        let form = "title=New+title&comments[1][id]=12&comments[1][body]=B%21&comments[0][id]=11&comments[2][body]=new&author[id]=1&author[name]=Anna";
        let post = db.repo.update(Post::changeset(post.change(), &Params::from_form(form))).await.unwrap();
        let bodies: Vec<_> = post.comments.get().unwrap().iter().map(|comment| comment.body.as_str()).collect();
        assert_eq!((post.title.as_str(), bodies), ("New title", vec!["a", "B!", "new"]));
        assert_eq!(db.text("SELECT name FROM users WHERE id = 1").await, "Anna");
        others_are_untouched(&db).await;
    }

    async fn anything_at_all(db: Db) {
        let post = two_posts(&db).await;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..300 {
            let input = anything().new_tree(&mut runner).unwrap().current();
            let changeset = Post::changeset(post.clone().change(), &params(input.clone()));
            let planned = changeset.plan().is_ok();
            let tx = db.repo.begin().await.unwrap();
            let saved = tx.update(changeset).await;
            match saved {
                Ok(_) | Err(SaveError::Invalid(_) | SaveError::Misuse(_)) => {}
                Err(other) => panic!("{other}\n{input}"),
            }
            assert!(planned || tx.all(Post::query()).await.is_ok());
            let kept = tx.all(Comment::query().filter(Comment::post_id.eq(2))).await.unwrap();
            assert!(kept.len() == 1 && kept[0].body == "c", "{input}");
            assert_eq!(tx.fetch::<Post>(2).await.unwrap().title, "Other");
            assert_eq!(tx.fetch::<User>(2).await.unwrap().name, "Bob");
            assert_eq!(tx.fetch::<Tag>(2).await.unwrap().name, "y");
            tx.rollback().await.unwrap();
        }
        others_are_untouched(&db).await;
    }
}

/// JSON whose names and ids are often those of the schemas.
fn anything() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        prop_oneof![Just(1_i64), Just(2), Just(11), Just(12), Just(21), any::<i64>()].prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        prop_oneof![Just("1".to_owned()), Just("21".to_owned()), Just("x".to_owned()), "\\PC*", ".*"]
            .prop_map(Json::from),
    ];
    let name = prop::sample::select(vec![
        "id",
        "title",
        "slug",
        "body",
        "rating",
        "name",
        "email",
        "bio",
        "author_id",
        "post_id",
        "author",
        "editor",
        "comments",
        "tags",
        "profile",
        "0",
        "1",
        "zzz",
    ]);
    let tree = scalar.prop_recursive(6, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    });
    (tree.clone(), tree.clone(), tree.clone(), tree).prop_map(
        |(title, author, comments, tags)| json!({"title": title, "author": author, "comments": comments, "tags": tags}),
    )
}

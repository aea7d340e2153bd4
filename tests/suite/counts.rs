//! How many statements a call sends: they depend on tables and operations, never on rows.

use assoc::prelude::*;
use serde_json::json;

use crate::{schemas::*, support::*};

fn post_of(comments: usize) -> Changeset<Post> {
    let comments: Vec<_> = (0..comments).map(|n| json!({"body": format!("comment {n}")})).collect();
    let input = params(json!({"title": "Hello", "comments": comments}));
    Post::build().cast(&input, Post::title).cast_assoc(Post::comments, Comment::changeset)
}

async fn loaded(db: &Db, comments: usize) -> Post {
    let post = db.repo.insert(post_of(comments)).await.unwrap();
    let mut post: Post = db.repo.fetch(post.id).await.unwrap();
    db.repo.preload(&mut post, Post::comments).await.unwrap();
    db.forget();
    post
}

both! {
    async fn a_post_with_a_thousand_comments(db: Db) {
        let changeset = post_of(1000);
        assert_eq!(changeset.plan().unwrap().statements(), 2);
        db.repo.insert(changeset).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(2));
        assert_eq!(db.count("comments").await, 1000);
    }

    async fn a_hundred_posts_with_ten_comments_each(db: Db) {
        let posts = db.repo.insert_many((0..100).map(|_| post_of(10))).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(2));
        for mut post in posts {
            let inserted = post.comments.get().unwrap().to_vec();
            assert!(inserted.iter().all(|comment| comment.post_id == post.id));
            db.repo.preload(&mut post, Post::comments.force()).await.unwrap();
            assert_eq!(post.comments.get().unwrap(), inserted);
        }
        assert_eq!(db.count("comments").await, 1000);
    }

    async fn a_diff_of_three_hundred_in_a_thousand(db: Db) {
        let post = loaded(&db, 1000).await;
        let kept = post.comments.get().unwrap()[100..].iter().enumerate();
        let mut input: Vec<_> = kept
            .map(|(at, comment)| {
                json!({"id": comment.id, "body": if at < 100 { "changed" } else { comment.body.as_str() }})
            })
            .collect();
        input.extend((0..100).map(|_| json!({"body": "new"})));
        let input = params(json!({"comments": input}));
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::comments, Comment::changeset);
        db.repo.update(changeset).await.unwrap();
        let sent = db.statements();
        assert_eq!(sent.len(), db.as_one(3), "{sent:#?}");
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE body = 'changed'").await, "100");
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE body = 'new'").await, "100");
        assert_eq!(db.count("comments").await, 1000);
    }

    async fn a_diff_is_whole_or_nothing(db: Db) {
        let post = loaded(&db, 3).await;
        let input = params(json!({"title": "New", "comments": []}));
        db.repo.update(Post::changeset_of_comments(post.change(), &input)).await.unwrap();
        let sent = db.conversation();
        if db.is_postgres() {
            assert!(sent.len() == 1 && sent[0].starts_with("WITH "), "{sent:?}");
            return;
        }
        assert!(sent.first().unwrap().starts_with("BEGIN"), "{sent:?}");
        assert_eq!((sent.len(), sent.last().unwrap().as_str()), (4, "COMMIT"));
    }

    async fn an_unchanged_graph_sends_nothing(db: Db) {
        let post = loaded(&db, 50).await;
        let same: Vec<_> =
            post.comments.get().unwrap().iter().map(|comment| json!({"id": comment.id, "body": comment.body})).collect();
        let input = params(json!({"title": "Hello", "comments": same}));
        let again = db.repo.update(Post::changeset_of_comments(post.clone().change(), &input)).await.unwrap();
        assert_eq!(db.conversation(), Vec::<String>::new());
        assert_eq!(again, post);
    }

    async fn a_single_row_is_sent_alone(db: Db) {
        let post = db.repo.insert(post_of(0)).await.unwrap();
        assert_eq!(db.conversation().len(), 1);
        let post = db.repo.update(post.change().set(Post::title, "New")).await.unwrap();
        assert_eq!(db.conversation().len(), 1);
        db.repo.delete(post).await.unwrap();
        assert_eq!(db.conversation().len(), 1);
        db.repo.insert_many(Vec::<Changeset<Post>>::new()).await.unwrap();
        assert_eq!(db.conversation().len(), 0);
        assert_eq!(db.count("posts").await, 0);
    }

    async fn insert_many_of_one_table_is_one_statement(db: Db) {
        db.repo.insert_many((0..500).map(|n| Tag::build().set(Tag::name, n.to_string()))).await.unwrap();
        assert_eq!(db.statements().len(), 1);
    }

    async fn a_preload_is_one_statement_for_each_association_and_level(db: Db) {
        let user = json!({"name": "Ann"});
        let comments: Vec<_> = (0..10).map(|n| json!({"body": n.to_string(), "author": user})).collect();
        let input = params(json!({"title": "Hello", "comments": comments, "tags": [{"name": "a"}, {"name": "b"}]}));
        db.repo.insert(Post::changeset(Post::build(), &input)).await.unwrap();
        db.repo.insert_many((0..20).map(|_| post_of(3))).await.unwrap();
        let mut posts = db.repo.all(Post::query()).await.unwrap();
        db.forget();
        let preloads = (Post::tags, Post::comments.then((Comment::author.then(User::profile), Comment::post)));
        db.repo.preload(&mut posts, preloads).await.unwrap();
        assert_eq!(db.statements().len(), 5);
        let comments: usize = posts.iter().map(|post| post.comments.get().unwrap().len()).sum();
        assert_eq!(comments, 70);
        db.repo.preload(&mut posts, Post::comments.then(Comment::author)).await.unwrap();
        assert_eq!(db.statements().len(), 0, "loaded already");
    }

    async fn a_preload_without_keys_sends_nothing(db: Db) {
        let mut none: Vec<Post> = Vec::new();
        db.repo.preload(&mut none, Post::comments.then(Comment::author)).await.unwrap();
        let mut post = db.repo.insert(post_of(0)).await.unwrap();
        db.forget();
        db.repo.preload(&mut post, Post::author.then(User::posts)).await.unwrap();
        assert_eq!(db.conversation().len(), 0);
        assert!(post.author.get().unwrap().is_none());
    }

    async fn rows_that_lack_optional_values_keep_their_place(db: Db) {
        let input = json!([{"body": "a", "rating": 5}, {"body": "b"}, {"body": "c", "rating": 1}, {"body": "d"}]);
        let input = params(json!({"title": "Hello", "comments": input}));
        let post = db.repo.insert(Post::changeset_of_comments(Post::build(), &input)).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(2));
        let mut again: Post = db.repo.fetch(post.id).await.unwrap();
        db.repo.preload(&mut again, Post::comments).await.unwrap();
        assert_eq!(again.comments, post.comments);
    }
}

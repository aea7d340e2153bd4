//! A hundred thousand rows: no limit of parameters, no square of the number of rows.

use assoc::prelude::*;
use serde_json::json;

use crate::{schemas::*, support::*};

const ROWS: usize = 100_000;

both! {
    async fn a_hundred_thousand_children(db: Db) {
        let comments: Vec<_> = (0..ROWS).map(|n| json!({"body": n.to_string()})).collect();
        let input = params(json!({"title": "t", "comments": comments}));
        let post = db.repo.insert(Post::changeset_of_comments(Post::build(), &input)).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(2));
        assert_eq!(post.comments.get().unwrap().len(), ROWS);
        let mut post: Post = db.repo.fetch(post.id).await.unwrap();
        db.forget();
        db.repo.preload(&mut post, Post::comments.then(Comment::post)).await.unwrap();
        assert_eq!(db.statements().len(), 2);
        assert!(post.comments.get().unwrap().iter().enumerate().all(|(n, comment)| comment.body == n.to_string()));

        let rows = post.comments.get().unwrap()[ROWS / 4..].iter().enumerate();
        let mut input: Vec<_> =
            rows.map(|(n, comment)| json!({"id": comment.id, "body": if n < ROWS / 2 { "changed" } else { &comment.body }})).collect();
        input.extend((0..ROWS / 4).map(|_| json!({"body": "new"})));
        let input = params(json!({"comments": input}));
        db.repo.update(Post::changeset_of_comments(post.change(), &input)).await.unwrap();
        assert_eq!(db.statements().len(), db.as_one(3));
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE body = 'changed'").await, (ROWS / 2).to_string());
        assert_eq!(db.text("SELECT count(*) FROM comments WHERE body = 'new'").await, (ROWS / 4).to_string());
        assert_eq!(db.count("comments").await, ROWS);
    }
}

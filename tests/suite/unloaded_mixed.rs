//! `add_to`, `remove_from`, `link`, `unlink` beside `cast_assoc` and `put_assoc` of the same association.

use assoc::prelude::*;
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

async fn blog(db: &Db) -> Post {
    db.execute(
        "INSERT INTO posts (id, title) VALUES (1, 'A'), (2, 'B');
         INSERT INTO comments (id, body, slug, post_id) VALUES (11, 'a', NULL, 1), (12, 'b', NULL, 1), (21, 'c', 'taken', 2);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y'), (3, 'z');
         INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (1, 2);",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut post, (Post::comments, Post::tags)).await.unwrap();
    db.forget();
    post
}

fn cast(post: Changeset<Post>, comments: Json) -> Changeset<Post> {
    Post::changeset_of_comments(post, &params(json!({"comments": comments})))
}

fn comment(body: &str) -> Changeset<Comment> {
    Comment::changeset(Comment::build(), &params(json!({"body": body, "slug": body})))
}

async fn bodies(db: &Db) -> String {
    all_of(db, "concat(body, post_id)", "comments").await
}

fn in_memory(post: &Post) -> Vec<&str> {
    post.comments.get().unwrap().iter().map(|comment| comment.body.as_str()).collect()
}

both! {
    async fn what_is_added_after_a_cast_comes_to_it(db: Db) {
        let post = blog(&db).await;
        let changeset = cast(post.change(), json!([{"id": 12, "body": "B"}, {"body": "new"}])).add_to(Post::comments, [comment("x")]);
        let post = db.repo.update(changeset).await.unwrap();
        assert_eq!(in_memory(&post), ["B", "new", "x"]);
        assert_eq!(bodies(&db).await, "B1 c2 new1 x1");
    }

    async fn a_row_that_is_removed_after_a_cast_leaves(db: Db) {
        let post = blog(&db).await;
        let changeset = cast(post.change(), json!([{"id": 11, "body": "A"}, {"id": 12, "body": "B"}])).remove_from(Post::comments, [11]);
        let post = db.repo.update(changeset).await.unwrap();
        assert_eq!(in_memory(&post), ["B"]);
        assert_eq!(bodies(&db).await, "B1 c2");
    }

    async fn a_row_that_a_cast_drops_can_be_added_again(db: Db) {
        let post = blog(&db).await;
        let dropped = post.comments.get().unwrap()[0].clone();
        let changeset = cast(post.change(), json!([{"id": 12}])).add_to(Post::comments, [dropped]);
        let post = db.repo.update(changeset).await.unwrap();
        assert_eq!(in_memory(&post), ["b", "a"]);
        assert_eq!(bodies(&db).await, "a1 b1 c2");
    }

    async fn the_whole_counts_if_it_is_set_later(db: Db) {
        let post = blog(&db).await;
        let changeset = cast(post.clone().change().add_to(Post::comments, [comment("x")]), json!([{"id": 11}, {"id": 12}]));
        assert!(changeset.plan().unwrap().is_empty());
        let kept = post.comments.get().unwrap()[0].clone();
        let changeset = post.change().add_to(Post::comments, [comment("x")]).put_assoc(Post::comments, [kept]);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(bodies(&db).await, "a1 c2");
    }

    async fn links_come_to_what_was_put(db: Db) {
        let post = blog(&db).await;
        let first = post.tags.get().unwrap()[0].clone();
        let changeset = post.change().put_assoc(Post::tags, (first, Tag::build().set(Tag::name, "new"))).link(Post::tags, [3]);
        let post = db.repo.update(changeset).await.unwrap();
        assert!(post.tags.get().is_err(), "of 3 only the key is known");
        assert_eq!(all_of(&db, "name", "tags t JOIN posts_tags p ON p.tag_id = t.id").await, "new x z");
        let post: Post = db.repo.fetch(post.id).await.unwrap();
        let mut post = post;
        db.repo.preload(&mut post, Post::tags).await.unwrap();
        let all = post.tags.get().unwrap().to_vec();
        let post = db.repo.update(post.change().put_assoc(Post::tags, all).unlink(Post::tags, [3, 1])).await.unwrap();
        assert_eq!(post.tags.get().unwrap().iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["new"]);
        assert_eq!(all_of(&db, "name", "tags t JOIN posts_tags p ON p.tag_id = t.id").await, "new");
    }

    async fn a_filtered_list_stays_partial(db: Db) {
        blog(&db).await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, Post::comments.filter(Comment::body.eq("b"))).await.unwrap();
        let post = db.repo.update(post.change().add_to(Post::comments, [comment("x")]).remove_from(Post::comments, [11])).await.unwrap();
        assert_eq!(in_memory(&post), ["b", "x"]);
        assert_eq!(bodies(&db).await, "b1 c2 x1", "11 is outside of the filter, and removed by its key");
        let all_gone = post.change().put_assoc(Post::comments, Vec::<Comment>::new());
        assert!(all_gone.plan().unwrap().to_string().contains("partially loaded"));
    }

    async fn links_of_both_ends_and_of_the_same_rows(db: Db) {
        blog(&db).await;
        let tag: Tag = db.repo.fetch(3).await.unwrap();
        let post: Post = db.repo.fetch(1).await.unwrap();
        let tagged = tag.change().add_to(Tag::posts, (post.change().link(Post::tags, [3]), Post::build().set(Post::title, "N").link(Post::tags, [1, 2])));
        let error = db.repo.update(tagged).await.unwrap_err();
        assert!(error.to_string().contains("`posts[0]"), "one link twice: {error}");
        assert_eq!((db.count("posts").await, db.count("posts_tags").await), (2, 2));
    }

    async fn errors_keep_their_places(db: Db) {
        let post = blog(&db).await;
        let ignored = |comment: Changeset<Comment>, params: &Params| {
            let comment = Comment::changeset(comment, params);
            if params.get("skip").is_some() { comment.set_action(assoc::Action::Ignore) } else { comment }
        };
        let input = params(json!({"comments": [{"id": 11}, {"id": 12, "skip": true}, {"id": 99, "body": "n", "slug": "taken"}]}));
        let changeset = post.change().cast(&input, ()).cast_assoc(Post::comments, ignored).add_to(Post::comments, (comment("ok"), comment("taken")));
        let found = errors(db.repo.update(changeset).await.unwrap_err());
        assert_eq!(found, ["comments[2].slug has already been taken", "comments[4].slug has already been taken"]);
        assert_eq!(bodies(&db).await, "a1 b1 c2");
    }
}

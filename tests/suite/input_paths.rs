//! Errors carry the path of the input, whatever happened to the rows on their way.

use assoc::{Action, prelude::*};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

async fn blog(db: &Db) -> Post {
    db.execute(
        "INSERT INTO posts (id, title, slug) VALUES (1, 'A', NULL), (2, 'B', NULL);
         INSERT INTO comments (id, body, slug, post_id) VALUES (11, 'a', 'a', 1), (12, 'b', 'b', 1), (13, 'c', 'c', 1), (14, 'd', 'd', 1), (21, 'x', 'taken', 2);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y');",
    )
    .await;
    let mut post: Post = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut post, (Post::comments.then(Comment::author), Post::tags)).await.unwrap();
    db.forget();
    post
}

/// A comment that is ignored or deleted if the input says so.
fn comment(comment: Changeset<Comment>, params: &Params) -> Changeset<Comment> {
    let comment = Comment::changeset(comment, params);
    match params.get("do").and_then(Params::as_str) {
        Some("ignore") => comment.set_action(Action::Ignore),
        Some("delete") => comment.mark_for_delete(),
        _ => comment,
    }
}

fn cast(post: Post, comments: Json) -> Changeset<Post> {
    post.change().cast(&params(json!({"comments": comments})), ()).cast_assoc(Post::comments, comment)
}

async fn refused(db: &Db, changeset: Changeset<Post>) -> (Vec<String>, Json) {
    let error = db.repo.update(changeset).await.unwrap_err();
    let assoc::SaveError::Invalid(failed) = error else { panic!("{error}") };
    assert_eq!(all_of(db, "slug", "comments").await, "a b c d taken");
    (lines(&failed.errors()), serde_json::to_value(failed.errors()).unwrap())
}

both! {
    async fn rows_are_dropped_ignored_deleted_and_in_another_order(db: Db) {
        let post = blog(&db).await;
        let input = json!([
            {"id": 14, "do": "delete"}, {"body": "skipped", "do": "ignore"}, {"id": 12, "slug": "e"}, {"id": 11, "slug": "taken"},
            {"body": "new", "slug": "taken"}, {"body": "ok", "slug": "f"},
        ]);
        let (errors, json) = refused(&db, cast(post, input)).await;
        assert_eq!(errors, ["comments[3].slug has already been taken", "comments[4].slug has already been taken"]);
        let taken = json!({"slug": ["has already been taken"]});
        assert_eq!(json["comments"].as_array().unwrap()[3..5], [taken.clone(), taken]);
    }

    async fn validations_and_violations_agree(db: Db) {
        let post = blog(&db).await;
        let input = json!([{"id": 13}, {"do": "ignore", "body": "x"}, {"id": 11, "body": " "}, {"id": 12, "rating": "x"}, {"id": 14}]);
        let (errors, json) = refused(&db, cast(post, input)).await;
        assert_eq!(errors, ["comments[2].body can't be blank", "comments[3].rating is invalid"]);
        assert_eq!(json, json!({"comments": [{}, {}, {"body": ["can't be blank"]}, {"rating": ["is invalid"]}, {}]}));
    }

    async fn the_list_is_sorted_for_those_who_show_it(db: Db) {
        let post = blog(&db).await;
        let input = json!([{"body": "n", "slug": "f"}, {"id": 12, "slug": "taken"}, {"id": 13}, {"body": "m", "slug": "taken"}, {"id": 11}, {"id": 14}]);
        let changeset = cast(post, input).reorder_assoc(Post::comments);
        let shown: Vec<_> = changeset.get_assoc(Post::comments).unwrap().iter().map(|row| row.get(Comment::body).unwrap()).collect();
        assert_eq!(shown, ["b", "c", "a", "d", "n", "m"]);
        let (errors, json) = refused(&db, changeset).await;
        assert_eq!(errors, ["comments[1].slug has already been taken", "comments[3].slug has already been taken"]);
        assert_eq!(json["comments"][1], json!({"slug": ["has already been taken"]}));
    }

    /// The form is shown again in that order, without the rows that it dropped.
    async fn a_form_sorts_and_drops(db: Db) {
        let post = blog(&db).await;
        let form = "order[]=7&order[]=2&drop[]=5&comments[2][id]=11&comments[5][id]=12&comments[5][slug]=taken\
                    &comments[7][id]=13&comments[7][rating]=9&comments[8][id]=14&comments[8][slug]=taken";
        let changeset = post.change().cast(&Params::from_form(form), ())
            .cast_assoc(Post::comments.sort_param("order").drop_param("drop"), comment);
        let (errors, _) = refused(&db, changeset).await;
        assert_eq!(errors, ["comments[0].rating must be 1 to 5", "comments[2].slug has already been taken"]);
    }

    async fn of_rows_that_are_put(db: Db) {
        let post = blog(&db).await;
        let loaded = post.comments.get().unwrap().to_vec();
        let slug = |at: usize, slug: &str| loaded[at].clone().change().set(Comment::slug, slug).unique_constraint(Comment::slug);
        let changeset = post.change().put_assoc(Post::comments, (loaded[3].clone(), slug(2, "taken"), slug(0, "z"), loaded[1].clone()));
        assert_eq!(refused(&db, changeset).await.0, ["comments[1].slug has already been taken"]);
    }

    async fn through_lists_and_parents(db: Db) {
        let post = blog(&db).await;
        db.execute("INSERT INTO users (id, name, email) VALUES (1, 'Ann', 'ann@x')").await;
        let input = json!([{"id": 14}, {"id": 12, "author": {"name": "E", "email": "e@x"}}, {"body": "n", "author": {"name": "F", "email": "ann@x"}}, {"id": 13}, {"id": 11}]);
        let (errors, json) = refused(&db, cast(post, input)).await;
        assert_eq!(errors, ["comments[2].author.email has already been taken"]);
        assert_eq!(json, json!({"comments": [{}, {}, {"author": {"email": ["has already been taken"]}}, {}, {}]}));
    }
}

//! Input of every source, end to end, and errors as JSON.

use assoc::{SaveError, prelude::*};
use serde_json::{Value as Json, json};

use crate::{schemas::*, support::*};

fn as_json<S: Schema>(changeset: &Changeset<S>) -> Json {
    serde_json::to_value(changeset.errors()).unwrap()
}

fn paths<S: Schema>(changeset: &Changeset<S>) -> Vec<(String, String)> {
    changeset.errors().list().into_iter().map(|(path, error)| (path.to_string(), error.message.to_string())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, message)| ((*path).to_owned(), (*message).to_owned())).collect()
}

async fn bodies(db: &Db) -> Vec<String> {
    let comments = db.repo.all(Comment::query().order_by(Comment::id.asc())).await.unwrap();
    comments.into_iter().map(|comment| comment.body).collect()
}

both! {
    async fn a_form_with_gaps_and_more_than_ten_rows(db: Db) {
        let order = [7, 20, 3, 11, 2, 10, 100, 0, 9, 1, 30, 12];
        let mut form = "title=A+%26+B&author[name]=Ann+%C3%84&author[profile][bio]=writes&tags[][name]=x".to_owned();
        for index in order {
            form += &format!("&comments[{index}][body]=c{index}&comments[{index}][rating]={}", index % 5 + 1);
        }
        let post = db.repo.insert(Post::changeset(Post::build(), &Params::from_form(&form))).await.unwrap();
        assert_eq!(post.title, "A & B");
        assert_eq!(post.author.get().unwrap().unwrap().name, "Ann Ä");
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(bodies(&db).await, sorted.map(|index| format!("c{index}")));
        assert_eq!(db.text("SELECT rating FROM comments WHERE body = 'c12'").await, "3");
    }

    async fn percent_encoded_brackets_and_blanks(db: Db) {
        let form = "title=t&comments%5B0%5D%5Bbody%5D=a&comments%5B0%5D%5Brating%5D=&comments%5B0%5D%5Bauthor_id%5D=+&slug=";
        let post = db.repo.insert(Post::changeset(Post::build(), &Params::from_form(form))).await.unwrap();
        let comment = &post.comments.get().unwrap()[0];
        assert_eq!((comment.body.as_str(), comment.rating, comment.author_id, post.slug), ("a", None, None, None));
    }

    async fn a_form_that_changes_rows(db: Db) {
        let post = db.repo.insert(Post::changeset(Post::build(), &Params::from_form("title=t&comments[0][body]=a&comments[1][body]=b&comments[2][body]=c"))).await.unwrap();
        let ids: Vec<i64> = post.comments.get().unwrap().iter().map(|comment| comment.id).collect();
        let form = format!("comments[5][id]={}&comments[5][body]=C&comments[17][body]=new&comments[9][id]={}", ids[2], ids[0]);
        let post = db.repo.update(Post::changeset_of_comments(post.change(), &Params::from_form(&form))).await.unwrap();
        let order: Vec<_> = post.comments.get().unwrap().iter().map(|comment| comment.body.as_str()).collect();
        assert_eq!(order, ["C", "a", "new"]);
        assert_eq!(bodies(&db).await, ["a", "C", "new"]);
    }

    async fn anything_that_serialises(db: Db) {
        let input = std::collections::BTreeMap::from([
            ("title", json!("t")),
            ("comments", json!([{"body": "a", "rating": 5}, {"body": "b", "rating": null}])),
            ("author", json!({"name": "Ann", "email": null})),
        ]);
        let input = Params::from_serialize(&input).unwrap();
        db.repo.insert(Post::changeset(Post::build(), &input)).await.unwrap();
        assert_eq!(bodies(&db).await, ["a", "b"]);
        assert_eq!(db.text("SELECT name FROM users").await, "Ann");
        let same = Params::from_json(&input.to_json().to_string()).unwrap();
        assert_eq!(same, input);
        assert!(Params::from_serialize(&std::collections::BTreeMap::from([(vec![1], 2)])).is_err());
        assert!(Params::from_json("{").is_err());
    }

    async fn errors_in_the_shape_of_the_input(db: Db) {
        let input = json!({
            "title": " ",
            "author": {"name": "Ann", "profile": {"bio": ""}},
            "comments": [{"body": "a"}, {"body": "", "rating": "x", "author": {"email": "e"}}, {"body": "c"}],
            "tags": "none",
        });
        let Err(SaveError::Invalid(changeset)) = db.repo.insert(Post::changeset(Post::build(), &params(input))).await else { panic!() };
        let blank = json!(["can't be blank"]);
        assert_eq!(as_json(&changeset), json!({
            "title": blank,
            "author": {"profile": {"bio": blank}},
            "comments": [{}, {"rating": ["is invalid"], "body": blank, "author": {"name": blank}}, {}],
            "tags": ["is invalid"],
        }));
        let mut found = paths(&changeset);
        found.sort();
        assert_eq!(found, pairs(&[
            ("author.profile.bio", "can't be blank"),
            ("comments[1].author.name", "can't be blank"),
            ("comments[1].body", "can't be blank"),
            ("comments[1].rating", "is invalid"),
            ("tags", "is invalid"),
            ("title", "can't be blank"),
        ]));
        assert_eq!(db.count("posts").await, 0);
    }

    async fn errors_of_a_form_count_its_rows(db: Db) {
        let form = "title=t&comments[10][body]=&comments[2][body]=a&comments[7][body]=b&comments[7][rating]=9";
        let Err(SaveError::Invalid(changeset)) = db.repo.insert(Post::changeset(Post::build(), &Params::from_form(form))).await else { panic!() };
        assert_eq!(paths(&changeset), pairs(&[("comments[2].body", "can't be blank")]));
        let form = form.replace("[10][body]=", "[10][body]=c");
        let Err(SaveError::Invalid(changeset)) = db.repo.insert(Post::changeset(Post::build(), &Params::from_form(&form))).await else { panic!() };
        assert_eq!(paths(&changeset), pairs(&[("comments[1].rating", "must be 1 to 5")]));
        assert_eq!(as_json(&changeset), json!({"comments": [{}, {"rating": ["must be 1 to 5"]}, {}]}));
    }

    async fn errors_of_a_row_that_the_input_dropped(db: Db) {
        db.tables("CREATE TABLE parts (id <key>, name TEXT NOT NULL, whole_id BIGINT NOT NULL); CREATE TABLE wholes (id <key>)").await;
        db.execute("INSERT INTO wholes VALUES (1); INSERT INTO parts VALUES (11, 'a', 1), (12, 'b', 1), (13, 'c', 1)").await;
        let mut whole: Whole = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut whole, Whole::parts).await.unwrap();
        let input = params(json!({"parts": [{"id": 11}, {"name": "new"}, {"id": 12, "name": "B"}]}));
        let changeset = whole.change().cast(&input, ()).cast_assoc(Whole::parts, |part, params| part.cast(params, Part::name));
        let Err(SaveError::Invalid(changeset)) = db.repo.update(changeset).await else { panic!() };
        assert_eq!(paths(&changeset), pairs(&[("parts[id=13].whole_id", "can't be blank")]));
        assert_eq!(as_json(&changeset), json!({"parts": [{}, {}, {}, {"whole_id": ["can't be blank"]}]}));
        assert_eq!(all_of(&db, "concat(name, whole_id)", "parts").await, "a1 b1 c1");
    }

    async fn several_errors_of_one_field_keep_their_order(db: Db) {
        let changeset = Tag::build().set(Tag::name, "x").validate_length(Tag::name, 2..)
            .validate_exclusion(Tag::name, ["x"]).add_error(Tag::name, "is odd");
        let Err(SaveError::Invalid(changeset)) = db.repo.insert(changeset).await else { panic!() };
        assert_eq!(as_json(&changeset), json!({"name": ["should be at least 2 character(s)", "is reserved", "is odd"]}));
        let length = &changeset.errors().own()[0].params.clone();
        assert_eq!((&length["count"], &length["kind"], &length["validation"]), (&json!(2), &json!("min"), &json!("length")));
    }
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Whole {
    id: i64,
    #[has_many(on_replace = nilify)]
    parts: HasMany<Part>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Part {
    id: i64,
    name: String,
    whole_id: Option<i64>,
}

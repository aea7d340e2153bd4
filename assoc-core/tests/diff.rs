//! Properties of the diffing engine: any loaded state, any desired state, no database.

mod model;

use std::collections::BTreeMap;

use assoc_core::{
    Changeset, Params, Schema,
    doctest::{Comment, Post, Tag},
};
use model::{Model, loaded_post};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value as Json, json};

/// A row of the input: the id of a loaded row (or of none), and the fields it gives.
#[derive(Clone, Debug)]
struct Given {
    id: Option<i64>,
    body: Option<String>,
    rating: Option<Option<i32>>,
}

impl Given {
    fn to_json(&self) -> Json {
        let mut row = serde_json::Map::new();
        if let Some(id) = self.id {
            row.insert("id".into(), json!(id));
        }
        if let Some(body) = &self.body {
            row.insert("body".into(), json!(body));
        }
        if let Some(rating) = self.rating {
            row.insert("rating".into(), json!(rating));
        }
        Json::Object(row)
    }
}

fn body() -> impl Strategy<Value = String> {
    "[a-c]{1,2}"
}

fn loaded() -> impl Strategy<Value = Vec<(i64, String, Option<i32>)>> {
    vec((body(), option::of(1..4)), 0..8).prop_map(|rows| {
        rows.into_iter().enumerate().map(|(at, (body, rating))| (10 + at as i64, body, rating)).collect()
    })
}

/// Rows for the input: ids of loaded rows, of no row, or none; each loaded id at most once.
fn given() -> impl Strategy<Value = Vec<Given>> {
    let row = (option::weighted(0.7, 10_i64..20), option::of(body()), option::of(option::of(1..4)));
    vec(row, 0..8).prop_map(|rows| {
        let mut seen = std::collections::HashSet::new();
        rows.into_iter()
            .map(|(id, body, rating)| Given { id: id.filter(|id| seen.insert(*id)), body, rating })
            .collect()
    })
}

fn comment(comment: Changeset<Comment>, params: &Params) -> Changeset<Comment> {
    comment.cast(params, (Comment::body, Comment::rating))
}

fn cast(post: Post, rows: &[Given]) -> Changeset<Post> {
    let rows: Vec<Json> = rows.iter().map(Given::to_json).collect();
    post.change().cast(&Params::from(json!({"comments": rows})), ()).cast_assoc(Post::comments, comment)
}

/// What the database should hold: the given rows, loaded ones overlaid.
fn desired(loaded: &[(i64, String, Option<i32>)], given: &[Given]) -> Vec<(Option<i64>, Option<String>, Option<i32>)> {
    given
        .iter()
        .map(|row| match loaded.iter().find(|(id, ..)| Some(*id) == row.id) {
            Some((id, body, rating)) => {
                (Some(*id), Some(row.body.clone().unwrap_or_else(|| body.clone())), row.rating.unwrap_or(*rating))
            }
            None => (None, row.body.clone(), row.rating.flatten()),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn applying_the_plan_gives_the_desired_state(loaded in loaded(), given in given()) {
        let mut model = Model::with_comments(1, &loaded);
        let before = model.clone();
        let changeset = cast(loaded_post(1, &loaded), &given);
        let plan = changeset.plan().unwrap();
        model.apply(&plan.writes());

        let mut expected = desired(&loaded, &given);
        let found = model.comments_of(1).into_iter();
        let mut found: Vec<_> =
            found.map(|(id, body, rating)| (Some(id).filter(|id| before.has_comment(*id)), body, rating)).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn only_rows_that_differ_are_written(loaded in loaded(), given in given()) {
        let changeset = cast(loaded_post(1, &loaded), &given);
        let plan = changeset.plan().unwrap();
        let changed = desired(&loaded, &given).into_iter().filter(|(id, body, rating)| {
            !loaded.iter().any(|(old, old_body, old_rating)| {
                Some(*old) == *id && Some(old_body) == body.as_ref() && old_rating == rating
            })
        });
        let dropped = loaded.iter().filter(|(id, ..)| given.iter().all(|row| row.id != Some(*id)));
        prop_assert_eq!(plan.writes().len(), changed.count() + dropped.count());
        prop_assert!(plan.statements() <= 1 + 3 + 4, "statements are bounded by shapes, not rows");
    }

    #[test]
    fn the_result_against_itself_is_nothing_to_do(loaded in loaded(), given in given()) {
        let mut model = Model::with_comments(1, &loaded);
        let changeset = cast(loaded_post(1, &loaded), &given);
        let plan = changeset.plan().unwrap();
        model.apply(&plan.writes());
        let now: Vec<_> =
            model.comments_of(1).into_iter().map(|(id, body, rating)| (id, body.unwrap_or_else(|| "none".into()), rating)).collect();
        let same: Vec<Given> =
            now.iter().map(|(id, body, rating)| Given { id: Some(*id), body: Some(body.clone()), rating: Some(*rating) }).collect();
        let again = cast(loaded_post(1, &now), &same);
        let plan = again.plan().unwrap();
        prop_assert_eq!(plan.statements(), 0);
        prop_assert!(plan.writes().is_empty());
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(loaded in loaded(), given in given().prop_flat_map(|rows| {
        (Just(rows.clone()), Just(rows).prop_shuffle())
    })) {
        let (first, second) = given;
        let writes = |rows: &[Given]| {
            let changeset = cast(loaded_post(1, &loaded), rows);
            let mut writes: Vec<String> = changeset.plan().unwrap().writes().into_iter()
                .map(|write| format!("{:?} {} {:?} {:?}", write.op, write.table, write.key, write.set)).collect();
            writes.sort();
            writes
        };
        prop_assert_eq!(writes(&first), writes(&second));
    }

    #[test]
    fn links_of_a_many_to_many_become_what_was_put(old in vec(1_i64..9, 0..6), new in vec(1_i64..9, 0..6)) {
        let dedup = |ids: &[i64]| { let mut ids = ids.to_vec(); ids.sort(); ids.dedup(); ids };
        let (old, new) = (dedup(&old), dedup(&new));
        let mut model = Model::with_links(1, &old);
        let tags = new.iter().map(|&id| Tag { id, name: "tag".into() });
        let changeset = model::post_with_tags(1, &old).change().put_assoc(Post::tags, tags.collect::<Vec<_>>());
        let plan = changeset.plan().unwrap();
        model.apply(&plan.writes());
        prop_assert_eq!(model.tags_of(1), new.clone());
        let differing = old.iter().filter(|id| !new.contains(id)).count() + new.iter().filter(|id| !old.contains(id)).count();
        prop_assert_eq!(plan.writes().len(), differing);
        prop_assert!(plan.statements() <= 2);
    }
}

#[test]
fn the_number_of_statements_does_not_grow_with_the_rows() {
    let statements = |rows: i64| {
        let loaded: Vec<_> = (0..rows).map(|id| (id + 10, "old".to_owned(), None)).collect();
        // a third is dropped, a third changes, a third stays, and as many come
        let mut given: Vec<Given> = loaded
            .iter()
            .filter(|(id, ..)| id % 3 > 0)
            .map(|(id, ..)| Given {
                id: Some(*id),
                body: Some(if id % 3 == 1 { "new" } else { "old" }.into()),
                rating: None,
            })
            .collect();
        given.extend((0..rows / 3).map(|_| Given { id: None, body: Some("more".into()), rating: None }));
        let changeset = cast(loaded_post(1, &loaded), &given);
        let plan = changeset.plan().unwrap();
        (plan.statements(), plan.writes().len())
    };
    assert_eq!(statements(30), (3, 30));
    assert_eq!(statements(3_000), (3, 3_000));
}

#[test]
fn one_column_set_is_one_statement() {
    let loaded: Vec<_> = (10..16).map(|id| (id, "a".to_owned(), None)).collect();
    let rows: BTreeMap<i64, Given> = loaded
        .iter()
        .map(|(id, ..)| {
            let body = (id % 2 == 0).then(|| "b".to_owned());
            (*id, Given { id: Some(*id), body, rating: (id % 2 == 1).then_some(Some(3)) })
        })
        .collect();
    let rows: Vec<Given> = rows.into_values().collect();
    let changeset = cast(loaded_post(1, &loaded), &rows);
    assert_eq!(changeset.plan().unwrap().statements(), 2);
}

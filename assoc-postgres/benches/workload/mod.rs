//! A post with its comments, loaded, and the input for them: what the benches diff.

#![allow(dead_code, reason = "each bench uses its part")]

use assoc_core::{
    Changeset, HasMany, Params, Schema,
    doctest::{Comment, Post},
};
use serde::Serialize;

/// What the input does to the rows that are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// All rows are named, with the values that they have.
    Unchanged,
    /// Of ten rows one is changed, one is left out, and one is new.
    Mixed,
    /// Nothing is loaded, and all of the input is new.
    New,
}

/// A comment as a web framework reads it.
#[derive(Serialize)]
pub struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    body: String,
    rating: i32,
}

impl Workload {
    pub const ALL: [Self; 3] = [Self::Unchanged, Self::Mixed, Self::New];

    /// The post with the rows that are loaded before the input of `n` rows comes.
    pub fn post(self, n: usize) -> Post {
        let loaded = if self == Self::New { 0 } else { n };
        Post {
            id: 7,
            title: "A post".to_owned(),
            body: None,
            comments: HasMany::loaded((0..loaded).map(comment)),
            tags: Default::default(),
        }
    }
    /// The rows of the input.
    pub fn input(self, n: usize) -> Vec<Input> {
        let row = |at| {
            let Comment { id, body, .. } = comment(at);
            let (id, body) = match (self, at % 10) {
                (Self::New, _) => (None, body),
                (Self::Mixed, 3) => (Some(id), format!("What I meant is {at}, of course")),
                (Self::Mixed, 5) => return None,
                _ => (Some(id), body),
            };
            Some(Input { id, body, rating: rating(at) })
        };
        let new = if self == Self::Mixed { n / 10 } else { 0 };
        let new = (n..n + new).map(|at| Input { id: None, body: body(at), rating: rating(at) });
        (0..n).filter_map(row).chain(new).collect()
    }

    /// The whole input as JSON text.
    pub fn json(self, n: usize) -> String {
        let rows: Vec<String> = self.input(n).iter().map(|row| serde_json::json!(row).to_string()).collect();
        format!("{{\"comments\": [{}]}}", rows.join(", "))
    }

    /// The whole input.
    pub fn params(self, n: usize) -> Params {
        let text = self.json(n);
        Params::from_json(&text).unwrap_or(Params::Null)
    }
}

/// A loaded row.
pub fn comment(at: usize) -> Comment {
    Comment {
        id: 1000 + at as i64,
        body: body(at),
        rating: Some(rating(at)),
        post_id: Some(7),
        post: Default::default(),
    }
}

fn body(at: usize) -> String {
    format!("This is what I think of it, {at} times over")
}

fn rating(at: usize) -> i32 {
    (at % 5) as i32 + 1
}

/// The changeset function of a comment.
pub fn changeset(comment: Changeset<Comment>, params: &Params) -> Changeset<Comment> {
    comment
        .cast(params, (Comment::body, Comment::rating))
        .validate_required(Comment::body)
        .validate_length(Comment::body, 1..=200)
        .foreign_key_constraint(Comment::post_id)
}

/// The diff: from a changeset and params in hand to the tree of changesets.
pub fn cast(post: Changeset<Post>, params: &Params) -> Changeset<Post> {
    post.cast(params, Post::title).cast_assoc(Post::comments, changeset)
}

/// The comments as structs and changesets, for `put_assoc`.
pub fn rows(workload: Workload, n: usize) -> Vec<Changeset<Comment>> {
    let row = |at| {
        let loaded = || comment(at).change();
        match (workload, at % 10) {
            (Workload::New, _) => Some(Comment::build().set(Comment::body, body(at))),
            (Workload::Mixed, 3) => Some(loaded().set(Comment::body, format!("What I meant is {at}, of course"))),
            (Workload::Mixed, 5) => None,
            _ => Some(loaded()),
        }
    };
    let new = if workload == Workload::Mixed { n / 10 } else { 0 };
    let new = (n..n + new).map(|at| Comment::build().set(Comment::body, body(at)));
    (0..n).filter_map(row).chain(new).collect()
}

//! The rows that everybody reads and writes, as plain structs, and how they are made up.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    pub id: i64,
    pub title: String,
    pub comments: Vec<Comment>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub author_id: Option<i64>,
    pub position: i32,
    pub body: String,
    /// Where a workload loads it.
    pub author: Option<Box<User>>,
}

/// How many users there are to write comments.
pub const USERS: usize = 100;

pub fn users() -> Vec<User> {
    (1..=USERS as i64).map(|id| User { id, name: format!("User number {id}") }).collect()
}

/// A post that is not in the database yet.
pub fn new_post(comments: usize) -> Post {
    Post {
        id: 0,
        title: format!("A post with {comments} comments"),
        comments: (0..comments).map(new_comment).collect(),
    }
}

/// Posts with ten comments each, that have `comments` together.
pub fn new_posts(comments: usize) -> Vec<Post> {
    (0..comments / 10).map(|_| new_post(10)).collect()
}

/// The comment at a position. One in five has no author.
pub fn new_comment(position: usize) -> Comment {
    let author_id = (!position.is_multiple_of(5)).then_some((position % USERS) as i64 + 1);
    let body = format!("Comment {position}: as long as people write when they agree, and add one thing.");
    Comment { id: 0, post_id: 0, author_id, position: position as i32, body, author: None }
}

/// A post as it is in the database, and what is to become of its comments: one in ten has another text, one in ten is
/// gone, and as many are new.
#[derive(Debug)]
pub struct Diff {
    pub post: Post,
    pub changed: Vec<Change>,
    pub dropped: Vec<i64>,
    pub added: Vec<Comment>,
    /// The comments as they shall be, as a client sends them.
    pub json: String,
}

#[derive(Debug)]
pub struct Change {
    /// The place of the comment in the post.
    pub at: usize,
    pub id: i64,
    pub body: String,
}

/// One comment of the JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    pub author_id: Option<i64>,
    pub position: i32,
    pub body: String,
}

/// The whole JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Form {
    pub comments: Vec<Input>,
}

impl Diff {
    pub fn of(post: Post) -> Self {
        let all = post.comments.len();
        let every_tenth = |place: usize| post.comments.iter().enumerate().skip(place).step_by(10);
        let changed: Vec<Change> =
            every_tenth(3).map(|(at, row)| Change { at, id: row.id, body: format!("{} Edited.", row.body) }).collect();
        let dropped: Vec<i64> = every_tenth(7).map(|(_, row)| row.id).collect();
        let added: Vec<Comment> =
            (all..all + dropped.len()).map(|at| Comment { post_id: post.id, ..new_comment(at) }).collect();
        let mut diff = Self { post, changed, dropped, added, json: String::new() };
        diff.json = serde_json::to_string(&diff.form()).expect("strings and numbers are JSON");
        diff
    }

    fn form(&self) -> Form {
        let input = |row: &Comment| Input {
            id: (row.id != 0).then_some(row.id),
            author_id: row.author_id,
            position: row.position,
            body: row.body.clone(),
        };
        Form { comments: self.outcome(std::iter::repeat(0)).comments.iter().map(input).collect() }
    }

    /// The post as it is after the save, given the keys of the new comments: what a program wants to have in hand then.
    pub fn outcome(&self, ids: impl IntoIterator<Item = i64>) -> Post {
        let mut post = self.post.clone();
        self.apply(&mut post, ids);
        post
    }

    /// The same in place.
    pub fn apply(&self, post: &mut Post, ids: impl IntoIterator<Item = i64>) {
        for change in &self.changed {
            post.comments[change.at].body.clone_from(&change.body);
        }
        let mut dropped = self.dropped.iter().peekable();
        post.comments.retain(|row| dropped.next_if_eq(&&row.id).is_none());
        post.comments.extend(self.added.iter().zip(ids).map(|(row, id)| Comment { id, ..row.clone() }));
    }
}

/// The diff between a post in hand and the JSON of a client, as one writes it by hand.
pub fn diff_by_hand(post: &Post, json: &str) -> serde_json::Result<Diff> {
    let form: Form = serde_json::from_str(json)?;
    let places: std::collections::HashMap<i64, usize> =
        post.comments.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
    let mut kept = vec![false; post.comments.len()];
    let owner = Post { id: post.id, title: post.title.clone(), comments: Vec::new() };
    let mut diff =
        Diff { post: owner, changed: Vec::new(), dropped: Vec::new(), added: Vec::new(), json: String::new() };
    for Input { id, author_id, position, body } in form.comments {
        match id.and_then(|id| places.get(&id)) {
            Some(&at) => {
                kept[at] = true;
                let row = &post.comments[at];
                if (row.author_id, row.position) != (author_id, position) {
                    return Err(serde::de::Error::custom("only bodies change here"));
                }
                if row.body != body {
                    diff.changed.push(Change { at, id: row.id, body });
                }
            }
            None => diff.added.push(Comment { id: 0, post_id: post.id, author_id, position, body, author: None }),
        }
    }
    diff.dropped = post.comments.iter().zip(&kept).filter(|(_, kept)| !**kept).map(|(row, _)| row.id).collect();
    Ok(diff)
}

/// The memory that rows take by themselves: their structs and their texts.
pub trait Bytes {
    fn bytes(&self) -> usize;
}

impl Bytes for Post {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.title.len() + self.comments.bytes()
    }
}

impl Bytes for Comment {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.body.len()
            + self.author.as_ref().map_or(0, |author| size_of::<User>() + author.name.len())
    }
}

impl<T: Bytes> Bytes for Vec<T> {
    fn bytes(&self) -> usize {
        self.iter().map(T::bytes).sum()
    }
}

//! A database in memory that knows just enough to apply a plan's writes.

use std::{collections::BTreeMap, sync::Arc};

use assoc_core::{
    ColumnType, Op, PlannedValue, Schema, Value, Write,
    doctest::Post,
    schema::{ByMember, Loaded, Record},
};

/// A comment: its id, its body, its rating.
pub type Row = (i64, Option<String>, Option<i32>);
type Fields = BTreeMap<&'static str, Value>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    comments: BTreeMap<i64, Fields>,
    links: Vec<(i64, i64)>,
    next: i64,
}

impl Model {
    pub fn with_comments(post: i64, rows: &[(i64, String, Option<i32>)]) -> Self {
        let comments = rows.iter().map(|(id, body, rating)| {
            let fields =
                [("body", body.clone().into_value()), ("rating", rating.into_value()), ("post_id", post.into_value())];
            (*id, fields.into())
        });
        Self { comments: comments.collect(), next: 1000, links: Vec::new() }
    }

    pub fn with_links(post: i64, tags: &[i64]) -> Self {
        Self { links: tags.iter().map(|tag| (post, *tag)).collect(), ..Self::default() }
    }

    pub fn has_comment(&self, id: i64) -> bool {
        self.comments.contains_key(&id)
    }

    pub fn comments_of(&self, post: i64) -> Vec<Row> {
        let mine = self.comments.iter().filter(|(_, fields)| fields["post_id"] == Value::BigInt(Some(post)));
        mine.map(|(id, fields)| {
            let text =
                |name| fields.get(name).cloned().and_then(|value| Option::<String>::from_value(value).ok().flatten());
            let rating =
                fields.get("rating").cloned().and_then(|value| Option::<i32>::from_value(value).ok().flatten());
            (*id, text("body"), rating)
        })
        .collect()
    }

    pub fn tags_of(&self, post: i64) -> Vec<i64> {
        let mut tags: Vec<i64> = self.links.iter().filter(|(id, _)| *id == post).map(|(_, tag)| *tag).collect();
        tags.sort();
        tags
    }

    /// Applies writes as a database would, and refuses what a database would not find.
    pub fn apply(&mut self, writes: &[Write]) {
        for write in writes {
            let set: Fields = write.set.iter().map(|(name, value)| (*name, known(value))).collect();
            match (write.op, write.table) {
                (Op::Insert, "comments") => {
                    self.comments.insert(self.next, set);
                    self.next += 1;
                }
                (Op::Update, "comments") => self.find(write).extend(set),
                (Op::Delete, "comments") => {
                    self.find(write);
                    self.comments.remove(&id(write, "id"));
                }
                (Op::Insert, "posts_tags") => {
                    let link = (integer(&set["post_id"]), integer(&set["tag_id"]));
                    assert!(!self.links.contains(&link), "{link:?} is linked already");
                    self.links.push(link);
                }
                (Op::Delete, "posts_tags") => {
                    let link = (id(write, "post_id"), id(write, "tag_id"));
                    self.links.retain(|other| *other != link);
                }
                other => panic!("a write that nobody asked for: {other:?}"),
            }
        }
    }

    /// The row that all key columns of the write agree on, the owner's among them.
    fn find(&mut self, write: &Write) -> &mut Fields {
        assert!(write.key.contains_key("post_id"), "{write:?} does not carry its owner's key");
        let fields = self.comments.get_mut(&id(write, "id")).expect("the row exists");
        assert_eq!(fields["post_id"], known(&write.key["post_id"]));
        fields
    }
}

fn known(value: &PlannedValue) -> Value {
    match value {
        PlannedValue::Known(value) => value.clone(),
        other => panic!("{other:?} is not known"),
    }
}

fn integer(value: &Value) -> i64 {
    i64::from_value(value.clone()).unwrap()
}

fn id(write: &Write, column: &str) -> i64 {
    integer(&known(&write.key[column]))
}

/// A post that was loaded with these comments.
pub fn loaded_post(id: i64, comments: &[(i64, String, Option<i32>)]) -> Post {
    let rows = comments.iter().map(|(comment, body, rating)| {
        record([comment.into_value(), body.clone().into_value(), rating.into_value(), Some(id).into_value()])
    });
    post(id, Some(rows.collect()), None)
}

/// A post that was loaded with these tags.
pub fn post_with_tags(id: i64, tags: &[i64]) -> Post {
    let rows = tags.iter().map(|tag| record([tag.into_value(), "tag".to_owned().into_value()]));
    post(id, None, Some(rows.collect()))
}

fn post(id: i64, comments: Option<Vec<Arc<Record>>>, tags: Option<Vec<Arc<Record>>>) -> Post {
    let mut record =
        Arc::unwrap_or_clone(record([id.into_value(), "title".to_owned().into_value(), None::<String>.into_value()]));
    let loaded = |rows: Option<_>| rows.map(|rows| Loaded { rows, partial: false });
    record.associations = ByMember::taken(&mut [loaded(comments), loaded(tags)]);
    Post::from_record(record).unwrap()
}

fn record(values: impl IntoIterator<Item = Value>) -> Arc<Record> {
    let values = values.into_iter().map(Some).collect();
    Arc::new(Record { values, associations: ByMember::default() })
}

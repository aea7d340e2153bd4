//! Rows as plain structs, to be compared.

use crate::data::{Bytes, Comment, Post};

#[derive(Debug, PartialEq)]
pub enum Rows {
    Posts(Vec<Post>),
    Comments(Vec<Comment>),
}

impl Rows {
    /// By key: not every library can be asked for children in order.
    pub fn sort(&mut self) {
        match self {
            Self::Posts(posts) => posts.iter_mut().for_each(|post| post.comments.sort_by_key(|row| row.id)),
            Self::Comments(comments) => comments.sort_by_key(|row| row.id),
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Self::Posts(posts) => posts.bytes(),
            Self::Comments(comments) => comments.bytes(),
        }
    }

    /// Where the first difference is, in words.
    pub fn difference(&self, expected: &Self) -> Option<String> {
        if self == expected {
            return None;
        }
        let (told, expected) = (format!("{self:?}"), format!("{expected:?}"));
        let at = told.bytes().zip(expected.bytes()).position(|(a, b)| a != b).unwrap_or(told.len().min(expected.len()));
        let around = |text: &str| text.chars().skip(at.saturating_sub(80)).take(200).collect::<String>();
        Some(format!("it tells …{}…, and the database …{}…", around(&told), around(&expected)))
    }
}

impl From<Vec<Post>> for Rows {
    fn from(posts: Vec<Post>) -> Self {
        Self::Posts(posts)
    }
}

impl From<Vec<Comment>> for Rows {
    fn from(comments: Vec<Comment>) -> Self {
        Self::Comments(comments)
    }
}

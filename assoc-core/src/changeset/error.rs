//! Errors of input: messages on fields, in a tree that has the shape of the input.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::node::{Child, Node};
use crate::types::key_text;

/// An error of one field: a template and its parameters, ready for translation.
///
/// ```
/// use assoc_core::FieldError;
///
/// let error = FieldError::new("should be at least %{count} character(s)").with("count", 3);
/// assert_eq!(error.to_string(), "should be at least 3 character(s)");
/// assert_eq!(error.message, "should be at least %{count} character(s)");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// The field, or association, that has the error.
    pub field: Cow<'static, str>,
    /// The template; `%{count}` stands for the parameter `count`.
    pub message: Cow<'static, str>,
    /// What is known of the error: `validation`, `kind`, `count`, `constraint`, …
    pub params: BTreeMap<&'static str, Json>,
}

impl FieldError {
    /// An error with that template.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Cow::Borrowed(""), message: message.into(), params: BTreeMap::new() }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Json>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    /// The same error, on a field.
    #[must_use]
    pub fn on(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = field.into();
        self
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for FieldError {
    fn from(message: T) -> Self {
        Self::new(message)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.message.to_string();
        for (name, value) in &self.params {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text = text.replace(&format!("%{{{name}}}"), &value);
        }
        f.write_str(&text)
    }
}

/// Where a row or field lies in the input: `comments[2].body`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(String);

impl Path {
    /// The path of the changeset itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a member.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        Self(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    /// The path of an item.
    #[must_use]
    pub fn index(&self, position: usize) -> Self {
        Self(format!("{}[{position}]", self.0))
    }

    /// The path of a row that the input does not name, by its key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        Self(format!("{}[{key}]", self.0))
    }

    /// The path as text, empty for the changeset itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This path goes on to a child of the row.
    pub(crate) fn push_child(&mut self, node: &Node, association: usize, child: &Child) {
        let association = node.meta.associations[association];
        let dot = if self.0.is_empty() { "" } else { "." };
        self.0.extend([dot, association.name]);
        match child.position {
            _ if association.is_one() => {}
            Some(position) => self.0.extend(["[", &position.to_string(), "]"]),
            None => self.0.extend(["[", &key_text(child.node.meta, child.node.key().as_ref()), "]"]),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// All errors of a changeset and its children.
///
/// It prints as lines of `path message`, and serialises as an object of the input's shape:
/// `{"title": ["can't be blank"], "comments": [{}, {"body": ["is invalid"]}]}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors {
    own: Vec<FieldError>,
    nested: BTreeMap<&'static str, Nested>,
}

#[derive(Clone, Debug, PartialEq)]
enum Nested {
    One(Box<Errors>),
    Many {
        /// By position in the input.
        rows: Vec<Errors>,
        /// Rows that the input does not name, by their keys.
        dropped: Vec<(String, Errors)>,
    },
}

impl Errors {
    pub(crate) fn of(node: &Node) -> Self {
        let mut nested = BTreeMap::new();
        for (index, children) in node.associations.iter() {
            let association = node.meta.associations[index];
            let errors: Vec<Self> = children.iter().map(|child| Self::of(&child.node)).collect();
            if errors.iter().all(Self::is_empty) {
                continue;
            }
            let children = children.iter().zip(errors);
            let entry = if association.is_one() {
                let invalid = children.map(|(_, errors)| errors).find(|errors| !errors.is_empty());
                Nested::One(Box::new(invalid.unwrap_or_default()))
            } else {
                let (mut placed, others): (Vec<_>, Vec<_>) = children.partition(|(child, _)| child.position.is_some());
                placed.sort_by_key(|(child, _)| child.position);
                let mut rows = Vec::new();
                for (child, errors) in placed {
                    // Rows that are ignored leave gaps.
                    rows.resize_with(child.position.unwrap_or_default().max(rows.len()), Self::default);
                    rows.push(errors);
                }
                let dropped = others.into_iter().filter(|(_, errors)| !errors.is_empty());
                let keyed =
                    dropped.map(|(Child { node, .. }, errors)| (key_text(node.meta, node.key().as_ref()), errors));
                Nested::Many { rows, dropped: keyed.collect() }
            };
            nested.insert(association.name, entry);
        }
        Self { own: node.errors.clone(), nested }
    }

    /// The errors as JSON of the input's shape, each made by a function: `{"title": [made], "comments": [{}, {"body":
    /// [made]}]}`. For translations, and for clients that want parameters (`traverse_errors` in Ecto).
    ///
    /// ```
    /// # use assoc_core::{Schema, doctest::Post};
    /// let changeset = Post::build().set(Post::title, "Hi").validate_length(Post::title, 3..);
    /// let json = changeset.errors().traverse(&mut |error| error.params["count"].clone());
    /// assert_eq!(json, serde_json::json!({"title": [3]}));
    /// ```
    pub fn traverse(&self, make: &mut dyn FnMut(&FieldError) -> Json) -> Json {
        let mut members = serde_json::Map::new();
        for error in &self.own {
            let list = members.entry(error.field.to_string()).or_insert_with(|| Json::Array(Vec::new()));
            if let Json::Array(list) = list {
                list.push(make(error));
            }
        }
        for (name, nested) in &self.nested {
            if members.contains_key(*name) {
                continue;
            }
            let json = match nested {
                Nested::One(errors) => errors.traverse(make),
                Nested::Many { rows, dropped } => {
                    let all = rows.iter().chain(dropped.iter().map(|(_, errors)| errors));
                    all.map(|errors| errors.traverse(make)).collect()
                }
            };
            members.insert((*name).to_owned(), json);
        }
        Json::Object(members)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.nested.is_empty()
    }

    /// The errors on fields of the changeset itself, oldest first.
    pub fn own(&self) -> &[FieldError] {
        &self.own
    }

    /// All errors with their paths, in the order of the tree.
    ///
    /// ```
    /// # use assoc_core::{Params, doctest::Post, Schema};
    /// let changeset = Post::build().cast(&Params::from(serde_json::json!({"title": 7})), Post::title);
    /// let errors: Vec<String> = changeset.errors().list().into_iter().map(|(path, error)| format!("{path} {error}")).collect();
    /// assert_eq!(errors, ["title is invalid"]);
    /// ```
    pub fn list(&self) -> Vec<(Path, &FieldError)> {
        let mut list = Vec::new();
        self.collect(&Path::root(), &mut list);
        list
    }

    fn collect<'a>(&'a self, path: &Path, into: &mut Vec<(Path, &'a FieldError)>) {
        into.extend(self.own.iter().map(|error| (path.field(&error.field), error)));
        for (name, nested) in &self.nested {
            match nested {
                Nested::One(errors) => errors.collect(&path.field(name), into),
                Nested::Many { rows, dropped } => {
                    for (position, errors) in rows.iter().enumerate().filter(|(_, errors)| !errors.is_empty()) {
                        errors.collect(&path.field(name).index(position), into);
                    }
                    for (key, errors) in dropped {
                        errors.collect(&path.field(name).key(key), into);
                    }
                }
            }
        }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (path, error)) in self.list().into_iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{path} {error}")?;
        }
        Ok(())
    }
}

impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.traverse(&mut |error| error.to_string().into()).serialize(serializer)
    }
}

//! Untyped input: the tree that `cast` and `cast_assoc` read.

mod form;
mod json;
mod map;

use std::sync::Arc;

use serde::{Serialize, de::DeserializeSeed};

pub use map::ParamsMap;

/// How deep input may nest; what lies deeper is cut off and fails every cast as "is invalid".
pub const MAX_DEPTH: usize = 128;

/// Input from outside: JSON, a form body, or anything that implements `Serialize`.
///
/// Cloning is cheap: lists, maps and texts are shared.
///
/// ```
/// use assoc_core::Params;
///
/// let params = Params::from(serde_json::json!({"title": "Hello", "comments": [{"body": "First"}]}));
/// assert_eq!(params.get("title").and_then(Params::as_str), Some("Hello"));
///
/// let form = Params::from_form("title=Hello&comments[0][body]=First");
/// assert_eq!(form.get("comments").map(|c| c.items().len()), Some(1));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Params {
    /// JSON `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number as JSON has it.
    Number(serde_json::Number),
    /// A text. Form bodies know no other scalar.
    Text(Arc<str>),
    /// A list.
    List(Arc<[Params]>),
    /// An object.
    Map(ParamsMap),
    /// What lay deeper than [`MAX_DEPTH`] levels; it casts to nothing.
    TooDeep,
}

impl Params {
    /// Reads JSON text.
    ///
    /// # Errors
    /// The text is no JSON, or nests deeper than [`MAX_DEPTH`].
    ///
    /// ```
    /// let params = assoc_core::Params::from_json(r#"{"title": "Hello"}"#)?;
    /// assert!(params.get("title").is_some());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let params = json::Seed { sibling: None, members: &mut Vec::new() }.deserialize(&mut reader)?;
        reader.end()?;
        Ok(params)
    }

    /// Takes any value that implements `Serialize`, such as a web framework's input struct.
    ///
    /// # Errors
    /// The value cannot be written as JSON (a map with keys that are no strings, for example).
    ///
    /// ```
    /// let params = assoc_core::Params::from_serialize(&vec![1, 2])?;
    /// assert_eq!(params.items().len(), 2);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_value(value).map(Self::from)
    }

    /// Reads a form body (`application/x-www-form-urlencoded`): `post[title]=Hi&tags[]=a&comments[0][body]=x`.
    ///
    /// Nothing in a body is an error: escapes that are none stay as they are, and of two values for one
    /// name the last one counts.
    pub fn from_form(body: &str) -> Self {
        form::parse(body)
    }

    /// The member of that name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Params> {
        self.as_map().and_then(|members| members.get(name))
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is an object.
    pub fn is_map(&self) -> bool {
        matches!(self, Self::Map(_))
    }

    /// The items of a list, or of an index map (`{"0": …, "1": …}`, as forms send it) by ascending
    /// index, keys that are no number last; empty for anything else.
    pub fn items(&self) -> Vec<&Params> {
        match self {
            Self::List(list) => list.iter().collect(),
            Self::Map(map) => Self::by_index(map).into_iter().map(|(_, value)| value).collect(),
            _ => Vec::new(),
        }
    }

    /// The members of an index map by ascending index, keys that are no number last.
    pub(crate) fn by_index(map: &ParamsMap) -> Vec<(&str, &Self)> {
        let mut items: Vec<_> = map.iter().collect();
        items.sort_by(|(a, _), (b, _)| index(a).cmp(&index(b)).then_with(|| a.cmp(b)));
        items
    }

    /// This as an index of an index map.
    pub(crate) fn as_index(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.to_string()),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The members of both objects; those of this one count where both have one.
    pub(crate) fn over(&self, below: Option<&Self>) -> Self {
        match (self, below) {
            (Self::Map(above), Some(Self::Map(below))) if !above.is_empty() && !above.is(below) => {
                Self::Map(above.over(below))
            }
            (Self::Map(above), Some(below)) if above.is_empty() => below.clone(),
            _ => self.clone(),
        }
    }

    /// Whether this counts as no value at all: a text of nothing but white space.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim_start().is_empty())
    }

    /// Whether a column of JSON can keep all of it: nothing was too deep, and no database takes a NUL inside of a text.
    #[cfg(feature = "json")]
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => true,
            Self::Text(text) => !text.contains('\0'),
            Self::List(items) => items.iter().all(Self::is_whole),
            Self::Map(members) => members.iter().all(|(key, value)| !key.contains('\0') && value.is_whole()),
            Self::TooDeep => false,
        }
    }

    /// The input as JSON; what was too deep is `null`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null | Self::TooDeep => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(number.clone()),
            Self::Text(text) => Json::String(text.to_string()),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(members) => members.iter().map(|(key, value)| (key.to_owned(), value.to_json())).collect(),
        }
    }

    /// One that stood at the same place before, in the item of the list before, has most of its names.
    fn from_value(value: serde_json::Value, depth: usize, sibling: Option<&Self>) -> Self {
        use serde_json::Value as Json;
        match (value, sibling) {
            (Json::Null, _) => Self::Null,
            (Json::Bool(value), _) => Self::Bool(value),
            (Json::Number(value), _) => Self::Number(value),
            (Json::String(value), _) => Self::Text(value.into()),
            (nested, _) if depth == 0 => {
                dismantle(nested);
                Self::TooDeep
            }
            (Json::Array(values), sibling) => {
                let sibling = sibling.and_then(Self::last_item);
                let mut items: Vec<Self> = Vec::with_capacity(values.len());
                for value in values {
                    items.push(Self::from_value(value, depth - 1, items.last().or(sibling)));
                }
                Self::List(items.into())
            }
            (Json::Object(members), sibling) => {
                let sibling = sibling.and_then(Self::as_map);
                let member = |(name, value): (String, Json)| match sibling.and_then(|it| it.entry(&name)) {
                    Some((name, sibling)) => (name.clone(), Self::from_value(value, depth - 1, Some(sibling))),
                    None => (name.into(), Self::from_value(value, depth - 1, None)),
                };
                Self::Map(members.into_iter().map(member).collect())
            }
        }
    }

    fn last_item(&self) -> Option<&Self> {
        match self {
            Self::List(items) => items.last(),
            _ => None,
        }
    }

    fn as_map(&self) -> Option<&ParamsMap> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }
}

impl From<serde_json::Value> for Params {
    fn from(value: serde_json::Value) -> Self {
        Self::from_value(value, MAX_DEPTH, None)
    }
}

/// Numbers before other keys, in their numeric order.
fn index(key: &str) -> (bool, u64) {
    key.parse().map_or((true, 0), |number| (false, number))
}

/// Drops a tree of any depth without a recursion of its depth.
fn dismantle(value: serde_json::Value) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            serde_json::Value::Array(items) => rest.extend(items),
            serde_json::Value::Object(members) => rest.extend(members.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_index_map_is_sorted_by_number() {
        let params = Params::from(json!({"10": "c", "2": "b", "0": "a", "x": "d"}));
        let texts: Vec<_> = params.items().into_iter().filter_map(Params::as_str).collect();
        assert_eq!(texts, ["a", "b", "c", "d"]);
    }

    #[test]
    fn ten_thousand_levels_are_cut_off() {
        let mut value = json!("bottom");
        for _ in 0..10_000 {
            value = serde_json::Value::Array(vec![value]);
        }
        let mut params = &Params::from(value);
        let mut depth = 0;
        while let Params::List(items) = params {
            params = &items[0];
            depth += 1;
        }
        assert_eq!((depth, params), (MAX_DEPTH, &Params::TooDeep));
    }
}

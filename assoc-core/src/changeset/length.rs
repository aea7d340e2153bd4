//! Lengths of texts and lists.

use std::ops::{Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

use sea_query::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::FieldError;

/// How long a text, a list or an association may be, for
/// [`Changeset::validate_length`](super::Changeset::validate_length): a range (`3..=100`, `1..`, `..=5`), or a number.
///
/// ```
/// use assoc_core::{Length, Schema, doctest::Post};
///
/// let changeset = Post::build().set(Post::title, "e\u{301}e\u{301}"); // two graphemes, four code points
/// assert!(changeset.clone().validate_length(Post::title, ..=2).is_valid());
/// assert!(!changeset.validate_length(Post::title, Length::from(..=2).codepoints()).is_valid());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    /// The least length.
    pub min: usize,
    /// The greatest length.
    pub max: usize,
    /// What of a text is counted.
    pub count: Count,
}

/// What of a text is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// What a reader takes for one character.
    #[default]
    Graphemes,
    /// Unicode code points.
    Codepoints,
    /// Bytes in UTF-8.
    Bytes,
}

impl Length {
    fn new(min: usize, max: usize) -> Self {
        Self { min, max, count: Count::Graphemes }
    }

    /// Counts code points instead of graphemes.
    #[must_use]
    pub fn codepoints(self) -> Self {
        Self { count: Count::Codepoints, ..self }
    }

    /// Counts bytes instead of graphemes.
    #[must_use]
    pub fn bytes(self) -> Self {
        Self { count: Count::Bytes, ..self }
    }

    /// The first bound that the length of a value breaks.
    pub(super) fn check(&self, value: &Value) -> Option<FieldError> {
        match value {
            Value::String(Some(text)) => match self.count {
                Count::Graphemes => self.check_count(graphemes(text), "character(s)", "be", "string"),
                Count::Codepoints => self.check_count(text.chars().count(), "character(s)", "be", "string"),
                Count::Bytes => self.check_count(text.len(), "byte(s)", "be", "binary"),
            },
            Value::Bytes(Some(bytes)) => self.check_count(bytes.len(), "byte(s)", "be", "binary"),
            Value::Array(_, Some(items)) => self.check_count(items.len(), "item(s)", "have", "list"),
            #[cfg(feature = "json")]
            Value::Json(Some(json)) => match &**json {
                serde_json::Value::Array(items) => self.check_count(items.len(), "item(s)", "have", "list"),
                serde_json::Value::Object(members) => self.check_count(members.len(), "item(s)", "have", "map"),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn check_count(&self, length: usize, unit: &str, verb: &str, kind: &str) -> Option<FieldError> {
        let (bound, name, count) = match self {
            Self { min, max, .. } if min == max && length != *min => ("", "is", min),
            Self { min, .. } if length < *min => ("at least ", "min", min),
            Self { max, .. } if length > *max => ("at most ", "max", max),
            _ => return None,
        };
        let error = FieldError::new(format!("should {verb} {bound}%{{count}} {unit}"));
        Some(error.with("validation", "length").with("kind", name).with("count", *count).with("type", kind))
    }
}

/// How many characters a reader sees. In ASCII only a line break of two bytes is one of them.
fn graphemes(text: &str) -> usize {
    if text.is_ascii() {
        text.len() - text.as_bytes().windows(2).filter(|pair| pair == b"\r\n").count()
    } else {
        text.graphemes(true).count()
    }
}

impl From<usize> for Length {
    fn from(length: usize) -> Self {
        Self::new(length, length)
    }
}

impl From<RangeInclusive<usize>> for Length {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self::new(*range.start(), *range.end())
    }
}

impl From<Range<usize>> for Length {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end.saturating_sub(1))
    }
}

impl From<RangeFrom<usize>> for Length {
    fn from(range: RangeFrom<usize>) -> Self {
        Self::new(range.start, usize::MAX)
    }
}

impl From<RangeTo<usize>> for Length {
    fn from(range: RangeTo<usize>) -> Self {
        Self::new(0, range.end.saturating_sub(1))
    }
}

impl From<RangeToInclusive<usize>> for Length {
    fn from(range: RangeToInclusive<usize>) -> Self {
        Self::new(0, range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_counted_as_any_other_text() {
        for text in ["", "a", "\r", "\n", "a\r\nb", "\r\r\n\n", "\r\n\r\n", "\t a\0"] {
            assert_eq!(graphemes(text), text.graphemes(true).count(), "{text:?}");
        }
        assert_eq!(graphemes("e\u{301}\r\n"), 2);
    }
}

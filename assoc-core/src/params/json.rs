//! JSON text to params, with nothing in between.

use std::{fmt, sync::Arc};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Params, ParamsMap};

/// Reads a value. One that stood at the same place before, in the item of the list before, has most of its names.
pub(super) struct Seed<'s> {
    pub sibling: Option<&'s Params>,
    /// Those of the objects that are being read, the innermost last.
    pub members: &'s mut Vec<(Arc<str>, Params)>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Params;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Params, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Params;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Params, E> {
        Ok(Params::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Params, E> {
        Ok(Params::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Params, E> {
        Ok(Params::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Params, E> {
        Ok(Params::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Params, E> {
        Ok(serde_json::Number::from_f64(value).map_or(Params::Null, Params::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Params, E> {
        Ok(Params::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Params, A::Error> {
        let sibling = self.sibling.and_then(Params::last_item);
        let mut items: Vec<Params> = Vec::new();
        while let Some(item) =
            access.next_element_seed(Seed { sibling: items.last().or(sibling), members: self.members })?
        {
            items.push(item);
        }
        Ok(Params::List(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Params, A::Error> {
        let sibling = self.sibling.and_then(Params::as_map);
        let members = self.members;
        let first = members.len();
        while let Some(name) = access.next_key_seed(Name { sibling })? {
            let sibling = sibling.and_then(|sibling| sibling.get(&name));
            let value = access.next_value_seed(Seed { sibling, members })?;
            members.push((name, value));
        }
        Ok(Params::Map(ParamsMap::drained(members, first)))
    }
}

/// Reads a name; that of a sibling's member, if it has one.
struct Name<'s> {
    sibling: Option<&'s ParamsMap>,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Arc<str>, E> {
        let known = self.sibling.and_then(|sibling| sibling.entry(name));
        Ok(known.map_or_else(|| name.into(), |(name, _)| name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let texts = [
            r#"{"b": [1, -2, 3.5, 1e2, 18446744073709551616, 0.1, -0.0], "a": {"c": null, "d": true}, "b\u0061": "\n"}"#,
            r#"[{"id": 1, "x": {"y": 1}}, {"x": {"y": 2, "z": []}, "id": 2}, {}, 7, {"x": [{"y": {}}]}]"#,
            r#"{"a": 1, "b": 2, "a": 3}"#,
            r#""text""#,
            r#"{"a": 1} 2"#,
            r#"{"a": 1e999}"#,
            r#"{"a"}"#,
            "",
            &nested(127),
            &nested(128),
        ];
        for text in texts {
            let read = Params::from_json(text).map_err(|error| error.to_string());
            let expected = serde_json::from_str::<serde_json::Value>(text).map(Params::from);
            assert_eq!(read, expected.map_err(|error| error.to_string()), "{text}");
        }
    }

    #[test]
    fn names_are_kept_once() {
        let params = Params::from_json(r#"[{"id": 1, "at": {"x": 1}}, {"at": {"x": 2}, "id": 2}]"#);
        let Ok(Params::List(rows)) = params else { panic!("a list") };
        let name = |row: &Params| match row {
            Params::Map(members) => members.iter().next().map(|(name, _)| name.as_ptr()),
            _ => None,
        };
        assert_eq!(name(&rows[0]), name(&rows[1]));
        assert_eq!(rows[0].get("at").and_then(name), rows[1].get("at").and_then(name));
    }
}

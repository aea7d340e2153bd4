//! Form bodies: `comments[0][body]=x` to a tree.

use std::collections::BTreeMap;

use super::{MAX_DEPTH, Params};

pub(super) fn parse(body: &str) -> Params {
    let mut root = Branch::default();
    for pair in body.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (path, is_whole) = path(&decode(name));
        root.insert(path, if is_whole { Params::Text(decode(value).into()) } else { Params::TooDeep });
    }
    root.into_params()
}

/// A node while the body is read: children by name, in the order in which `[]` gave them numbers.
///
/// Names can be nearly all brackets, so a node with one child is kept small: a map would be hundreds of bytes for two
/// of the body.
#[derive(Default)]
struct Branch {
    value: Option<Params>,
    children: Vec<(String, Branch)>,
    /// Where the children are, once there are more than a few.
    places: BTreeMap<String, usize>,
    appended: usize,
}

impl Branch {
    const FEW: usize = 8;

    fn insert(&mut self, path: Vec<String>, value: Params) {
        let mut branch = self;
        for segment in path {
            let name = if segment.is_empty() {
                branch.appended += 1;
                (branch.appended - 1).to_string()
            } else {
                segment
            };
            branch = branch.child(name);
        }
        branch.value = Some(value);
    }

    fn child(&mut self, name: String) -> &mut Self {
        let at = match self.places.is_empty() {
            true => self.children.iter().position(|(other, _)| *other == name),
            false => self.places.get(&name).copied(),
        };
        let at = at.unwrap_or_else(|| self.add(name));
        &mut self.children[at].1
    }

    fn add(&mut self, name: String) -> usize {
        let at = self.children.len();
        if at == 0 {
            self.children.reserve_exact(1);
        }
        if at == Self::FEW {
            self.places = self.children.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        }
        if at >= Self::FEW {
            self.places.insert(name.clone(), at);
        }
        self.children.push((name, Self::default()));
        at
    }

    fn into_params(self) -> Params {
        if self.appended > 0 && self.appended == self.children.len() {
            let mut items = self.children;
            items.sort_by_key(|(index, _)| index.parse::<usize>().unwrap_or(usize::MAX));
            return Params::List(items.into_iter().map(|(_, child)| child.into_params()).collect());
        }
        match self.value {
            Some(value) if self.children.is_empty() => value,
            _ => Params::Map(self.children.into_iter().map(|(name, child)| (name, child.into_params())).collect()),
        }
    }
}

/// `comments[0][body]` to its three segments; brackets that do not match belong to the name. And whether that is all
/// of them: those that lie too deep are left out.
fn path(name: &str) -> (Vec<String>, bool) {
    let Some((first, mut rest)) = name.find('[').filter(|at| *at > 0).map(|at| name.split_at(at)) else {
        return (vec![name.to_owned()], true);
    };
    let mut segments = vec![first.to_owned()];
    while let Some((segment, tail)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        if segments.len() == MAX_DEPTH {
            return (segments, false);
        }
        segments.push(segment.to_owned());
        rest = tail;
    }
    if rest.is_empty() { (segments, true) } else { (vec![name.to_owned()], true) }
}

/// `+` and `%41`; escapes that are none stay as they are.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_names_become_a_tree() {
        let params = parse("post[title]=a+b%21&tags[]=x&tags[]=y&comments[1][body]=2&comments[0][body]=1&odd[=z&100%");
        assert_eq!(
            params,
            Params::from(json!({
                "post": {"title": "a b!"},
                "tags": ["x", "y"],
                "comments": {"0": {"body": "1"}, "1": {"body": "2"}},
                "odd[": "z",
                "100%": "",
            }))
        );
    }
    #[test]
    fn a_name_that_is_too_deep_has_no_value() {
        let deep = parse(&format!("a{}=x", "[b]".repeat(MAX_DEPTH)));
        let mut params = &deep;
        let mut depth = 0;
        while let Params::Map(members) = params {
            params = members.iter().next().unwrap().1;
            depth += 1;
        }
        assert_eq!((depth, params), (MAX_DEPTH, &Params::TooDeep));
    }
}

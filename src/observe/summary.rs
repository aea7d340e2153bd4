//! What a statement does, by its text: the operation and the table.

use assoc_core::statements::Kind;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub operation: String,
    pub table: Option<String>,
}

impl Summary {
    /// Of a text that a dialect has written: it may begin with a `WITH`.
    pub fn of(kind: Kind, text: &str) -> Self {
        if kind == Kind::Control {
            return Self { operation: text.to_owned(), table: None };
        }
        if let Some(summary) = Self::of_writes(text) {
            return summary;
        }
        let mut words = Words { rest: text, depth: 0 };
        let begins = |word: &str| matches!(word, "SELECT" | "INSERT" | "UPDATE" | "DELETE");
        match words.by_ref().find(|(word, depth)| *depth == 0 && begins(word)) {
            Some((operation, _)) => Self::at(operation, words),
            None => Self::of_script(text),
        }
    }

    /// Of a save that is one statement: `WITH b0 AS (INSERT …), … SELECT …`. Of several operations it is a batch, as
    /// OpenTelemetry calls that.
    fn of_writes(text: &str) -> Option<Self> {
        let mut words = Words { rest: text.strip_prefix("WITH ")?, depth: 0 };
        let mut before = ("", 0);
        let mut found: Option<Self> = None;
        while let Some(word) = words.next() {
            let begins = matches!(before, ("AS" | "MATERIALIZED", 0)) && word.1 == 1;
            if begins && matches!(word.0, "INSERT" | "UPDATE" | "DELETE") {
                let next = Self::at(word.0, words.clone());
                found = Some(match found {
                    None => next,
                    Some(all) => Self {
                        operation: if all.operation == next.operation { next.operation } else { "BATCH".to_owned() },
                        table: all.table.filter(|table| next.table.as_ref() == Some(table)),
                    },
                });
            }
            before = word;
        }
        found
    }

    /// Of an operation, and the words after it.
    fn at(operation: &str, mut words: Words<'_>) -> Self {
        let before = match operation {
            "INSERT" => Some("INTO"),
            "UPDATE" => None,
            _ => Some("FROM"),
        };
        let found = before.is_none_or(|before| words.any(|(word, _)| word == before));
        Self { operation: operation.to_owned(), table: found.then(|| table(words)).flatten() }
    }

    /// Of a text that somebody else has written.
    pub fn of_script(text: &str) -> Self {
        let operation = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        Self { operation, table: None }
    }
}

/// The table named next; of a subquery, the table that it reads.
fn table(mut words: Words<'_>) -> Option<String> {
    let mut rest = words.rest.trim_start();
    while rest.starts_with('(') {
        words.find(|(word, _)| *word == "FROM")?;
        rest = words.rest.trim_start();
    }
    let mut name = String::new();
    let mut quoted = false;
    for char in rest.chars() {
        match char {
            '"' => quoted = !quoted,
            _ if quoted || char.is_alphanumeric() || matches!(char, '_' | '.' | '$') => name.push(char),
            _ => break,
        }
    }
    Some(name).filter(|name| !name.is_empty())
}

/// Words outside of quotes, each with how many parentheses are open around it.
#[derive(Clone)]
struct Words<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = (&'a str, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.rest.chars().next()?;
            let after = &self.rest[first.len_utf8()..];
            let is_word = |char: char| char.is_alphanumeric() || char == '_';
            if is_word(first) {
                let end = self.rest.find(|char| !is_word(char)).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some((word, self.depth));
            }
            self.rest = match first {
                '\'' | '"' => after.find(first).map_or("", |end| &after[end + 1..]),
                _ => after,
            };
            match first {
                '(' => self.depth += 1,
                ')' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_and_its_table() {
        for (text, operation, table) in [
            (r#"SELECT "a"."from" FROM "posts" AS "a" WHERE x = 'FROM y'"#, "SELECT", Some("posts")),
            (r#"SELECT count(*) FROM (SELECT 1 FROM "blog"."posts") AS "r""#, "SELECT", Some("blog.posts")),
            (r#"SELECT (SELECT max("id") FROM "tags"), 1"#, "SELECT", Some("tags")),
            (r#"INSERT INTO "posts" ("a") SELECT "a" FROM unnest($1)"#, "INSERT", Some("posts")),
            (r#"UPDATE "posts" AS t SET "a" = 1"#, "UPDATE", Some("posts")),
            (r#"DELETE FROM posts WHERE 1"#, "DELETE", Some("posts")),
            (r#"WITH locked AS (SELECT 1 FROM "x") UPDATE "posts" SET a = 1"#, "UPDATE", Some("posts")),
            (
                r#"WITH b0 AS (INSERT INTO "posts" ("AS (DELETE") SELECT 1 RETURNING 1) SELECT 0"#,
                "INSERT",
                Some("posts"),
            ),
            (
                r#"WITH s0 AS MATERIALIZED (SELECT u.* FROM u), b0 AS (INSERT INTO "a" SELECT 1), b1 AS (INSERT INTO "b" SELECT 1) SELECT 0"#,
                "INSERT",
                None,
            ),
            (r#"WITH b0 AS (DELETE FROM "a" AS t), b1 AS (UPDATE "a" AS t SET b = 1) SELECT 0"#, "BATCH", Some("a")),
            (r#"WITH a AS (SELECT 1 FROM "b") SELECT 1 FROM "c""#, "SELECT", Some("c")),
            ("refresh materialized view top", "REFRESH", None),
            ("SELECT 1", "SELECT", None),
            ("", "", None),
        ] {
            let expected = Summary { operation: operation.to_owned(), table: table.map(str::to_owned) };
            assert_eq!(Summary::of(Kind::Statement, text), expected, "{text}");
        }
        assert_eq!(Summary::of(Kind::Control, "RELEASE SAVEPOINT").operation, "RELEASE SAVEPOINT");
    }
}

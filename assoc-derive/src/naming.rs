//! Names by convention, and the nearest name to one that was mistyped.

/// `BlogPost` → `blog_post`, `HTTPServer` → `http_server`.
pub fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, &char) in chars.iter().enumerate() {
        let word_starts = char.is_uppercase()
            && index.checked_sub(1).is_some_and(|before| {
                let before = chars[before];
                let next_is_lower = chars.get(index + 1).is_some_and(|next| next.is_lowercase());
                before != '_' && (!before.is_uppercase() || next_is_lower)
            });
        if word_starts {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

/// The table of a type: `BlogPost` → `blog_posts`, `Category` → `categories`, `Box` → `boxes`.
pub fn table_name(type_name: &str) -> String {
    let name = snake_case(type_name);
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end)) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// The candidate that `name` was probably meant to be.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().div_ceil(3);
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_case_splits_words_and_acronyms() {
        for (name, snake) in [
            ("Post", "post"),
            ("BlogPost", "blog_post"),
            ("HTTPServer", "http_server"),
            ("Utf8Text", "utf8_text"),
            ("already_snake", "already_snake"),
            ("Mixed_Case", "mixed_case"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }

    #[test]
    fn tables_are_plural() {
        for (name, table) in [
            ("Post", "posts"),
            ("BlogPost", "blog_posts"),
            ("Category", "categories"),
            ("Day", "days"),
            ("Box", "boxes"),
            ("Status", "statuses"),
            ("Branch", "branches"),
            ("Dish", "dishes"),
        ] {
            assert_eq!(table_name(name), table);
        }
    }

    #[test]
    fn the_nearest_name_is_near() {
        let keys = || ["table", "prefix", "crate"].into_iter();
        assert_eq!(nearest("tabel", keys()), Some("table"));
        assert_eq!(nearest("perfix", keys()), Some("prefix"));
        assert_eq!(nearest("colour", keys()), None);
    }
}

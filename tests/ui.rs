//! Mistakes and what the compiler says to them. One mistake is one error, at the user's token.

use std::{fs, path::Path};

/// The cases with more than one mistake, and how many they have.
const SEVERAL: [(&str, usize); 2] = [("several_mistakes.stderr", 5), ("select_several_mistakes.stderr", 4)];

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn one_mistake_is_one_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    for entry in fs::read_dir(folder).expect("the folder of cases") {
        let path = entry.expect("a case").path();
        if path.extension().is_none_or(|extension| extension != "stderr") {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let text = fs::read_to_string(&path).expect("what the compiler says");
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        let expected = SEVERAL.iter().find(|several| several.0 == name).map_or(1, |several| several.1);
        assert_eq!(errors, expected, "{name}:\n{text}");
    }
}

//! Where the library differs from Ecto on purpose, and what a typed program cannot say at all.

use std::{collections::HashSet, path::Path};

use serde_json::{Map, Value as Json};

use crate::{Verdict, database::Engine, world::members};

/// The file `deviations.json`.
pub struct Deviations {
    json: Json,
    root: std::path::PathBuf,
}

/// What is expected instead.
pub struct Instead<'d>(&'d Json);

impl Deviations {
    pub fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("deviations.json")).expect("deviations.json can be read");
        let json: Json = serde_json::from_str(&text).expect("deviations.json is JSON");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
        let deviations = Self { json, root };
        for (name, deviation) in members(&deviations.json["deviations"]) {
            let why = deviation["why"].as_str().unwrap_or_default();
            assert!(why.len() > 20 && deviation["expect"].is_object(), "{name} needs a reason and an expectation");
        }
        deviations
    }

    /// What is expected of a case instead of what Ecto does; on SQLite there can be more to it.
    pub fn of(&self, name: &str, engine: Engine) -> Option<Instead<'_>> {
        let sqlite = self.json["sqlite"].get(name).filter(|_| engine == Engine::Sqlite);
        sqlite.or_else(|| self.json["deviations"].get(name)).map(|deviation| Instead(&deviation["expect"]))
    }

    /// Whether a case may pass by the rules: of the recorded ones those that the rules name; of another folder, any.
    pub fn allows_rules(&self, name: &str) -> bool {
        let named = members(&self.json["rules"])
            .any(|(_, rule)| crate::steps::list(&rule["cases"]).iter().any(|it| it == name));
        named || std::env::var_os("ASSOC_CONFORMANCE_DIR").is_some()
    }

    /// A case that cannot be written: the compile error that a user gets is in a file of the compile-fail tests.
    pub fn ruled_out(&self, kind: &str, message: &str, case: &Json) -> Verdict {
        let entries = crate::steps::list(&self.json["ruled_out"][kind]);
        if entries.is_empty() {
            return Verdict::Failed(vec![format!("ruled out, but no compile error is listed for `{kind}`: {message}")]);
        }
        for entry in entries {
            let file = self.root.join(entry["test"].as_str().unwrap_or_default());
            let shown = std::fs::read_to_string(&file).unwrap_or_default();
            let error = entry["error"].as_str().unwrap_or("?");
            if !shown.contains(error) {
                return Verdict::Failed(vec![format!("{} does not show `{error}`", file.display())]);
            }
        }
        // Where it can be said in Elixir, that raises; or the value is of a kind that no input could have.
        match case["expect"]["raises"]["kind"].as_str() {
            None if kind != "bad_value" => {
                Verdict::Failed(vec![format!("ruled out as {kind} ({message}), but Ecto does not raise")])
            }
            _ => Verdict::RuledOut,
        }
    }
}

/// The rules by which results differ that many cases have, each with its reason in the file. A case that passes by them
/// only is a deviation.
pub fn by_rules(expected: &Json, seen: &Json, case: &Json) -> Json {
    let mut expected = expected.clone();
    // The changeset that comes back after a failure is what was given, plus errors.
    let given = expected["changeset"]["changes"].clone();
    if let Some(back) = expected["error_changeset"].as_object_mut().and_then(|back| back.get_mut("changes")) {
        keep_given(back, &given);
    }
    // So are those that functions inside of the save see.
    for seen in expected["recorded"].as_object_mut().into_iter().flat_map(|recorded| recorded.values_mut()) {
        if seen.get("repo_set").is_some() {
            keep_given(&mut seen["changes"], &given);
        }
    }
    // An association that leads through another loads what was asked for, not what it leads through.
    if case["kind"] == "preload" {
        let asked = case["preloads"].to_string();
        let asked = asked.split(|letter: char| letter != '_' && !letter.is_alphanumeric()).collect();
        unload(&mut expected["result"], &seen["result"], &asked);
    }
    expected
}

fn keep_given(back: &mut Json, given: &Json) {
    match back {
        Json::Object(members) => {
            members.retain(|name, _| given.get(name).is_some() || name == "errors");
            members.iter_mut().for_each(|(name, value)| keep_given(value, &given[name]));
        }
        Json::Array(items) => {
            items.iter_mut().enumerate().for_each(|(index, item)| keep_given(item, &given[index]));
        }
        _ => {}
    }
}

/// Lists that no preload names are as they were seen, if that is not loaded.
fn unload(expected: &mut Json, seen: &Json, asked: &HashSet<&str>) {
    match expected {
        Json::Object(members) => {
            for (name, value) in members {
                if seen[name] == "not_loaded" && value.is_array() && !asked.contains(name.as_str()) {
                    *value = seen[name].clone();
                }
                unload(value, &seen[name], asked);
            }
        }
        Json::Array(items) => items.iter_mut().enumerate().for_each(|(index, item)| unload(item, &seen[index], asked)),
        _ => {}
    }
}

impl Instead<'_> {
    /// The expectation with its changed members.
    pub fn over(&self, expected: &Json) -> Json {
        merged(expected, self.0)
    }
}

/// Members of the second over those of the first: objects in depth, `{"=": value}` stands for a whole value.
fn merged(below: &Json, above: &Json) -> Json {
    if let Some(whole) = above.get("=") {
        return whole.clone();
    }
    match (below, above) {
        (Json::Object(below), Json::Object(above)) => {
            let mut members: Map<String, Json> = below.clone();
            for (name, value) in above {
                members.insert(name.clone(), merged(below.get(name).unwrap_or(&Json::Null), value));
            }
            Json::Object(members)
        }
        (_, above) => above.clone(),
    }
}

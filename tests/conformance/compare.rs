//! What a case expects, compared with what happened.

use serde_json::{Value as Json, json};

use crate::{steps::list, world::members};

/// The differences, each with its place; none if all is as expected.
pub fn differences(expected: &Json, seen: &Json, case: &Json) -> Vec<String> {
    let mut found = Vec::new();
    raises(expected, seen, &mut found);
    let at = expected["raises"]["at"].as_str().unwrap_or_default();
    if !at.starts_with("step") && at != "load" {
        for key in ["changeset", "error_changeset"] {
            changesets(&expected[key], &seen[key], key, &mut found);
        }
        differ(&expected["outcome"], &seen["outcome"], "outcome", &mut found);
        differ(
            &unordered_changes(&expected["recorded"]),
            &unordered_changes(&seen["recorded"]),
            "recorded",
            &mut found,
        );
        results(expected, seen, case, &mut found);
        for key in ["load_statements", "step_statements"] {
            let sent = seen[key].as_u64().unwrap_or(0);
            let allowed = expected[key].as_array().map_or(0, Vec::len) as u64;
            if sent > allowed {
                found.push(format!("{key}: {sent} sent, Ecto sends {allowed}"));
            }
        }
        statements(expected, seen, &mut found);
        // What functions add inside of the save is in no plan before it; the rows tell.
        let prepares = list(&case["steps"]).iter().any(|step| step["op"] == "prepare_changes");
        if expected["outcome"] == "ok" && !prepares {
            writes(expected, seen, case, &mut found);
        }
    }
    differ(&expected["db"], &seen["db"], "db", &mut found);
    if !expected["then"].is_null() {
        for difference in differences(&expected["then"], &seen["then"], &case["then"]) {
            found.push(format!("then: {difference}"));
        }
    }
    found
}

fn raises(expected: &Json, seen: &Json, found: &mut Vec<String>) {
    let (expected, seen) = (&expected["raises"], &seen["raises"]);
    let place = |raise: &Json| json!([raise["at"], raise["kind"]]);
    // The library names the constraint of every violation; Ecto only of those that a changeset could have declared.
    let same_constraint = seen["constraint"].is_null() || expected["constraint"] == seen["constraint"];
    let refused = [expected, seen].iter().all(|raise| raise["kind"] == "db_error" || raise["kind"] == "constraint");
    if place(expected) != place(seen) && !(refused && same_constraint && expected["at"] == seen["at"]) {
        found.push(format!("raises: expected {expected}, got {seen}"));
    } else if expected["kind"] == "constraint" && !seen["constraint"].is_null() {
        differ(&expected["constraint"], &seen["constraint"], "raises.constraint", found);
    }
}

/// Two changesets: of errors the messages, their parameters and places; which field came first is no promise.
fn changesets(expected: &Json, seen: &Json, at: &str, found: &mut Vec<String>) {
    if expected.is_null() && seen.is_null() {
        return;
    }
    for key in ["valid", "action"] {
        differ(&expected[key], &seen[key], &format!("{at}.{key}"), found);
    }
    let without_dropped = |json: &Json| place_of_input(json, &expected["changes"]);
    differ(&without_dropped(&expected["errors"]), &seen["errors"], &format!("{at}.errors"), found);
    let (details, seen_details) = (without_dropped(&expected["error_details"]), &seen["error_details"]);
    differ(&translated(&details), &translated(seen_details), &format!("{at}.error_details"), found);
    differ(&sorted(&expected["error_keys"]), &sorted(&seen["error_keys"]), &format!("{at}.error_keys"), found);
    differ(
        &unordered_changes(&expected["changes"]),
        &unordered_changes(&seen["changes"]),
        &format!("{at}.changes"),
        found,
    );
}

/// Ecto counts the places of errors with the dropped children in front; here they are those of the input.
fn place_of_input(errors: &Json, changes: &Json) -> Json {
    match (errors, changes) {
        (Json::Object(errors), changes) => {
            let changes = |name: &String| match &changes[name] {
                Json::Object(child) => child["changes"].clone(),
                other => other.clone(),
            };
            errors.iter().map(|(name, errors)| (name.clone(), place_of_input(errors, &changes(name)))).collect()
        }
        (Json::Array(errors), Json::Array(children)) if errors.len() == children.len() => {
            let placed = errors.iter().zip(children).filter(|(_, child)| child["action"] != "replace");
            placed.map(|(errors, child)| place_of_input(errors, &child["changes"])).collect()
        }
        (errors, _) => errors.clone(),
    }
}

/// The order among replaced children is no promise; an enumeration's texts have none in the recording.
fn unordered_changes(changes: &Json) -> Json {
    match changes {
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), unordered_changes(value))).collect(),
        Json::Array(items) => {
            let (mut replaced, others): (Vec<Json>, Vec<Json>) =
                items.iter().map(unordered_changes).partition(|item| item["action"] == "replace");
            replaced.sort_by_key(Json::to_string);
            replaced.into_iter().chain(others).collect()
        }
        other => other.clone(),
    }
}

/// Names of Elixir's types, and sets that are shown as lists.
fn translated(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| match (name.as_str(), value) {
                ("type", value) if value == "Ecto.UUID" => (name.clone(), json!("uuid")),
                ("enum", value) => (name.clone(), sorted(value)),
                (_, value) => (name.clone(), translated(value)),
            };
            members.iter().map(member).collect()
        }
        Json::Array(items) => items.iter().map(translated).collect(),
        other => other.clone(),
    }
}

fn sorted(json: &Json) -> Json {
    let mut items = list(json).to_vec();
    items.sort_by_key(Json::to_string);
    Json::Array(items)
}

fn results(expected: &Json, seen: &Json, case: &Json, found: &mut Vec<String>) {
    if expected["outcome"] == "error" && expected["result"].is_null() {
        return;
    }
    let (mut expected, mut seen) = (expected["result"].clone(), seen["result"].clone());
    for name in list(&case["unordered"]).iter().filter_map(Json::as_str) {
        sort_member(&mut expected, name);
        sort_member(&mut seen, name);
    }
    differ(&expected, &seen, "result", found);
}

fn sort_member(json: &mut Json, name: &str) {
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                sort_member(value, name);
                if key == name && value.is_array() {
                    *value = sorted(value);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| sort_member(item, name)),
        _ => {}
    }
}

fn statements(expected: &Json, seen: &Json, found: &mut Vec<String>) {
    let (allowed, sent) = (expected["statements"].as_u64(), seen["statements"].as_u64());
    if let (Some(allowed), Some(sent)) = (allowed, sent)
        && sent > allowed
    {
        found.push(format!("statements: {sent} sent, Ecto sends {allowed}: {}", seen["statement_list"]));
    }
}

/// The set of affected rows with the columns written.
fn writes(expected: &Json, seen: &Json, case: &Json, found: &mut Vec<String>) {
    let mut rest: Vec<&Json> = list(&seen["writes"]).iter().collect();
    for write in list(&expected["writes"]).iter().filter(|write| write["op"] != "other" && write["failed"].is_null()) {
        let mut needed = write.clone();
        if let Some(set) = needed["set"].as_object_mut() {
            set.retain(|column, value| !is_redundant(write, column, value, case));
        }
        match rest.iter().position(|seen| is_write(write, seen) || is_write(&needed, seen)) {
            Some(at) => drop(rest.remove(at)),
            None if members(&needed["set"]).next().is_none() && write["op"] == "update" => {}
            None => found.push(format!("writes: {write} is missing in {}", seen["writes"])),
        }
    }
    found.extend(rest.iter().map(|write| format!("writes: {write} is not expected")));
}

/// The same row and columns. A key may hold more (the owner's, so that nobody else's row is written); values that only
/// the database knows are not in a plan, and looked at in the rows.
fn is_write(expected: &Json, seen: &Json) -> bool {
    let same = |expected: &Json, seen: &Json| expected == seen || seen.as_str().is_some_and(is_reference);
    let key = members(&expected["key"]).all(|(name, value)| same(value, &seen["key"][name]));
    let set =
        members(&expected["set"]).all(|(name, value)| seen["set"].get(name).is_some_and(|seen| same(value, seen)));
    let columns = |write: &Json| members(&write["set"]).map(|(name, _)| name.clone()).collect::<Vec<_>>();
    expected["op"] == seen["op"]
        && expected["table"] == seen["table"]
        && key
        && set
        && columns(expected) == columns(seen)
}

/// A value of another row of the plan, by its path: `comments[2].id`, `id`, or the present time.
fn is_reference(text: &str) -> bool {
    text == "id" || text.ends_with(".id") || text == "now"
}

/// A foreign key that is written with the value that it has: Ecto does so when a parent was updated, and promises nothing
/// of it.
fn is_redundant(write: &Json, column: &str, value: &Json, case: &Json) -> bool {
    let table = write["table"].as_str().unwrap_or_default();
    let seeded = list(&case["seed"][table]).iter().any(|row| row["id"] == write["key"]["id"] && row[column] == *value);
    write["op"] == "update" && column.ends_with("_id") && seeded
}

/// Where two values differ.
fn differ(expected: &Json, seen: &Json, at: &str, found: &mut Vec<String>) {
    match (expected, seen) {
        (Json::Object(a), Json::Object(b)) => {
            for name in a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))) {
                let missing = |json: &serde_json::Map<String, Json>| json.get(name).cloned();
                match (missing(a), missing(b)) {
                    (Some(a), Some(b)) => differ(&a, &b, &format!("{at}.{name}"), found),
                    (Some(a), None) => found.push(format!("{at}.{name}: expected {a}, got nothing")),
                    (None, Some(b)) => found.push(format!("{at}.{name}: expected nothing, got {b}")),
                    (None, None) => {}
                }
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(index, (a, b))| differ(a, b, &format!("{at}[{index}]"), found));
        }
        (Json::Number(a), Json::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{at}: expected {a}, got {b}")),
    }
}

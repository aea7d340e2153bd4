//! Whatever comes in: no panic, no row touched that was not loaded, and a plan that does what the changeset says.

#![allow(missing_docs)]

mod found;
mod input;
mod schemas;
mod table;

use assoc::{
    Op, PlanError, Write,
    prelude::*,
    schema::{Meta, Record},
};
use input::{Choices, form, given, loaded, odd, same};
use proptest::prelude::*;
use schemas::Root;
use serde_json::Value as Json;
use table::Tables;

/// How large the loaded graph and the input are, and the choices that make them.
fn seeds() -> impl Strategy<Value = (u64, u64, usize)> {
    (any::<u64>(), any::<u64>(), prop_oneof![14 => 0_usize..6, 1 => 6_usize..20])
}

fn loaded_root(seed: u64, size: usize) -> Record {
    loaded(Root::META, &mut Choices::new(seed), size, &mut 10)
}

fn change(record: &Record) -> Changeset<Root> {
    Root::from_record(record.clone()).unwrap().change()
}

/// Asks a changeset everything, and checks what must hold of any.
fn check(before: &Record, params: &Params) {
    let changeset = Root::changeset(change(before), params);
    let errors = changeset.errors();
    let prints = params.is_map() && params.to_json().to_string().len().is_multiple_of(4);
    if prints {
        let _ = (errors.to_string(), serde_json::to_value(&errors).unwrap(), format!("{changeset:?}"));
    }
    for (path, _) in errors.list() {
        assert!(within(path.as_str(), params, Root::META), "{path} is not within the input");
    }
    let plan = match changeset.plan() {
        Ok(plan) => plan,
        Err(PlanError::Misuse(misuse)) => return drop((misuse.to_string(), changeset.apply_changes())),
        Err(PlanError::Invalid(told)) => {
            assert_eq!((changeset.is_valid(), &told), (false, &errors));
            return drop(changeset.apply_changes());
        }
    };
    assert!(changeset.is_valid() && errors.is_empty());
    if prints {
        let _ = (plan.to_string(), serde_json::to_value(&plan).unwrap());
    }
    let writes = plan.writes();
    let tables = Tables::of(Root::META, before);
    only_loaded_rows(&tables, &writes);
    twice_is_once(&changeset, params, &writes);
    // A row that is there and ignored is not in the list any more, but in the database.
    if !params.to_json().to_string().contains("ignore") {
        plan_does_what_is_said(tables, &changeset, &writes);
    }
    drop(changeset.apply_changes());
}

/// Updates and deletes are of rows that were loaded.
fn only_loaded_rows(tables: &Tables, writes: &[Write]) {
    for write in writes.iter().filter(|write| write.op != Op::Insert) {
        let mut found = write.clone();
        if write.op == Op::Update {
            // What else is in the key may have been changed by the save itself, an owner's key for one.
            found.key.retain(|name, _| keys(write.table).contains(name));
        }
        assert!(tables.has(&found), "{write:?} is of a row that was not loaded");
    }
}

fn twice_is_once(changeset: &Changeset<Root>, params: &Params, writes: &[Write]) {
    let again = Root::changeset(changeset.clone(), params);
    let plan = again.plan().unwrap();
    if plan.writes() == writes {
        return;
    }
    let comparable = |writes: &[Write]| -> Vec<String> {
        let mut texts: Vec<_> = writes.iter().map(|write| without_made(&format!("{write:?}"))).collect();
        texts.sort();
        texts
    };
    assert_eq!(comparable(&plan.writes()), comparable(writes));
}

/// Without the UUIDs that were made: those of the input begin with zeros.
fn without_made(text: &str) -> String {
    let is_made = |part: &str| {
        part.len() == 36 && part.bytes().filter(|byte| *byte == b'-').count() == 4 && !part.starts_with("00000000")
    };
    let parts = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    parts.filter(|part| !is_made(part)).collect::<Vec<_>>().join(" ")
}

/// The tables after the plan hold what the changeset says.
fn plan_does_what_is_said(mut tables: Tables, changeset: &Changeset<Root>, writes: &[Write]) {
    if tables.apply(writes, &keys).is_err() {
        return;
    }
    let after = changeset.node().clone().apply();
    if let Some(difference) = difference("", &tables.view(Root::META, &after), &table::view(Root::META, &after)) {
        panic!("{difference}\n{}", changeset.plan().unwrap());
    }
}

/// Where two values differ first.
fn difference(at: &str, found: &Json, said: &Json) -> Option<String> {
    match (found, said) {
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(name, a)| difference(&format!("{at}.{name}"), a, &b[name]))
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(nth, (a, b))| difference(&format!("{at}[{nth}]"), a, b))
        }
        _ => (found != said).then(|| format!("{at}: the tables hold {found}, the changeset says {said}")),
    }
}

/// The columns of a table's key; a join table has none.
fn keys(table: &str) -> Vec<&'static str> {
    match table {
        "roots_tags" => Vec::new(),
        "parcels" => vec!["root_id", "number"],
        _ => vec!["id"],
    }
}

/// Whether a path leads to a member of the input, or to a row that was loaded.
fn within(path: &str, params: &Params, meta: &'static Meta) -> bool {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let (name, place) = segment.split_once('[').map_or((segment, None), |(name, place)| (name, Some(place)));
    let Some(association) = meta.associations.iter().find(|association| association.name == name) else {
        let known =
            meta.fields.iter().any(|field| field.name == name) || ["base", "title_confirmation"].contains(&name);
        return known && place.is_none() && rest.is_none();
    };
    let below = params.get(name).unwrap_or(&Params::Null);
    let related = (association.related)();
    match (place.map(|place| place.trim_end_matches(']')), rest) {
        (None, None) => true,
        (None, Some(rest)) => association.is_one() && within(rest, below, related),
        (Some(place), rest) if !association.is_one() => match place.parse::<usize>() {
            Ok(place) => {
                let sort = params.get("sort").map_or(0, |sort| sort.items().len());
                let rows = below.items();
                let inside = place < rows.len() + sort;
                inside && rest.is_none_or(|rest| rows.iter().any(|row| within(rest, row, related)) || sort > 0)
            }
            Err(_) => place.starts_with("id=") || place.starts_with("root_id="),
        },
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25_000))]

    #[test]
    fn near_valid_input((before, input, size) in seeds()) {
        let params = given(Root::META, &mut Choices::new(input), size);
        check(&loaded_root(before, size), &Params::from(params));
    }

    #[test]
    fn form_bodies((before, input, size) in seeds(), bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
        let mut body = form(&given(Root::META, &mut Choices::new(input), size)).into_bytes();
        let mut choices = Choices::new(input);
        for byte in bytes {
            // Anything anywhere, most of it of what means something in a form.
            let byte = if byte < 128 { b"[]=&%+0a"[usize::from(byte) % 8] } else { byte };
            let at = choices.below(body.len() + 1);
            if choices.one_in(2) { body.insert(at, byte) } else if let Some(there) = body.get_mut(at) { *there = byte }
        }
        check(&loaded_root(before, size), &Params::from_form(&String::from_utf8_lossy(&body)));
    }

    #[test]
    fn json_of_any_shape((before, input, size) in seeds()) {
        let mut choices = Choices::new(input);
        let names = Root::META.fields.iter().map(|field| (field.name, 1));
        let names = names.chain(Root::META.associations.iter().map(|association| (association.name, 3)));
        let input = match input % 8 {
            0 => odd(&mut choices, 4),
            _ => Json::Object(names.map(|(name, depth)| (name.to_owned(), odd(&mut choices, depth))).collect()),
        };
        check(&loaded_root(before, size), &Params::from(input));
    }

    #[test]
    fn what_was_loaded_cast_back_plans_nothing((before, _, size) in seeds()) {
        let before = loaded_root(before, size);
        // Embeds without a key cannot be matched, so they are left out.
        let mut input = same(Root::META, &before);
        let members = input.as_object_mut().unwrap();
        members.remove("marks");
        for line in members["lines"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("marks");
        }
        let changeset = Root::changeset(change(&before), &Params::from(input.clone()));
        let plan = changeset.plan().map_err(|error| format!("{error} {input}")).unwrap();
        prop_assert!(plan.is_empty(), "{} {}", plan, input);
    }
}

/// A child's changeset function that casts children again is called as deep as input can nest, on the stack of a
/// thread of a runtime.
#[test]
fn the_deepest_input_fits_the_stack() {
    let deep = |name: &str, list: bool| {
        let row =
            |below| Json::Object([("text".to_owned(), "x".into()), (name.to_owned(), below)].into_iter().collect());
        (0..2 * 128).fold(Json::Null, |below, _| {
            let row = row(below);
            if list { Json::Array(vec![row]) } else { row }
        })
    };
    let before = loaded_root(0, 0);
    for (name, list) in [("marks", true), ("mark", false)] {
        let input = Json::Object([(name.to_owned(), deep(name, list))].into_iter().collect());
        check(&before, &Params::from(input));
    }
}

//! What was found, as small as it gets.

use assoc::{
    PlanError, Value,
    changeset::Node,
    prelude::*,
    schema::{ByMember, Record},
};
use serde_json::json;

use crate::schemas::{Cover, Item, Loose, Person, Root};

fn root() -> Root {
    let mut root = Root::from_record(crate::loaded_root(0, 0)).unwrap();
    root.cover = HasOne::loaded([Cover { id: 1, name: "x".into(), root_id: root.id, item_id: None }]);
    root.owner_id = Some(1);
    root.owner = BelongsTo::loaded([Person {
        id: 1,
        name: "Ada".into(),
        inserted_at: None,
        updated_at: None,
        roots: HasMany::default(),
    }]);
    root
}

fn cast(input: serde_json::Value) -> Changeset<Root> {
    Root::changeset(root().change(), &Params::from(input))
}

#[test]
fn a_row_that_cannot_be_let_go_of_is_an_error_not_silence() {
    // `on_replace = update`, and `covers.root_id` is never NULL.
    assert_eq!(cast(json!({"cover": null})).errors().to_string(), "cover can't be blank");
}

#[test]
fn errors_behind_an_ignored_row_stay_where_they_are() {
    let input = json!({"items": [{"name": "a"}, {"name": "b", "action": "ignore"}, {"name": " "}]});
    let changeset = cast(input).add_to(Root::items, [Item::build().add_error(Item::name, "is added")]);
    assert_eq!(changeset.errors().to_string(), "items[2].name can't be blank\nitems[3].name is added");
}

#[test]
fn the_foreign_key_follows_the_parent() {
    let owner_id = |input| cast(input).node().clone().apply().get(Root::owner_id.index()).cloned();
    assert_eq!(owner_id(json!({"owner": null})), Some(Value::BigInt(None)));
    assert_eq!(owner_id(json!({"owner": {"name": "New"}})), None);
    assert_eq!(owner_id(json!({"owner": {"id": 1, "name": "Same"}})), Some(Value::BigInt(Some(1))));
}

#[test]
fn a_moment_whose_utc_has_no_year_is_invalid() {
    let errors = cast(json!({"kinds": {"instant": "9999-12-31T23:59:59-23:59"}})).errors().to_string();
    assert_eq!(errors, "kinds.instant is invalid");
}

#[test]
fn a_record_with_too_few_values_is_filled_up() {
    let record = Record { values: vec![Some(Value::BigInt(Some(1)))], associations: ByMember::default() };
    let mut node = Node::new(Loose::META, assoc::changeset::State::Loaded, record.into());
    node.set(1, Value::String(Some("x".into())));
    assert_eq!(node.plan().map(|plan| plan.writes().len()).ok(), Some(1));
    assert_eq!(node.apply().values.len(), Loose::META.fields.len());
}

#[test]
fn rows_that_are_added_in_turns_have_places_of_their_own() -> Result<(), PlanError> {
    let added = (0..3).map(|at| Item::build().set(Item::name, at.to_string()));
    let changeset = root().change().add_to(Root::items, added).add_to(Root::items, [Item::build()]);
    let paths: Vec<_> = changeset.plan()?.writes().into_iter().map(|write| write.path.to_string()).collect();
    assert_eq!(paths, ["items[0]", "items[1]", "items[2]", "items[3]"]);
    Ok(())
}

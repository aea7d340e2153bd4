//! The steps of a case, on an untyped changeset.

use std::sync::Arc;

use assoc::{
    Action, Cast, FieldError, Length, Match, Number, Params, Value, ViolationKind,
    changeset::{CastOptions, Declared, Member, Node, Rule, listed},
    schema::Meta,
};
use regex::Regex;
use serde_json::Value as Json;

use crate::{
    Stop,
    case::Run,
    values::{association, field, text, typed},
    world::members,
};

impl Run {
    /// Runs steps in order; `at` counts them, so that a failure knows its place.
    pub fn steps(&self, mut node: Node, steps: &[Json], at: &mut usize) -> Result<Node, Stop> {
        for (number, step) in steps.iter().enumerate() {
            *at = number;
            node = self.step(node, step)?;
            if let Some(misuse) = node.misuse() {
                return Err(Stop::from(misuse));
            }
        }
        Ok(node)
    }

    fn step(&self, mut node: Node, step: &Json) -> Result<Node, Stop> {
        let meta = node.meta();
        let before = node.own_errors().len();
        match text(step, "op")? {
            "cast" => node.cast(&params(&step["params"]), &fields(meta, &step["permit"])?, &cast(step)),
            "default_changeset" => node = self.default_changeset(node, &params(&step["params"]))?,
            "change" => {
                for (name, value) in members(&step["changes"]) {
                    self.change(&mut node, name, value)?;
                }
            }
            "cast_assoc" => self.cast_assoc(&mut node, association(meta, text(step, "assoc")?, false)?, step)?,
            "cast_embed" => self.cast_assoc(&mut node, association(meta, text(step, "embed")?, true)?, step)?,
            "put_assoc" => {
                let index = association(meta, text(step, "assoc")?, false)?;
                let rows = self.rows(&node, index, &step["value"])?;
                node.put_assoc(index, rows);
            }
            "put_embed" => {
                let index = association(meta, text(step, "embed")?, true)?;
                let rows = self.rows(&node, index, &step["value"])?;
                node.put_assoc(index, rows);
            }
            "put_change" => self.change(&mut node, text(step, "field")?, &step["value"])?,
            "force_change" => {
                let field = field(meta, text(step, "field")?)?;
                node.force(field, typed(meta, field, &step["value"])?);
            }
            "delete_change" => node.delete_change(field(meta, text(step, "field")?)?),
            "update_change" => update_change(&mut node, step)?,
            "set_action" => node.set_action(action(text(step, "action")?)?),
            "add_error" => node.add_error(custom_error(step)?),
            "merge" => {
                let other = Node::new(meta, node.state(), node.data().clone());
                node.merge(self.steps(other, list(&step["steps"]), &mut 0)?);
            }
            "reorder_assoc" => node.reorder_assoc(association(meta, text(step, "assoc")?, false)?),
            "validate_required" => {
                let names = list(&step["fields"]).iter().filter_map(Json::as_str);
                let all: Result<Vec<Member>, Stop> = names.map(|name| member(meta, name)).collect();
                node.validate_required(&all?);
            }
            "validate_length" => node.validate_length(member(meta, text(step, "field")?)?, &length(step)),
            "validate_number" => validate_number(&mut node, step)?,
            "validate_format" => {
                let regex = Regex::new(text(step, "regex")?).map_err(|error| Stop::harness(error.to_string()))?;
                node.validate(field(meta, text(step, "field")?)?, Rule::Format, |value| match value {
                    Value::String(Some(text)) if !regex.is_match(text) => {
                        Some(FieldError::new("has invalid format").with("validation", "format"))
                    }
                    _ => None,
                });
            }
            "validate_inclusion" => validate_listed(&mut node, step, Rule::Inclusion)?,
            "validate_exclusion" => validate_listed(&mut node, step, Rule::Exclusion)?,
            "validate_subset" => validate_listed(&mut node, step, Rule::Subset)?,
            "validate_confirmation" => {
                node.validate_confirmation(field(meta, text(step, "field")?)?, step["required"] == true);
            }
            "validate_acceptance" => node.validate_acceptance(text(step, "field")?.to_owned()),
            "validate_change" => {
                let field = field(meta, text(step, "field")?)?;
                let (forbidden, message) = (typed(meta, field, &step["forbidden"])?, text(step, "message")?.to_owned());
                node.validate(field, Rule::Custom, |value| {
                    (*value == forbidden).then(|| FieldError::new(message.clone()))
                });
            }
            "unsafe_validate_unique" => node = self.unsafe_validate_unique(node, step)?,
            "unique_constraint" => declare(&mut node, ViolationKind::Unique, step)?,
            "foreign_key_constraint" => declare(&mut node, ViolationKind::ForeignKey, step)?,
            "check_constraint" => declare(&mut node, ViolationKind::Check, step)?,
            "exclusion_constraint" => declare(&mut node, ViolationKind::Exclusion, step)?,
            "assoc_constraint" => {
                let index = association(meta, text(step, "assoc")?, false)?;
                node.declare(with(Declared::assoc(meta.associations[index]), step));
            }
            "no_assoc_constraint" => {
                let index = association(meta, text(step, "assoc")?, false)?;
                node.declare(with(Declared::no_assoc(meta.associations[index]), step));
            }
            "optimistic_lock" => node.optimistic_lock(field(meta, text(step, "field")?)?),
            "prepare_changes" => self.prepare_changes(&mut node, step)?,
            "record" => self.record(&node, step)?,
            other => return Err(Stop::harness(format!("op `{other}`"))),
        }
        if let Some(message) = step["message"].as_str().filter(|_| is_validation(step)) {
            node.reword(before, message.to_owned());
        }
        Ok(node)
    }

    fn cast_assoc(&self, node: &mut Node, index: usize, step: &Json) -> Result<(), Stop> {
        let owned = |name: &str| step[name].as_str().map(|text| text.to_owned().into());
        let options = CastOptions {
            required: (step["required"] == true).then(|| owned("required_message")),
            invalid_message: owned("invalid_message"),
            sort_param: owned("sort_param"),
            drop_param: owned("drop_param"),
            leaves_owner: step["force_update_on_change"] == false,
            rejects_unknown: false,
        };
        let mut stop = None;
        node.cast_assoc(index, &options, &mut |child, params, position| {
            let before = child.clone();
            self.child(child, params, position, &step["with"]).unwrap_or_else(|failure| {
                stop.get_or_insert(failure);
                before
            })
        });
        stop.map_or(Ok(()), Err)
    }

    /// The changeset of a child: by its `with`, or by the default of its schema.
    fn child(&self, mut child: Node, params: &Params, position: usize, with: &Json) -> Result<Node, Stop> {
        if with.is_null() || with["default"] == true {
            child = self.default_changeset(child, params)?;
        } else {
            child.cast(params, &fields(child.meta(), &with["permit"])?, &cast(with));
        }
        child = self.steps(child, list(&with["steps"]), &mut 0)?;
        if let Some(name) = with["position_field"].as_str() {
            let field = field(child.meta(), name)?;
            let position = serde_json::json!(position);
            child.set(field, typed(child.meta(), field, &position)?);
        }
        let mark = &with["mark"];
        if let Some(name) = mark["param"].as_str()
            && params.get(name).map(Params::to_json).as_ref() == Some(&mark["value"])
        {
            child.set_action(action(text(mark, "action")?)?);
        }
        if let Some(name) = with["action"].as_str() {
            child.set_action(action(name)?);
        }
        Ok(child)
    }

    /// The default changeset of a schema.
    fn default_changeset(&self, mut node: Node, params: &Params) -> Result<Node, Stop> {
        let (permit, required, unique): (&[&str], &[&str], &[&str]) = match node.meta().name {
            "User" => (&["name", "email"], &["name"], &["email"]),
            "Profile" => (&["bio"], &["bio"], &[]),
            "Post" => (&["title", "body", "slug", "views"], &["title"], &["slug"]),
            "Comment" => (&["body", "rating"], &["body"], &[]),
            "Tag" => (&["name"], &["name"], &["name"]),
            "Category" => (&["name"], &["name"], &[]),
            "Enrollment" => (&["level"], &[], &[]),
            "Document" => (&["title"], &["title"], &[]),
            "Settings" => (&["theme", "notify"], &[], &[]),
            "Link" => (&["url", "label"], &["url"], &[]),
            other => return Err(Stop::harness(format!("no default changeset of `{other}`"))),
        };
        let meta = node.meta();
        let indices = |names: &[&str]| names.iter().map(|name| field(meta, name)).collect::<Result<Vec<_>, _>>();
        node.cast(params, &indices(permit)?, &Cast::new());
        let required: Vec<Member> = indices(required)?.into_iter().map(Member::Field).collect();
        node.validate_required(&required);
        for unique in indices(unique)? {
            node.declare(Declared::new(ViolationKind::Unique, None, vec![unique]));
        }
        Ok(node)
    }
}

/// Operations whose message is that of their errors, and not one of a declaration.
fn is_validation(step: &Json) -> bool {
    step["op"].as_str().is_some_and(|op| op.contains("validate"))
}

pub fn action(name: &str) -> Result<Action, Stop> {
    Ok(match name {
        "insert" => Action::Insert,
        "update" => Action::Update,
        "delete" => Action::Delete,
        "replace" => Action::Replace,
        "ignore" => Action::Ignore,
        other => return Err(Stop::harness(format!("action `{other}`"))),
    })
}

pub fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

fn params(json: &Json) -> Params {
    if json == "__invalid__" { Params::Null } else { Params::from(json.clone()) }
}

fn fields(meta: &Meta, names: &Json) -> Result<Vec<usize>, Stop> {
    list(names).iter().filter_map(Json::as_str).map(|name| field(meta, name)).collect()
}

fn member(meta: &Meta, name: &str) -> Result<Member, Stop> {
    match meta.association_index(name) {
        Some(index) => Ok(Member::Association(index)),
        None => field(meta, name).map(Member::Field),
    }
}

fn cast(step: &Json) -> Cast {
    let mut cast = Cast::new();
    if let Some(values) = step["empty_values"].as_array() {
        cast = cast.empty_values(values.iter().cloned());
    }
    if step["force_changes"] == true { cast.force_changes() } else { cast }
}

fn update_change(node: &mut Node, step: &Json) -> Result<(), Stop> {
    let field = field(node.meta(), text(step, "field")?)?;
    let Some(change) = node.change(field).cloned() else { return Ok(()) };
    let new = match (text(step, "fn")?, change) {
        ("upcase", Value::String(Some(text))) => Value::String(Some(text.to_uppercase())),
        ("set", _) => typed(node.meta(), field, &step["value"])?,
        (other, _) => return Err(Stop::harness(format!("function `{other}`"))),
    };
    node.set(field, new);
    Ok(())
}

fn custom_error(step: &Json) -> Result<FieldError, Stop> {
    let mut error = FieldError::new(text(step, "message")?.to_owned()).on(text(step, "field")?.to_owned());
    for (name, value) in members(&step["meta"]) {
        error = error.with(name.clone().leak(), value.clone());
    }
    Ok(error)
}

fn length(step: &Json) -> Length {
    let number = |name: &str| step[name].as_u64().and_then(|number| usize::try_from(number).ok());
    let length = match number("is") {
        Some(is) => Length::from(is),
        None => Length::from(number("min").unwrap_or(0)..=number("max").unwrap_or(usize::MAX)),
    };
    match step["count"].as_str() {
        Some("codepoints") => length.codepoints(),
        Some("bytes") => length.bytes(),
        _ => length,
    }
}

/// One comparison after the other; the first that fails is the error.
fn validate_number(node: &mut Node, step: &Json) -> Result<(), Stop> {
    let meta = node.meta();
    let field = field(meta, text(step, "field")?)?;
    let mut failed = false;
    let names =
        ["less_than", "greater_than", "less_than_or_equal_to", "greater_than_or_equal_to", "equal_to", "not_equal_to"];
    for name in names {
        let Some(bound) = step[name].as_f64() else { continue };
        let number = match name {
            "less_than" => Number::LessThan(bound),
            "greater_than" => Number::GreaterThan(bound),
            "less_than_or_equal_to" => Number::LessThanOrEqualTo(bound),
            "greater_than_or_equal_to" => Number::GreaterThanOrEqualTo(bound),
            "equal_to" => Number::EqualTo(bound),
            _ => Number::NotEqualTo(bound),
        };
        node.validate(field, number.rule(), |value| {
            let value = assoc::types::to_json(value);
            let value = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
            let error = number.check(&value).filter(|_| !std::mem::replace(&mut failed, true))?;
            Some(error.with("number", step[name].clone()))
        });
    }
    Ok(())
}

fn validate_listed(node: &mut Node, step: &Json, rule: fn(Arc<[Value]>) -> Rule) -> Result<(), Stop> {
    let meta = node.meta();
    let field = field(meta, text(step, "field")?)?;
    let item = match meta.fields[field].ty {
        assoc::Type::Array(item) => *item,
        ty => ty,
    };
    let values = list(&step["values"]).iter().map(|value| item.from_json(value.clone()));
    let values: Option<Arc<[Value]>> = values.collect();
    let rule = rule(values.ok_or_else(|| Stop::harness("a value of a list".to_owned()))?);
    node.validate(field, rule.clone(), |value| listed(&rule, value));
    Ok(())
}

/// A constraint: on fields, or by its name on an association.
fn declare(node: &mut Node, kind: ViolationKind, step: &Json) -> Result<(), Stop> {
    let meta = node.meta();
    let names: Vec<&str> = match step["fields"].as_array() {
        Some(names) => names.iter().filter_map(Json::as_str).collect(),
        None => vec![text(step, "field")?],
    };
    let name = step["name"].as_str().map(|name| name.to_owned().into());
    let members: Result<Vec<Member>, Stop> = names.iter().map(|name| member(meta, name)).collect();
    let mut columns = Vec::new();
    let mut declared_on = None;
    for member in members? {
        match member {
            Member::Field(field) => columns.push(field),
            Member::Association(_) => declared_on = Some(member.name(meta)),
        }
    }
    let mut declared = Declared::new(kind, name, columns);
    if let Some(on) = declared_on {
        declared = declared.with(Match::Exact, Some(on.into()), None);
    }
    node.declare(with(declared, step));
    Ok(())
}

fn with(declared: Declared, step: &Json) -> Declared {
    let owned = |name: &str| step[name].as_str().map(|text| text.to_owned().into());
    let matching = match step["match"].as_str() {
        Some("suffix") => Match::Suffix,
        Some("prefix") => Match::Prefix,
        _ => Match::Exact,
    };
    declared.with(matching, owned("error_key"), owned("message"))
}

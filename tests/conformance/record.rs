//! Steps that look, ask the database, or run inside of the save.

use assoc::{
    Changeset, PrepareChanges, Repo,
    changeset::{Node, Rule},
    types::to_json,
};
use serde_json::{Value as Json, json};

use crate::{
    Stop,
    case::{Fields, Run},
    schemas::with_schema,
    steps::list,
    values::{association, field, text},
    view,
};

impl Run {
    /// Remembers what a reading call gives.
    pub fn record(&self, node: &Node, step: &Json) -> Result<(), Stop> {
        let name = list(&step["args"]).first().and_then(Json::as_str).unwrap_or_default();
        let seen = read(node, text(step, "call")?, name)?;
        self.recorded.lock().expect("nobody panicked").insert(text(step, "as")?.to_owned(), seen);
        Ok(())
    }

    pub fn unsafe_validate_unique(&self, node: Node, step: &Json) -> Result<Node, Stop> {
        let meta = node.meta();
        let names = list(&step["fields"]).iter().filter_map(Json::as_str);
        let fields = Fields(names.map(|name| field(meta, name)).collect::<Result<_, _>>()?);
        let before = node.own_errors().len();
        let mut node = with_schema!(self.world, meta.name.to_lowercase().as_str(), S => {
            let changeset = Changeset::<S>::from_node(node);
            Ok::<_, Stop>(self.block(self.repo.unsafe_validate_unique(changeset, fields))?.into_node())
        })?;
        if let Some(key) = step["error_key"].as_str() {
            node.rename_errors(before, key.to_owned());
        }
        Ok(node)
    }

    /// A function that runs in the save's transaction: first the SQL, then the steps.
    pub fn prepare_changes(&self, node: &mut Node, step: &Json) -> Result<(), Stop> {
        let name = step["as"].as_str().unwrap_or("prepare").to_owned();
        let sql: Vec<String> = list(&step["sql"]).iter().filter_map(Json::as_str).map(str::to_owned).collect();
        let steps = step["steps"].clone();
        let (world, recorded) = (self.world, self.recorded.clone());
        let meta = node.meta();
        let empty = Node::new(meta, node.state(), node.data().clone());
        let given = std::mem::replace(node, empty);
        *node = with_schema!(self.world, meta.name.to_lowercase().as_str(), S => {
            let prepare = move |changeset: Changeset<S>, tx: Repo| {
                let (name, sql, steps, recorded) = (name.clone(), sql.clone(), steps.clone(), recorded.clone());
                async move {
                    let node = changeset.into_node();
                    let seen = json!({
                        "action": node.action().map(assoc::Action::name),
                        "changes": view::changes(&node),
                        "repo_set": true,
                    });
                    recorded.lock().expect("nobody panicked").insert(name, seen);
                    for sql in sql {
                        tx.execute(sql).await?;
                    }
                    let run = Self { world, repo: tx, target: None, recorded, runtime: None };
                    let node = run.steps(node, list(&steps), &mut 0);
                    Ok(Changeset::from_node(node.expect("the steps of prepare_changes run")))
                }
            };
            Ok::<_, Stop>(Changeset::<S>::from_node(given).prepare_changes(prepare).into_node())
        })?;
        Ok(())
    }
}

fn read(node: &Node, call: &str, name: &str) -> Result<Json, Stop> {
    let meta = node.meta();
    let structs = |index: usize| -> Result<Json, Stop> {
        let related = (meta.associations[index].related)();
        let rows = node.rows_of(index).map_err(|misuse| Stop::from(&misuse))?;
        let mut rows = rows.into_iter().map(|row| view::record(related, &row.apply()));
        Ok(if meta.associations[index].is_one() { rows.next().unwrap_or(Json::Null) } else { rows.collect() })
    };
    let index = meta.association_index(name);
    let change = || -> Option<Json> {
        match index {
            Some(index) => node.changed_rows(index).map(|_| view::association(node, index)),
            None => node.change(meta.field_index(name)?).map(to_json),
        }
    };
    let data = || match meta.field_index(name) {
        Some(field) if index.is_none() => node.data().get(field).map_or(Json::Null, to_json),
        _ => view::record(meta, node.data())[name].clone(),
    };
    Ok(match (call, index) {
        ("get_field", Some(index)) if change().is_some() || node.data().associations.contains(index) => structs(index)?,
        ("get_field", _) => change().unwrap_or_else(data),
        ("get_change", _) => change().unwrap_or(Json::Null),
        ("fetch_field", _) => change().map_or_else(|| json!(["data", data()]), |change| json!(["changes", change])),
        ("fetch_change", _) => change().unwrap_or(json!("error")),
        ("changed?", _) => json!(change().is_some()),
        ("get_assoc_structs", Some(_)) => structs(association(meta, name, false)?)?,
        ("get_embed_structs", Some(_)) => structs(association(meta, name, true)?)?,
        ("get_assoc_changesets", Some(index)) => match change() {
            Some(change) => change,
            None => {
                let rows = node.rows_of(index).map_err(|misuse| Stop::from(&misuse))?;
                let mut rows = rows.iter().map(|row| {
                    json!({"action": "update", "valid": true, "id": row.key().map(|key| to_json(&key.values()[0])), "changes": {}})
                });
                if meta.associations[index].is_one() { rows.next().unwrap_or(Json::Null) } else { rows.collect() }
            }
        },
        ("apply_changes", _) => view::record(meta, &node.clone().apply()),
        ("field_missing?", _) => json!(node.is_missing(assoc::changeset::Member::Field(field(meta, name)?))),
        ("changeset", _) => view::changeset(node),
        ("params", _) => node.params().map_or(Json::Null, assoc::Params::to_json),
        ("required", _) => {
            let required = node.validations().iter().filter(|validation| validation.rule == Rule::Required);
            required.map(|validation| json!(validation.field)).collect()
        }
        ("validations", _) => {
            let all = node.validations().iter().filter(|validation| validation.rule != Rule::Required);
            all.rev().map(|validation| json!([validation.field, rule(&validation.rule)])).collect()
        }
        ("constraints", _) => node
            .constraints()
            .iter()
            .rev()
            .map(|it| json!({"type": it.kind().name(), "constraint": it.name()}))
            .collect(),
        (other, _) => return Err(Stop::harness(format!("call `{other}` of `{name}`"))),
    })
}

fn rule(rule: &Rule) -> &'static str {
    match rule {
        Rule::Required => "required",
        Rule::Length(_) => "length",
        Rule::Number(..) => "number",
        Rule::Format => "format",
        Rule::Inclusion(_) => "inclusion",
        Rule::Exclusion(_) => "exclusion",
        Rule::Subset(_) => "subset",
        Rule::Confirmation => "confirmation",
        Rule::Acceptance => "acceptance",
        _ => "custom",
    }
}

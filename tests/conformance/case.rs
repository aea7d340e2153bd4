//! One case: its target, its steps, its action, and what came of them.

use std::sync::{Arc, Mutex};

use assoc::{
    Changeset, Repo, SaveError, Schema,
    changeset::{Node, State},
    schema::Columns,
};
use serde_json::{Map, Value as Json, json};
use tokio::runtime::Runtime;

use crate::{
    Stop,
    database::{Database, Engine},
    schemas::with_schema,
    steps::list,
    values::{mask_uuids, text, typed},
    view,
    world::{World, members},
};

/// What a case works with. Everything is synchronous, so that changeset functions can run steps; the database is asked
/// by way of the runtime. Inside of a save there is none.
pub struct Run {
    pub world: &'static World,
    pub repo: Repo,
    pub target: Option<Node>,
    pub recorded: Arc<Mutex<Map<String, Json>>>,
    pub runtime: Option<Arc<Runtime>>,
}

/// Fields by their indices, where typed programs name columns.
#[derive(Clone)]
pub struct Fields(pub Vec<usize>);

impl<S> Columns<S> for Fields {
    fn fields(&self) -> impl AsRef<[usize]> + Into<Vec<usize>> {
        self.0.clone()
    }
}

impl Run {
    pub fn block<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().expect("steps inside of a save ask no database").block_on(future)
    }
}

/// Runs a case in a database of its own, and tells what happened, in the shape of `expect`.
pub fn run(case: &Json, engine: Engine) -> Result<Json, Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::harness(error.to_string()))?;
    let world = World::of(case)?;
    if case["kind"] == "schema" {
        return Err(Stop::harness("the schemas of this case are built, but should not be".to_owned()));
    }
    let database = runtime.block_on(Database::new(engine, &case["seed"]))?;
    let runtime = Arc::new(runtime);
    let repo = database.repo.clone();
    let mut run = Run { world, repo, target: None, recorded: Arc::default(), runtime: Some(runtime) };
    let mut seen = match case["kind"].as_str() {
        Some("preload") => run.preloads(case, &database)?,
        _ => run.changeset(case, &database, None)?.0,
    };
    mask_uuids(&mut seen, &case.to_string());
    Ok(seen)
}

impl Run {
    /// A case about changesets. `previous` is what the phase before left.
    fn changeset(&mut self, case: &Json, database: &Database, previous: Option<Node>) -> Result<(Json, Node), Stop> {
        let mut seen = json!({"raises": null});
        let outermost = previous.is_none();
        database.forget();
        let target = match self.aim(case, previous) {
            Ok(target) => target,
            Err(Stop::Raise(raise)) => return self.raised(seen, raise, "load", database),
            Err(stop) => return Err(stop),
        };
        seen["load_statements"] = json!(database.count());
        self.target = Some(target.clone());
        database.forget();
        let steps = list(&case["steps"]);
        let mut at = 0;
        let node = match self.steps(target, steps, &mut at) {
            Ok(node) => node,
            Err(Stop::Raise(raise)) => return self.raised(seen, raise, &format!("step {at}"), database),
            Err(stop) => return Err(stop),
        };
        seen["step_statements"] = json!(database.count());
        if !steps.is_empty() {
            seen["changeset"] = view::changeset(&node);
        }
        for sql in list(&case["before_action_sql"]).iter().filter_map(Json::as_str) {
            self.block(database.execute(sql))?;
        }
        database.forget();
        let after = match self.act(case, node.clone(), &mut seen) {
            Ok(after) => after,
            Err(Stop::Raise(mut raise)) => {
                raise["at"] = json!("action");
                seen["raises"] = raise;
                seen["outcome"] = json!("raised");
                node
            }
            Err(stop) => return Err(stop),
        };
        seen["statements"] = json!(database.count());
        seen["statement_list"] = json!(database.statements());
        if !case["then"].is_null() {
            seen["then"] = self.changeset(&case["then"], database, Some(after.clone()))?.0;
        }
        // Of two phases, rows and recordings are those of the end.
        seen["db"] = self.block(database.dump())?;
        let recorded = self.recorded.lock().expect("nobody panicked").clone();
        if !recorded.is_empty() && outermost {
            seen["recorded"] = Json::Object(recorded);
        }
        Ok((seen, after))
    }

    fn raised(&self, mut seen: Json, mut raise: Json, at: &str, database: &Database) -> Result<(Json, Node), Stop> {
        raise["at"] = json!(at);
        seen["raises"] = raise;
        seen["db"] = self.block(database.dump())?;
        let meta = self.world.meta("post")?;
        Ok((seen, Node::new(meta, State::Built, Arc::new(assoc::schema::Record::built(meta)))))
    }

    /// The row that the case is about, with associations loaded.
    fn aim(&self, case: &Json, previous: Option<Node>) -> Result<Node, Stop> {
        let target = &case["target"];
        if let (Some("previous"), Some(previous)) = (target.as_str(), previous) {
            return self.reload(previous, &case["preload"]);
        }
        if !target["build_assoc"].is_null() {
            return self.build_assoc(&target["build_assoc"]);
        }
        let schema = text(target, "schema")?;
        if target.get("id").is_some() {
            return self.load(schema, &target["id"], &case["preload"]);
        }
        self.fresh(schema, &target["fields"])
    }

    /// What was saved before is a row of the database; a changeset that failed stays one.
    fn reload(&self, node: Node, preload: &Json) -> Result<Node, Stop> {
        let specs = self.specs(node.meta(), preload)?;
        if node.action().is_some() || list(preload).is_empty() {
            return Ok(node);
        }
        let schema = node.meta().name.to_lowercase();
        let record = (**node.data()).clone();
        let record = with_schema!(self.world, schema.as_str(), S => {
            let row = S::from_record(record).map_err(|error| Stop::harness(error.to_string()));
            let mut row = row?;
            self.block(self.repo.preload::<S, S>(&mut row, specs))?;
            Ok::<_, Stop>(row.into_record())
        })?;
        Ok(Node::new(node.meta(), State::Loaded, Arc::new(record)))
    }

    /// A new child of a loaded parent, its key set.
    fn build_assoc(&self, build: &Json) -> Result<Node, Stop> {
        let owner = self.row(None, &build["from"])?;
        let index = crate::values::association(owner.meta(), text(build, "assoc")?, false)?;
        let association = owner.meta().associations[index];
        let mut node = owner.build_assoc(index);
        let meta = node.meta();
        let mut record = (**node.data()).clone();
        let mut nested = Vec::new();
        for (name, value) in members(&build["attrs"]) {
            match meta.field_index(name).filter(|_| meta.association_index(name).is_none()) {
                Some(field) => record.values[field] = Some(typed(meta, field, value)?),
                None => nested.push((name, value)),
            }
        }
        node = Node::new((association.related)(), State::Built, Arc::new(record));
        for (name, value) in nested {
            self.change(&mut node, name, value)?;
        }
        Ok(node)
    }

    /// Runs the action. Returns what it left: the row, or the changeset that came back.
    fn act(&self, case: &Json, mut node: Node, seen: &mut Json) -> Result<Node, Stop> {
        let action = case["action"].as_str().unwrap_or("none");
        options(&mut node, &case["action_opts"])?;
        seen["outcome"] = json!("none");
        match action {
            "none" => return Ok(node),
            "apply_changes" => return Ok(self.applied(node, seen)),
            "apply_action_insert" | "apply_action_update" => {
                if node.is_valid() {
                    return Ok(self.applied(node, seen));
                }
                node.set_action(crate::steps::action(action.trim_start_matches("apply_action_"))?);
                return Ok(refused(node, seen));
            }
            _ => {}
        }
        seen["writes"] = writes(&node, action);
        let meta = node.meta();
        let schema = schema_of(&node);
        let saved = with_schema!(self.world, schema.as_str(), S => Ok::<_, Stop>(self.save::<S>(action, node)?.map(S::into_record)))?;
        match saved {
            Ok(record) => {
                seen["outcome"] = json!("ok");
                seen["result"] = view::record(meta, &record);
                Ok(Node::new(meta, State::Loaded, Arc::new(record)))
            }
            Err(node) => Ok(refused(node, seen)),
        }
    }

    fn save<S: assoc::Stored>(&self, action: &str, node: Node) -> Result<Result<S, Node>, Stop> {
        let keyless = node.key().is_none();
        let changeset = Changeset::<S>::from_node(node);
        let saved = self.block(async {
            match action {
                "insert" => self.repo.insert(changeset).await,
                "update" => self.repo.update(changeset).await,
                "delete" => self.repo.delete(changeset).await,
                "insert_or_update" => self.repo.insert_or_update(changeset).await,
                _ => self.repo.transaction(async |tx| tx.update(changeset).await).await,
            }
        });
        match saved {
            Ok(row) => Ok(Ok(row)),
            Err(SaveError::Invalid(changeset)) => Ok(Err(changeset.into_node())),
            // To Ecto a new row is one without a key, to us one that was built.
            Err(SaveError::Misuse(assoc::Misuse::WrongState { call: "update" | "delete", .. })) if keyless => {
                Err(Stop::Raise(json!({"kind": "no_primary_key"})))
            }
            Err(SaveError::Misuse(misuse)) => Err(Stop::from(&misuse)),
            Err(SaveError::Database(error)) => Err(Stop::from(error)),
            Err(other) => Err(Stop::harness(other.to_string())),
        }
    }

    fn applied(&self, node: Node, seen: &mut Json) -> Node {
        let meta = node.meta();
        let record = node.apply();
        seen["outcome"] = json!("ok");
        seen["result"] = view::record(meta, &record);
        Node::new(meta, State::Loaded, Arc::new(record))
    }
}

fn refused(node: Node, seen: &mut Json) -> Node {
    seen["outcome"] = json!("error");
    seen["error_changeset"] = view::changeset(&node);
    node
}

/// The name that the format has for the schema of a changeset.
fn schema_of(node: &Node) -> String {
    node.meta().name.to_lowercase()
}

/// What the plan of the save is. One that cannot be planned writes nothing.
fn writes(node: &Node, action: &str) -> Json {
    let mut node = node.clone();
    if action == "delete" {
        node.set_action(assoc::Action::Delete);
    }
    let plan = node.plan();
    plan.map_or_else(|_| json!([]), |plan| json!(plan.writes()))
}

/// Options of the action, which here are options of the changeset.
fn options(node: &mut Node, options: &Json) -> Result<(), Stop> {
    let meta = node.meta();
    for (name, value) in members(options) {
        match name.as_str() {
            "force" => node.touch(),
            "allow_stale" => node.allow_stale(),
            "stale_error_field" => {
                let message = options["stale_error_message"].as_str().unwrap_or("is stale").to_owned();
                node.stale_error(assoc::FieldError::new(message).on(value.as_str().unwrap_or_default().to_owned()));
            }
            "on_conflict" => {
                let indices = |names: &Json| -> Result<Vec<usize>, Stop> {
                    let names = list(names).iter().filter_map(Json::as_str);
                    names.map(|name| crate::values::field(meta, name)).collect()
                };
                let target = &options["conflict_target"];
                let target = if target.is_string() { json!([target]) } else { target.clone() };
                node.on_conflict(indices(&target)?, indices(&value["replace"])?);
            }
            // What the database makes is read back by declaration.
            "stale_error_message" | "conflict_target" | "returning" => {}
            other => return Err(Stop::harness(format!("action option `{other}`"))),
        }
    }
    Ok(())
}

//! Cases about preloads, and the preloads of a target.

use assoc::{
    Column, Condition, ExpressionMethods, Preloads, Schema, Stored,
    changeset::Node,
    query::{Ordering, Spec},
    schema::{Entity, Meta, PreloadInto},
};
use serde_json::{Value as Json, json};

use crate::{
    Stop,
    case::Run,
    database::Database,
    schemas::with_schema,
    steps::list,
    values::{field, text},
    view,
};

/// Preloads by name, where typed programs name associations.
#[derive(Clone)]
pub struct Specs(Vec<Spec>);

impl<S: Schema> Preloads<S> for Specs {
    fn specs(self) -> Vec<Spec> {
        self.0
    }

    fn entities(rows: &mut [S]) -> Vec<&mut dyn Entity> {
        rows.entities()
    }
}

impl Run {
    /// A list of `"assoc"`, `"assoc.nested"` or `{"assoc", "query", "preload"}`.
    pub fn specs(&self, meta: &'static Meta, specs: &Json) -> Result<Specs, Stop> {
        list(specs).iter().map(|spec| self.spec(meta, spec)).collect::<Result<_, _>>().map(Specs)
    }

    fn spec(&self, meta: &'static Meta, spec: &Json) -> Result<Spec, Stop> {
        let path = spec.as_str().map_or_else(|| text(spec, "assoc"), Ok)?;
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let index = meta.association_index(name);
        let index = index.ok_or_else(|| Stop::typed("unknown_assoc", format!("no association `{name}`")))?;
        let association = meta.associations[index];
        let related = (association.related)();
        let mut made = Spec::of(association);
        if let Some(rest) = rest {
            made = made.then(vec![self.spec(related, &json!(rest))?]);
        }
        for nested in [&spec["preload"], &spec["query"]["preload"]] {
            made = made.then(self.specs(related, nested)?.0);
        }
        for condition in list(&spec["query"]["where"]) {
            made = self.filter(made, related, condition)?;
        }
        for order in list(&spec["query"]["order_by"]) {
            let field = field(related, order[1].as_str().unwrap_or_default())?;
            made = made.order(with_schema!(self.world, related.name.to_lowercase().as_str(), S => {
                let column = Column::<S, String>::new(field);
                let ordering: Ordering<S> = if order[0] == "desc" { column.desc() } else { column.asc() };
                Ok::<_, Stop>(ordering.erase())
            })?);
        }
        if let Some(limit) = spec["query"]["limit"].as_u64() {
            made = made.limit(limit);
        }
        Ok(made)
    }

    fn filter(&self, spec: Spec, related: &Meta, condition: &Json) -> Result<Spec, Stop> {
        let field = field(related, condition[0].as_str().unwrap_or_default())?;
        let op = condition[1].as_str().unwrap_or_default();
        with_schema!(self.world, related.name.to_lowercase().as_str(), S => {
            let condition: Condition<S> = match &condition[2] {
                Json::Number(number) if related.fields[field].ty == assoc::Type::I32 => {
                    compare(Column::<S, i32>::new(field), op, number.as_i64().and_then(|it| it.try_into().ok()).unwrap_or(0))?
                }
                Json::Number(number) => compare(Column::<S, i64>::new(field), op, number.as_i64().unwrap_or(0))?,
                Json::String(text) => compare(Column::<S, String>::new(field), op, text.clone())?,
                Json::Bool(value) => compare(Column::<S, bool>::new(field), op, *value)?,
                other => return Err(Stop::harness(format!("a comparison with {other}"))),
            };
            Ok(spec.filter(condition))
        })
    }

    /// A case of the kind `preload`.
    pub fn preloads(&mut self, case: &Json, database: &Database) -> Result<Json, Stop> {
        let source = &case["source"];
        let single = !source["one"].is_null();
        let mut rows: Vec<Option<Node>> = if single {
            vec![Some(self.row(None, &source["one"])?)]
        } else if source["values"].is_array() {
            list(&source["values"]).iter().map(|value| self.row(None, value).map(Some)).collect::<Result<_, _>>()?
        } else {
            let schema = text(source, "schema")?;
            let load = |id: &Json| if id.is_null() { Ok(None) } else { self.load(schema, id, &Json::Null).map(Some) };
            list(&source["ids"]).iter().map(load).collect::<Result<_, _>>()?
        };
        let mut sent = 0;
        for call in list(&case["preloads"]) {
            for sql in list(&call["before_sql"]).iter().filter_map(Json::as_str) {
                self.block(database.execute(sql))?;
            }
            database.forget();
            rows = self.preload(rows, call)?;
            sent += database.count();
        }
        let mut shown =
            rows.iter().map(|row| row.as_ref().map_or(Json::Null, |row| view::record(row.meta(), row.data())));
        Ok(json!({
            "raises": null,
            "result": if single { shown.next().unwrap_or(Json::Null) } else { shown.collect() },
            "statements": sent,
            "db": self.block(database.dump())?,
        }))
    }

    fn preload(&self, rows: Vec<Option<Node>>, call: &Json) -> Result<Vec<Option<Node>>, Stop> {
        let Some(meta) = rows.iter().flatten().map(Node::meta).next() else { return Ok(rows) };
        let mut specs = self.specs(meta, &call["spec"])?;
        if call["options"]["force"] == true {
            specs = Specs(specs.0.into_iter().map(Spec::force).collect());
        }
        with_schema!(self.world, meta.name.to_lowercase().as_str(), S => {
            let structs = rows.iter().map(|row| row.as_ref().map(|row| S::from_record((**row.data()).clone())).transpose());
            let structs: Result<Vec<Option<S>>, _> = structs.collect();
            let mut structs = structs.map_err(|error| Stop::harness(error.to_string()))?;
            self.block(self.repo.preload::<S, _>(&mut structs, specs))?;
            let state = |row: &Option<Node>| row.as_ref().map_or(assoc::changeset::State::Built, Node::state);
            let nodes = structs.into_iter().zip(&rows).map(|(it, row)| {
                it.map(|it| Node::new(meta, state(row), it.into_record().into()))
            });
            Ok(nodes.collect())
        })
    }
}

fn compare<S: Stored, V: assoc::ColumnType>(column: Column<S, V>, op: &str, value: V) -> Result<Condition<S>, Stop> {
    Ok(match op {
        "==" => column.eq(value),
        "!=" => column.ne(value),
        ">" => column.gt(value),
        ">=" => column.gte(value),
        "<" => column.lt(value),
        "<=" => column.lte(value),
        other => return Err(Stop::harness(format!("comparison `{other}`"))),
    })
}

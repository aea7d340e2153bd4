//! No input takes quadratic time: each case is run with 10,000 and with 100,000 of something, and ten times the input
//! may take twenty times as long, no more.
//!
//! `cargo bench -p assoc-core --all-features --bench bad_input` prints the times and fails where one is worse; a word
//! behind `--` runs only the cases whose names have it.

use std::{
    fmt::Write as _,
    hint::black_box,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use assoc_core::{
    Action, Cast, ColumnType, Params,
    adapter::ViolationKind,
    changeset::{CastOptions, Declared, Member, Node, State},
    doctest::Tag,
    schema::{
        Association, ByMember, Field, Join, JoinKey, JoinTable, KeyPair, Kind, Loaded, Meta, OnReplace, Record,
        Relation, RowFns, Table,
    },
};
use serde_json::json;

const ID: usize = 0;
const TITLE: usize = 1;
const PARENT: usize = 2;
const LABELS: usize = 3;
#[cfg(feature = "json")]
const NOTES_COLUMN: usize = 4;
/// The first of the numbers that are there to be changed in any combination.
const FIRST: usize = if cfg!(feature = "json") { 5 } else { 4 };
const NUMBERS: usize = 17;

static FIELDS: [Field; FIRST + NUMBERS] = [
    Field::new::<i64>("id", "id"),
    Field::new::<String>("title", "title"),
    Field::new::<Option<i64>>("parent_id", "parent_id"),
    Field::new::<Option<Vec<String>>>("labels", "labels"),
    #[cfg(feature = "json")]
    Field::embed("notes", "notes", true),
    Field::new::<Option<i32>>("n00", "n00"),
    Field::new::<Option<i32>>("n01", "n01"),
    Field::new::<Option<i32>>("n02", "n02"),
    Field::new::<Option<i32>>("n03", "n03"),
    Field::new::<Option<i32>>("n04", "n04"),
    Field::new::<Option<i32>>("n05", "n05"),
    Field::new::<Option<i32>>("n06", "n06"),
    Field::new::<Option<i32>>("n07", "n07"),
    Field::new::<Option<i32>>("n08", "n08"),
    Field::new::<Option<i32>>("n09", "n09"),
    Field::new::<Option<i32>>("n10", "n10"),
    Field::new::<Option<i32>>("n11", "n11"),
    Field::new::<Option<i32>>("n12", "n12"),
    Field::new::<Option<i32>>("n13", "n13"),
    Field::new::<Option<i32>>("n14", "n14"),
    Field::new::<Option<i32>>("n15", "n15"),
    Field::new::<Option<i32>>("n16", "n16"),
];

/// Records are all that there is of these rows; nothing reads them into structs.
const NO_STRUCT: RowFns = RowFns::of::<Tag>();

const CHILDREN: usize = 0;
const TAGS: usize = 1;
const ONLY: usize = 2;
#[cfg(feature = "json")]
const NOTES: usize = 3;

/// A row that has rows of its own kind in every way there is.
static THING: Meta = Meta {
    name: "Thing",
    table: Table { schema: None, name: "things" },
    fields: &FIELDS,
    columns: FIELDS.len(),
    primary_key: &[ID],
    associations: &[
        &Association {
            on_replace: OnReplace::Delete,
            ..Association::new(
                "children",
                "Thing",
                Kind::HasMany,
                || &THING,
                Relation::Child(&[KeyPair { owner: ID, related: PARENT }]),
            )
        },
        &Association {
            on_replace: OnReplace::Delete,
            ..Association::new(
                "tags",
                "Thing",
                Kind::ManyToMany,
                || &THING,
                Relation::Join(&Join {
                    table: JoinTable::Table(Table { schema: None, name: "things_tags" }),
                    owner: &[JoinKey { column: "thing_id", field: ID }],
                    related: &[JoinKey { column: "tag_id", field: ID }],
                    defaults: &[],
                    skip_existing: false,
                }),
            )
        },
        &Association {
            on_replace: OnReplace::Delete,
            ..Association::new(
                "only",
                "Thing",
                Kind::HasOne,
                || &THING,
                Relation::Child(&[KeyPair { owner: ID, related: PARENT }]),
            )
        },
        #[cfg(feature = "json")]
        &Association {
            on_replace: OnReplace::Delete,
            ..Association::new("notes", "Thing", Kind::EmbedsMany, || &NOTE, Relation::Embed { field: NOTES_COLUMN })
        },
    ],
    rows: NO_STRUCT,
};

/// A part of a row, without a key.
#[cfg(feature = "json")]
static NOTE: Meta = Meta {
    name: "Note",
    table: Table { schema: None, name: "" },
    fields: &[Field::new::<Option<String>>("text", "text")],
    columns: 1,
    primary_key: &[],
    associations: &[],
    rows: NO_STRUCT,
};

fn record(id: i64, parent: Option<i64>) -> Record {
    let mut values: Vec<_> = FIELDS.iter().map(|field| Some(field.ty.null())).collect();
    values[ID] = Some(id.into_value());
    values[TITLE] = Some(format!("title {id}").into_value());
    values[PARENT] = Some(parent.into_value());
    Record { values, associations: ByMember::default() }
}

/// A loaded row whose associations hold what is given.
fn owner(rows: impl IntoIterator<Item = (usize, Vec<Record>)>) -> Arc<Record> {
    let mut owner = record(1, None);
    (0..THING.associations.len()).for_each(|association| owner.associations.insert(association, Loaded::default()));
    for (association, rows) in rows {
        let rows = rows.into_iter().map(Arc::new).collect();
        owner.associations.insert(association, Loaded { rows, partial: false });
    }
    Arc::new(owner)
}

fn rows(n: usize) -> Vec<Record> {
    (0..n as i64).map(|at| record(10 + at, Some(1))).collect()
}

/// The changeset function of a child: all fields, validated, with what hangs on it.
fn child(mut node: Node, params: &Params, _: usize) -> Node {
    let fields: Vec<usize> =
        (TITLE..FIELDS.len()).filter(|field| *field != PARENT && FIELDS[*field].name != "notes").collect();
    node.cast(params, &fields, &Cast::new());
    node.validate_required(&[Member::Field(TITLE)]);
    node.validate_length(Member::Field(TITLE), &(..=200_usize).into());
    node.declare(Declared::new(ViolationKind::Unique, None, vec![TITLE]));
    node.cast_assoc(ONLY, &CastOptions::default(), &mut child);
    match params.get("action").and_then(Params::as_str) {
        Some("delete") => node.set_action(Action::Delete),
        Some("replace") => node.set_action(Action::Replace),
        Some("ignore") => node.set_action(Action::Ignore),
        _ => {}
    }
    node
}

fn cast(owner: &Arc<Record>, params: &Params, association: usize, options: &CastOptions) -> Node {
    let mut node = Node::new(&THING, State::Loaded, owner.clone());
    node.cast(params, &[TITLE, LABELS], &Cast::new());
    node.cast_assoc(association, options, &mut child);
    node
}

/// Everything that can be asked of a changeset.
fn ask(node: Node) {
    let errors = node.errors();
    black_box((errors.list().len(), errors.to_string(), errors.traverse(&mut |error| error.to_string().into())));
    if let Ok(plan) = node.plan() {
        black_box((plan.writes().len(), plan.to_string()));
    }
    black_box(node.apply());
}

/// A case: makes its input for a number, and what is timed.
type Case = (&'static str, fn(usize) -> Box<dyn Fn()>);

fn cast_case(owner: Arc<Record>, params: Params, association: usize, options: CastOptions) -> Box<dyn Fn()> {
    Box::new(move || ask(cast(&owner, &params, association, &options)))
}

fn children_case(loaded: usize, input: impl IntoIterator<Item = serde_json::Value>) -> Box<dyn Fn()> {
    let params = Params::from(json!({"children": input.into_iter().collect::<Vec<_>>()}));
    cast_case(owner([(CHILDREN, rows(loaded))]), params, CHILDREN, CastOptions::default())
}

fn form_case(body: String) -> Box<dyn Fn()> {
    let owner = owner([]);
    Box::new(move || ask(cast(&owner, &Params::from_form(&body), CHILDREN, &CastOptions::default())))
}

/// A form body of one pair for each number.
fn body(n: usize, pair: impl Fn(&mut String, usize)) -> String {
    (0..n).fold(String::new(), |mut body, at| {
        pair(&mut body, at);
        body.push('&');
        body
    })
}

fn sorted_case(n: usize, sort: impl Fn(usize) -> String, drop: impl Fn(usize) -> String) -> Box<dyn Fn()> {
    let map: serde_json::Map<_, _> = (0..n / 2).map(|at| (at.to_string(), json!({"title": "x"}))).collect();
    let list = |name: &dyn Fn(usize) -> String| (0..n).map(name).collect::<Vec<_>>();
    let params = Params::from(json!({"children": map, "sort": list(&sort), "drop": list(&drop)}));
    let options =
        CastOptions { sort_param: Some("sort".into()), drop_param: Some("drop".into()), ..CastOptions::default() };
    cast_case(owner([]), params, CHILDREN, options)
}

/// As many rows as it takes, each the top of a chain of rows as long as input can nest.
fn deep_case(n: usize, title: &str) -> Box<dyn Fn()> {
    const DEPTH: usize = assoc_core::MAX_DEPTH - 3;
    let chain = || (0..DEPTH).fold(json!({"title": title}), |below, _| json!({"title": title, "only": below}));
    children_case(0, (0..n / DEPTH).map(|_| chain()))
}

const CASES: &[Case] = &[
    ("new children", |n| children_case(0, (0..n).map(|at| json!({"title": at.to_string()})))),
    ("children that stay", |n| children_case(n, (0..n).map(|at| json!({"id": 10 + at})))),
    ("children that change", |n| children_case(n, (0..n).rev().map(|at| json!({"id": 10 + at, "title": "x"})))),
    ("children that leave", |n| children_case(n, [])),
    ("children that ask to be replaced, deleted, ignored", |n| {
        let action = |at| ["replace", "delete", "ignore"][at % 3];
        children_case(n, (0..n).map(|at| json!({"id": 10 + at, "action": action(at)})))
    }),
    ("a column set for each child", |n| {
        children_case(
            n,
            (0..n).map(|at| {
                let mut row = json!({"id": 10 + at, "title": "x"});
                for bit in (0..NUMBERS).filter(|bit| at >> bit & 1 == 1) {
                    row[FIELDS[FIRST + bit].name] = json!(1);
                }
                row
            }),
        )
    }),
    ("unique values that go round", |n| {
        children_case(n, (0..n).map(|at| json!({"id": 10 + at, "title": format!("title {}", 10 + (at + 1) % n)})))
    }),
    ("one unique value from many rows to many new ones", |n| {
        let mut rows = rows(n / 2);
        rows.iter_mut().for_each(|row| row.values[TITLE] = Some("x".to_owned().into_value()));
        let changed = (0..n / 2).map(|at| json!({"id": 10 + at, "title": at.to_string()}));
        let input: Vec<_> = changed.chain((0..n / 2).map(|_| json!({"title": "x"}))).collect();
        cast_case(owner([(CHILDREN, rows)]), Params::from(json!({"children": input})), CHILDREN, CastOptions::default())
    }),
    ("one id many times", |n| children_case(1, (0..n).map(|_| json!({"id": 10, "title": "x"})))),
    ("ids of other rows", |n| children_case(1, (0..n).map(|at| json!({"id": 1_000_000 + at, "title": "x"})))),
    ("an error in each child", |n| children_case(n, (0..n).map(|at| json!({"id": 10 + at, "title": " ", "n00": "x"})))),
    ("an error in the last child", |n| {
        children_case(n, (0..n).map(|at| json!({"title": (at + 1 < n).then_some("x")})))
    }),
    ("children that are no objects", |n| children_case(n, (0..n).map(|at| json!(at)))),
    ("a map of children", |n| {
        let map: serde_json::Map<_, _> = (0..n).map(|at| (at.to_string(), json!({"title": "x"}))).collect();
        cast_case(owner([]), Params::from(json!({"children": map})), CHILDREN, CastOptions::default())
    }),
    ("a map of children with odd keys", |n| {
        let map: serde_json::Map<_, _> = (0..n)
            .map(|at| (format!("{:0>width$}-", 7, width = at % 90), at))
            .map(|(k, at)| (format!("{k}{at}"), json!({"title": "x"})))
            .collect();
        cast_case(owner([]), Params::from(json!({"children": map})), CHILDREN, CastOptions::default())
    }),
    ("JSON text: unknown params", |n| {
        let text =
            format!("{{{}\"z\":1}}", body(n, |body, at| write!(body, "\"k{at}\":[{at}]").unwrap()).replace('&', ","));
        let owner = owner([]);
        Box::new(move || match Params::from_json(&text) {
            Ok(params) => ask(cast(&owner, &params, CHILDREN, &CastOptions::default())),
            Err(error) => panic!("{error}"),
        })
    }),
    ("params cast three times over each other", |n| {
        let params: Vec<Params> = (0..3)
            .map(|of| (0..n).map(|at| (format!("k{of}-{at}"), json!(at))).collect::<serde_json::Map<_, _>>())
            .map(|map| Params::from(json!(map)))
            .collect();
        let owner = owner([]);
        Box::new(move || {
            let mut node = Node::new(&THING, State::Loaded, owner.clone());
            params.iter().for_each(|params| node.cast(params, &[TITLE], &Cast::new()));
            ask(node);
        })
    }),
    ("form: flat", |n| form_case(body(n, |body, at| write!(body, "k{at}={at}").unwrap()))),
    ("form: one name", |n| form_case(body(n, |body, _| body.push_str("title=x")))),
    ("form: children", |n| form_case(body(n, |body, at| write!(body, "children[{at}][title]=x").unwrap()))),
    ("form: children, last first", |n| {
        form_case(body(n, |body, at| write!(body, "children[{}][title]=x", n - at).unwrap()))
    }),
    ("form: a list", |n| form_case(body(n, |body, _| body.push_str("labels[]=x")))),
    ("form: deep names", |n| form_case(body(n / 128, |body, at| write!(body, "k{at}{}", "[]".repeat(127)).unwrap()))),
    ("form: one name of brackets", |n| form_case(format!("a{}=x", "[b]".repeat(n)))),
    ("form: brackets that do not match", |n| form_case(format!("a{}=x", "[b".repeat(n)))),
    ("form: escapes", |n| form_case(format!("title={}", "%E2%82%".repeat(n)))),
    ("sort and drop: nothing that is there", |n| sorted_case(n, |at| format!("new{at}"), |at| format!("none{at}"))),
    ("sort and drop: backwards, every other", |n| sorted_case(n, |at| (n - at).to_string(), |at| (at * 2).to_string())),
    ("sort and drop: one index", |n| sorted_case(n, |_| "1".into(), |_| "2".into())),
    ("deep", |n| deep_case(n, "x")),
    ("deep, an error in each", |n| deep_case(n, " ")),
    ("a list of texts", |n| {
        let params = Params::from(json!({"labels": vec!["x"; n]}));
        cast_case(owner([]), params, CHILDREN, CastOptions::default())
    }),
    ("a text of marks", |n| children_case(0, [json!({"title": format!("e{}", "\u{301}".repeat(n))})])),
    ("a text of flags and families", |n| {
        children_case(0, [json!({"title": format!("{}{}", "🇩".repeat(n), "👩\u{200d}".repeat(n))})])
    }),
    ("a text of Indic conjuncts", |n| children_case(0, [json!({"title": "क\u{94d}".repeat(n)})])),
    ("links that end", |n| {
        let params = Params::from(json!({"tags": []}));
        cast_case(owner([(TAGS, rows(n))]), params, TAGS, CastOptions::default())
    }),
    ("one row that is linked many times", |n| {
        let rows = (0..n).map(|_| record(10, None)).collect();
        let params = Params::from(json!({"tags": [{"id": 10}]}));
        cast_case(owner([(TAGS, rows)]), params, TAGS, CastOptions::default())
    }),
    ("put: rows of others, of this one, new", |n| {
        let owner = owner([(CHILDREN, rows(n / 2))]);
        let nodes: Vec<Node> = (0..n as i64)
            .map(|at| match at % 3 {
                0 => Node::new(&THING, State::Built, Arc::new(record(at, None))),
                _ => Node::new(&THING, State::Loaded, Arc::new(record(10 + at, Some(1)))),
            })
            .collect();
        Box::new(move || {
            let mut node = Node::new(&THING, State::Loaded, owner.clone());
            node.put_assoc(CHILDREN, nodes.clone());
            ask(node);
        })
    }),
    #[cfg(feature = "json")]
    ("put: embeds without keys, backwards", |n| {
        let note = |at: usize| {
            Arc::new(Record {
                values: vec![Some(format!("note {at}").into_value())],
                associations: ByMember::default(),
            })
        };
        let mut record = record(1, None);
        record.associations.insert(NOTES, Loaded { rows: (0..n).map(note).collect(), partial: false });
        let (owner, notes): (_, Vec<_>) = (Arc::new(record), (0..n).rev().map(note).collect());
        Box::new(move || {
            let mut node = Node::new(&THING, State::Loaded, owner.clone());
            node.put_assoc(NOTES, notes.iter().map(|note| Node::new(&NOTE, State::Loaded, note.clone())).collect());
            ask(node);
        })
    }),
];

/// The best of several rounds, fewer where one takes long: ten times the small input and once the large one, so that
/// whatever else the machine does meets both.
fn time(small: &dyn Fn(), large: &dyn Fn()) -> (Duration, Duration) {
    let begin = Instant::now();
    let mut best = (Duration::MAX, Duration::MAX);
    for round in 0..9 {
        let start = Instant::now();
        (0..10).for_each(|_| small());
        let middle = Instant::now();
        large();
        best = (best.0.min((middle - start) / 10), best.1.min(middle.elapsed()));
        if round > 1 && begin.elapsed() > Duration::from_secs(6) {
            break;
        }
    }
    best
}

fn main() -> ExitCode {
    let word = std::env::args().skip(1).find(|word| !word.starts_with("--")).unwrap_or_default();
    let mut quadratic = false;
    println!("{:<52} {:>12} {:>12} {:>7}", "", "10,000", "100,000", "ratio");
    for (name, make) in CASES.iter().filter(|(name, _)| name.contains(&word)) {
        let (small, large) = (make(10_000), make(100_000));
        let ratio = |(small, large): (Duration, Duration)| large.as_secs_f64() / small.as_secs_f64();
        let mut best = time(&*small, &*large);
        if ratio(best) > 20.0 {
            best = time(&*small, &*large);
        }
        quadratic |= ratio(best) > 20.0;
        println!("{name:<52} {:>9.2} ms {:>9.2} ms {:>7.1}", millis(best.0), millis(best.1), ratio(best));
    }
    if quadratic { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

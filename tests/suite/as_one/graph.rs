//! Changeset functions, and input that makes of loaded rows what the choices say.

use assoc::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{choices::Choices, tables::*};

pub fn site(row: Changeset<Site>, params: &Params) -> Changeset<Site> {
    row.cast(params, (Site::name, Site::rank, Site::mood, Site::motto))
        .unique_constraint(Site::name)
        .check_constraint(Site::rank, "sites_rank_check")
        .cast_assoc(Site::owner, person)
        .cast_assoc(Site::editor, person)
        .cast_assoc(Site::pages, page)
        .cast_assoc(Site::badge, badge)
        .cast_assoc(Site::pins, pin)
        .cast_assoc(Site::tags, tag)
}

pub fn page(row: Changeset<Page>, params: &Params) -> Changeset<Page> {
    let row = row
        .cast(params, (Page::title, Page::slug, Page::position, Page::author_id))
        .unique_constraint((Page::site_id, Page::position))
        .foreign_key_constraint(Page::author_id)
        .cast_assoc(Page::notes, note)
        .cast_assoc(Page::marks, mark);
    let row = if params.get("author_id").is_some() { row } else { row.cast_assoc(Page::author, person) };
    if params.get("lenient").is_some() { row.allow_stale() } else { row }
}

pub fn note(row: Changeset<Note>, params: &Params) -> Changeset<Note> {
    let row = row.cast(params, (Note::id, Note::body, Note::amount, Note::words, Note::extra));
    let row = if params.get("tolerant").is_some() { row.on_conflict_nothing(Note::body) } else { row };
    row.cast_assoc(Note::replies, reply)
}

pub fn reply(row: Changeset<Reply>, params: &Params) -> Changeset<Reply> {
    row.cast(params, (Reply::text, Reply::level))
}

pub fn mark(row: Changeset<Mark>, params: &Params) -> Changeset<Mark> {
    row.cast(params, (Mark::no, Mark::value)).unique_constraint(Mark::value)
}

pub fn person(row: Changeset<Person>, params: &Params) -> Changeset<Person> {
    let row = row.cast(params, (Person::id, Person::name, Person::age)).unique_constraint(Person::name);
    let row = if params.get("known").is_some() { row.on_conflict_replace(Person::name, Person::age) } else { row };
    row.no_assoc_constraint(Person::reports).cast_assoc(Person::reports, person)
}

pub fn badge(row: Changeset<Badge>, params: &Params) -> Changeset<Badge> {
    row.cast(params, (Badge::label, Badge::weight)).unique_constraint(Badge::label)
}

pub fn pin(row: Changeset<Pin>, params: &Params) -> Changeset<Pin> {
    row.cast(params, (Pin::label, Pin::note_id))
}

pub fn tag(row: Changeset<Tag>, params: &Params) -> Changeset<Tag> {
    row.cast(params, (Tag::name, Tag::uses)).unique_constraint(Tag::name)
}

pub fn uuid(number: usize) -> String {
    uuid::Uuid::parse_str(&format!("{number:032}")).unwrap().to_string()
}

/// A field, its usual values, and those that may be refused.
type Pool<'p> = (&'p str, &'p [Json], &'p [Json]);

/// Sets some of these fields.
fn fields(c: &mut Choices<'_>, pools: &[Pool<'_>]) -> Json {
    let mut fields = Map::new();
    for (name, usual, odd) in pools {
        if c.below(3) > 0 {
            fields.insert((*name).to_owned(), c.mostly(usual, odd));
        }
    }
    Json::Object(fields)
}

/// A text that no other row is likely to have.
fn fresh(c: &mut Choices<'_>, letter: char) -> Json {
    json!(format!("{letter}{}", c.below(256)))
}

/// A list as it should be: rows that stay, go or change, and new ones.
fn list<R>(
    c: &mut Choices<'_>,
    rows: &[R],
    input: impl Fn(&mut Choices<'_>, Option<&R>) -> Json,
    id: impl Fn(&R) -> Json,
) -> Json {
    let mut list = Vec::new();
    for row in rows {
        match c.below(6) {
            0 | 1 => list.push(id(row)),
            2 => {}
            _ => {
                let mut changed = input(c, Some(row));
                for (name, value) in id(row).as_object().unwrap() {
                    changed[name] = value.clone();
                }
                list.push(changed);
            }
        }
    }
    for _ in 0..[0, 0, 1, 1, 2, 3][c.below(6)] {
        list.push(input(c, None));
    }
    if c.one_in(4) {
        list.reverse();
    }
    Json::Array(list)
}

/// One row or none.
fn one<R>(
    c: &mut Choices<'_>,
    row: Option<&R>,
    input: impl Fn(&mut Choices<'_>, Option<&R>) -> Json,
    id: Json,
) -> Json {
    match (c.below(5), row) {
        (0, _) => Json::Null,
        (1 | 2, Some(row)) => {
            let mut changed = input(c, Some(row));
            changed["id"] = id;
            changed
        }
        (3, Some(_)) => json!({"id": id}),
        _ => input(c, None),
    }
}

pub fn site_input(c: &mut Choices<'_>, row: Option<&Site>) -> Json {
    let names = [fresh(c, 's'), json!("new")];
    let moods = [json!("calm"), json!("wild"), json!(null)];
    let ranks = [json!(5), json!(null), json!(50)];
    let pools: [Pool<'_>; 3] = [
        ("name", &names, &[json!("one"), json!("two"), json!(null)]),
        ("rank", &ranks, &[json!(100)]),
        ("mood", &moods, &moods),
    ];
    let mut input = fields(c, &pools);
    if c.one_in(4) {
        input["motto"] = json!("hey");
    }
    if row.is_none() && input.get("name").is_none() {
        input["name"] = fresh(c, 's');
    }
    let loaded = |site: &Site| site.pages.get().is_ok();
    if row.is_some_and(|site| !loaded(site)) {
        return input;
    }
    let person_id = |person: Option<&Person>| person.map_or(Json::Null, |person| json!(person.id.to_string()));
    let owner = row.and_then(|site| site.owner.get().unwrap());
    let editor = row.and_then(|site| site.editor.get().unwrap());
    if c.one_in(3) {
        input["owner"] = one(c, owner, person_input, person_id(owner));
    }
    if c.one_in(3) {
        input["editor"] = one(c, editor, person_input, person_id(editor));
    }
    if c.below(3) > 0 {
        let pages = row.map_or(&[][..], |site| site.pages.get().unwrap());
        input["pages"] = list(c, pages, page_input, |page| json!({"id": page.id}));
    }
    if c.one_in(3) {
        let badge = row.and_then(|site| site.badge.get().unwrap());
        input["badge"] = one(c, badge, badge_input, badge.map_or(Json::Null, |badge| json!(badge.id)));
    }
    if c.one_in(2) {
        let pins = row.map_or(&[][..], |site| site.pins.get().unwrap());
        input["pins"] = list(c, pins, pin_input, |pin| json!({"id": pin.id}));
    }
    if c.one_in(3) {
        let tags = row.map_or(&[][..], |site| site.tags.get().unwrap());
        input["tags"] = list(c, tags, tag_input, |tag| json!({"id": tag.id}));
    }
    input
}

pub fn page_input(c: &mut Choices<'_>, row: Option<&Page>) -> Json {
    let titles = [json!("x"), json!("y"), json!("xxxxx")];
    let slugs = [fresh(c, 'g'), json!(null), json!("b")];
    let pools: [Pool<'_>; 3] = [
        ("title", &titles, &[json!("xxxxxx"), json!(null)]),
        ("slug", &slugs, &[json!("a"), json!("c"), json!("d")]),
        ("position", &[json!(1), json!(2), json!(3), json!(4), json!(5)], &[json!(null), json!(6)]),
    ];
    let mut input = fields(c, &pools);
    if row.is_none() {
        input["title"] = c.mostly(&titles, &[json!("xxxxxx"), json!(null)]);
        input["position"] = json!(c.number(10, &[1, 2, 3]));
    }
    if c.one_in(12) {
        input["lenient"] = json!(true);
    }
    match c.below(6) {
        4 => {
            input["author_id"] =
                c.mostly(&[json!(uuid(1)), json!(uuid(2)), json!(null)], &[json!(uuid(9)), json!(uuid(301))])
        }
        5 => {
            let author = row.and_then(|page| page.author.get().unwrap());
            input["author"] =
                one(c, author, person_input, author.map_or(Json::Null, |author| json!(author.id.to_string())));
        }
        _ => {}
    }
    if c.one_in(2) {
        let notes = row.map_or(&[][..], |page| page.notes.get().unwrap());
        input["notes"] = list(c, notes, note_input, |note| json!({"id": note.id.to_string()}));
    }
    if c.one_in(3) {
        let marks = row.map_or(&[][..], |page| page.marks.get().unwrap());
        let id = |mark: &Mark| json!({"page_id": mark.page_id, "no": mark.no});
        input["marks"] = list(c, marks, mark_input, id);
    }
    input
}

pub fn note_input(c: &mut Choices<'_>, row: Option<&Note>) -> Json {
    let bodies = [fresh(c, 'b'), fresh(c, 'c')];
    let amounts = [json!("2.5"), json!("1.54"), json!(null)];
    let words = [json!(["q\"", "{x}"]), json!([]), json!(null)];
    let extras = [json!({"a": "b"}), json!([1, null]), json!(null)];
    let pools: [Pool<'_>; 3] = [
        ("amount", &amounts, &[json!("1000")]),
        ("words", &words, &words),
        ("extra", &extras, &[json!({"a": "b\u{0}"})]),
    ];
    let mut input = fields(c, &pools);
    if row.is_none() || c.one_in(3) {
        input["body"] = c.mostly(&bodies, &[json!("n1"), json!("n3"), json!("n4"), json!(null)]);
    }
    if row.is_none() {
        input["id"] = json!(uuid(c.number(200, &[1, 201, 5])));
        if c.one_in(16) {
            input["tolerant"] = json!(true);
        }
    }
    if c.one_in(3) {
        let replies = row.map_or(&[][..], |note| note.replies.get().unwrap());
        input["replies"] = list(c, replies, reply_input, |reply| json!({"id": reply.id}));
    }
    input
}

fn reply_input(c: &mut Choices<'_>, _: Option<&Reply>) -> Json {
    let mut input = json!({"text": c.of_these(&["t", "u", "v"])});
    if c.one_in(3) {
        input["level"] = json!(c.below(3));
    }
    input
}

fn mark_input(c: &mut Choices<'_>, row: Option<&Mark>) -> Json {
    let values = [json!(10 + c.below(200)), json!(null), json!(1)];
    let mut input = json!({"value": c.mostly(&values, &[json!(2), json!(3)])});
    if row.is_none() {
        input["no"] = json!(c.number(3, &[1, 2]));
    }
    input
}

pub fn person_input(c: &mut Choices<'_>, row: Option<&Person>) -> Json {
    let names = [fresh(c, 'p'), fresh(c, 'q')];
    let mut input = json!({});
    if row.is_none() || c.one_in(2) {
        input["name"] = c.mostly(&names, &[json!("ann"), json!("bob"), json!("eve"), json!(null)]);
    }
    if c.one_in(3) {
        input["age"] = c.of_these(&[json!(1), json!(null), json!(2)]);
    }
    if row.is_none() && c.one_in(4) {
        input["id"] = json!(uuid(300 + c.below(6)));
    }
    if row.is_none() && c.one_in(10) {
        input["known"] = json!(true);
    }
    if let Some(person) = row.filter(|person| person.reports.get().is_ok())
        && c.one_in(2)
    {
        let reports = person.reports.get().unwrap();
        input["reports"] = list(c, reports, person_input, |person| json!({"id": person.id.to_string()}));
    } else if row.is_none() && c.one_in(5) {
        input["reports"] = json!([person_input(c, None)]);
    }
    input
}

fn badge_input(c: &mut Choices<'_>, _: Option<&Badge>) -> Json {
    let labels = [fresh(c, 'l'), json!("gold")];
    let mut input = json!({"label": c.mostly(&labels, &[json!("tin"), json!(null)])});
    if c.one_in(2) {
        input["weight"] = c.mostly(&[json!("1.25"), json!("3")], &[json!("9.999")]);
    }
    input
}

fn pin_input(c: &mut Choices<'_>, _: Option<&Pin>) -> Json {
    let notes = [json!(null), json!(uuid(1)), json!(uuid(3)), json!(uuid(4))];
    let labels = [json!("z"), json!(null)];
    fields(c, &[("label", &labels, &labels), ("note_id", &notes, &[json!(uuid(201)), json!(uuid(77))])])
}

pub fn tag_input(c: &mut Choices<'_>, row: Option<&Tag>) -> Json {
    let mut input = json!({"uses": c.below(3)});
    if row.is_none() || c.one_in(2) {
        let names = [fresh(c, 't')];
        input["name"] = c.mostly(&names, &[json!("red"), json!("blue"), json!(null)]);
    }
    input
}

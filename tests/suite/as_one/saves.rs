//! Saves of all kinds, as the choices say.

use std::fmt::Debug;

use assoc::{Action, DbError, Puttable, SaveError, prelude::*, schema::kind};
use serde_json::json;
use uuid::Uuid;

use super::{choices::Choices, graph, tables::*};

/// What became of a save.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub result: Result<String, String>,
    /// Whether its plan can be sent as one statement, and whether it is sent at all; unknown if there are several plans.
    pub plan: Option<Planned>,
}

#[derive(Debug, PartialEq, Clone, Copy)]
pub struct Planned {
    pub as_one: bool,
    pub is_empty: bool,
    /// The save had the database for itself.
    pub alone: bool,
}

/// Whose transaction it runs in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scope {
    Own,
    Joined,
    Nested,
    Prepared,
}

struct Text(String);

impl From<DbError> for Text {
    fn from(error: DbError) -> Self {
        Self(error.to_string())
    }
}

/// The struct that came back, or the error, with the whole tree of the changesets that it is about.
fn told<T: Debug, S: Schema, C>(
    result: Result<T, SaveError<C>>,
    changesets: impl Fn(C) -> Vec<Changeset<S>>,
) -> Result<String, String> {
    result.map(|row| format!("{row:#?}")).map_err(|error| match error {
        SaveError::Invalid(invalid) => format!("{:#?}", changesets(invalid)),
        SaveError::Misuse(misuse) => misuse.to_string(),
        SaveError::Database(error) => error.to_string(),
        _ => "another error".to_owned(),
    })
}

fn planned<S: Stored>(changeset: &Changeset<S>, scope: Scope) -> Option<Planned> {
    let plan = changeset.plan().ok()?;
    Some(Planned { as_one: plan.in_turn().is_none(), is_empty: plan.is_empty(), alone: scope == Scope::Own })
}

/// Runs a save in the scope; in a transaction of the user, another one follows, which must find the transaction whole.
async fn within(
    repo: &Repo,
    scope: Scope,
    save: impl AsyncFn(&Repo) -> Result<String, String>,
) -> Result<String, String> {
    let last = Tag::build().set(Tag::name, "last").set(Tag::uses, 1);
    let result = match scope {
        Scope::Own | Scope::Prepared => return save(repo).await,
        Scope::Joined => {
            repo.transaction(async |tx| {
                let result = save(&tx).await;
                tx.insert(last).await.map_err(|error| Text(error.to_string()))?;
                Ok::<_, Text>(result)
            })
            .await
        }
        Scope::Nested => {
            repo.transaction(async |tx| {
                let nested = tx.transaction(async |inner| save(&inner).await.map_err(Text)).await;
                tx.insert(last).await.map_err(|error| Text(error.to_string()))?;
                Ok::<_, Text>(nested.map_err(|Text(text)| text))
            })
            .await
        }
    };
    result.unwrap_or_else(|Text(text)| Err(format!("at the end: {text}")))
}

fn prepared<S: Stored>(changeset: Changeset<S>, scope: Scope) -> Changeset<S> {
    match scope {
        Scope::Prepared => changeset.prepare_changes(async |changeset, tx: Repo| {
            tx.execute("SELECT 1").await?;
            Ok(changeset)
        }),
        _ => changeset,
    }
}

async fn save<S: Stored + Debug>(repo: &Repo, scope: Scope, action: Action, changeset: Changeset<S>) -> Told {
    let changeset = changeset.set_action(action);
    let plan = planned(&changeset, scope);
    let changeset = prepared(changeset, scope);
    let one = |changeset| vec![changeset];
    let result = within(repo, scope, async |repo| {
        let changeset = changeset.clone();
        match action {
            Action::Insert => told(repo.insert(changeset).await, one),
            Action::Delete => told(repo.delete(changeset).await, one),
            _ => told(repo.update(changeset).await, one),
        }
    });
    Told { result: result.await, plan }
}

async fn insert_many<S: Stored + Debug>(repo: &Repo, scope: Scope, all: Vec<Changeset<S>>) -> Told {
    let all: Vec<_> = all.into_iter().map(|changeset| prepared(changeset, scope)).collect();
    let result = within(repo, scope, async |repo| told(repo.insert_many(all.clone()).await, |all| all));
    Told { result: result.await, plan: None }
}

/// Everything that hangs on it.
async fn load(repo: &Repo, id: i64) -> Site {
    let mut site: Site = repo.fetch(id).await.unwrap();
    let notes = Page::notes.then(Note::replies);
    let people = (Site::owner.then(Person::reports), Site::editor.then(Person::reports));
    let pages = Site::pages.then((notes, Page::marks, Page::author.then(Person::reports)));
    repo.preload(&mut site, (people, pages, Site::badge, Site::pins, Site::tags)).await.unwrap();
    site
}

async fn pages(repo: &Repo) -> Vec<Page> {
    let mut pages = repo.all(Page::query().order_by(Page::id.asc())).await.unwrap();
    let notes = Page::notes.then(Note::replies);
    repo.preload(&mut pages, (notes, Page::marks, Page::author.then(Person::reports))).await.unwrap();
    pages
}

fn input(json: serde_json::Value) -> Params {
    Params::from(json)
}

/// What the save begins with is loaded, `meanwhile` happens, and it is saved.
pub async fn run(repo: &Repo, c: &mut Choices<'_>, meanwhile: impl AsyncFnOnce()) -> Told {
    let scope = [Scope::Own, Scope::Own, Scope::Own, Scope::Joined, Scope::Nested, Scope::Prepared][c.below(6)];
    match c.below(12) {
        0..=3 => {
            let site = load(repo, 1 + c.below(2) as i64).await;
            let params = input(graph::site_input(c, Some(&site)));
            meanwhile().await;
            save(repo, scope, Action::Update, graph::site(site.change(), &params)).await
        }
        4 | 5 => {
            let site = if c.one_in(2) { load(repo, 1).await } else { repo.fetch(1).await.unwrap() };
            let changeset = rearranged(repo, c, site.change()).await;
            meanwhile().await;
            save(repo, scope, Action::Update, changeset).await
        }
        6 => {
            let params = input(graph::site_input(c, None));
            meanwhile().await;
            save(repo, scope, Action::Insert, graph::site(Site::build(), &params)).await
        }
        7 => {
            let mut all = Vec::new();
            for _ in 0..1 + c.below(3) {
                let params = input(graph::site_input(c, None));
                let changeset = graph::site(Site::build(), &params);
                all.push(if c.one_in(3) { rearranged(repo, c, changeset).await } else { changeset });
            }
            meanwhile().await;
            insert_many(repo, scope, all).await
        }
        8 => {
            let all = (0..1 + c.below(4)).map(|_| lone_person(c)).collect();
            meanwhile().await;
            insert_many(repo, scope, all).await
        }
        9 => {
            let all = (0..1 + c.below(4)).map(|_| lone_note(c)).collect();
            meanwhile().await;
            insert_many(repo, scope, all).await
        }
        10 => delete(repo, c, scope, meanwhile).await,
        _ => lone(repo, c, scope, meanwhile).await,
    }
}

/// Rows put, added, removed, linked, unlinked, moved here from other owners.
async fn rearranged(repo: &Repo, c: &mut Choices<'_>, mut site: Changeset<Site>) -> Changeset<Site> {
    let new = |c: &mut Choices<'_>| {
        let params = input(graph::page_input(c, None));
        graph::page(Page::build(), &params)
    };
    let there = pages(repo).await;
    let changed = |c: &mut Choices<'_>, page: &Page| {
        let params = if c.one_in(2) { graph::page_input(c, Some(page)) } else { json!({}) };
        graph::page(page.clone().change(), &input(params))
    };
    match c.below(4) {
        0 => {
            let some: Vec<_> = there.iter().filter(|_| c.one_in(2)).collect();
            let mut rows: Vec<_> = some.into_iter().map(|page| changed(c, page)).collect();
            if c.one_in(2) {
                rows.push(new(c));
            }
            site = if c.one_in(2) { put(site, rows) } else { site.add_to(Site::pages, rows) };
        }
        1 => site = site.add_to(Site::pages, vec![changed(c, &c_of(&there, 3)), new(c)]),
        2 => site = site.remove_from(Site::pages, [11 + c.below(3) as i64, 21]),
        _ => {}
    }
    if c.one_in(2) {
        let pins = repo.all(Pin::query().order_by(Pin::id.asc())).await.unwrap();
        let some = pins.into_iter().filter(|_| c.one_in(2));
        let some: Vec<_> = some.map(|pin| pin.change().set(Pin::label, "moved")).collect();
        site = site.add_to(Site::pins, some);
    }
    if c.one_in(3) {
        site = site.remove_from(Site::pins, [1 + c.below(3) as i64]);
    }
    match c.below(5) {
        0 => site = site.link(Site::tags, [3, 1 + c.below(4) as i64]),
        1 => site = site.unlink(Site::tags, [1, 3]).link(Site::tags, [2]),
        2 => {
            let tags = repo.all(Tag::query().order_by(Tag::id.asc())).await.unwrap();
            let params = input(graph::tag_input(c, None));
            let mut rows: Vec<Changeset<Tag>> = tags.into_iter().skip(c.below(3)).map(Tag::change).collect();
            rows.push(graph::tag(Tag::build(), &params));
            site = site.add_to(Site::tags, rows);
        }
        _ => {}
    }
    match c.below(4) {
        0 => {
            let badges = repo.all(Badge::query().order_by(Badge::id.asc())).await.unwrap();
            site = site.put_assoc(Site::badge, c.of_these(&badges));
        }
        1 => {
            let people = repo.all(Person::query().order_by(Person::name.asc())).await.unwrap();
            site = site.put_assoc(Site::owner, c.of_these(&people));
        }
        _ => {}
    }
    site
}

fn c_of(pages: &[Page], at: usize) -> Page {
    pages[at].clone()
}

fn put<M>(site: Changeset<Site>, rows: Vec<Changeset<Page>>) -> Changeset<Site>
where
    Vec<Changeset<Page>>: Puttable<Page, kind::Many, M>,
{
    site.put_assoc(Site::pages, rows)
}

/// People who name each other as their boss by keys that the client makes, or that are there.
fn lone_person(c: &mut Choices<'_>) -> Changeset<Person> {
    let params = input(graph::person_input(c, None));
    let boss = c.mostly(&[None, Some(1), Some(2)], &[Some(300), Some(301), Some(302)]);
    let boss = boss.map(|number| Uuid::parse_str(&graph::uuid(number)).unwrap());
    graph::person(Person::build(), &params).set(Person::boss_id, boss)
}

fn lone_note(c: &mut Choices<'_>) -> Changeset<Note> {
    let params = input(graph::note_input(c, None));
    let page = c.mostly(&[None, Some(11), Some(21)], &[Some(99)]);
    let note = graph::note(Note::build(), &params).set(Note::page_id, page);
    match c.below(5) {
        0 => note.on_conflict_replace(Note::body, Note::amount),
        1 => note.on_conflict_nothing(()),
        _ => note,
    }
}

async fn delete(repo: &Repo, c: &mut Choices<'_>, scope: Scope, meanwhile: impl AsyncFnOnce()) -> Told {
    match c.below(4) {
        0 => {
            let site: Site = repo.fetch(1 + c.below(2) as i64).await.unwrap();
            meanwhile().await;
            save(repo, scope, Action::Delete, site.change().no_assoc_constraint(Site::pages)).await
        }
        1 => {
            let page: Page = repo.fetch(11 + c.below(3) as i64).await.unwrap();
            let page = page.change().no_assoc_constraint(Page::notes);
            meanwhile().await;
            save(repo, scope, Action::Delete, if c.one_in(3) { page.allow_stale() } else { page }).await
        }
        2 => {
            let id = Uuid::parse_str(&graph::uuid(1 + c.below(5))).unwrap();
            let person: Person = repo.fetch(id).await.unwrap();
            meanwhile().await;
            save(repo, scope, Action::Delete, person.change()).await
        }
        _ => {
            let reply: Reply = repo.fetch(1 + c.below(3) as i64).await.unwrap();
            meanwhile().await;
            save(repo, scope, Action::Delete, reply.change()).await
        }
    }
}

/// A single row, or people and those who report to them.
async fn lone(repo: &Repo, c: &mut Choices<'_>, scope: Scope, meanwhile: impl AsyncFnOnce()) -> Told {
    match c.below(5) {
        0 => {
            let id = Uuid::parse_str(&graph::uuid(1 + c.below(5))).unwrap();
            let mut person: Person = repo.fetch(id).await.unwrap();
            repo.preload(&mut person, Person::reports.then(Person::reports)).await.unwrap();
            let params = input(graph::person_input(c, Some(&person)));
            meanwhile().await;
            save(repo, scope, Action::Update, graph::person(person.change(), &params)).await
        }
        1 => {
            let id = Uuid::parse_str(&graph::uuid(1 + c.below(5))).unwrap();
            let mut note: Note = repo.fetch(id).await.unwrap();
            repo.preload(&mut note, Note::replies).await.unwrap();
            let params = input(graph::note_input(c, Some(&note)));
            meanwhile().await;
            save(repo, scope, Action::Update, graph::note(note.change(), &params)).await
        }
        2 => {
            let note = lone_note(c);
            meanwhile().await;
            save(repo, scope, Action::Insert, note).await
        }
        3 => {
            let person = lone_person(c);
            meanwhile().await;
            save(repo, scope, Action::Insert, person).await
        }
        _ => {
            let page = c_of(&pages(repo).await, c.below(5));
            let params = input(graph::page_input(c, Some(&page)));
            meanwhile().await;
            save(repo, scope, Action::Update, graph::page(page.change(), &params)).await
        }
    }
}

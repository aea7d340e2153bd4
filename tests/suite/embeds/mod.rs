//! Embeds: rows inside of other rows, as JSON.

use assoc::prelude::*;
use serde_json::json;
use sqlx::types::Uuid;

use crate::support::*;

mod cast;
mod in_children;
mod nested;
mod options;
mod plans;
mod put;
mod replace;
mod stored;
mod values;

/// Links have keys, the one SEO has none.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Page {
    id: i64,
    title: String,
    #[embeds_many(on_replace = delete)]
    links: Vec<Link>,
    #[embeds_one(on_replace = delete)]
    seo: Option<Seo>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Link {
    id: Uuid,
    url: String,
    label: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Seo {
    #[schema(default = "index")]
    robots: String,
    keywords: Vec<String>,
}

fn page(page: Changeset<Page>, params: &Params) -> Changeset<Page> {
    page.cast(params, Page::title).cast_embed(Page::links, link).cast_embed(Page::seo, seo)
}

fn link(link: Changeset<Link>, params: &Params) -> Changeset<Link> {
    link.cast(params, (Link::url, Link::label)).validate_required(Link::url)
}

fn seo(seo: Changeset<Seo>, params: &Params) -> Changeset<Seo> {
    seo.cast(params, (Seo::robots, Seo::keywords))
}

async fn tables(db: &Db) {
    db.tables("CREATE TABLE pages (id <key>, title TEXT NOT NULL, links <json> NOT NULL, seo <json>)").await;
}

/// A page with the links `a`, `b`, `c` and an SEO, as the database has it.
async fn loaded(db: &Db) -> Page {
    tables(db).await;
    let input = json!({"title": "P", "links": [{"url": "a"}, {"url": "b"}, {"url": "c"}], "seo": {"keywords": ["x"]}});
    let inserted = db.repo.insert(page(Page::build(), &params(input))).await.unwrap();
    let loaded = reload(db, inserted.id).await;
    assert_eq!(inserted, loaded);
    db.forget();
    loaded
}

async fn reload(db: &Db, id: i64) -> Page {
    let page = db.repo.fetch(id).await.unwrap();
    db.forget();
    page
}

fn urls(page: &Page) -> Vec<&str> {
    page.links.iter().map(|link| &*link.url).collect()
}

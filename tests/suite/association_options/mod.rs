//! Options of associations: `filter`, `defaults`, `order_by`, and those of join tables.

use assoc::{Enum, prelude::*};
use serde_json::json;

use crate::support::*;

mod defaults;
mod filter;
mod join;
mod order;
mod partial;

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
enum Kind {
    Note,
    #[schema(name = "the reply")]
    Reply,
    Pinned,
}

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
#[schema(database_type = "article_state")]
enum State {
    Draft,
    Live,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Article {
    id: i64,
    state: State,
    writer_id: Option<i64>,
    #[belongs_to(filter(active = true), defaults(active = true, name = "Anon"), on_replace = nilify)]
    writer: BelongsTo<Writer>,
    #[has_many(filter(kind = Kind::Note), defaults(kind = Kind::Note, body = "empty"), order_by(desc(rank), id), on_replace = delete)]
    notes: HasMany<Remark>,
    #[has_many(filter(kind = Kind::Reply, deleted = None::<String>), order_by(asc(body)))]
    replies: HasMany<Remark>,
    #[has_one(filter(kind = Kind::Pinned), defaults(kind = Kind::Pinned), on_replace = delete)]
    pinned: HasOne<Remark>,
    #[many_to_many(join_through = "articles_topics", filter(live = true), defaults(live = true), order_by(desc(name)), on_replace = delete)]
    topics: ManyToMany<Topic>,
    #[has_many(through(replies, writer))]
    repliers: HasMany<Writer>,
    #[has_one(through(pinned, writer))]
    pinner: HasOne<Writer>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Remark {
    id: i64,
    kind: Kind,
    body: String,
    #[schema(default = 0)]
    rank: i32,
    deleted: Option<String>,
    article_id: Option<i64>,
    writer_id: Option<i64>,
    #[belongs_to(filter(active = true))]
    writer: BelongsTo<Writer>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Writer {
    id: i64,
    name: String,
    active: bool,
    #[has_many(filter(state = State::Live))]
    articles: HasMany<Article>,
    #[has_many(through(articles, topics))]
    topics: HasMany<Topic>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Topic {
    id: i64,
    name: String,
    live: bool,
}

async fn prepare(db: &Db) {
    let state = if db.is_postgres() { "article_state" } else { "TEXT" };
    if db.is_postgres() {
        db.execute("CREATE TYPE article_state AS ENUM ('draft', 'live')").await;
    }
    db.tables(&format!(
        "CREATE TABLE writers (id <key>, name TEXT NOT NULL, active BOOLEAN NOT NULL);
         CREATE TABLE articles (id <key>, state {state} NOT NULL, writer_id BIGINT);
         CREATE TABLE remarks (id <key>, kind TEXT NOT NULL, body TEXT NOT NULL, rank INTEGER NOT NULL, deleted TEXT, article_id BIGINT, writer_id BIGINT);
         CREATE TABLE topics (id <key>, name TEXT NOT NULL, live BOOLEAN NOT NULL);
         CREATE TABLE articles_topics (article_id BIGINT NOT NULL, topic_id BIGINT NOT NULL, PRIMARY KEY (article_id, topic_id));
         INSERT INTO writers VALUES (1, 'Ada', TRUE), (2, 'Bob', FALSE), (3, 'Cy', TRUE);
         INSERT INTO articles VALUES (1, 'live', 1), (2, 'draft', 2), (3, 'draft', 1);
         INSERT INTO remarks VALUES (11, 'note', 'low', 1, NULL, 1, 1), (12, 'note', 'high', 2, NULL, 1, 2), (13, 'note', 'low too', 1, NULL, 1, 3),
           (14, 'the reply', 'z', 0, NULL, 1, 1), (15, 'the reply', 'a', 0, NULL, 1, 2), (16, 'the reply', 'gone', 0, 'yes', 1, 3),
           (17, 'pinned', 'pin', 0, NULL, 1, 3), (21, 'note', 'other', 0, NULL, 2, 1), (22, 'the reply', 'r', 0, NULL, 2, 3);
         INSERT INTO topics VALUES (1, 'art', TRUE), (2, 'bees', FALSE), (3, 'cats', TRUE);
         INSERT INTO articles_topics VALUES (1, 1), (1, 2), (1, 3), (2, 2), (3, 3);",
    ))
    .await;
}

async fn article(db: &Db, preloads: impl assoc::Preloads<Article>) -> Article {
    let mut article: Article = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut article, preloads).await.unwrap();
    db.forget();
    article
}

fn bodies(remarks: &HasMany<Remark>) -> Vec<&str> {
    remarks.get().unwrap().iter().map(|remark| &*remark.body).collect()
}

fn remark(remark: Changeset<Remark>, params: &Params) -> Changeset<Remark> {
    remark.cast(params, (Remark::body, Remark::rank))
}

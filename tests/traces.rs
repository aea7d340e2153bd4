//! What traces tell of statements. A subscriber, once set, takes the driver's log away from a whole process: hence a test
//! of its own, where the suite listens to that log.

#![cfg(feature = "tracing")]

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use assoc::prelude::*;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

#[derive(Debug, Clone, Schema)]
struct Tag {
    id: i64,
    name: String,
}

const TABLE: &str = "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";

/// A repo on each database; what has to live as long comes with it.
async fn repos() -> [(Repo, Option<assoc_test::Database>); 2] {
    let database = assoc_test::Database::from_sql(&TABLE.replace("INTEGER", "BIGSERIAL")).await.unwrap();
    let sqlite = Repo::connect("sqlite::memory:").await.unwrap();
    sqlite.execute(TABLE).await.unwrap();
    [(Repo::connect(database.url()).await.unwrap(), Some(database)), (sqlite, None)]
}

/// The spans and events of a thread: names and fields.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Subscriber for Traces {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "assoc"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut all = self.0.lock().unwrap();
        let mut fields = BTreeMap::new();
        span.record(&mut Fields(&mut fields));
        all.push(fields);
        Id::from_u64(all.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap()[span.into_u64() as usize - 1]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        self.0.lock().unwrap().push(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Traces {
    /// The value of a field in each span or event that has it.
    fn all(&self, field: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter_map(|fields| fields.get(field).cloned()).collect()
    }
}

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name)
}

#[tokio::test]
async fn a_span_for_each_statement() {
    for (repo, database) in repos().await {
        let traces = Traces::default();
        let _guard = tracing::subscriber::set_default(traces.clone());
        let tx = repo.begin().await.unwrap();
        tx.insert_many([tag("secret a"), tag("secret b")]).await.unwrap();
        tx.all(Tag::query()).await.unwrap();
        tx.delete_all(Tag::query()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            traces.all("otel.name"),
            ["BEGIN", "SAVEPOINT", "INSERT tags", "RELEASE SAVEPOINT", "SELECT tags", "DELETE tags", "COMMIT"]
        );
        assert_eq!(traces.all("db.operation.name")[2..6], ["INSERT", "RELEASE SAVEPOINT", "SELECT", "DELETE"]);
        assert_eq!(traces.all("db.collection.name"), ["tags"; 3]);
        // One statement of several writes returns a row of its own.
        let inserted = if database.is_some() { "3" } else { "2" };
        assert_eq!(traces.all("db.response.returned_rows"), [inserted, "2"]);
        assert_eq!(traces.all("assoc.affected_rows"), ["0", "0", "0", "2", "0"]);
        assert_eq!(traces.all("db.system.name"), [if database.is_some() { "postgresql" } else { "sqlite" }; 7]);
        assert_eq!((traces.all("assoc.elapsed_ms").len(), traces.all("message").len()), (7, 0));
        assert!(traces.all("db.query.text")[4].starts_with("SELECT \"tags\".\"id\""));
        assert!(!format!("{:?}", traces.0).contains("secret"));
    }
}

#[tokio::test]
async fn a_statement_that_fails_is_an_error_in_its_trace() {
    for (repo, database) in repos().await {
        let traces = Traces::default();
        let _guard = tracing::subscriber::set_default(traces.clone());
        repo.execute("SELECT nothing FROM nowhere").await.unwrap_err();
        assert_eq!(traces.all("otel.status_code"), ["ERROR"]);
        assert_eq!(traces.all("error.type"), [if database.is_some() { "42P01" } else { "1" }]);
        assert_eq!(traces.all("error.type"), traces.all("db.response.status_code"));
    }
}

#[tokio::test]
async fn values_and_warnings_only_where_they_are_asked_for() {
    for (repo, _database) in repos().await {
        let traces = Traces::default();
        let _guard = tracing::subscriber::set_default(traces.clone());
        let telling = repo.clone().log_values().slow_statements(Duration::ZERO);
        telling.all(Tag::query().filter(Tag::name.eq("told"))).await.unwrap();
        assert_eq!(traces.all("db.query.parameter.0"), ["\"told\""]);
        assert_eq!(traces.all("message"), ["slow statement"]);
        let patient = repo.clone().slow_statements(Duration::from_secs(3600));
        patient.all(Tag::query().filter(Tag::name.eq("secret"))).await.unwrap();
        assert_eq!((traces.all("message").len(), traces.all("db.query.parameter.0").len()), (1, 1));
    }
}

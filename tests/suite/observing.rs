//! What observers see of statements.

use std::time::Duration;

use assoc::prelude::*;

use crate::{schemas::*, support::Record as Lines};

fn tag(name: &str) -> Changeset<Tag> {
    Tag::build().set(Tag::name, name)
}

both! {
    async fn observers_get_what_came_of_it(db: Db) {
        let seen = Lines::default();
        let (one, two) = (seen.clone(), seen.clone());
        let repo = db.repo.clone().slow_statements(Duration::ZERO);
        let repo = repo.observe(move |event| {
            let failed = event.error.is_some();
            one.lock().unwrap().push(format!("{} {:?} {} {} {failed}", event.operation, event.table, event.rows, event.slow));
        });
        let repo = repo.observe(move |event| two.lock().unwrap().push(format!("{:?} {}", event.values, event.database)));
        repo.insert(tag("a")).await.unwrap();
        repo.all(Tag::query().filter(Tag::name.eq("a"))).await.unwrap();
        repo.execute("no statement").await.unwrap_err();
        let database = format!("[] {}", if db.is_postgres() { "PostgreSQL" } else { "SQLite" });
        let seen: Vec<String> = seen.lock().unwrap().iter().filter(|line| !line.contains("BEGIN") && !line.contains("COMMIT")).cloned().collect();
        assert_eq!(seen[..2], ["INSERT Some(\"tags\") 1 true false".to_owned(), database.clone()]);
        assert_eq!(seen[2..4], ["SELECT Some(\"tags\") 1 true false".to_owned(), database.clone()]);
        assert_eq!(seen[4..], ["NO None 0 true true".to_owned(), database]);
        let values = Lines::default();
        let told = values.clone();
        let repo = repo.log_values().observe(move |event| told.lock().unwrap().extend(event.values.iter().cloned()));
        repo.all(Tag::query().filter(Tag::name.eq("it's"))).await.unwrap();
        assert_eq!(*values.lock().unwrap(), ["\"it's\""]);
    }
}

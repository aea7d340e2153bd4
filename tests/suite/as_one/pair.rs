//! The same save in two databases: as one statement, and in turn.

use std::fmt::Debug;

use assoc::{SaveError, prelude::*};

use crate::support::Db;

pub struct Pair {
    pub one: Db,
    turn: Db,
}

/// What became of a save that ended in the same way on both sides.
#[derive(Debug)]
pub struct Outcome {
    /// The struct that came back, or the error.
    pub result: Result<String, String>,
    /// What the database got where it may get it as one.
    pub sent: Vec<String>,
}

impl Outcome {
    pub fn error(self) -> String {
        self.result.unwrap_err()
    }

    /// It took one statement, beside those that load.
    pub fn is_one(&self) -> bool {
        self.result.is_ok() && self.sent.iter().filter(|sql| !sql.starts_with("SELECT")).count() == 1
    }
}

impl Pair {
    pub async fn of(sql: &str) -> Self {
        let (one, turn) = (Db::postgres().await, Db::postgres().await);
        // Without the tables of all tests, whose names these may have.
        let sql = format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public; {sql}");
        one.tables(&sql).await;
        turn.tables(&sql).await;
        Self { one, turn }
    }

    /// Saves on both sides, and compares what came back, and the text of a query afterwards.
    pub async fn saves<T: Debug, C: Tells>(
        &self,
        query: &str,
        save: impl AsyncFn(Repo) -> Result<T, SaveError<C>>,
    ) -> Outcome {
        let mut outcomes = Vec::new();
        for (db, repo) in [(&self.one, self.one.repo.clone()), (&self.turn, self.turn.repo.in_turn())] {
            db.forget();
            let result = save(repo).await;
            let sent = db.conversation();
            let result = result.map(|row| format!("{row:?}")).map_err(|error| told(&error));
            outcomes.push((result, db.text(query).await, sent));
        }
        let (turn, one) = (outcomes.pop().unwrap(), outcomes.pop().unwrap());
        assert_eq!((&one.0, &one.1), (&turn.0, &turn.1), "as one: {:#?}\nin turn: {:#?}", one.2, turn.2);
        Outcome { result: one.0, sent: one.2 }
    }
}

/// Errors of changesets as text.
pub trait Tells {
    fn tell(&self) -> String;
}

impl<S: Schema> Tells for Changeset<S> {
    fn tell(&self) -> String {
        self.errors().to_string()
    }
}

impl<S: Schema> Tells for Vec<Changeset<S>> {
    fn tell(&self) -> String {
        self.iter().map(Tells::tell).collect::<Vec<_>>().join(" | ")
    }
}

pub fn told<C: Tells>(error: &SaveError<C>) -> String {
    match error {
        SaveError::Invalid(changesets) => changesets.tell(),
        SaveError::Database(error) => error.to_string(),
        _ => "misuse".to_owned(),
    }
}

//! A save that is sent as one statement never differs from one whose statements are sent in turn.
//!
//! `ASSOC_CASES=5000 cargo test --test suite -- as_one::` tries more of them.

mod choices;
mod deleted;
mod gone;
mod graph;
mod large;
mod pair;
mod planned;
mod reasons;
mod referring;
mod refused;
mod returned;
mod saves;
mod tables;
mod triggers;

use assoc::Repo;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use regex::Regex;
use sqlx::{AssertSqlSafe, Postgres, pool::PoolConnection};

use self::{
    choices::Choices,
    saves::{Planned, Told},
};
use crate::support::Db;

/// How many saves are tried in each world.
fn cases() -> u32 {
    std::env::var("ASSOC_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40)
}

/// A database, a repo, and a connection to look at what it did.
struct Side {
    db: Db,
    repo: Repo,
    direct: PoolConnection<Postgres>,
}

impl Side {
    async fn of(world: usize, repo: impl Fn(&Repo) -> Repo) -> Self {
        let db = Db::postgres().await;
        let mut direct = db.direct().await.acquire().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(tables::create(world))).execute(&mut *direct).await.unwrap();
        let repo = match tables::prefix(world) {
            Some(prefix) => repo(&db.repo.with_prefix(prefix)),
            None => repo(&db.repo),
        };
        Self { db, repo, direct }
    }

    /// What was told, what is there afterwards, and what was sent.
    async fn run(&mut self, bytes: &[u8]) -> (Told, String, Vec<String>) {
        sqlx::raw_sql(tables::ROWS).execute(&mut *self.direct).await.unwrap();
        let mut choices = Choices::of(bytes);
        let meanwhile = choices.one_in(3).then(|| choices.of_these(&tables::MEANWHILE));
        let Self { db, repo, direct } = self;
        let told = saves::run(repo, &mut choices, async || {
            if let Some(sql) = meanwhile {
                sqlx::raw_sql(sql).execute(&mut **direct).await.unwrap();
            }
            db.forget();
        });
        let told = told.await;
        let sent = self.db.conversation();
        let sql = format!("SELECT {}", tables::dump());
        let dump = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *self.direct).await.unwrap();
        (told, dump, sent)
    }
}

/// Versions are each database's own; of keys that sequences make only the order counts, for a statement that failed has
/// used some up.
fn plain(text: &str, keys: &Keys) -> String {
    let text = keys.seen.replace_all(text, "seen: _");
    keys.made.replace_all(&text, |found: &regex::Captures<'_>| keys.rank(&found[1])).into_owned()
}

struct Keys {
    seen: Regex,
    made: Regex,
    found: Vec<String>,
}

impl Keys {
    fn of(texts: &[&str]) -> Self {
        let (seen, made) = (Regex::new(r"seen: \d+").unwrap(), Regex::new(r"([1-7]\d{4})\b").unwrap());
        let keys = |text: &&str| {
            let text = seen.replace_all(text, "").into_owned();
            made.captures_iter(&text).map(|found| found[1].to_owned()).collect::<Vec<_>>()
        };
        let mut found: Vec<String> = texts.iter().flat_map(keys).collect();
        found.sort();
        found.dedup();
        Self { seen, made, found }
    }

    fn rank(&self, key: &str) -> String {
        let rank = self.found.iter().filter(|other| other[..1] == key[..1] && other.as_str() <= key).count();
        format!("{}#{rank}", &key[..1])
    }
}

fn compared((told, dump, _): &(Told, String, Vec<String>)) -> String {
    let (Ok(result) | Err(result)) = &told.result;
    let keys = Keys::of(&[result, dump]);
    format!("{}\n{}", plain(&format!("{}\n{result}", told.result.is_ok()), &keys), plain(dump, &keys))
}

/// What was sent fits the plan.
fn fits(told: &Told, sent: &[String]) -> bool {
    match told.plan {
        Some(Planned { is_empty: true, alone: true, .. }) => sent.is_empty(),
        Some(Planned { as_one: true, alone: true, .. }) if told.result.is_ok() => sent.len() == 1,
        _ => true,
    }
}

/// How many saves there were, how many succeeded, and how many of these as one statement.
#[derive(Debug, Default)]
struct Tally {
    saves: usize,
    succeeded: usize,
    as_one: usize,
}

fn compare(world: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let sides = runtime.block_on(async { (Side::of(world, Repo::clone).await, Side::of(world, Repo::in_turn).await) });
    let (sides, tally) = (tokio::sync::Mutex::new(sides), std::cell::Cell::<Tally>::default());
    let config = Config { cases: cases(), failure_persistence: None, max_shrink_iters: 3_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[world as u8; 32]));
    let result = runner.run(&prop::collection::vec(any::<u8>(), 0..160), |bytes| {
        runtime.block_on(async {
            let (one, turn) = &mut *sides.lock().await;
            let (as_one, in_turn) = (one.run(&bytes).await, turn.run(&bytes).await);
            let (left, right) = (compared(&as_one), compared(&in_turn));
            let (told, _, sent) = as_one;
            if left != right {
                let sent = format!("sent: {sent:#?}\nin turn: {:#?}", in_turn.2);
                return Err(TestCaseError::fail(format!("as one: {left}\nin turn: {right}\n{sent}")));
            }
            if !fits(&told, &sent) {
                return Err(TestCaseError::fail(format!("{:?}\n{left}\nsent: {sent:#?}", told.plan)));
            }
            let Tally { saves, succeeded, as_one } = tally.take();
            let is_one = told.result.is_ok() && told.plan.is_some_and(|plan| plan.as_one && !plan.is_empty);
            tally.set(Tally {
                saves: saves + 1,
                succeeded: succeeded + usize::from(told.result.is_ok()),
                as_one: as_one + usize::from(is_one),
            });
            Ok(())
        })
    });
    println!("{:?}", tally.take());
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, bytes)) => panic!("{reason}\nchoices: {bytes:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

macro_rules! worlds {
    ($($name:ident $world:expr;)+) => {$(
        #[test]
        fn $name() {
            compare($world);
        }
    )+};
}

worlds! {
    foreign_keys_that_do_nothing 0;
    foreign_keys_that_cascade 1;
    foreign_keys_that_are_set_to_null 2;
    foreign_keys_that_restrict 3;
    foreign_keys_that_wait 4;
    foreign_keys_that_cascade_and_may_wait 5;
    foreign_keys_of_all_kinds 6;
}

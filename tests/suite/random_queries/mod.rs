//! Random typed queries: what the databases return is what a plain evaluation over the same rows finds.
//!
//! `ASSOC_CASES=20000 cargo test --test suite -- random_queries::` tries more of them.

mod ast;
mod check;
mod data;
mod eval;
mod groups;
mod joined;
mod loads;
mod queries;
mod rows;
mod typed;

use std::future::Future;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};

use crate::support::Db;

/// How many sets of rows are made, each with some queries.
fn cases() -> u32 {
    std::env::var("ASSOC_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60)
}

fn compare(db: impl Future<Output = Db>, ask: BoxedStrategy<queries::Ask>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bench = runtime.block_on(async { data::Bench::of(db.await).await });
    let config = Config { cases: cases(), failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let asks = prop::collection::vec(ask, 1..5);
    let result = runner.run(&(data::world(), asks), |(world, asks)| {
        runtime.block_on(async {
            bench.fill(&world).await;
            for ask in &asks {
                check::check(&bench.db, &world, ask)
                    .await
                    .map_err(|difference| TestCaseError::fail(format!("{difference}\nasked: {ask:#?}")))?;
            }
            Ok(())
        })
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (world, _))) => panic!("{reason}\nrows: {world:#?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

macro_rules! compared {
    ($($asks:ident)+) => {$(
        mod $asks {
            use super::*;

            #[test]
            fn postgres() {
                compare(Db::postgres(), queries::$asks());
            }

            #[test]
            fn sqlite() {
                compare(Db::sqlite(), queries::$asks());
            }
        }
    )+};
}
compared!(tables joins aggregates queries_of_queries pages preloads);

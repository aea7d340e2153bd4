//! The end-to-end suite: every test runs on PostgreSQL and on SQLite.

/// Makes a test for each database of one body.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: Db) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($db: $crate::support::Db) $body

            #[tokio::test]
            $(#[$meta])*
            async fn postgres() {
                run($crate::support::Db::postgres().await).await;
            }

            #[tokio::test]
            $(#[$meta])*
            async fn sqlite() {
                run($crate::support::Db::sqlite().await).await;
            }
        }
    )+};
}

mod after_commit;
mod as_one;
mod association_options;
mod atomic;
mod budgets;
mod bulk;
mod casts;
mod changes;
mod child_actions;
mod concurrent;
mod connecting;
mod connections;
mod constraint_kinds;
mod constraints;
mod counts;
mod embeds;
mod files;
mod forms;
mod guard;
mod input;
mod input_paths;
mod insert_all;
mod interrupted;
mod joins;
mod key_changes;
mod key_order;
mod keys;
mod keys_of_owners;
mod large;
mod levels;
mod links;
mod loading;
mod multi;
mod naming;
mod nested;
mod observing;
mod on_delete;
mod owners_rows;
mod prefixes;
mod preloads;
mod prepares;
mod put;
mod queries;
mod query;
mod random;
mod random_queries;
mod raw_sql;
mod references;
mod removals;
mod replace;
mod replicas;
mod retries;
mod rounding;
mod same_row;
mod save_calls;
mod savepoints;
mod schemas;
mod select_as;
mod story;
mod streams;
mod support;
mod through;
mod through_far;
mod transaction_options;
mod transactions;
mod types;
mod unique_moves;
mod unique_parents;
mod unique_types;
mod unique_values;
mod unloaded;
mod unloaded_links;
mod unloaded_mixed;
mod upserts;
mod value_errors;
mod versions;
mod violations;
mod violations_deep;

//! Large saves, again and again: from the sixth time on, PostgreSQL plans a statement without knowing how many rows it is for,
//! and another plan writes rows in another order.

use assoc::prelude::*;
use uuid::Uuid;

use crate::support::*;

/// How often each is repeated.
const TIMES: usize = 8;

/// How many parents there are, and children of one; more of them if more of everything is asked for.
fn many() -> (usize, usize) {
    if std::env::var_os("ASSOC_CASES").is_some() { (1000, 10_000) } else { (20, 200) }
}

macro_rules! trees {
    ($module:ident, $key:ty, $column:literal, $($option:tt)*) => {
        mod $module {
            use super::*;

            #[derive(Debug, Clone, PartialEq, Schema)]
            #[schema(table = "branches")]
            struct Branch {
                $($option)*
                id: $key,
                name: String,
                #[schema(database_default)]
                height: i32,
                #[has_many(on_replace = delete)]
                leaves: HasMany<Leaf>,
            }

            #[derive(Debug, Clone, PartialEq, Schema)]
            #[schema(table = "leaves")]
            struct Leaf {
                $($option)*
                id: $key,
                name: String,
                #[schema(database_default)]
                size: i32,
                branch_id: $key,
            }

            fn branches(count: usize, each: usize) -> Vec<Changeset<Branch>> {
                let leaf = |at: usize, nth: usize| Leaf::build().set(Leaf::name, format!("branch {at}/leaf {nth}"));
                let leaves = |at: usize| (0..each).map(|nth| leaf(at, nth)).collect::<Vec<_>>();
                let branch = |at: usize| Branch::build().set(Branch::name, format!("branch {at}")).add_to(Branch::leaves, leaves(at));
                (0..count).map(branch).collect()
            }

            /// All branches, each with what the database says are its leaves.
            async fn there(db: &Db) -> Vec<Branch> {
                let mut branches: Vec<Branch> = db.repo.all(Branch::query().preload(Branch::leaves)).await.unwrap();
                branches.iter_mut().for_each(sort);
                branches.sort_by_key(|branch| branch.id);
                branches
            }

            fn sort(branch: &mut Branch) {
                let mut leaves = branch.leaves.get().unwrap().to_vec();
                leaves.sort_by_key(|leaf| leaf.id);
                branch.leaves = HasMany::loaded(leaves);
            }

            /// Half of the leaves change, the others go.
            async fn rewrite(repo: &Repo, branch: Branch) -> Branch {
                let leaves = branch.leaves.get().unwrap().iter().step_by(2);
                let leaves: Vec<_> = leaves.map(|leaf| leaf.clone().change().set(Leaf::name, format!("{}!", leaf.name))).collect();
                repo.update(branch.change().put_assoc(Branch::leaves, leaves)).await.unwrap()
            }

            #[tokio::test]
            async fn grow_and_change() {
                let db = Db::postgres().await;
                db.tables(concat!(
                    "CREATE TABLE branches (id ", $column, " PRIMARY KEY, name TEXT NOT NULL, height INTEGER NOT NULL DEFAULT 1);
                     CREATE TABLE leaves (id ", $column, " PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL DEFAULT 2,
                       branch_id ", $column, " NOT NULL);"
                ))
                .await;
                let (parents, children) = many();
                for repo in (0..TIMES).flat_map(|_| [db.repo.clone(), db.repo.in_turn()]) {
                    db.execute("TRUNCATE branches, leaves").await;
                    let mut inserted = repo.insert_many(branches(parents, 10)).await.unwrap();
                    for (at, branch) in inserted.iter().enumerate() {
                        let leaves = branch.leaves.get().unwrap().iter().map(|leaf| leaf.name.as_str());
                        assert!(leaves.eq((0..10).map(|nth| format!("branch {at}/leaf {nth}"))), "{branch:?}");
                    }
                    inserted.iter_mut().for_each(sort);
                    inserted.sort_by_key(|branch| branch.id);
                    assert_eq!(inserted, there(&db).await);
                }
                for repo in (0..TIMES).flat_map(|_| [db.repo.clone(), db.repo.in_turn()]) {
                    db.execute("TRUNCATE branches, leaves").await;
                    let branch = repo.insert_many(branches(1, children)).await.unwrap().pop().unwrap();
                    let mut rewritten = rewrite(&repo, branch).await;
                    let leaves = rewritten.leaves.get().unwrap().iter().map(|leaf| leaf.name.as_str());
                    assert!(leaves.eq((0..children).step_by(2).map(|nth| format!("branch 0/leaf {nth}!"))));
                    sort(&mut rewritten);
                    assert_eq!(vec![rewritten], there(&db).await);
                }
            }
        }
    };
}

trees! { sequences, i64, "BIGINT GENERATED BY DEFAULT AS IDENTITY", }
trees! { drawn, Uuid, "UUID", #[schema(database_default = "gen_random_uuid()")] }
trees! { of_the_client, Uuid, "UUID", }

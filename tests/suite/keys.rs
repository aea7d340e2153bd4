//! Keys that the client makes, that the database makes, and of several columns.

use assoc::prelude::*;
use serde_json::json;
use uuid::Uuid;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "made")]
struct Made {
    id: Uuid,
    name: String,
    parent_id: Option<Uuid>,
    #[has_many(foreign_key = parent_id, on_replace = delete)]
    children: HasMany<Made>,
}

/// `gen_random_uuid()` and `randomblob(16)` are each known to one database only.
macro_rules! drawn {
    ($module:ident, $uuid:literal, $code:literal) => {
        mod $module {
            use assoc::prelude::*;
            use uuid::Uuid;

            #[derive(Debug, Clone, PartialEq, Schema)]
            #[schema(table = "drawn")]
            pub struct Drawn {
                #[schema(database_default = $uuid)]
                pub id: Uuid,
                pub name: String,
                #[has_many(on_replace = delete)]
                pub coupons: HasMany<Coupon>,
            }

            #[derive(Debug, Clone, PartialEq, Schema)]
            pub struct Coupon {
                #[schema(primary_key, database_default = $code)]
                pub code: String,
                pub amount: i32,
                pub drawn_id: Option<Uuid>,
            }

            pub async fn keys_are_drawn(repo: &Repo) {
                let rows = (0..20).map(|n| {
                    let coupons = (0..=n % 3).map(|amount| Coupon::build().set(Coupon::amount, amount));
                    Drawn::build()
                        .set(Drawn::name, n.to_string())
                        .put_assoc(Drawn::coupons, coupons.collect::<Vec<_>>())
                });
                let rows = repo.insert_many(rows).await.unwrap();
                let mut ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), 20);
                for (n, row) in rows.into_iter().enumerate() {
                    let mut again: Drawn = repo.fetch(row.id).await.unwrap();
                    assert_eq!(again.name, n.to_string());
                    repo.preload(&mut again, Drawn::coupons.order_by(Coupon::amount.asc())).await.unwrap();
                    assert_eq!(again, row);
                    assert!(row.coupons.get().unwrap().iter().all(|coupon| coupon.code.len() == 32));
                }
            }
        }
    };
}
drawn!(on_postgres, "gen_random_uuid()", "replace(gen_random_uuid()::text, '-', '')");
drawn!(on_sqlite, "randomblob(16)", "lower(hex(randomblob(16)))");

#[derive(Debug, Clone, PartialEq, Schema)]
struct Word {
    #[schema(primary_key)]
    word: String,
    note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Project {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    code: String,
    name: String,
    #[has_many(foreign_key(tenant_id, project_code), on_replace = delete)]
    tasks: HasMany<Task>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Task {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    number: i64,
    title: String,
    project_code: Option<String>,
    #[belongs_to(foreign_key(tenant_id, project_code))]
    project: BelongsTo<Project>,
    #[many_to_many(join_through = "tasks_labels", owner_key(tenant_id, number), related_key(label_tenant_id, label), on_replace = delete)]
    labels: ManyToMany<Label>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Label {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    name: String,
}

fn task(task: Changeset<Task>, params: &Params) -> Changeset<Task> {
    task.cast(params, (Task::tenant_id, Task::number, Task::title))
        .cast_assoc(Task::labels, |label, params| label.cast(params, (Label::tenant_id, Label::name)))
}

fn project(project: Changeset<Project>, params: serde_json::Value) -> Changeset<Project> {
    let params = params_of(params);
    project.cast(&params, (Project::tenant_id, Project::code, Project::name)).cast_assoc(Project::tasks, task)
}

fn params_of(json: serde_json::Value) -> Params {
    params(json)
}

both! {
    async fn uuids_of_the_client(db: Db) {
        let child = |name: &str| Made::build().set(Made::name, name);
        let parent = child("parent").put_assoc(Made::children, [child("a"), child("b")]);
        let id = parent.get(Made::id).expect("known before it is written");
        let parent = db.repo.insert(parent).await.unwrap();
        assert_eq!(parent.id, id);
        let mut again: Made = db.repo.fetch(id).await.unwrap();
        db.repo.preload(&mut again, Made::children).await.unwrap();
        assert_eq!(again, parent);
        let changeset = again.change().put_assoc(Made::children, [child("c")]);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.count("made").await, 2);
    }

    async fn keys_of_the_database(db: Db) {
        if db.is_postgres() {
            on_postgres::keys_are_drawn(&db.repo).await;
        } else {
            on_sqlite::keys_are_drawn(&db.repo).await;
        }
        let inserts: usize = db.statements().iter().map(|sql| sql.matches("INSERT INTO").count()).sum();
        assert_eq!(inserts, 2);
    }

    async fn texts_of_the_client(db: Db) {
        let words = ["b", "a", "007", "it's", "\"q\""].map(|word| Word::build().set(Word::word, word).set(Word::note, word));
        let words = db.repo.insert_many(words).await.unwrap();
        assert!(words.iter().all(|word| word.note.as_deref() == Some(word.word.as_str())));
        let word: Word = db.repo.fetch("007".to_owned()).await.unwrap();
        let word = db.repo.update(word.change().set(Word::word, "008")).await.unwrap();
        assert_eq!(word.word, "008");
        assert!(db.repo.get::<Word>("007".to_owned()).await.unwrap().is_none());
        let error = db.repo.insert(Word::build().set(Word::note, "no key")).await.unwrap_err();
        assert!(error.to_string().contains("`word` of `Word`"), "{error}");
    }

    async fn composite_keys_everywhere(db: Db) {
        let input = |code: &str| json!({"tenant_id": 1, "code": code, "name": "P", "tasks": [
            {"number": 1, "title": "a", "labels": [{"tenant_id": 1, "name": format!("{code}x")}, {"tenant_id": 1, "name": format!("{code}y")}]},
            {"number": 2, "title": "b"},
            {"number": 3, "title": "c"},
        ]});
        db.execute("INSERT INTO projects VALUES (2, 'one', 'Other'); INSERT INTO tasks VALUES (2, 1, 'other', 'one')").await;
        let inserted = db.repo.insert(project(Project::build(), input("one"))).await.unwrap();
        let load = async || {
            let mut project: Project = db.repo.fetch((1, "one".to_owned())).await.unwrap();
            db.repo.preload(&mut project, Project::tasks.then((Task::labels, Task::project))).await.unwrap();
            project
        };
        let loaded = load().await;
        let titles = |project: &Project| project.tasks.get().unwrap().iter().map(|task| task.title.clone()).collect::<Vec<_>>();
        assert_eq!((titles(&loaded), titles(&inserted)), (["a", "b", "c"].map(str::to_owned).to_vec(), titles(&loaded)));
        assert_eq!(loaded.tasks.get().unwrap()[0].labels.get().unwrap().len(), 2);
        assert_eq!(loaded.tasks.get().unwrap()[1].project.get().unwrap().unwrap().name, "P");

        let change = json!({"tasks": [
            {"tenant_id": 1, "number": 2, "title": "B"},
            {"tenant_id": 1, "number": 1, "title": "a", "labels": [{"tenant_id": 1, "name": "oney"}, {"tenant_id": 1, "name": "new"}]},
            {"number": 4, "title": "d"},
        ]});
        let mut project_ = loaded;
        project_ = db.repo.update(project(project_.change(), change)).await.unwrap();
        assert_eq!(titles(&project_), ["B", "a", "d"]);
        let again = load().await;
        assert_eq!(titles(&again), ["a", "B", "d"]);
        let labels: Vec<_> = again.tasks.get().unwrap()[0].labels.get().unwrap().iter().map(|label| label.name.as_str()).collect();
        assert_eq!(labels, ["new", "oney"]);
        assert_eq!(db.text("SELECT title FROM tasks WHERE tenant_id = 2").await, "other");
        assert_eq!(db.count("tasks").await, 4);

        let task: Task = db.repo.fetch((1, 4)).await.unwrap();
        db.repo.delete(task).await.unwrap();
        assert_eq!(db.count("tasks").await, 3);
    }

    async fn a_composite_parent_is_put(db: Db) {
        db.execute("INSERT INTO projects VALUES (1, 'one', 'P')").await;
        let project: Project = db.repo.fetch((1, "one".to_owned())).await.unwrap();
        let task = Task::build().set(Task::number, 1).set(Task::title, "t").put_assoc(Task::project, &project);
        let task = db.repo.insert(task).await.unwrap();
        assert_eq!((task.tenant_id, task.project_code.as_deref()), (1, Some("one")));
        let built = db.repo.insert(project.build_assoc(Project::tasks).set(Task::number, 2).set(Task::title, "u")).await.unwrap();
        assert_eq!((built.tenant_id, built.project_code.as_deref()), (1, Some("one")));
    }
}

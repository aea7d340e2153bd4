//! Keys of several columns, associations with options, odd names, embeds.

use assoc::{DbError, alias, prelude::*, query::Page};

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Project {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    code: String,
    name: String,
    #[has_many(foreign_key(tenant_id, project_code))]
    tasks: HasMany<Task>,
    #[has_many(foreign_key(tenant_id, project_code), filter(title = "open"), order_by(desc(number)))]
    open: HasMany<Task>,
    #[has_many(through(tasks, labels))]
    labels: HasMany<Label>,
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
    #[many_to_many(join_through = "tasks_labels", owner_key(tenant_id, number), related_key(label_tenant_id, label))]
    labels: ManyToMany<Label>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Label {
    #[schema(primary_key)]
    tenant_id: i64,
    #[schema(primary_key)]
    name: String,
}

alias!(OtherTask = Task);

/// Two tenants with a project `a` each; four tasks of the first, one of the second; two labels.
async fn projects(db: &Db) {
    db.execute(
        "INSERT INTO projects (tenant_id, code, name) VALUES (1, 'a', 'A1'), (1, 'b', 'B1'), (2, 'a', 'A2');
         INSERT INTO tasks (tenant_id, number, title, project_code) VALUES
           (1, 1, 'open', 'a'), (1, 2, 'done', 'a'), (1, 3, 'open', 'a'), (1, 4, 'open', NULL), (2, 1, 'done', 'a');
         INSERT INTO labels (tenant_id, name) VALUES (1, 'x'), (1, 'y'), (2, 'x');
         INSERT INTO tasks_labels (tenant_id, number, label_tenant_id, label) VALUES
           (1, 1, 1, 'x'), (1, 2, 1, 'x'), (1, 2, 1, 'y'), (2, 1, 2, 'x');",
    )
    .await;
}

both! {
    async fn conditions_and_joins(db: Db) {
        projects(&db).await;
        let names = async |query: Query<Project>| {
            db.repo.all(query.order_by(Project::name.asc()).select(Project::name)).await.unwrap()
        };
        assert_eq!(names(Project::query().filter(Project::tasks.any(Task::title.eq("done")))).await, ["A1", "A2"]);
        assert_eq!(names(Project::query().filter(Project::open.is_empty())).await, ["A2", "B1"]);
        assert_eq!(names(Project::query().filter(Project::labels.count().eq(2))).await, ["A1"], "`x` counts once");
        let joined = Project::query().left_join(Project::open).order_by((Project::name.asc(), Task::number.asc()));
        let rows = db.repo.all(joined.select((Project::name, Task::number.optional()))).await.unwrap();
        let expected = [("A1", Some(1)), ("A1", Some(3)), ("A2", None), ("B1", None)];
        assert_eq!(rows, expected.map(|(name, number)| (name.to_owned(), number)));
        let labels = Project::query().left_join(Project::labels).order_by((Project::name.asc(), Label::name.asc()));
        let rows = db.repo.all(labels.select((Project::name, Label::row().optional()))).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|(name, label)| (name.as_str(), label.as_ref().map(|it| it.name.as_str()))).collect();
        assert_eq!(rows, [("A1", Some("x")), ("A1", Some("x")), ("A1", Some("y")), ("A2", Some("x")), ("B1", None)]);
        let pairs = Task::query()
            .join(Task::project)
            .join(Project::tasks.alias(OtherTask).on(Task::title.eq("open")))
            .filter(Task::number.lt(Task::number.of(OtherTask)));
        let pairs = pairs.order_by((Task::number.asc(), Task::number.of(OtherTask).asc())).select((Task::number, Task::number.of(OtherTask)));
        assert_eq!(db.repo.all(pairs).await.unwrap(), [(1, 3), (2, 3)]);
    }

    async fn rows_of_owners(db: Db) {
        projects(&db).await;
        let owners = db.repo.all(Project::query().filter(Project::code.eq("a")).order_by(Project::name.asc())).await.unwrap();
        let numbers = async |query: Query<Task>| {
            db.repo.all(query.order_by((Task::tenant_id.asc(), Task::number.asc())).select((Task::tenant_id, Task::number))).await.unwrap()
        };
        assert_eq!(numbers(Project::open.of(&owners)).await, [(1, 1), (1, 3)]);
        assert_eq!(numbers(Project::tasks.of(&owners[1..])).await, [(2, 1)]);
        assert_eq!(numbers(Project::tasks.of(&owners[..0])).await, []);
        let labels = Project::labels.of(&owners).order_by((Label::tenant_id.asc(), Label::name.asc()));
        assert_eq!(db.repo.all(labels.select(Label::name)).await.unwrap(), ["x", "y", "x"], "each label once");
    }

    async fn pages_and_writes(db: Db) {
        projects(&db).await;
        let (mut found, mut page) = (Vec::new(), Page::first(2));
        let query = || Task::query().left_join(Task::project).order_by((Project::name.desc(), Task::title.asc()));
        loop {
            let paged = db.repo.page(query().select((Task::tenant_id, Task::number)), page).await.unwrap();
            found.extend(paged.rows);
            let Some(next) = paged.next else { break };
            page = Page::after(2, next);
        }
        let first = (1, 4);
        let mut expected = vec![(2, 1), (1, 2), (1, 1), (1, 3)];
        expected.insert(if db.is_postgres() { 0 } else { 4 }, first);
        assert_eq!(found, expected, "a column that is never NULL is, where a left join finds nothing");
        let two = Task::query().filter(Task::tenant_id.eq(1)).order_by(Task::number.desc()).limit(2);
        assert_eq!(db.repo.update_all(two, Task::title.set("late")).await.unwrap(), 2);
        let joined = Task::query().join(Task::project).filter(Project::name.eq("A1").and(Task::title.eq("late")));
        assert_eq!(db.repo.update_all(joined.distinct(), Task::title.set("late of A1")).await.unwrap(), 1);
        assert_eq!(all_of(&db, "title", "tasks").await, "done done late late of A1 open");
        let free = Task::query().filter(Task::labels.is_empty()).order_by(Task::number.asc()).limit(1);
        let deleted = db.repo.delete_all_returning(free).await.unwrap();
        assert_eq!((deleted.len(), deleted[0].number), (1, 3));
        assert_eq!(db.count("tasks").await, 4);
    }

    async fn a_key_of_two_columns_is_no_value(db: Db) {
        projects(&db).await;
        let none = Project::query().filter(Project::code.is_in(Vec::<String>::new()));
        assert_eq!(db.repo.count(none.clone()).await.unwrap(), 0);
        assert_eq!(db.repo.count(Project::query().filter(!Project::code.is_in(Vec::<String>::new()))).await.unwrap(), 3);
        assert_eq!(db.repo.delete_all(none).await.unwrap(), 0);
        let fetched = db.repo.fetch::<Project>((9, "z".to_owned())).await;
        assert!(matches!(fetched, Err(DbError::NotFound { schema: "Project" })));
    }
}
